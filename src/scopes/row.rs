//! One row of the games API as the service holds it.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::{LazyLock, OnceLock};

use games_contract::{Map, Resource, RowText};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::service_state::PRIVATE;

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

/// The members that refer to other rows.
const REFERENCES: [&str; 8] = [
    "user", "world", "role", "period", "scenario", "runuser", "run", "phase",
];

/// The text members that are looked at while people play.
const TEXTS: [&str; 4] = ["name", "email", "first_name", "last_name"];

/// What most rows have as their `data`.
static NOTHING: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));

/// One row: its kind, its pk and the JSON that REST shows, secrets included.
///
/// The JSON stays text, because a school has tens of thousands of rows and most are only passed on. What trees are sorted and
/// searched by is read from it once; `data` is taken apart when it is first asked for.
#[derive(Clone, Debug)]
pub struct Row {
    /// What kind of row it is.
    pub resource: Resource,
    /// Its primary key.
    pub pk: u64,
    json: RowText,
    heading: Heading,
    parsed: OnceLock<Box<Value>>,
}

/// What is read from the JSON once: every event asks for it many times.
#[derive(Clone, Copy, Debug, Default)]
struct Heading {
    version: Version,
    created: Version,
    order: i64,
    references: [Option<NonZeroU64>; REFERENCES.len()],
    texts: [Span; TEXTS.len()],
    data: Span,
    active: bool,
    leader: bool,
    has_secrets: bool,
}

/// Where in its text a row has a value; empty for one that it has not.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    end: u32,
}

impl Row {
    /// The row that `json` describes; `None`, with a line in the log, when it has no `id` or cannot be read, which no games API sends.
    #[must_use]
    pub fn new(resource: Resource, json: impl Into<RowText>) -> Option<Self> {
        let json = json.into();
        let (text, mut heading) = (json.as_str(), Heading::default());
        let reader = HeadingReader {
            text,
            heading: &mut heading,
        };
        match serde_json::Deserializer::from_str(text).deserialize_map(reader) {
            Ok(pk) => Some(Self {
                resource,
                pk,
                json,
                heading,
                parsed: OnceLock::new(),
            }),
            Err(error) => {
                tracing::warn!(%resource, %error, "a row that the games API sent cannot be read and is left out");
                None
            }
        }
    }

    /// Its JSON as it was written.
    #[must_use]
    pub const fn json(&self) -> &RowText {
        &self.json
    }

    /// The members of its JSON, taken apart anew.
    #[must_use]
    pub fn members(&self) -> Map {
        // It was read when the row was made, so it can be.
        self.json.members().unwrap_or_default()
    }

    /// Do both say the same, however it is written?
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.json == other.json || self.members() == other.members()
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.heading.version
    }

    /// When it was made, comparable with other rows: children are listed in this order.
    #[must_use]
    pub const fn created(&self) -> Version {
        self.heading.created
    }

    /// A text member, empty when it is missing or no text.
    #[must_use]
    pub fn text(&self, member: &str) -> Cow<'_, str> {
        match TEXTS.iter().position(|name| *name == member) {
            Some(at) => unquoted(self.at(self.heading.texts[at])),
            None => match self.members().swap_remove(member) {
                Some(Value::String(text)) => text.into(),
                _ => "".into(),
            },
        }
    }

    /// A reference to another row; `None` when it is null or missing.
    #[must_use]
    pub fn reference(&self, member: &str) -> Option<u64> {
        let at = REFERENCES.iter().position(|name| *name == member)?;
        self.heading.references[at].map(NonZeroU64::get)
    }

    /// Does it count: a run, world or run user that has not been switched off?
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.heading.active
    }

    /// Is it the run user of a leader?
    #[must_use]
    pub const fn is_leader(&self) -> bool {
        self.heading.leader
    }

    /// Has its `data` members that must not leave the service?
    #[must_use]
    pub const fn has_secrets(&self) -> bool {
        self.heading.has_secrets
    }

    /// A yes or no, no when it is missing.
    #[must_use]
    pub fn flag(&self, member: &str) -> bool {
        self.members().get(member).and_then(Value::as_bool) == Some(true)
    }

    /// A period's or phase's place in its order.
    #[must_use]
    pub const fn order(&self) -> i64 {
        self.heading.order
    }

    /// The row's `data`; null when it has none.
    #[must_use]
    pub fn data(&self) -> &Value {
        match self.at(self.heading.data) {
            "" | "null" => &Value::Null,
            "{}" => &NOTHING,
            text => self
                .parsed
                .get_or_init(|| Box::new(serde_json::from_str(text).unwrap_or_default())),
        }
    }

    fn at(&self, Span { start, end }: Span) -> &str {
        let span = start as usize..end as usize;
        self.json.as_str().get(span).unwrap_or_default()
    }
}

