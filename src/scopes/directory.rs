//! Where a pk lives: which run, and which branch of it.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use foldhash::fast::RandomState;
use games_contract::Resource;

/// The branch of a run that owns a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The run itself: the run and its run users.
    Run,
    /// A world: the world, its scenarios and all below.
    World(u64),
    /// A run user's own scenarios and all below.
    RunUser(u64),
}

/// Where a scope lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The run's pk.
    pub run: u64,
    /// The branch within the run.
    pub owner: Owner,
}

/// Finds the place of a scope by its pk. Readers never wait for an actor.
#[derive(Debug, Default)]
pub struct Directory {
    places: RwLock<HashMap<(Resource, u64), Place, RandomState>>,
    /// Where periods were that rewinds have taken away.
    taken_back: RwLock<HashMap<u64, Place, RandomState>>,
}

impl Directory {
    /// Where that scope lives, if it is loaded.
    #[must_use]
    pub fn place(&self, resource: Resource, pk: u64) -> Option<Place> {
        self.places
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&(resource, pk))
            .copied()
    }

    /// Enters a scope.
    pub fn enter(&self, resource: Resource, pk: u64, place: Place) {
        self.places
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((resource, pk), place);
    }

    /// Where a period was that a rewind has taken away.
    #[must_use]
    pub fn place_before(&self, period: u64) -> Option<Place> {
        self.taken_back
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&period)
            .copied()
    }

    /// Notes where periods were that a rewind has taken away.
    pub fn note_taken_back(&self, periods: impl IntoIterator<Item = u64>, place: Place) {
        let places = periods.into_iter().map(|period| (period, place));
        self.taken_back
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(places);
    }

    /// Strikes out scopes of a run; one that has gone over to another run stays.
    pub fn strike(&self, run: u64, keys: impl IntoIterator<Item = (Resource, u64)>) {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if places.get(&key).is_some_and(|place| place.run == run) {
                places.remove(&key);
            }
        }
    }

    /// Strikes out every scope of a run.
    pub fn strike_run(&self, run: u64) {
        self.places
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, place| place.run != run);
        self.taken_back
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, place| place.run != run);
    }

    /// Strikes out every scope of a run that is not in `present`.
    pub fn keep_of_run(&self, run: u64, present: &HashSet<(Resource, u64)>) {
        self.places
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|key, place| place.run != run || present.contains(key));
    }

    /// How many scopes are loaded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// True when nothing is loaded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
