//! Writing in atomic groups, under the fence of the game's lease.

use games_client::{Announcement, Collector, Error, Map, Operation, RowText, Target};
use games_contract::Resource;
use serde_json::Value;

use super::Hosted;
use crate::scopes::Row;

/// How a game writes where the games API takes batches: each group as a whole or not at all, many groups in one request, and none
/// once another service has taken the game.
#[derive(Clone, Debug)]
pub struct Groups {
    collector: Collector,
    fence: Option<u64>,
    audit: bool,
    history: bool,
}

impl Groups {
    /// Groups that `collector` sends; `fence` is that of the game's lease, where the games API has leases, and `announced` what else it
    /// has.
    #[must_use]
    pub fn new(collector: Collector, fence: Option<u64>, announced: &Announcement) -> Self {
        Self {
            collector,
            fence,
            audit: announced.has_audit(),
            history: announced.has_history(),
        }
    }

    /// Does the games API keep an audit log?
    #[must_use]
    pub const fn keep_audit(&self) -> bool {
        self.audit
    }

    /// Does the games API keep what a rewind takes out of play?
    #[must_use]
    pub const fn keep_history(&self) -> bool {
        self.history
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

/// How often a change of a row is tried while others write to it.
const ATTEMPTS: usize = 5;

impl Hosted {
    /// Does the operations and returns the rows after each: all of them or none where the games API takes batches, else one after the
    /// other up to the first that fails, with the rows up to there.
    ///
    /// # Errors
    /// As every write of the games API; a row that is not as `if_updated` says is refused with 412.
    pub async fn write_all(&self, operations: Vec<Operation>) -> (Vec<RowText>, Result<(), Error>) {
        if let Some(groups) = &self.groups {
            return match groups.write(operations).await {
                Ok(rows) => (rows, Ok(())),
                Err(error) => (Vec::new(), Err(error)),
            };
        }
        let mut rows = Vec::new();
        let mut outcome = Ok(());
        for operation in operations {
            match self.write_alone(operation, &rows).await {
                Ok(row) => rows.push(row),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        (rows.into_iter().map(RowText::from).collect(), outcome)
    }

    /// One operation of a group for a games API that knows no groups; `written` are the rows of those before it.
    async fn write_alone(&self, operation: Operation, written: &[Map]) -> Result<Map, Error> {
        let pk_of = |operation: usize| written.get(operation).and_then(|row| row.get("id"));
        let resolved = |mut row: Map| {
            for (member, value) in &mut row {
                let of = value.get("ref").and_then(Value::as_u64);
                let of = of.filter(|_| member != "data");
                if let Some(pk) = of.and_then(|of| pk_of(usize::try_from(of).ok()?)) {
                    *value = pk.clone();
                }
            }
            row
        };
        let key = |pk: Target| match pk {
            Target::Pk(pk) => pk.to_string(),
            Target::Ref { operation } => pk_of(operation).map(Value::to_string).unwrap_or_default(),
        };
        match operation {
            Operation::Create { resource, row } => {
                self.client.create(resource, &resolved(row)).await
            }
            Operation::Update {
                resource,
                pk,
                row,
                if_updated,
            } => {
                // The original takes whole rows only.
                let mut whole = self.as_expected(resource, &key(pk), if_updated).await?;
                whole.extend(resolved(row));
                self.client.update(resource, &key(pk), &whole).await
            }
            Operation::Upsert {
                resource,
                row,
                if_updated: _,
            } => {
                let mut unique = resolved(row);
                let fields = resource
                    .table()
                    .unique
                    .iter()
                    .flat_map(|unique| unique.fields);
                let fields: Vec<&&str> = fields.collect();
                let rest = unique.clone().into_iter();
                let rest = rest.filter(|(name, _)| !fields.contains(&&name.as_str()));
                let rest: Map = rest.collect();
                unique.retain(|name, _| fields.contains(&&name.as_str()));
                self.client.create_or_update(resource, &unique, &rest).await
            }
            Operation::Delete {
                resource,
                pk,
                if_updated,
            } => {
                let last = self.as_expected(resource, &key(pk), if_updated).await?;
                self.client.delete(resource, &key(pk)).await?;
                Ok(last)
            }
            Operation::Rewind { .. } | Operation::Record { .. } => Err(Error::Unexpected {
                url: self.client.url().to_string(),
                expected: "an operation on a row, because this games API takes no batches",
                got: format!("{operation:?}"),
            }),
        }
    }

    /// A row as it is stored, if it is still that of `if_updated`.
    async fn as_expected(
        &self,
        resource: Resource,
        key: &str,
        if_updated: Option<String>,
    ) -> Result<Map, Error> {
        let row = self.client.get(resource, key).await?;
        match if_updated {
            Some(expected) if row.get("updated") != Some(&Value::from(expected.as_str())) => {
                Err(Error::Refused {
                    url: self.client.url().to_string(),
                    status: 412,
                    body: Box::new(row.into()),
                    message: "somebody else has changed the row".to_owned(),
                })
            }
            _ => Ok(row),
        }
    }

    /// Changes the `data` of a row as it is now, whoever has written to it meanwhile, and returns the row as stored.
    ///
    /// # Errors
    /// As every write of the games API.
    pub async fn change_data(&self, row: &Row, change: impl Fn(&mut Value)) -> Result<Row, Error> {
        let mut row = row.clone();
        let mut attempt = 1;
        loop {
            let mut data = row.data().clone();
            change(&mut data);
            let changed = Operation::Update {
                resource: row.resource,
                pk: Target::Pk(row.pk),
                row: Map::from_iter([("data".to_owned(), data)]),
                if_updated: Some(row.text("updated").into_owned()),
            };
            let (mut stored, done) = self.write_all(vec![changed]).await;
            match done {
                Err(Error::Refused { status: 412, .. }) if attempt < ATTEMPTS => attempt += 1,
                done => {
                    done?;
                    let stored = stored.pop().and_then(|json| Row::new(row.resource, json));
                    return stored.ok_or_else(|| self.no_row());
                }
            }
            let key = row.pk.to_string();
            let now = self.client.get(row.resource, &key).await?;
            row = Row::new(row.resource, now).ok_or_else(|| self.no_row())?;
        }
    }

    fn no_row(&self) -> Error {
        Error::Unexpected {
            url: self.client.url().to_string(),
            expected: "a row with an id",
            got: "one without".to_owned(),
        }
    }

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
