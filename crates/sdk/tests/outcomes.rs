//! Outcomes in parts, the start of a game and its end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use simpl::prelude::*;
use simpl::testing::{TestWorld, json};
use simpl::{Mistake, RANDOM, RawTurn};

const SUBMIT: &str = "period.submit_decision";

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Draw {
    #[schemars(range(min = 1, max = 3))]
    cards: u32,
}

/// How many cards everybody has drawn together.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Drawn {
    drawn: u32,
}

/// What a player has in hand.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Hand {
    hand: u32,
}

/// What is left, which nobody knows.
#[derive(Debug, Serialize, Deserialize)]
struct Stock {
    stock: u32,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
struct Rules {
    /// Cards that each player begins with.
    hand: u32,
}

/// Everybody draws until a stock of unknown size is used up.
struct Pile;

impl Model for Pile {
    type Options = Rules;
    type Decision = Draw;
    type Outcome = Outcome<Drawn, Hand, Stock>;

    fn start(&self, turn: &Turn<'_, Self>) -> Option<Self::Outcome> {
        assert_eq!((turn.period(), turn.decisions().count()), (0, 0));
        let stock = u32::try_from(turn.rng().whole(5..=8)).unwrap();
        let hand = turn.options().hand;
        let start = Outcome::new(Drawn { drawn: 0 }).carry(Stock { stock });
        let seats = turn.seats().iter();
        Some(seats.fold(start, |start, seat| start.tell(seat, Hand { hand })))
    }

