//! The rows below one world, or below one run user: scenarios, periods, decisions, results.
//!
//! A branch is a persistent tree: a change copies only the path to it, so a snapshot handed to readers stays as it was and costs
//! a few pointers. What is looked for is most often new, so children are searched from the end.

use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;
use games_contract::Resource;
use rpds::{HashTrieMapSync, HashTrieSetSync, VectorSync};

use super::row::Row;

/// One row with what hangs below it, children in the order in which they were created.
#[derive(Clone, Debug)]
pub struct Node {
    /// The row itself.
    pub row: Arc<Row>,
    /// Its children.
    pub children: VectorSync<Arc<Self>>,
    /// Its periods were not made in their order, so that they have to be sorted.
    mixed: bool,
}

/// What most nodes and branches have below them: all share one, as a run may have tens of thousands.
static NOTHING: LazyLock<Nothing> = LazyLock::new(Nothing::default);

#[derive(Default)]
struct Nothing {
    children: VectorSync<Arc<Node>>,
    parents: Parents,
    gone: Gone,
}

type Parents = HashTrieMapSync<Key, Key, RandomState>;
type Gone = HashTrieSetSync<Key, RandomState>;

impl Node {
    fn leaf(row: Arc<Row>) -> Arc<Self> {
        Arc::new(Self {
            row,
            children: NOTHING.children.clone(),
            mixed: false,
        })
    }

    /// The child rows of one kind.
    pub fn rows(&self, resource: Resource) -> impl Iterator<Item = &Arc<Row>> {
        self.children
            .iter()
            .map(|c| &c.row)
            .filter(move |r| r.resource == resource)
    }

    /// A scenario's periods, the last one first. A game may have hundreds, and it is played at the last ones.
    #[must_use]
    pub fn periods_from_the_end(&self) -> Box<dyn Iterator<Item = &Arc<Self>> + '_> {
        let periods = self.children.iter().rev().filter(|child| child.is_period());
        if !self.mixed {
            return Box::new(periods);
        }
        let mut periods: Vec<&Arc<Self>> = periods.collect();
        periods.sort_by_key(|period| std::cmp::Reverse(period.turn()));
        Box::new(periods.into_iter())
    }

    fn is_period(&self) -> bool {
        self.row.resource == Resource::Period
    }

    /// Where a period stands in its scenario.
    fn turn(&self) -> (i64, u64) {
        (self.row.order(), self.row.pk)
    }

    /// A period's result for the whole world: role null, the lowest pk where an old database holds several.
    #[must_use]
    pub fn result(&self) -> Option<&Arc<Row>> {
        self.told("result")
    }

    /// What the whole world is told in a period under that name, as [`result`](Self::result) is.
    #[must_use]
    pub fn told(&self, name: &str) -> Option<&Arc<Row>> {
        self.rows(Resource::Result)
            .filter(|row| row.reference("role").is_none() && row.text("name") == name)
            .min_by_key(|row| row.pk)
    }

    /// Has this period been stepped?
    #[must_use]
    pub fn is_stepped(&self) -> bool {
        self.result().is_some()
    }

    /// Every row from here down, this one first.
    #[must_use]
    pub fn rows_below(&self) -> Vec<Arc<Row>> {
        let mut rows = vec![self.row.clone()];
        for child in &self.children {
            rows.extend(child.rows_below());
        }
        rows
    }

    fn child(&self, key: Key) -> Option<&Arc<Self>> {
        let mut from_the_end = self.children.iter().rev();
        from_the_end.find(|c| (c.row.resource, c.row.pk) == key)
    }

    fn child_mut(&mut self, key: Key) -> Option<&mut Self> {
        let mut from_the_end = self.children.iter().rev();
        let after = from_the_end.position(|c| (c.row.resource, c.row.pk) == key)?;
        let at = self.children.len() - 1 - after;
        self.children.get_mut(at).map(Arc::make_mut)
    }

    fn insert(&mut self, child: Arc<Self>) {
        let place = |n: &Self| (n.row.created(), n.row.resource, n.row.pk);
        let later = |c: &&Arc<Self>| place(c) > place(&child);
        let later = self.children.iter().rev().take_while(later).cloned();
        let later: Vec<Arc<Self>> = later.collect();
        if child.is_period() {
            let last = self.periods_from_the_end().next();
            self.mixed |= last.is_some_and(|last| last.turn() > child.turn()) || !later.is_empty();
        }
        for _ in &later {
            self.children.drop_last_mut();
        }
        for child in std::iter::once(child).chain(later.into_iter().rev()) {
            self.children.push_back_mut(child);
        }
    }
}

type Key = (Resource, u64);

/// What [`Branch::apply`] made of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is new: publish `add_child`.
    Added,
    /// It replaces an older version: publish `update_child`.
    Updated,
    /// The same row in the same version: known already.
    Known,
    /// Older than what is held, or deleted before: dropped.
    Stale,
    /// The same version with other content: read the row again.
    Conflict,
    /// Its parent is not here.
    Orphan,
}

