//! Whether a model says the same again: asked once, at start-up, of games that recalculate.
//!
//! A game that reads a clock, has randomness of its own or walks through a `HashMap` comes to something else when a period is stepped
//! again, and with it every later period changes. One turn with random decisions, stepped twice, finds most of them; `None` means that
//! nothing was found, not that there is nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::bot::RANDOM;
use crate::game::{Game, Revision};
use crate::mistake::Mistake;
use crate::rng::Rng;
use crate::turn::{RawTurn, Seat};

/// How many turns are stepped twice.
const TURNS: u64 = 3;
/// Characters of an outcome that are told.
const TOLD: usize = 200;

/// What is wrong with a game that recalculates.
pub(crate) fn mistake(game: &Game) -> Option<Mistake> {
    if game.revision() != Revision::Recalculate {
        return None;
    }
    let model = game.model()?;
    (1..=TURNS).find_map(|seed| {
        // What fails or panics on a made-up turn says nothing: nobody has played it.
        let both = catch_unwind(AssertUnwindSafe(|| {
            let turn = turn(game, seed)?;
            Some([model.step(&turn).ok()?, model.step(&turn).ok()?])
        }));
        let [first, second] = both.ok().flatten()?;
        (first != second).then(|| {
            let told = |stepped: &crate::model::Stepped| -> String {
                stepped.outcome.to_string().chars().take(TOLD).collect()
            };
            let (mut one, mut other) = (told(&first), told(&second));
            if one == other {
                one = format!("{one} with the points {:?}", first.scores);
                other = format!("{other} with the points {:?}", second.scores);
            }
            Mistake::NotDeterministic {
                first: one,
                second: other,
            }
        })
    })
}

/// A turn in which every required seat has decided something.
fn turn(game: &Game, seed: u64) -> Option<RawTurn> {
    let roles = (1..).zip(game.roles());
    let seats = roles.flat_map(|(pk, role)| (0..role.minimum.max(1)).map(move |_| (pk, role)));
    let seats = (1..).zip(seats).map(|(runuser, (role_pk, role))| Seat {
        runuser,
        user: runuser,
        role: role.name.clone(),
        role_pk,
        email: format!("s{runuser}@{}.edu", game.slug()),
        name: format!("Student {runuser}"),
    });
    let mut turn = RawTurn {
        seats: seats.collect(),
        seed: Rng::new(seed).bits(),
        period: 1,
        ..RawTurn::default()
    };
    for seat in turn.seats.clone() {
        let asked = RawTurn {
            seat: Some(seat.clone()),
            ..turn.clone()
        };
        let decision = game.bot_decides(RANDOM, &asked).ok()?;
        turn.decisions.push((seat, decision));
    }
    Some(turn)
}
