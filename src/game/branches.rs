//! The branches of a run, found by their owner.
//!
//! A world has its actor from the start. Most run users have no scenarios of their own: theirs is made when it is first needed, and
//! until then the run holds no more than the row that it will grow from.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use games_contract::Resource;

use super::Hosted;
use super::branch::BranchActor;
use super::run::RunActor;
use crate::scopes::{Branch, Owner, Place, Row};

/// Worlds before run users, each by pk.
type Key = (bool, u64);

/// The branches of one run.
#[derive(Debug, Default)]
pub(super) struct Branches(RwLock<BTreeMap<Key, Held>>);

#[derive(Debug)]
enum Held {
    /// Nothing hangs below this run user, and nobody has asked for the actor.
    Quiet(Arc<Row>),
    Acting(Arc<BranchActor>),
}

fn key(owner: Owner) -> Option<Key> {
    match owner {
        Owner::Run => None,
        Owner::World(pk) => Some((false, pk)),
        Owner::RunUser(pk) => Some((true, pk)),
    }
}

impl Branches {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Key, Held>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<Key, Held>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunActor {
    /// The actor of one of its branches, made now where it is first asked for.
    #[must_use]
    pub fn branch(&self, owner: Owner) -> Option<Arc<BranchActor>> {
        if let Some(actor) = self.acting(owner) {
            return Some(actor);
        }
        let hosted = self.hosted.upgrade()?;
        let mut branches = self.branches.write();
        let held = branches.get_mut(&key(owner)?)?;
        // Somebody else may have been faster.
        let actor = match held {
            Held::Acting(actor) => actor.clone(),
            Held::Quiet(row) => BranchActor::new(&hosted, self, owner, Branch::new(row.clone())),
        };
        *held = Held::Acting(actor.clone());
        Some(actor)
    }

    /// The actor of one of its branches, if it has been made.
    #[must_use]
    pub fn acting(&self, owner: Owner) -> Option<Arc<BranchActor>> {
        match self.branches.read().get(&key(owner)?)? {
            Held::Acting(actor) => Some(actor.clone()),
            Held::Quiet(_) => None,
        }
    }

    /// One of its branches as it is now; asking for it makes no actor.
    #[must_use]
    pub fn snapshot(&self, owner: Owner) -> Option<Arc<Branch>> {
        match self.branches.read().get(&key(owner)?)? {
            Held::Acting(actor) => Some(actor.view.load_full()),
            Held::Quiet(row) => Some(Arc::new(Branch::new(row.clone()))),
        }
    }

    /// Every branch that has an actor: worlds by pk, then run users by pk.
    #[must_use]
    pub fn branches(&self) -> Vec<Arc<BranchActor>> {
        let branches = self.branches.read();
        let acting = branches.values().filter_map(|held| match held {
            Held::Acting(actor) => Some(actor.clone()),
            Held::Quiet(_) => None,
        });
        acting.collect()
    }

    /// Is there such a branch, with an actor or without?
    #[must_use]
    pub fn has_branch(&self, owner: Owner) -> bool {
        key(owner).is_some_and(|key| self.branches.read().contains_key(&key))
    }

    /// Enters a branch that has rows below it, or will soon have. Whoever enters the same one a moment later changes nothing.
    pub(crate) fn enter(&self, hosted: &Arc<Hosted>, owner: Owner, branch: Branch) {
        let Some(key) = key(owner) else {
            return;
        };
        let mut branches = self.branches.write();
        if !matches!(branches.get(&key), Some(Held::Acting(_))) {
            let actor = BranchActor::new(hosted, self, owner, branch);
            branches.insert(key, Held::Acting(actor));
        }
    }

    /// Enters a run user without scenarios, unless it is there.
    pub(crate) fn enter_quiet(&self, hosted: &Hosted, runuser: Arc<Row>) {
        let owner = Owner::RunUser(runuser.pk);
        let place = Place {
            run: self.pk,
            owner,
        };
        hosted.directory.enter(Resource::RunUser, runuser.pk, place);
        if let Some(key) = key(owner) {
            self.branches
                .write()
                .entry(key)
                .or_insert(Held::Quiet(runuser));
        }
    }

    /// Takes a branch away, and returns what was in it.
    pub(crate) fn strike(&self, owner: Owner) -> Vec<(Resource, u64)> {
        let held = key(owner).and_then(|key| self.branches.write().remove(&key));
        match held {
            Some(Held::Acting(actor)) => {
                let rows = actor.view.load().rows();
                rows.iter().map(|row| (row.resource, row.pk)).collect()
            }
            Some(Held::Quiet(row)) => vec![(row.resource, row.pk)],
            None => Vec::new(),
        }
    }
}
