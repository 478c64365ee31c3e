//! Many writes in one request: groups of operations, each group done as a whole or not at all.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Map, Resource};

/// Groups in one request at most.
pub const BATCH_GROUPS: usize = 1_000;
/// Operations of all groups of one request at most.
pub const BATCH_OPERATIONS: usize = 10_000;
/// Characters of a group's key at most.
pub const BATCH_KEY: usize = 200;

/// The body of `POST /apis/batch/` (of [`Group`]s) and of its answer (of [`GroupResult`]s, in the same order).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Groups<T> {
    /// The groups.
    pub groups: Vec<T>,
}

/// Operations that are done in order, all of them or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Names the group: if one with this key was done for the same user within the last day, it is answered as then and not
    /// done again. 1 to 200 characters; only a group with the same operations may have the same key.
    pub key: String,
    /// The fence of the lease under which this is written; refused (409) when somebody else has taken it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
    /// What to do.
    pub operations: Vec<Operation>,
}

/// One write. In `row`, a field that leads to another row may be `{"ref": n}`: the row that operation `n` of the same group,
/// counted from 0, has written.
///
/// With `if_updated` it is done only while the row's `updated` is that; otherwise the group is refused (412) and shown the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
pub enum Operation {
    /// Creates a row.
    Create {
        /// Of what kind.
        resource: Resource,
        /// Its fields.
        row: Map,
    },
    /// Changes the named fields of a row.
    Update {
        /// Of what kind.
        resource: Resource,
        /// Which row.
        pk: Target,
        /// The fields that change.
        row: Map,
        /// Only while its `updated` is this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_updated: Option<String>,
    },
    /// Changes the row with the same unique fields, or creates it. The fields of one unique constraint have to be named; a role
    /// that is not named is null.
    Upsert {
        /// Of what kind.
        resource: Resource,
        /// Its fields; the unique ones say which row it is.
        row: Map,
        /// Only while there is such a row and its `updated` is this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_updated: Option<String>,
    },
    /// Deletes a row and everything below it.
    Delete {
        /// Of what kind.
        resource: Resource,
        /// Which row.
        pk: Target,
        /// Only while its `updated` is this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_updated: Option<String>,
    },
    /// Takes a scenario back to one of its periods: the later ones go, and the decisions and results of this one. What goes is kept as
    /// history. Offered where `history` is announced.
    Rewind {
        /// The scenario.
        scenario: Target,
        /// The order of the period that is to be the last, without decisions and results.
        order: i64,
        /// Who does it; null for the service itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<u64>,
    },
    /// Adds a line to the audit log of a run. Offered where `audit` is announced.
    Record {
        /// The run.
        run: Target,
        /// The world that it concerns; null for all of the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        world: Option<u64>,
        /// Who did it; null for the service itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<u64>,
        /// What was done: the name of a procedure, 1 to 100 characters.
        what: String,
        /// The rest, as those read it who lead the run: nothing that is secret.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        detail: Map,
        /// A line that is there already under this key is not added again; at most 300 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
}

impl Operation {
    /// What kind of row it writes; none for one that writes no row itself.
    #[must_use]
    pub const fn resource(&self) -> Option<Resource> {
        match self {
            Self::Create { resource, .. }
            | Self::Update { resource, .. }
            | Self::Upsert { resource, .. }
            | Self::Delete { resource, .. } => Some(*resource),
            Self::Rewind { .. } | Self::Record { .. } => None,
        }
    }
}

/// Which row an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// The row with this primary key.
    Pk(u64),
    /// The row that an earlier operation of the group has written.
    Ref {
        /// Which operation, from 0.
        #[serde(rename = "ref")]
        operation: usize,
    },
}

/// What became of a group; its rows as `R`, a [`Map`] or a [`RowText`](crate::RowText).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "R: Serialize", deserialize = "R: Deserialize<'de>"))]
pub struct GroupResult<R = Map> {
    /// The group's key.
    pub key: String,
    /// 200 when it is done; otherwise nothing of it is, and this is the status that the operation alone would have had: 400,
    /// 404, 409 (the fence), 412 (`if_updated`), 422 (the key belongs to other operations), 503 (try again).
    pub status: u16,
    /// The rows after each operation, in their order; of a deleted row its last state, of a rewind what it took. Empty when the group is not done.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<R>,
    /// Which operation was refused, from 0; none when the group as a whole was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<usize>,
    /// Why, as REST answers it; null when the group is done.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub error: Value,
}

impl<R> GroupResult<R> {
    /// True when the group is done and stored.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.status == 200
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_survives_its_json() {
        let text = concat!(
            r#"{"groups":[{"key":"7-1","fence":3,"operations":["#,
            r#"{"op":"create","resource":"period","row":{"scenario":4,"order":2}},"#,
            r#"{"op":"upsert","resource":"result","row":{"period":{"ref":0},"name":"result","data":{"quotient":2.0}}},"#,
            r#"{"op":"update","resource":"run","pk":1,"row":{"active":false},"if_updated":"2026-11-21T08:48:34.673333Z"},"#,
            r#"{"op":"delete","resource":"period","pk":{"ref":0}}]}]}"#
        );
        let batch: Groups<Group> = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&batch).unwrap(), text);
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        for operation in [
            r#"{"op":"update","resource":"run","pk":1,"row":{},"if_update":"x"}"#,
            r#"{"op":"move","resource":"run","pk":1}"#,
            r#"{"op":"delete","resource":"runs","pk":1}"#,
            r#"{"op":"delete","resource":"run","pk":"1"}"#,
        ] {
            assert!(
                serde_json::from_str::<Operation>(operation).is_err(),
                "{operation}"
            );
        }
    }

    #[test]
    fn an_answer_has_only_what_it_needs() {
        let done = r#"{"key":"a","status":200,"rows":[{"id":1}]}"#;
        let refused = r#"{"key":"b","status":404,"operation":1,"error":{"detail":"Not found."}}"#;
        for (text, is_done) in [(done, true), (refused, false)] {
            let result: GroupResult = serde_json::from_str(text).unwrap();
            assert_eq!(result.is_done(), is_done);
            assert_eq!(serde_json::to_string(&result).unwrap(), text);
        }
    }
}