/// A row that [`Branch::remove`] took away, with the rows that went with it.
#[derive(Debug)]
pub struct Removed {
    /// The row itself.
    pub row: Arc<Row>,
    /// Every row below it.
    pub below: Vec<Arc<Row>>,
}

/// One world or run user with everything below it.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The world or run user, scenarios below it.
    pub root: Arc<Node>,
    /// Grows with every change; events and trees carry it, so that a front end sees a gap. A world that is loaded counts on from the time in
    /// milliseconds, as nobody knows any more where it was; below 2^53, up to which JavaScript counts.
    pub rev: u64,
    parents: Parents,
    gone: Gone,
}

impl Branch {
    /// A branch that holds only its root.
    #[must_use]
    pub fn new(root: impl Into<Arc<Row>>) -> Self {
        Self {
            root: Node::leaf(root.into()),
            rev: 0,
            parents: NOTHING.parents.clone(),
            gone: NOTHING.gone.clone(),
        }
    }

    /// The key of the root.
    #[must_use]
    pub fn key(&self) -> (Resource, u64) {
        (self.root.row.resource, self.root.row.pk)
    }

    /// The node of a scope, if it is here.
    #[must_use]
    pub fn node(&self, resource: Resource, pk: u64) -> Option<&Arc<Node>> {
        let mut at = &self.root;
        for key in self.path((resource, pk))? {
            at = at.child(key)?;
        }
        Some(at)
    }

    /// The scope's parent within the branch.
    #[must_use]
    pub fn parent(&self, resource: Resource, pk: u64) -> Option<(Resource, u64)> {
        self.parents.get(&(resource, pk)).copied()
    }

    /// Takes in a row by the rules of versions: newer replaces, equal is known, older is dropped, a delete wins.
    pub fn apply(&mut self, row: impl Into<Arc<Row>>) -> Applied {
        let row = row.into();
        let key = (row.resource, row.pk);
        if self.gone.contains(&key) {
            return Applied::Stale;
        }
        if let Some(held) = self.node(key.0, key.1) {
            let held = &held.row;
            match row.version().cmp(&held.version()) {
                std::cmp::Ordering::Less => return Applied::Stale,
                std::cmp::Ordering::Equal if held.says_the_same(&row) => return Applied::Known,
                std::cmp::Ordering::Equal => return Applied::Conflict,
                std::cmp::Ordering::Greater => {}
            }
            self.replace(row);
            return Applied::Updated;
        }
        let Some(parent) = self.parent_of(&row) else {
            return Applied::Orphan;
        };
        let Some(node) = self.node_mut(parent) else {
            return Applied::Orphan;
        };
        node.insert(Node::leaf(row));
        self.parents.insert_mut(key, parent);
        self.rev += 1;
        Applied::Added
    }

    /// Replaces a row whatever its version says: for a row just read again.
    pub fn overwrite(&mut self, row: Row) {
        self.replace(Arc::new(row));
    }

    fn replace(&mut self, row: Arc<Row>) {
        let key = (row.resource, row.pk);
        let Some(node) = self.node_mut(key) else {
            return;
        };
        let moved = node.row.order() != row.order();
        node.row = row;
        self.rev += 1;
        let parent = self.parent(key.0, key.1).filter(|_| moved);
        if let Some(parent) = parent.and_then(|parent| self.node_mut(parent)) {
            parent.mixed = true;
        }
    }

    /// Takes a row away with all below it, and remembers that it is gone.
    pub fn remove(&mut self, resource: Resource, pk: u64) -> Option<Removed> {
        let key = (resource, pk);
        self.gone.insert_mut(key);
        let parent = self.parent(resource, pk)?;
        let node = self.node_mut(parent)?;
        let at = node
            .children
            .iter()
            .position(|c| (c.row.resource, c.row.pk) == key)?;
        let taken = node.children.get(at)?.clone();
        let others = node.children.iter().take(at);
        let others = others.chain(node.children.iter().skip(at + 1));
        node.children = others.cloned().collect();
        let mut below = taken.rows_below();
        below.remove(0);
        self.parents.remove_mut(&key);
        for row in &below {
            self.parents.remove_mut(&(row.resource, row.pk));
            self.gone.insert_mut((row.resource, row.pk));
        }
        self.rev += 1;
        Some(Removed {
            row: taken.row.clone(),
            below,
        })
    }

    /// Every row of the branch, the root first.
    #[must_use]
    pub fn rows(&self) -> Vec<Arc<Row>> {
        self.root.rows_below()
    }

    fn parent_of(&self, row: &Row) -> Option<Key> {
        row.resource
            .parents()
            .iter()
            .filter_map(|(member, parent)| Some((*parent, row.reference(member)?)))
            .find(|key| *key == self.key() || self.parents.contains_key(key))
    }

    /// The keys from below the root down to `key`.
    fn path(&self, key: Key) -> Option<Vec<Key>> {
        let mut path = Vec::with_capacity(3);
        let mut at = key;
        while at != self.key() {
            path.push(at);
            // There is nothing between a scenario and the root.
            at = match at.0 {
                Resource::Scenario => self.key(),
                _ => *self.parents.get(&at)?,
            };
        }
        path.reverse();
        Some(path)
    }