impl Heading {
    fn note(&mut self, member: &str, value: &str, span: Span) {
        match member {
            "updated" => self.version = Version::of(value),
            "created" => self.created = Version::of(value),
            "order" => self.order = value.parse().unwrap_or_default(),
            "active" => self.active = value == "true",
            "leader" => self.leader = value == "true",
            "data" => self.data = span,
            member => {
                if let Some(at) = REFERENCES.iter().position(|name| *name == member) {
                    self.references[at] = value.parse().ok();
                } else if let Some(at) = TEXTS.iter().position(|name| *name == member) {
                    self.texts[at] = span;
                }
            }
        }
    }
}

/// Equal when they are the same row, in the same version, and say the same.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        let key = |row: &Self| (row.resource, row.pk, row.version());
        key(self) == key(other) && self.says_the_same(other)
    }
}

fn unquoted(json: &str) -> Cow<'_, str> {
    let inside = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inside {
        Some(plain) if !plain.contains('\\') => plain.into(),
        Some(_) => serde_json::from_str::<String>(json)
            .unwrap_or_default()
            .into(),
        None => "".into(),
    }
}

/// Reads the heading of a row's text, and returns the `id`. Values that are not looked at are read, too, so that each can be taken apart
/// later.
struct HeadingReader<'t, 'h> {
    text: &'t str,
    heading: &'h mut Heading,
}

impl<'t> Visitor<'t> for HeadingReader<'t, '_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row with an id")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<u64, A::Error> {
        let mut id = None;
        while let Some((Name(member), value)) = members.next_entry::<Name<'t>, &'t RawValue>()? {
            let value = value.get();
            if is_intricate(value) {
                let Read { names_secrets } = serde_json::from_str(value).map_err(Error::custom)?;
                self.heading.has_secrets |= member == "data" && names_secrets;
            }
            if member == "id" {
                id = value.parse().ok();
            }
            // A part of the text, so its place in memory says where.
            let start = value.as_ptr().addr() - self.text.as_ptr().addr();
            let place = |at: usize| u32::try_from(at).map_err(Error::custom);
            let span = Span {
                start: place(start)?,
                end: place(start + value.len())?,
            };
            self.heading.note(&member, value, span);
        }
        id.ok_or_else(|| Error::custom("expected a number as its `id`"))
    }
}

/// Is it neither a word, nor a whole number, nor a text without escapes?
fn is_intricate(value: &str) -> bool {
    let simple = match value.as_bytes().first() {
        Some(b'"') => !value.contains('\\'),
        Some(b'{' | b'[') => false,
        Some(b'-' | b'0'..=b'9') => value.len() < 20 && !value.contains(['e', 'E']),
        _ => true,
    };
    !simple
}

/// The name of a member.
#[derive(Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

/// Any JSON that Rust has a value for, read and let go.
struct Read {
    /// Is it an object with members that must not leave the service?
    names_secrets: bool,
}

impl<'t> Deserialize<'t> for Read {
    fn deserialize<D: Deserializer<'t>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(Reader)
    }
}

struct Reader;

const PLAIN: Read = Read {
    names_secrets: false,
};

