//! The tables of a run and who sits where, as plain data: what seating looks at and what comes of it.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::rules::{Part, Rules};

/// What somebody would like, or their leader for them. It is followed where that leaves nobody without a seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The role, by pk.
    pub role: Option<u64>,
    /// The world, by name; one that is not there is begun, so that those who name the same sit together.
    pub world: Option<String>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its world; none as long as that is to be made.
    pub world: Option<u64>,
    /// The world's name, unique in the run.
    pub name: String,
    /// Nobody sits down here any more.
    pub dissolved: bool,
}

/// A place at a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Which table of the room.
    pub table: usize,
    /// The role's pk.
    pub role: u64,
}

/// Somebody who plays in the run, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sitter {
    /// A user made to fill a seat: whoever comes takes it.
    pub bot: bool,
    /// What they would like.
    pub wish: Wish,
    /// Where they sit; who has no seat waits.
    pub at: Option<Seat>,
}

/// The tables of a run and everybody who sits there or waits, by user: so nobody is in two seats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// The tables, in the order in which they were made.
    pub tables: Vec<Table>,
    /// Everybody, by the pk of their user.
    pub sitters: BTreeMap<u64, Sitter>,
}

/// How many sit at a table in one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// People.
    pub people: usize,
    /// Bots that fill a seat.
    pub bots: usize,
}

impl Room {
    /// The people who wait, in an order that `seed` alone decides: random to them, and the same whenever it is asked for.
    #[must_use]
    pub fn waiting(&self, seed: &str) -> Vec<u64> {
        let waits = |(_, sitter): &(&u64, &Sitter)| !sitter.bot && sitter.at.is_none();
        let mut users: Vec<u64> = self
            .sitters
            .iter()
            .filter(waits)
            .map(|(user, _)| *user)
            .collect();
        users.sort_by_cached_key(|user| {
            let drawn: [u8; 32] = Sha256::digest(format!("{seed}/seat/{user}")).into();
            (drawn, *user)
        });
        users
    }

    /// How many sit at each table in each role.
    #[must_use]
    pub fn taken(&self) -> Vec<BTreeMap<u64, Taken>> {
        let mut taken = vec![BTreeMap::<u64, Taken>::new(); self.tables.len()];
        for sitter in self.sitters.values() {
            let Some(Seat { table, role }) = sitter.at else {
                continue;
            };
            let taken = taken[table].entry(role).or_default();
            match sitter.bot {
                true => taken.bots += 1,
                false => taken.people += 1,
            }
        }
        taken
    }

    /// Begins a table; without a name it gets the next number.
    pub fn begin(&mut self, name: Option<String>) -> usize {
        let table = self.tables.len();
        let named = |name: &str| self.tables.iter().any(|table| table.name == name);
        let name = name.unwrap_or_else(|| {
            let mut numbers = table + 1..;
            let mut names = numbers.by_ref().map(|number| format!("World {number}"));
            names.find(|name| !named(name)).unwrap_or_default()
        });
        self.tables.push(Table {
            world: None,
            name,
            dissolved: false,
        });
        table
    }

    /// Gives somebody a seat. Where people and bots together would be more than the role's seats, a bot makes way.
    pub fn sit(&mut self, user: u64, seat: Seat, part: &Part) {
        let taken = self.taken_in(seat);
        let is_bot = self.sitters.get(&user).is_some_and(|sitter| sitter.bot);
        let seats = part.full.max(taken.people + 1).min(part.maximum);
        if !is_bot && taken.people + taken.bots >= seats {
            let mut fillers = self.sitters.iter_mut();
            let filler = fillers.rfind(|(_, other)| other.bot && other.at == Some(seat));
            if let Some((_, filler)) = filler {
                filler.at = None;
            }
        }
        self.sitters.entry(user).or_default().at = Some(seat);
    }

    /// How many sit in one role at one table.
    #[must_use]
    pub fn taken_in(&self, seat: Seat) -> Taken {
        let here = |sitter: &&Sitter| sitter.at == Some(seat);
        let (bots, people): (Vec<_>, Vec<_>) = self
            .sitters
            .values()
            .filter(here)
            .partition(|sitter| sitter.bot);
        Taken {
            people: people.len(),
            bots: bots.len(),
        }
    }

    /// How many seats of each role a table has too few to be full; none of a table that nobody sits at.
    #[must_use]
    pub fn empty_seats(&self, table: usize, rules: &Rules) -> BTreeMap<String, usize> {
        let taken = |part: &Part| {
            let role = part.role;
            self.taken_in(Seat { table, role })
        };
        if rules.parts.iter().all(|part| taken(part).people == 0) {
            return BTreeMap::new();
        }
        let empty = rules.parts.iter().map(|part| {
            let Taken { people, bots } = taken(part);
            (part.name.clone(), part.full.saturating_sub(people + bots))
        });
        empty.filter(|(_, seats)| *seats > 0).collect()
    }
}
