//! The refusals that many operations have in common, and the headers of answers.

use serde_json::{Map, Value, json};

use super::operation::refer;

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    TooLarge,
    MediaType,
    TooMany,
    Failed,
    Busy,
}

impl Answer {
    const ALL: [Self; 9] = [
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::TooLarge,
        Self::MediaType,
        Self::TooMany,
        Self::Failed,
        Self::Busy,
    ];

    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::TooLarge => 413,
            Self::MediaType => 415,
            Self::TooMany => 429,
            Self::Failed => 500,
            Self::Busy => 503,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::Unauthenticated => "Unauthenticated",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::TooLarge => "TooLarge",
            Self::MediaType => "MediaType",
            Self::TooMany => "TooMany",
            Self::Failed => "Failed",
            Self::Busy => "Busy",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Invalid => {
                "Something in the body or the query is wrong: the messages for each member, or what is wrong with the whole. Nothing is done."
            }
            Self::Unauthenticated => "Nobody has logged in, or with a wrong password or token.",
            Self::Forbidden => "Who has logged in may not do this.",
            Self::NotFound => "There is no such row or page, or none that this user may see.",
            Self::TooLarge => "The body is larger than this path takes.",
            Self::MediaType => "The body is in a format that is not read here.",
            Self::TooMany => {
                "Too many wrong passwords, or too many requests without a login from one address: wait as long as `Retry-After` says."
            }
            Self::Failed => {
                "The service failed; its log says why, under the request id that the body names."
            }
            Self::Busy => {
                "Overloaded, stopping, or without its database: nothing was acknowledged. Try again after `Retry-After`."
            }
        }
    }

    const fn schema(self) -> &'static str {
        match self {
            Self::Invalid => "Errors",
            _ => "Detail",
        }
    }

    const fn header(self) -> Option<&'static str> {
        match self {
            Self::Unauthenticated => Some("WWW-Authenticate"),
            Self::TooMany | Self::Busy => Some("Retry-After"),
            _ => None,
        }
    }
}

/// The refusals, by name.
pub(super) fn all() -> Value {
    let answers = Answer::ALL.map(|answer| {
        let mut headers = usual_headers();
        if let Some(name) = answer.header() {
            headers[name] = refer(&format!("headers/{name}"));
        }
        let schema = refer(&format!("schemas/{}", answer.schema()));
        let body = json!({
            "description": answer.about(),
            "headers": headers,
            "content": {"application/json": {"schema": schema}},
        });
        (answer.name().to_owned(), body)
    });
    Value::Object(Map::from_iter(answers))
}

/// The headers of every answer.
pub(super) fn usual_headers() -> Value {
    json!({"X-Request-Id": refer("headers/X-Request-Id")})
}

/// The headers, by name.
pub(super) fn headers() -> Value {
    json!({
        "Allow": {
            "description": "The methods of the path.",
            "schema": {"type": "string"},
        },
        "Link": {
            "description": "`<address>; rel=\"next\"` and `<address>; rel=\"prev\"`; left out when everything is on this page.",
            "schema": {"type": "string"},
        },
        "Location": {
            "description": "Of a webhook subscription: where its events are sent.",
            "schema": {"type": "string"},
        },
        "Retry-After": {
            "description": "Seconds to wait.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "X-Request-Id": {
            "description": "The request's name in the log: the one that it brought (letters, digits, `-_.:`, at most 64), or a new one.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 64},
        },
        "WWW-Authenticate": {
            "description": "`Token`; for users `Basic realm=\"api\"`.",
            "schema": {"type": "string"},
        },
    })
}