    fn check(&self, turn: &Turn<'_, Self>, decision: &Draw) -> Reply<()> {
        let stock = turn.carried().map_or(0, |carried| carried.stock);
        match decision.cards <= stock {
            true => Ok(()),
            false => Err(Rejected::because("the stock is lower than that")),
        }
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Self::Outcome> {
        let drawn: u32 = turn.decisions().map(|(_, draw)| draw.cards).sum();
        let stock = turn.carried().map_or(0, |carried| carried.stock);
        let mut outcome = Outcome::new(Drawn { drawn }).carry(Stock {
            stock: stock.saturating_sub(drawn),
        });
        for (seat, draw) in turn.decisions() {
            let hand = turn.part(seat).map_or(0, |before| before.hand) + draw.cards;
            outcome = outcome.tell(seat, Hand { hand });
        }
        Ok(outcome)
    }

    fn over(&self, _: &Turn<'_, Self>, outcome: &Self::Outcome) -> bool {
        outcome.carried().is_none_or(|carried| carried.stock == 0)
    }
}

/// Draws as many as it has in hand already, and looks at what it may not see.
fn curious(turn: &Turn<'_, Pile>, _: &mut Rng) -> Option<Draw> {
    assert!(
        turn.carried().is_none(),
        "a bot knows no more than a person"
    );
    let seat = turn.seat()?;
    let others = turn.seats().iter().filter(|other| *other != seat);
    assert!(others.into_iter().all(|other| turn.part(other).is_none()));
    let cards = turn.part(seat)?.hand.clamp(1, 3);
    Some(Draw { cards })
}

fn pile() -> simpl::GameBuilder {
    Game::builder("pile")
        .roles([Role::new("Player").seats(2, 4)])
        .phases([Phase::open("Play"), Phase::closed("Debrief").reveals()])
        .next_period()
        .model(Pile)
        .bot("curious", curious)
}

fn world() -> TestWorld {
    TestWorld::new(pile().build()).with_options(Rules { hand: 2 })
}

#[test]
fn seats_begin_with_what_the_start_gives_them_and_each_has_its_own_part_of_a_result() {
    let world = world();
    let players = world.players("Player");
    assert_eq!(world.start(), Some(json!({"drawn": 0})));
    assert_eq!(world.part(&players[0]), Some(json!({"hand": 2})));
    for (player, cards) in players.iter().zip([1, 3]) {
        let drawn = world.call_as(SUBMIT, Some(player.clone()), json!([cards]));
        assert_eq!(drawn.unwrap(), "ok");
    }
    assert_eq!(world.result(), Some(json!({"drawn": 4})));
    let parts = |order| players.iter().map(move |player| (order, player));
    let parts = parts(1)
        .chain(parts(0))
        .map(|(order, player)| world.part_of(order, player));
    let hands = [3, 5, 2, 2].map(|hand| Some(json!({ "hand": hand })));
    assert_eq!(parts.collect::<Vec<_>>(), hands);
}

#[test]
fn a_game_ends_when_it_says_so_at_a_time_that_comes_from_the_seed() {
    let length = |seed| {
        let world = world().with_seed(seed);
        while !world.is_over() {
            world.bots_decide(RANDOM).unwrap();
        }
        let late = world.call_as(SUBMIT, Some(world.player("Player")), json!([1]));
        assert_eq!(late.unwrap_err().code(), "game_over");
        assert_eq!(world.bots_decide(RANDOM).unwrap_err().code(), "game_over");
        world.order()
    };
    let lengths: Vec<u32> = (1..=20).map(length).collect();
    assert_eq!(lengths, (1..=20).map(length).collect::<Vec<_>>());
    assert!(
        lengths.iter().any(|other| *other != lengths[0]),
        "{lengths:?}"
    );
}

#[test]
fn a_bot_sees_its_own_part_and_nothing_that_is_carried() {
    let world = world();
    world.bots_decide("curious").unwrap();
    assert_eq!(world.result(), Some(json!({"drawn": 4})));
}

#[test]
fn what_an_outcome_consists_of_is_told_by_its_schemas() {
    let game = pile().build();
    let model = game.model().unwrap();
    assert!(game.has_parts());
    assert!(model.outcome_schema()["properties"]["drawn"].is_object());
    assert!(model.part_schema().unwrap()["properties"]["hand"].is_object());
}

#[test]
fn parts_that_are_stored_for_somebody_who_left_are_no_concern_of_a_step() {
    let game = pile().build();
    let turn = RawTurn {
        previous: Some(json!({"drawn": 0})),
        parts: vec![(7, json!({"hand": 1}))],
        carried: Some(json!({"stock": 9})),
        options: json!({"hand": 1}),
        period: 1,
        ..RawTurn::default()
    };
    let stepped = game.model().unwrap().step(&turn).unwrap();
    assert_eq!(stepped.outcome, json!({"drawn": 0}));
    assert_eq!((stepped.parts, stepped.over), (Vec::new(), false));
    assert_eq!(stepped.carried, Some(json!({"stock": 9})));
}

/// How many periods there were.
struct Count;

impl Model for Count {
    type Options = ();
    type Decision = Draw;
    type Outcome = u32;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
        Ok(turn.previous().copied().unwrap_or(0) + 1)
    }
}

fn count() -> simpl::GameBuilder {
    Game::builder("count")
        .roles(["Player"])
        .phases([Phase::open("Play")])
        .model(Count)
}

#[test]
fn a_game_of_three_periods_is_over_after_the_third() {
    let world = TestWorld::new(count().periods(3).build());
    for order in 1..=3 {
        assert_eq!((world.order(), world.is_over()), (order, false));
        world.call(SUBMIT, Some("Player"), json!([1])).unwrap();
    }
    assert_eq!((world.order(), world.is_over()), (3, true));
    assert_eq!(world.result(), Some(json!(3)));
    assert_eq!(world.start(), None);
}

#[test]
fn a_length_of_nothing_and_a_single_player_who_waits_for_others_are_mistakes() {
    let built = count().periods(0).try_build();
    assert_eq!(built.unwrap_err().mistakes, [Mistake::Periods(0)]);
    let alone = |roles: Vec<Role>| count().roles(roles).single_player().try_build();
    let of_two = alone(vec!["Left".into(), "Right".into()]).unwrap_err();
    assert_eq!(
        of_two.mistakes,
        [Mistake::SinglePlayer("2 roles".to_owned())]
    );
    let several = alone(vec![Role::new("Player").seats(1, 3)]).unwrap_err();
    let expected = Mistake::SinglePlayer("1 to 3 seats of Player".to_owned());
    assert_eq!(several.mistakes, [expected]);
    let game = alone(vec!["Player".into()]).unwrap();
    assert!(game.is_single_player());
    let environment = game.environment();
    assert!(environment.worlds.is_empty() && environment.player_scenario.is_none());
    assert_eq!(
        (environment.alone.len(), environment.accounts().count()),
        (2, 3)
    );
}
