//! A run with its run users and the pks of its worlds: what rights and sight are decided by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use games_contract::Resource;

use super::branch::Applied;
use super::row::Row;

/// A run as its actor holds it. Cloning copies pointers.
#[derive(Clone, Debug)]
pub struct RunView {
    /// The run's row.
    pub run: Arc<Row>,
    /// Its run users by pk.
    pub runusers: BTreeMap<u64, Arc<Row>>,
    /// The pks of its worlds.
    pub worlds: BTreeSet<u64>,
    gone: BTreeSet<(Resource, u64)>,
}

impl RunView {
    /// A run without anybody in it.
    #[must_use]
    pub fn new(run: Row) -> Self {
        Self {
            run: Arc::new(run),
            runusers: BTreeMap::new(),
            worlds: BTreeSet::new(),
            gone: BTreeSet::new(),
        }
    }

    /// The active run user of a user, if they belong to the run.
    #[must_use]
    pub fn runuser_of(&self, user: u64) -> Option<&Arc<Row>> {
        self.runusers
            .values()
            .find(|r| r.reference("user") == Some(user) && r.flag("active"))
    }

    /// The active run users of a world, in the order of their pks.
    pub fn players_of(&self, world: u64) -> impl Iterator<Item = &Arc<Row>> {
        self.runusers
            .values()
            .filter(move |r| r.flag("active") && r.reference("world") == Some(world))
    }

    /// The active leaders.
    pub fn leaders(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.runusers
            .values()
            .filter(|r| r.flag("active") && r.flag("leader"))
    }

    /// Takes in the run's own row or one of its run users by the rules of versions.
    pub fn apply(&mut self, row: Row) -> Applied {
        if self.gone.contains(&(row.resource, row.pk)) {
            return Applied::Stale;
        }
        let held = match row.resource {
            Resource::Run => Some(self.run.clone()),
            _ => self.runusers.get(&row.pk).cloned(),
        };
        let applied = match held {
            None => Applied::Added,
            Some(held) => match row.version().cmp(&held.version()) {
                std::cmp::Ordering::Less => return Applied::Stale,
                std::cmp::Ordering::Equal if held.json == row.json => return Applied::Known,
                std::cmp::Ordering::Equal => return Applied::Conflict,
                std::cmp::Ordering::Greater => Applied::Updated,
            },
        };
        self.overwrite(row);
        applied
    }

    /// Replaces a row whatever its version says.
    pub fn overwrite(&mut self, row: Row) {
        match row.resource {
            Resource::Run => self.run = Arc::new(row),
            _ => {
                self.runusers.insert(row.pk, Arc::new(row));
            }
        }
    }

    /// Takes a run user or world away and remembers that it is gone.
    pub fn remove(&mut self, resource: Resource, pk: u64) -> Option<Arc<Row>> {
        self.gone.insert((resource, pk));
        match resource {
            Resource::RunUser => self.runusers.remove(&pk),
            Resource::World => {
                self.worlds.remove(&pk);
                None
            }
            _ => None,
        }
    }
}