impl<'t> Visitor<'t> for Reader {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Read, E> {
        Ok(PLAIN)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Read, E> {
        Ok(PLAIN)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Read, E> {
        Ok(PLAIN)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Read, E> {
        Ok(PLAIN)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Read, E> {
        Ok(PLAIN)
    }

    fn visit_str<E>(self, _: &str) -> Result<Read, E> {
        Ok(PLAIN)
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut values: A) -> Result<Read, A::Error> {
        while values.next_element::<Read>()?.is_some() {}
        Ok(PLAIN)
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<Read, A::Error> {
        let mut names_secrets = false;
        while let Some((Name(name), _)) = members.next_entry::<Name<'t>, Read>()? {
            names_secrets |= name == PRIVATE;
        }
        Ok(Read { names_secrets })
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

    fn read(text: &str) -> Option<Row> {
        Row::new(
            Resource::RunUser,
            serde_json::from_str::<RowText>(text).unwrap(),
        )
    }

    #[test]
    fn what_is_looked_at_is_read_from_the_text_however_it_is_written() {
        let row = read(
            r#"{ "id" : 7, "first_name":"J\u00f6rg \"J\"", "last_name" : "\u00d6", "email":"ö@div.edu", "w\u006frld": 10,
                "role":null, "lead\u0065r": true, "active":false, "order":-3, "data" : {"a": {"_private": 1}, "b": 1.50} }"#,
        )
        .unwrap();
        assert_eq!((row.pk, row.order()), (7, -3));
        assert_eq!(row.text("first_name"), "Jörg \"J\"");
        assert_eq!(row.text("last_name"), "Ö");
        assert_eq!(row.text("email"), "ö@div.edu");
        assert_eq!(row.text("nothing"), "");
        assert_eq!(row.reference("world"), Some(10));
        assert_eq!(row.reference("role"), None);
        assert!(row.is_leader() && !row.is_active());
        assert_eq!(
            row.data(),
            &serde_json::json!({"a": {"_private": 1}, "b": 1.5})
        );
        assert!(!row.has_secrets(), "only at the top of data");
    }

    #[test]
    fn secrets_are_known_by_their_name_however_it_is_written() {
        for data in [
            r#"{"a":1,"_private":{"seed":7}}"#,
            r#"{"\u005fprivate":null}"#,
            r#"{"_priv\u0061te":0,"_private":1}"#,
        ] {
            let row = read(&format!(r#"{{"id":1,"data":{data}}}"#)).unwrap();
            assert!(row.has_secrets(), "{data}");
        }
        let row = read(r#"{"id":1,"data":"_private","_private":{"_private":1}}"#).unwrap();
        assert!(!row.has_secrets());
    }

    #[test]
    fn a_row_that_could_not_be_taken_apart_later_is_none() {
        for text in [
            r#"{"data":{}}"#,
            r#"{"id":"7"}"#,
            r#"{"id":1,"data":{"x":1e999}}"#,
            r#"{"id":1,"x":-1E999}"#,
            r#"{"id":1,"name":"\ud800"}"#,
            r#"{"id":1,"x":["\ud800"]}"#,
            "[1]",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
        let long = format!(r#"{{"id":1,"x":{}}}"#, "9".repeat(400));
        assert!(read(&long).is_none());
    }

    #[test]
    fn rows_say_the_same_in_whatever_order() {
        let row = read(r#"{"id":1,"leader":true,"data":{"a":1.0}}"#).unwrap();
        let same = read(r#"{"leader": true, "data": {"a": 1.0}, "id": 1}"#).unwrap();
        let other = read(r#"{"id":1,"leader":true,"data":{"a":2.0}}"#).unwrap();
        assert_eq!(row, same);
        assert_ne!(row, other);
    }

    #[test]
    fn what_a_row_holds_is_not_shown_when_it_is_debugged() {
        let row = read(r#"{"id":1,"data":{"_private":{"seed":4711}}}"#).unwrap();
        assert!(!format!("{row:?}").contains("4711"));
    }
}
