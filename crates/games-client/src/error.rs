//! What can go wrong between us and a games API.

use serde_json::Value;

/// Why a request has no result. Every text names the address and what to do; none shows a password.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody answers at the address: nothing was sent.
    #[error(
        "expected a games API at {url}, got no answer ({reason}): start it, or correct the address"
    )]
    Unreachable {
        /// The address asked.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The connection broke before an answer came; a write may have been done.
    #[error(
        "expected an answer from the games API at {url}, but the connection broke ({reason}): look whether it was stopped, and ask again"
    )]
    Lost {
        /// The address asked.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// No answer within the time allowed; a write may have been done.
    #[error(
        "expected an answer from the games API at {url} in time, got none: look whether it is overloaded or stuck"
    )]
    Timeout {
        /// The address asked.
        url: String,
    },
    /// The user or the password is wrong (401).
    #[error(
        "expected the games API at {url} to accept the user {user}, got a refusal of the password or the user: correct the user and the password"
    )]
    Unauthorized {
        /// The address asked.
        url: String,
        /// Whom we said to be.
        user: String,
    },
    /// The user may not do this (403).
    #[error(
        "expected {user} to be allowed to use {url}, got a refusal: make that user staff in the games API, or use another"
    )]
    Forbidden {
        /// The address asked.
        url: String,
        /// Whom we said to be.
        user: String,
    },
    /// There is no such row (404).
    #[error("expected a row at {url}, got none: it was deleted, or never there")]
    NotFound {
        /// The address asked.
        url: String,
    },
    /// The row would break a unique constraint (400).
    #[error("expected {url} to take a new row, but there is one already: {message}")]
    AlreadyExists {
        /// The address asked.
        url: String,
        /// The games API's own words.
        message: String,
    },
    /// Somebody else holds what was asked for (409).
    #[error("expected {url} to grant the request, but somebody else was there: {message}")]
    Conflict {
        /// The address asked.
        url: String,
        /// The games API's own words.
        message: String,
    },
    /// The games API does not take this (any other 4xx).
    #[error(
        "expected {url} to take the request, got {status}: {message}: correct what the message names"
    )]
    Refused {
        /// The address asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The answer's body; `null` when it is no JSON.
        body: Box<Value>,
        /// The body's words in one line.
        message: String,
    },
    /// The cursor is not one of this database, or too old: load everything again and ask for changes from now (410).
    #[error(
        "expected the games API at {url} to still keep the changes since the last seen one, but it does not: everything has to be loaded again"
    )]
    CursorGone {
        /// The address asked.
        url: String,
    },
    /// An answer that no games API gives, or its own failure (5xx).
    #[error(
        "expected {expected} from the games API at {url}, got {got}: look into its log, or correct the address"
    )]
    Unexpected {
        /// The address asked.
        url: String,
        /// What should have come.
        expected: &'static str,
        /// What came.
        got: String,
    },
    /// The client could not be made.
    #[error("expected {expected}, got {got}: correct the settings of the games API")]
    Config {
        /// What was needed.
        expected: &'static str,
        /// What was given, or what failed.
        got: String,
    },
}

impl Error {
    /// True when the games API is away or overloaded, so that trying again later makes sense.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Lost { .. }
                | Self::Timeout { .. }
                | Self::Refused {
                    status: 408 | 429,
                    ..
                }
        ) || self.is_server_error()
    }

    const fn is_server_error(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 502..=504,
                ..
            }
        )
    }
}

/// The words of an error body in one line: `name: This field is required.; …`.
pub(crate) fn message_of(body: &Value) -> String {
    match body {
        Value::Null => "no reason given".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(message_of).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match name.as_str() {
                "detail" | "non_field_errors" => message_of(value),
                _ => format!("{name}: {}", message_of(value)),
            })
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}

/// True for the words with which the original and ours refuse a second row with the same unique fields.
pub(crate) fn says_already_exists(message: &str) -> bool {
    message.contains("must make a unique set") || message.contains("already exists")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_becomes_one_line() {
        let body = json!({"name": ["This field is required."], "non_field_errors": ["The fields name, game must make a unique set."]});
        let message = message_of(&body);
        assert_eq!(
            message,
            "name: This field is required.; The fields name, game must make a unique set."
        );
        assert!(says_already_exists(&message));
        assert!(!says_already_exists("name: This field is required."));
    }
}
