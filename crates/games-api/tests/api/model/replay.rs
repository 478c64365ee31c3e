//! The change stream read as a history: every step of it has to be one that the rules allow.

use std::collections::BTreeMap;

use games_contract::{Action, Change, Kind, Map, Resource};

use serde_json::Value;

use super::tables::{Tables, leading};

/// Tables made from changes alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay {
    pub(super) tables: Tables,
    /// The greatest primary key there has been.
    newest: BTreeMap<Resource, u64>,
    cursor: u64,
}

impl Replay {
    /// Begins with some rows, after a change.
    pub(super) fn from(tables: Tables, cursor: u64) -> Self {
        Self {
            tables,
            newest: BTreeMap::new(),
            cursor,
        }
    }

    pub(super) const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Applies the next change, and checks that it could happen then.
    pub(super) fn apply(&mut self, change: &Change) {
        let resource = change.resource;
        let pk = change.pk().unwrap();
        assert_eq!(change.cursor, self.cursor + 1, "without a gap: {change:?}");
        self.cursor = change.cursor;
        let before = self.tables.get(resource, pk);
        match change.action {
            Action::Created => {
                let newest = self.newest.get(&resource).copied().unwrap_or(0);
                assert!(pk > newest, "never used before: {change:?}");
                assert!(before.is_none(), "new: {change:?}");
                self.newest.insert(resource, pk);
            }
            Action::Changed => {
                assert!(before.is_some(), "of a row that is there: {change:?}");
                let known = self.tables.versions.get(&(resource, pk));
                let now = change.data.get("updated").and_then(|text| text.as_str());
                assert!(known.map(String::as_str) < now || resource == Resource::User);
            }
            Action::Deleted => {
                assert!(before.is_some(), "of a row that is there: {change:?}");
                for child in Resource::ALL {
                    for field in leading(child, resource) {
                        let left = self.tables.pks_by(child, field.name, &pk.into());
                        assert_eq!(left, [0_u64; 0], "children go first: {change:?}");
                    }
                }
                let last = self.tables.take(resource, pk).unwrap();
                for (name, value) in last {
                    assert_eq!(change.data.get(&name), Some(&value), "as it was: {change:?}");
                }
                return;
            }
        }
        self.tables.put(resource, pk, &change.data);
        let row = self.tables.get(resource, pk).unwrap();
        let repeated = self.tables.repeated(resource, pk, row);
        assert!(repeated.is_none(), "{repeated:?}: {change:?}");
        for field in resource.table().fields {
            if let Kind::Reference(to) = field.kind
                && let Some(parent) = row.get(field.name).and_then(Value::as_u64)
            {
                assert!(self.tables.get(to, parent).is_some(), "{change:?}");
            }
        }
    }

    /// Checks that what is stored is what the changes lead to: of a user, what changes tell of one.
    pub(super) fn check(&self, stored: &BTreeMap<Resource, BTreeMap<u64, Map>>) {
        for (resource, rows) in stored {
            let pks: Vec<u64> = self.tables.of(*resource).map(|(pk, _)| pk).collect();
            assert_eq!(pks, rows.keys().copied().collect::<Vec<_>>(), "{resource}");
            for (pk, row) in rows {
                if *resource == Resource::User {
                    for (name, value) in self.tables.get(*resource, *pk).unwrap() {
                        assert_eq!(row.get(name), Some(value), "{resource} {pk}");
                    }
                } else {
                    assert_eq!(self.tables.shown(*resource, *pk), *row, "{resource} {pk}");
                }
            }
        }
    }
}
