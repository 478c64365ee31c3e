//! Why a request is not done, as the original says it.

use games_contract::Map;
use serde_json::{Value, json};

use crate::storage::Fault;

/// Why a request is not done. Its answer's status and body are in `rest::answer`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    /// Something in the body or the query is wrong; the value is the answer's body (400).
    Invalid(Value),
    /// Nobody, or not who they say (401).
    Unauthenticated(&'static str),
    /// Known, but not allowed (403).
    Forbidden,
    /// No such row, page or path (404).
    NotFound(String),
    /// The path does not do this; what it does (405).
    Method(String, &'static str),
    /// Somebody else holds what it takes (409).
    Conflict(String),
    /// A row is not, or no longer, what it was expected to be (412).
    Stale {
        /// The version that was expected.
        expected: String,
        /// The row as it is; none when it is gone.
        row: Option<Map>,
    },
    /// The key of a group was that of another (422).
    KeyOfAnother(String),
    /// A cursor that means nothing here (410).
    CursorGone {
        /// The newest change.
        cursor: u64,
        /// Which database this is.
        epoch: String,
        /// What is wrong with the cursor that came.
        detail: String,
    },
    /// More than a request may hold; the bytes that it may (413).
    TooLarge(usize),
    /// A body in a format that is not read (415).
    MediaType(String),
    /// Too much from a stranger (429).
    TooMany {
        /// Of what.
        what: &'static str,
        /// How long to wait.
        seconds: u64,
    },
    /// Overloaded, or stopping (503).
    Busy,
    /// The database's server cannot be reached (503).
    Away,
    /// The database failed; told in the log, not to the stranger (500).
    Failed(String),
}

impl Refusal {
    /// One field's error.
    pub(crate) fn field(name: &str, message: impl Into<String>) -> Self {
        let messages = Value::from(vec![message.into()]);
        Self::Invalid(Value::Object(Map::from_iter([(name.to_owned(), messages)])))
    }

    /// An error of the row as a whole.
    pub(crate) fn row(message: impl Into<String>) -> Self {
        Self::field("non_field_errors", message)
    }

    /// An error told as `detail`.
    pub(crate) fn detail(message: impl Into<String>) -> Self {
        Self::Invalid(json!({"detail": message.into()}))
    }

    /// There is no such row.
    pub(crate) fn no_row() -> Self {
        Self::NotFound("Not found.".to_owned())
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Busy | Fault::Closed => Self::Busy,
            Fault::Away => Self::Away,
            Fault::Unique => Self::row("A row with the same values already exists."),
            Fault::Other(text) => Self::Failed(text),
        }
    }
}

/// The errors of a body, field by field.
#[derive(Debug, Default)]
pub(crate) struct Errors(Map);

impl Errors {
    /// Adds one; a field may have several.
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        let messages = self
            .0
            .entry(field.to_owned())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(messages) = messages {
            messages.push(message.into().into());
        }
    }

    /// True when that field has one.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Refuses when there is any.
    pub(crate) fn check(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Refusal::Invalid(Value::Object(self.0)))
    }
}
