//! Writing in atomic groups, under the fence of the game's lease.

use games_client::{Collector, Error, Map, Operation, RowText, Target};
use serde_json::Value;

use super::Hosted;
use crate::scopes::Row;

/// How a game writes where the games API takes batches: each group as a whole or not at all, many groups in one request, and none
/// once another service has taken the game.
#[derive(Clone, Debug)]
pub struct Groups {
    collector: Collector,
    fence: Option<u64>,
}

impl Groups {
    /// Groups that `collector` sends; `fence` is that of the game's lease, where the games API has leases.
    #[must_use]
    pub const fn new(collector: Collector, fence: Option<u64>) -> Self {
        Self { collector, fence }
    }

    /// Does the operations, all of them or none, and returns the rows after each.
    ///
    /// # Errors
    /// As [`Collector::write`].
    pub async fn write(&self, operations: Vec<Operation>) -> Result<Vec<RowText>, Error> {
        self.collector.write(self.fence, operations).await
    }

    /// As [`write`](Self::write), with one operation.
    ///
    /// # Errors
    /// As [`Collector::write`], and [`Error::Unexpected`] when no row comes back.
    pub async fn write_one(&self, operation: Operation) -> Result<RowText, Error> {
        let rows = self.write(vec![operation]).await?;
        rows.into_iter().next().ok_or_else(|| Error::Unexpected {
            url: self.collector.url().to_string(),
            expected: "the row that was written",
            got: "none".to_owned(),
        })
    }
}

impl Hosted {
    /// Stores a new value of one member of a row and returns the row as stored.
    ///
    /// # Errors
    /// As every write of the games API.
    pub async fn change(&self, row: &Row, member: &str, value: Value) -> Result<RowText, Error> {
        match &self.groups {
            Some(groups) => {
                let change = Operation::Update {
                    resource: row.resource,
                    pk: Target::Pk(row.pk),
                    row: Map::from_iter([(member.to_owned(), value)]),
                    if_updated: None,
                };
                groups.write_one(change).await
            }
            // The original takes whole rows only.
            None => {
                let mut body = row.members();
                body.insert(member.to_owned(), value);
                let key = row.pk.to_string();
                let stored = self.client.update(row.resource, &key, &body).await?;
                Ok(stored.into())
            }
        }
    }
}
