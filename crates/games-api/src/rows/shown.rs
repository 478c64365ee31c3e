//! A row as REST shows it, as JSON that is written once and copied wherever it is told.

use games_contract::{Map, Resource};

use super::{Shape, shape};
use crate::{
    refusal::Refusal,
    storage::{Connection, Fault, Value},
};

/// One row as JSON text.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) pk: i64,
    pub(crate) json: String,
}

impl Shown {
    /// The row of these values, in the order in which the shape selects them.
    pub(super) fn of(shape: &Shape, pk: i64, values: &[Value]) -> Self {
        let json = shape.text(values);
        Self { pk, json }
    }

    /// Its members.
    pub(crate) fn map(&self) -> Result<Map, Refusal> {
        serde_json::from_str(&self.json).map_err(|error| Refusal::Failed(error.to_string()))
    }
}

/// One row as REST shows it.
pub(crate) fn read_shown(
    connection: &mut dyn Connection,
    resource: Resource,
    pk: i64,
) -> Result<Option<Shown>, Fault> {
    let shape = shape(resource);
    let rows = connection.query(&shape.by_id, &[pk.into()])?;
    Ok(rows.first().map(|row| Shown::of(shape, pk, row)))
}
