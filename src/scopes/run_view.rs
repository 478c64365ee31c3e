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
    /// Its run users by pk. Changed only by [`RunView::overwrite`] and [`RunView::remove`], which keep the indexes.
    pub runusers: BTreeMap<u64, Arc<Row>>,
    /// The pks of its worlds.
    pub worlds: BTreeSet<u64>,
    /// The active run users: by user, by world, and those who lead. Every event asks for them, and a run may have thousands.
    of_user: BTreeMap<u64, BTreeSet<u64>>,
    of_world: BTreeMap<u64, BTreeSet<u64>>,
    leading: BTreeSet<u64>,
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
            of_user: BTreeMap::new(),
            of_world: BTreeMap::new(),
            leading: BTreeSet::new(),
            gone: BTreeSet::new(),
        }
    }

    /// The active run user of a user, if they belong to the run.
    #[must_use]
    pub fn runuser_of(&self, user: u64) -> Option<&Arc<Row>> {
        self.runusers.get(self.of_user.get(&user)?.first()?)
    }

    /// The active run users of a world, in the order of their pks.
    pub fn players_of(&self, world: u64) -> impl Iterator<Item = &Arc<Row>> {
        let pks = self.of_world.get(&world).into_iter().flatten();
        pks.filter_map(|pk| self.runusers.get(pk))
    }

    /// The active leaders.
    pub fn leaders(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.leading.iter().filter_map(|pk| self.runusers.get(pk))
    }

    /// Takes in the run's own row or one of its run users by the rules of versions.
    pub fn apply(&mut self, row: impl Into<Arc<Row>>) -> Applied {
        let row = row.into();
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
                std::cmp::Ordering::Equal if held.says_the_same(&row) => return Applied::Known,
                std::cmp::Ordering::Equal => return Applied::Conflict,
                std::cmp::Ordering::Greater => Applied::Updated,
            },
        };
        self.overwrite(row);
        applied
    }

    /// Replaces a row whatever its version says.
    pub fn overwrite(&mut self, row: impl Into<Arc<Row>>) {
        let row = row.into();
        match row.resource {
            Resource::Run => self.run = row,
            _ => {
                self.forget(row.pk);
                self.index(&row);
                self.runusers.insert(row.pk, row);
            }
        }
    }

    fn index(&mut self, runuser: &Row) {
        if !runuser.is_active() {
            return;
        }
        let pk = runuser.pk;
        if let Some(user) = runuser.reference("user") {
            self.of_user.entry(user).or_default().insert(pk);
        }
        if let Some(world) = runuser.reference("world") {
            self.of_world.entry(world).or_default().insert(pk);
        }
        if runuser.is_leader() {
            self.leading.insert(pk);
        }
    }

    /// Takes a run user out of the map and the indexes.
    fn forget(&mut self, pk: u64) -> Option<Arc<Row>> {
        let runuser = self.runusers.remove(&pk)?;
        for (index, member) in [(&mut self.of_user, "user"), (&mut self.of_world, "world")] {
            let Some(key) = runuser.reference(member) else {
                continue;
            };
            if let Some(pks) = index.get_mut(&key) {
                pks.remove(&pk);
                if pks.is_empty() {
                    index.remove(&key);
                }
            }
        }
        self.leading.remove(&pk);
        Some(runuser)
    }

    /// Takes a run user or world away and remembers that it is gone.
    pub fn remove(&mut self, resource: Resource, pk: u64) -> Option<Arc<Row>> {
        self.gone.insert((resource, pk));
        match resource {
            Resource::RunUser => self.forget(pk),
            Resource::World => {
                self.worlds.remove(&pk);
                None
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::scopes::row;

    fn runuser(pk: u64, user: u64, world: Option<u64>, more: &Value) -> Row {
        let mut json =
            json!({"id": pk, "user": user, "world": world, "active": true, "leader": false});
        if let (Value::Object(row), Value::Object(more)) = (&mut json, more) {
            row.extend(more.clone());
        }
        row(Resource::RunUser, json)
    }

    fn pks<'r>(rows: impl Iterator<Item = &'r Arc<Row>>) -> Vec<u64> {
        rows.map(|row| row.pk).collect()
    }

    #[test]
    fn run_users_are_found_where_they_are_now_and_not_where_they_were() {
        let mut run = RunView::new(row(Resource::Run, json!({"id": 5})));
        run.overwrite(runuser(1, 101, Some(10), &json!({})));
        run.overwrite(runuser(2, 102, Some(10), &json!({})));
        run.overwrite(runuser(3, 103, None, &json!({"leader": true})));
        assert_eq!(pks(run.players_of(10)), [1, 2]);
        assert_eq!(pks(run.leaders()), [3]);
        run.overwrite(runuser(2, 104, Some(11), &json!({})));
        assert_eq!(
            (pks(run.players_of(10)), pks(run.players_of(11))),
            (vec![1], vec![2])
        );
        assert!(run.runuser_of(102).is_none());
        assert_eq!(run.runuser_of(104).map(|row| row.pk), Some(2));
        run.overwrite(runuser(1, 101, Some(10), &json!({"active": false})));
        run.overwrite(runuser(3, 103, None, &json!({})));
        assert!(pks(run.players_of(10)).is_empty() && pks(run.leaders()).is_empty());
        assert!(run.runuser_of(101).is_none() && run.runusers.contains_key(&1));
        assert_eq!(run.remove(Resource::RunUser, 2).map(|row| row.pk), Some(2));
        assert!(pks(run.players_of(11)).is_empty() && run.runuser_of(104).is_none());
    }
}
