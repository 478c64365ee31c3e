//! A public goods game, as the page on moving an oTree app has it.

use simpl::prelude::*;

/// What a lecturer may set for a class.
#[data]
struct Setting {
    /// What each player has at the beginning of a period.
    #[serde(default = "endowment")]
    endowment: f64,
    /// By how much the pot is multiplied.
    #[serde(default = "multiplier")]
    multiplier: f64,
}

fn endowment() -> f64 {
    20.0
}

fn multiplier() -> f64 {
    1.6
}

#[data]
struct Contribution {
    /// How much do you put into the pot?
    #[schemars(range(min = 0))]
    contribution: f64,
}

#[data]
struct Pot {
    /// What all have put in.
    total: f64,
    /// What each gets out of it.
    share: f64,
}

/// What is put into a common pot is multiplied and shared.
#[derive(Debug)]
struct PublicGoods;

impl Model for PublicGoods {
    type Options = Setting;
    type Decision = Contribution;
    type Outcome = Pot;

    fn check(&self, turn: &Turn<'_, Self>, decision: &Contribution) -> Reply<()> {
        let most = turn.options().endowment;
        if decision.contribution > most {
            return Err(Rejected::because(format!("You have {most}, and no more")));
        }
        Ok(())
    }

    fn default_decision(&self, _: &Turn<'_, Self>) -> Option<Contribution> {
        Some(Contribution { contribution: 0.0 })
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Pot> {
        let total: f64 = turn
            .decisions()
            .map(|(_, decision)| decision.contribution)
            .sum();
        let share = total * turn.options().multiplier / turn.seats().len() as f64;
        Ok(Pot { total, share })
    }

    fn score(&self, turn: &Turn<'_, Self>, seat: &Seat, pot: &Pot) -> Option<f64> {
        let (_, own) = turn.decisions().find(|(decided, _)| *decided == seat)?;
        Some(turn.options().endowment - own.contribution + pot.share)
    }
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("public-goods")
        .title("Public goods")
        .roles([Role::new("Player").seats(4, 4)])
        .hidden_decisions()
        .time_limit(60, Overdue::Default)
        .next_period()
        .model(PublicGoods)
        .build()
}

#[test]
fn the_pot_is_multiplied_and_shared() {
    use simpl::testing::{TestWorld, json};
    const SUBMIT: &str = "period.submit_decision";
    let world = TestWorld::new(game()).with_options(json!({"multiplier": 2}));
    let players = world.players("Player");
    let no = world.call_as(SUBMIT, Some(players[0].clone()), json!([21]));
    assert_eq!(no.unwrap_err().message(), "You have 20, and no more");
    for (player, contribution) in players.into_iter().zip([0, 10, 10, 20]) {
        let answer = world.call_as(SUBMIT, Some(player), json!([contribution]));
        assert_eq!(answer, Ok(json!("ok")));
    }
    assert_eq!(
        world.result_of(1),
        Some(json!({"total": 40.0, "share": 20.0}))
    );
}
