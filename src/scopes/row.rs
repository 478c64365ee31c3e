//! One row of the games API as the service holds it.

use std::num::NonZeroU64;

use games_contract::{Map, Resource};
use serde_json::Value;

/// A row's version: its `updated`, comparable. Later is newer.
///
/// The games API writes RFC 3339 in UTC with up to six digits of a second and leaves the digits out when they are zero, so the
/// text itself does not sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Version {
    /// The digits of date and time as one number: 20261121085009.
    seconds: u64,
    micros: u32,
}

impl Version {
    /// The version written as `text`, e.g. `2026-11-21T08:50:09.645866Z`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let seconds = digits(seconds).take(14);
        let micros = digits(fraction).chain(std::iter::repeat(0)).take(6);
        Self {
            seconds: seconds.fold(0, |number, digit| number * 10 + u64::from(digit)),
            micros: micros.fold(0, |number, digit| number * 10 + u32::from(digit)),
        }
    }
}

fn digits(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0')
}

/// One row: its kind, its pk and the JSON that REST shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What kind of row it is.
    pub resource: Resource,
    /// Its primary key.
    pub pk: u64,
    /// The JSON of the games API, secrets included.
    pub json: Map,
    /// What trees are sorted and searched by, read from the JSON once: every event asks for it many times.
    version: Version,
    created: Version,
    order: i64,
    references: [Option<NonZeroU64>; REFERENCES.len()],
    active: bool,
    leader: bool,
}

/// The members that refer to other rows.
const REFERENCES: [&str; 8] = [
    "user", "world", "role", "period", "scenario", "runuser", "run", "phase",
];

impl Row {
    /// The row that `json` describes; `None` when it has no `id`, which no games API sends.
    #[must_use]
    pub fn new(resource: Resource, json: Map) -> Option<Self> {
        let stamp = |value: &Value| value.as_str().map_or_else(Version::default, Version::of);
        let mut row = Self {
            resource,
            pk: json.get("id")?.as_u64()?,
            json: Map::new(),
            version: Version::default(),
            created: Version::default(),
            order: 0,
            references: Default::default(),
            active: false,
            leader: false,
        };
        for (member, value) in &json {
            match member.as_str() {
                "updated" => row.version = stamp(value),
                "created" => row.created = stamp(value),
                "order" => row.order = value.as_i64().unwrap_or_default(),
                "active" => row.active = value.as_bool().unwrap_or_default(),
                "leader" => row.leader = value.as_bool().unwrap_or_default(),
                member => {
                    if let Some(at) = REFERENCES.iter().position(|name| *name == member) {
                        row.references[at] = value.as_u64().and_then(NonZeroU64::new);
                    }
                }
            }
        }
        row.json = json;
        Some(row)
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// When it was made, comparable with other rows: children are listed in this order.
    #[must_use]
    pub const fn created(&self) -> Version {
        self.created
    }

    /// A text member, empty when it is missing or no text.
    #[must_use]
    pub fn text(&self, member: &str) -> &str {
        self.json
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A reference to another row; `None` when it is null or missing.
    #[must_use]
    pub fn reference(&self, member: &str) -> Option<u64> {
        let at = REFERENCES.iter().position(|name| *name == member)?;
        self.references[at].map(NonZeroU64::get)
    }

    /// Does it count: a run, world or run user that has not been switched off?
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.active
    }

    /// Is it the run user of a leader?
    #[must_use]
    pub const fn is_leader(&self) -> bool {
        self.leader
    }

    /// A yes or no, no when it is missing.
    #[must_use]
    pub fn flag(&self, member: &str) -> bool {
        self.json
            .get(member)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    /// A period's or phase's place in its order.
    #[must_use]
    pub const fn order(&self) -> i64 {
        self.order
    }

    /// The row's `data`; null when it has none.
    #[must_use]
    pub fn data(&self) -> &Value {
        self.json.get("data").unwrap_or(&Value::Null)
    }
}

/// A row for a test.
#[cfg(test)]
pub(crate) fn row(resource: Resource, json: Value) -> Row {
    let Value::Object(json) = json else {
        panic!("a row is an object")
    };
    Row::new(resource, json).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_without_a_fraction_is_older_than_the_same_second_with_one() {
        let whole = Version::of("2026-11-21T08:50:09Z");
        let later = Version::of("2026-11-21T08:50:09.000001Z");
        let short = Version::of("2026-11-21T08:50:09.5Z");
        assert!(whole < later);
        assert!(later < short);
        assert!(short < Version::of("2026-11-21T08:50:10Z"));
    }
}
