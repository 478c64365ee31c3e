//! Changes since a point, and the point.

use games_contract::{Change, RowText};
use serde::{Deserialize, Serialize};

/// A point in the order of a database's changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Which database: another one after a restore or a new file, where old positions mean nothing.
    pub epoch: String,
    /// The last change seen.
    #[serde(rename = "cursor")]
    pub position: u64,
}

/// Changes in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Batch {
    /// The point after the last of them: what to ask with next.
    #[serde(flatten)]
    pub cursor: Cursor,
    /// The changes; none when nothing happened within the wait.
    pub changes: Vec<Change<RowText>>,
}
