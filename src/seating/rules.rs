//! How a run seats people: the seats of each role at a full table, and what happens to those who are left over.
//!
//! A run says so in `data._turn.seating`: `{"size": 4, "odd": "wait"}`. Both may be missing: a table is full when every role has its
//! minimum, and who is left over waits.

use serde_json::Value;
use simpl::{Game, Role};

use crate::game::Catalogue;
use crate::scopes::Row;

/// People at one table at most, where the game sets no limit of its own.
pub const LARGEST_TABLE: usize = 1_000;

/// What happens to those who are too few for one more full table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Odd {
    /// They wait in the run, without a world, until there are enough of them or a seat is free.
    #[default]
    Wait,
    /// They get a table of their own, whose other seats are marked as the bots'.
    Bot,
    /// They join full tables, as far as the maximum of a role allows; else they wait.
    Larger,
}

impl Odd {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Wait, Self::Bot, Self::Larger];

    /// Its word in a run's data and in calls.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Bot => "bot",
            Self::Larger => "larger",
        }
    }

    /// The one of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|odd| odd.name() == name)
    }
}

/// The seats of one role at a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The role's pk.
    pub role: u64,
    /// The role's name.
    pub name: String,
    /// How many of them a full table has.
    pub full: usize,
    /// How many of them a table can have.
    pub maximum: usize,
}

/// How a run seats people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The roles, in the game's order.
    pub parts: Vec<Part>,
    /// What happens to those who are left over.
    pub odd: Odd,
}

impl Rules {
    /// The rules of a run. What it says and nothing can work with counts as not said.
    #[must_use]
    pub fn of(game: &Game, catalogue: &Catalogue, run: &Row) -> Self {
        let own = run.data().pointer("/_turn/seating");
        let size = own.and_then(|own| own.get("size")?.as_u64());
        let size = size.and_then(|size| usize::try_from(size).ok());
        let odd = own.and_then(|own| Odd::from_name(own.get("odd")?.as_str()?));
        let seats = full_table(game.roles(), size);
        let parts = game.roles().iter().zip(seats).filter_map(|(role, full)| {
            let stored = catalogue.roles.iter();
            let stored = stored.filter(|row| row.text("name") == role.name);
            Some(Part {
                role: stored.map(|row| row.pk).next()?,
                name: role.name.clone(),
                full,
                maximum: role.maximum as usize,
            })
        });
        Self {
            parts: parts.collect(),
            odd: odd.unwrap_or_default(),
        }
    }

    /// How many people a full table has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.parts.iter().map(|part| part.full).sum()
    }

    /// The seats of a role.
    #[must_use]
    pub fn part(&self, role: u64) -> Option<&Part> {
        self.parts.iter().find(|part| part.role == role)
    }

    /// The role of that name or pk.
    #[must_use]
    pub fn role(&self, named: &Value) -> Option<u64> {
        let mut parts = self.parts.iter();
        let part = parts.find(|part| match named {
            Value::String(name) => *name == part.name,
            pk => pk.as_u64() == Some(part.role),
        });
        part.map(|part| part.role)
    }
}

/// The smallest and the largest number of people whom the roles can seat at one table.
#[must_use]
pub fn sizes(roles: &[Role]) -> (usize, usize) {
    let sum = |seats: fn(&Role) -> u32| -> usize {
        let seats = roles.iter().map(|role| seats(role) as usize);
        seats.fold(0, usize::saturating_add)
    };
    let least = sum(|role| role.minimum).clamp(1, LARGEST_TABLE);
    (least, sum(|role| role.maximum).clamp(least, LARGEST_TABLE))
}

/// How many seats of each role a full table has: every role its minimum, and the rest of `size` spread evenly as far as the maxima
/// allow. Without a size nothing is spread; where no role has a minimum, each has one seat.
#[must_use]
pub fn full_table(roles: &[Role], size: Option<usize>) -> Vec<usize> {
    let mut seats: Vec<usize> = roles.iter().map(|role| role.minimum as usize).collect();
    let mut taken: usize = seats.iter().sum();
    let (least, most) = sizes(roles);
    let unsaid = if taken == 0 { roles.len() } else { least };
    let size = size.unwrap_or(unsaid).clamp(least, most);
    while taken < size {
        let room = (0..roles.len()).filter(|&at| seats[at] < roles[at].maximum as usize);
        let Some(fewest) = room.min_by_key(|&at| seats[at]) else {
            break;
        };
        seats[fewest] += 1;
        taken += 1;
    }
    seats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_table_has_every_minimum_and_the_rest_spread_evenly() {
        let pair = [Role::from("Dividend"), Role::from("Divisor")];
        assert_eq!(full_table(&pair, None), [1, 1]);
        assert_eq!(full_table(&pair, Some(9)), [1, 1], "the game has two seats");
        let market = [Role::new("Firm").seats(2, 9), Role::new("State")];
        assert_eq!(full_table(&market, None), [2, 1]);
        assert_eq!(full_table(&market, Some(6)), [5, 1]);
        assert_eq!(full_table(&market, Some(1)), [2, 1]);
        let teams = [
            Role::new("Red").seats(0, 5),
            Role::new("Blue").seats(0, 2),
            Role::new("Judge").seats(0, 1),
        ];
        assert_eq!(full_table(&teams, None), [1, 1, 1]);
        assert_eq!(full_table(&teams, Some(7)), [4, 2, 1]);
        assert_eq!(full_table(&teams, Some(1)), [1, 0, 0]);
    }

    #[test]
    fn however_many_a_role_takes_a_table_has_an_end() {
        let crowd = [
            Role::new("Voter").seats(1, u32::MAX),
            Role::new("Extra").seats(0, u32::MAX),
        ];
        assert_eq!(sizes(&crowd), (1, LARGEST_TABLE));
        let seats = full_table(&crowd, Some(usize::MAX));
        assert_eq!(seats.iter().sum::<usize>(), LARGEST_TABLE);
    }

    #[test]
    fn every_word_is_read_as_it_is_written() {
        for odd in Odd::ALL {
            assert_eq!(Odd::from_name(odd.name()), Some(odd));
        }
        assert_eq!(Odd::from_name("stand"), None);
    }
}