    fn node_mut(&mut self, key: Key) -> Option<&mut Node> {
        let path = self.path(key)?;
        let mut at = Arc::make_mut(&mut self.root);
        for key in path {
            at = at.child_mut(key)?;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scopes::row;
    use serde_json::json;

    fn stamp(second: u32) -> String {
        format!("2026-11-21T08:50:{second:02}.000000Z")
    }

    fn world_with_period() -> Branch {
        let mut branch = Branch::new(row(Resource::World, json!({"id": 1, "updated": stamp(0)})));
        let scenario =
            json!({"id": 7, "world": 1, "runuser": null, "created": stamp(1), "updated": stamp(1)});
        assert_eq!(
            branch.apply(row(Resource::Scenario, scenario)),
            Applied::Added
        );
        let period =
            json!({"id": 10, "scenario": 7, "order": 1, "created": stamp(2), "updated": stamp(2)});
        assert_eq!(branch.apply(row(Resource::Period, period)), Applied::Added);
        branch
    }

    fn decision(updated: u32, operand: f64) -> Row {
        row(
            Resource::Decision,
            json!({"id": 12, "period": 10, "created": stamp(3), "updated": stamp(updated), "data": {"operand": operand}}),
        )
    }

    #[test]
    fn newer_replaces_equal_is_known_older_is_dropped() {
        let mut branch = world_with_period();
        assert_eq!(branch.apply(decision(5, 12.0)), Applied::Added);
        assert_eq!(branch.apply(decision(5, 12.0)), Applied::Known);
        assert_eq!(branch.apply(decision(5, 13.0)), Applied::Conflict);
        assert_eq!(branch.apply(decision(4, 11.0)), Applied::Stale);
        assert_eq!(branch.apply(decision(6, 14.0)), Applied::Updated);
        let held = branch.node(Resource::Decision, 12).unwrap();
        assert_eq!(held.row.data(), &json!({"operand": 14.0}));
    }

    #[test]
    fn a_delete_wins_over_a_late_change() {
        let mut branch = world_with_period();
        branch.apply(decision(5, 12.0));
        let removed = branch.remove(Resource::Period, 10).unwrap();
        assert_eq!(removed.below.len(), 1);
        assert_eq!(branch.apply(decision(9, 12.0)), Applied::Stale);
        assert!(branch.node(Resource::Decision, 12).is_none());
    }

    #[test]
    fn a_row_without_its_parent_is_an_orphan() {
        let mut branch = Branch::new(row(Resource::World, json!({"id": 1})));
        assert_eq!(branch.apply(decision(5, 12.0)), Applied::Orphan);
    }

    #[test]
    fn periods_come_by_their_order_whatever_the_order_of_creation() {
        let mut branch = world_with_period();
        let period = |pk: u64, order: u64, made: u32, updated: u32| {
            row(
                Resource::Period,
                json!({"id": pk, "scenario": 7, "order": order, "created": stamp(made), "updated": stamp(updated)}),
            )
        };
        let orders = |branch: &Branch| -> Vec<i64> {
            let scenario = branch.node(Resource::Scenario, 7).unwrap();
            let periods = scenario.periods_from_the_end();
            periods.map(|period| period.row.order()).collect()
        };
        branch.apply(period(11, 2, 3, 3));
        branch.apply(period(12, 3, 4, 4));
        assert_eq!(orders(&branch), [3, 2, 1]);
        let mut late = branch.clone();
        late.apply(period(9, 4, 3, 3));
        assert_eq!(orders(&late), [4, 3, 2, 1]);
        let mut early = branch.clone();
        early.apply(period(13, 0, 5, 5));
        assert_eq!(orders(&early), [3, 2, 1, 0]);
        branch.apply(period(11, 7, 3, 6));
        assert_eq!(orders(&branch), [7, 3, 1]);
        branch.overwrite(period(11, 0, 3, 6));
        assert_eq!(orders(&branch), [3, 1, 0]);
        branch.remove(Resource::Period, 12);
        branch.apply(period(14, 4, 8, 8));
        assert_eq!(orders(&branch), [4, 1, 0]);
        assert!(branch.node(Resource::Scenario, 8).is_none());
    }

    #[test]
    fn children_come_in_the_order_of_creation_whatever_the_order_of_arrival() {
        let mut branch = world_with_period();
        let result = json!({"id": 2, "period": 10, "created": stamp(9), "updated": stamp(9)});
        branch.apply(row(Resource::Result, result));
        branch.apply(decision(5, 12.0));
        let period = branch.node(Resource::Period, 10).unwrap();
        let order: Vec<_> = period.children.iter().map(|c| c.row.resource).collect();
        assert_eq!(order, [Resource::Decision, Resource::Result]);
    }

    #[test]
    fn a_snapshot_stays_as_it_was() {
        let mut branch = world_with_period();
        let before = branch.clone();
        branch.apply(decision(5, 12.0));
        assert!(before.node(Resource::Decision, 12).is_none());
        assert_eq!(branch.rev, before.rev + 1);
    }
}
