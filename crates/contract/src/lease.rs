//! Leases: who serves a game, so that two services never write for the same one.

use serde::{Deserialize, Serialize};

/// The shortest and the longest lease, in seconds.
pub const LEASE_SECONDS: std::ops::RangeInclusive<u64> = 1..=600;

/// The body of `POST /apis/leases/`, for example `{"action": "take", "game": "div", "holder": "host-1 4711", "seconds": 30}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
pub enum LeaseRequest {
    /// Takes a game. Refused (409) while somebody else holds it; whoever holds it already gets a new lease.
    Take {
        /// The slug of the game.
        game: String,
        /// Who takes it: one name for one process.
        holder: String,
        /// For how long, unless it is renewed.
        seconds: u64,
    },
    /// Holds it for longer. Refused (409) when somebody else has taken it since.
    Renew {
        /// The lease's fence.
        fence: u64,
        /// For how long from now.
        seconds: u64,
    },
    /// Gives it back; also right when it is no longer held.
    Release {
        /// The lease's fence.
        fence: u64,
    },
}

/// A lease as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Grows with every lease. What is written under a fence is refused as soon as somebody else has taken the game.
    pub fence: u64,
    /// The slug of the game.
    pub game: String,
    /// Who holds it.
    pub holder: String,
    /// Until when, unless it is renewed (RFC 3339). Afterwards it still holds until somebody else takes the game.
    pub expires: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_its_json() {
        for text in [
            r#"{"action":"take","game":"div","holder":"a","seconds":30}"#,
            r#"{"action":"renew","fence":7,"seconds":30}"#,
            r#"{"action":"release","fence":7}"#,
        ] {
            let request: LeaseRequest = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
        }
    }
}
