//! A game in which seats know something alone: each Miner digs at a place of their own, and how much there is nobody knows.

use simpl::prelude::*;

#[derive(Debug)]
struct Mine;

/// How deep to dig.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Depth {
    depth: u32,
}

/// What the table has found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Found {
    found: u32,
}

/// What a Miner has found alone.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Purse {
    purse: u32,
}

/// The vein is used up after so many periods.
#[derive(Debug, Serialize, Deserialize)]
struct Vein {
    vein: u32,
}

impl Model for Mine {
    type Options = ();
    type Decision = Depth;
    type Outcome = Outcome<Found, Purse, Vein>;

    fn start(&self, turn: &Turn<'_, Self>) -> Option<Self::Outcome> {
        let start = Outcome::new(Found { found: 0 }).carry(Vein { vein: 2 });
        // Somewhere between 1,000 and 10,000, so that it is found in a text and nothing else is.
        let mut rng = turn.rng();
        let seats = turn.seats().iter();
        Some(seats.fold(start, |start, seat| {
            let purse = u32::try_from(rng.whole(1_000..=9_000)).unwrap_or_default();
            start.tell(seat, Purse { purse })
        }))
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Self::Outcome> {
        let found = turn.decisions().map(|(_, decision)| decision.depth).sum();
        let vein = turn.carried().map_or(0, |carried| carried.vein);
        let mut outcome = Outcome::new(Found { found }).carry(Vein { vein: vein - 1 });
        for (seat, decision) in turn.decisions() {
            let before = turn.part(seat).map_or(0, |before| before.purse);
            let purse = before + decision.depth;
            outcome = outcome.tell(seat, Purse { purse });
        }
        Ok(outcome)
    }

    fn over(&self, _: &Turn<'_, Self>, outcome: &Self::Outcome) -> bool {
        outcome.carried().is_none_or(|carried| carried.vein == 0)
    }
}

/// Two Miners, who have names by number, and a Clerk.
pub(crate) fn mine() -> simpl::Game {
    simpl::Game::builder("div")
        .roles([Role::new("Miner").seats(2, 3), Role::new("Clerk")])
        .phases([Phase::open("Play"), Phase::closed("Debrief").reveals()])
        .next_period()
        .model(Mine)
        .build()
}
