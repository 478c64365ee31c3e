//! Who sits where in a run: whose a decision is.

use std::collections::HashMap;

use super::Reading;
use crate::{refusal::Refusal, storage::Value};

const SEATS: &str = r#"SELECT m."id", m."world", m."role", m."active", u."email" FROM "runuser" AS m
    JOIN "user" AS u ON u."id" = m."user" WHERE m."run" = $1 ORDER BY m."id""#;
/// What the name of a decision, or of what a seat alone is told, begins with where the run user's number follows.
const OF_A_SEAT: [&str; 3] = ["decision", "result", "start"];

/// A run user.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) runuser: i64,
    pub(super) email: String,
    role: Option<i64>,
    world: Option<i64>,
    active: bool,
}

/// Where a decision or a result belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The run user who plays the scenario alone.
    pub(super) alone: Option<i64>,
    pub(super) world: Option<i64>,
    pub(super) role: Option<i64>,
    pub(super) name: &'a str,
}

/// The seats of a run.
#[derive(Debug, Default)]
pub(super) struct Seats {
    all: HashMap<i64, Seat>,
    /// By world and role.
    at: HashMap<(i64, Option<i64>), Vec<i64>>,
}

impl Seats {
    pub(super) fn read(reading: &mut Reading<'_>) -> Result<Self, Refusal> {
        let mut seats = Self::default();
        reading.each(SEATS, |mut row| {
            let email = row.pop().and_then(Value::into_text);
            seats.add(Seat {
                runuser: row[0].integer().unwrap_or_default(),
                world: row[1].integer(),
                role: row[2].integer(),
                active: row[3].flag(),
                email: email.unwrap_or_default(),
            });
            Ok(())
        })?;
        Ok(seats)
    }

    fn add(&mut self, seat: Seat) {
        if let Some(world) = seat.world {
            let there = self.at.entry((world, seat.role)).or_default();
            there.push(seat.runuser);
        }
        self.all.insert(seat.runuser, seat);
    }

    /// Who sits at a place now; none where it cannot be told.
    pub(super) fn at(&self, place: Place<'_>) -> Option<&Seat> {
        if let Some(alone) = place.alone {
            return self.all.get(&alone);
        }
        let world = place.world?;
        let named = place.name.split_once('.');
        let named = named.filter(|(word, _)| OF_A_SEAT.contains(word));
        let named = named.and_then(|(_, pk)| self.all.get(&pk.parse().ok()?));
        let here = |seat: &&Seat| {
            seat.world == Some(world) && (place.role.is_none() || seat.role == place.role)
        };
        if let Some(seat) = named.filter(here) {
            return Some(seat);
        }
        let there = self.at.get(&(world, place.role))?;
        let mut seats = there.iter().filter_map(|pk| self.all.get(pk));
        if let [_] = there.as_slice() {
            return seats.next();
        }
        // Who has left keeps their place on paper.
        let mut active = seats.filter(|seat| seat.active);
        active.next().filter(|_| active.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(all: &[(i64, Option<i64>, Option<i64>, bool)]) -> Seats {
        let mut seats = Seats::default();
        for (runuser, world, role, active) in all.iter().copied() {
            let email = format!("s{runuser}@div.edu");
            seats.add(Seat {
                runuser,
                email,
                role,
                world,
                active,
            });
        }
        seats
    }

    fn place(world: i64, role: Option<i64>, name: &str) -> Place<'_> {
        Place {
            alone: None,
            world: Some(world),
            role,
            name,
        }
    }

    #[test]
    fn a_decision_is_whose_it_names_or_whose_role_it_is() {
        let seats = seats(&[
            (1, None, None, true),
            (2, Some(10), Some(5), true),
            (3, Some(10), Some(6), true),
            (4, Some(10), Some(6), true),
            (7, Some(11), Some(5), true),
            (8, Some(11), Some(5), false),
        ]);
        let at = |place| seats.at(place).map(|seat| seat.runuser);
        assert_eq!(at(place(10, Some(5), "decision")), Some(2));
        assert_eq!(
            at(place(10, Some(5), "decision.3")),
            Some(2),
            "another's role"
        );
        assert_eq!(at(place(10, Some(6), "decision.4")), Some(4));
        assert_eq!(at(place(10, None, "decision.4")), Some(4));
        assert_eq!(at(place(10, Some(6), "decision")), None, "which of two?");
        assert_eq!(
            at(place(11, Some(5), "decision")),
            Some(7),
            "the other one left"
        );
        assert_eq!(at(place(11, Some(5), "decision.8")), Some(8));
        assert_eq!(at(place(10, None, "result")), None);
        let alone = Place {
            alone: Some(1),
            ..place(10, Some(5), "decision")
        };
        assert_eq!(at(alone), Some(1));
    }
}
