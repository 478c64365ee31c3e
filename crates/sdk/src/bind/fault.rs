//! What does not fit, and where.

use std::fmt::{self, Display, Write};

use serde::de::{self, Expected, Unexpected};
use serde_json::Value;

use crate::rejected::Rejected;

/// How much of a value is repeated to the caller, in characters.
const SHOWN: usize = 80;

/// A value that does not fit its type.
#[derive(Debug)]
pub(super) struct Fault {
    /// The way to the value, innermost first.
    path: Vec<Segment>,
    expected: Expectation,
    got: Got,
}

#[derive(Debug)]
enum Segment {
    Field(String),
    Item(usize),
}

#[derive(Debug)]
enum Expectation {
    /// A noun: "a finite number".
    Of(String),
    /// A field that is not there, and whose type is not known.
    Field(&'static str),
    /// The type's own words.
    Said(String),
}

#[derive(Debug)]
enum Got {
    Unknown,
    Nothing,
    Value(Box<Value>),
}

impl From<Option<&Value>> for Got {
    fn from(value: Option<&Value>) -> Self {
        value.map_or(Self::Nothing, |value| Self::Value(Box::new(value.clone())))
    }
}

impl Fault {
    fn new(expected: Expectation, got: Got) -> Self {
        Self {
            path: Vec::new(),
            expected,
            got,
        }
    }

    /// That was expected, and this came; `None` is nothing at all.
    pub(super) fn expected(expected: impl Into<String>, got: Option<&Value>) -> Self {
        Self::new(Expectation::Of(expected.into()), got.into())
    }

    /// More positional arguments came than there are places for.
    pub(super) fn too_many(places: usize, got: usize) -> Self {
        let expected = match places {
            0 => "no positional argument".to_owned(),
            1 => "at most 1 positional argument".to_owned(),
            _ => format!("a list of at most {places} positional arguments"),
        };
        Self::expected(expected, Some(&got.into())).in_field("the arguments", None)
    }

    /// Puts the fault below a field that holds `value`.
    pub(super) fn in_field(self, name: &str, value: Option<&Value>) -> Self {
        self.below(Segment::Field(name.to_owned()), value)
    }

    /// Puts the fault below an item of a list.
    pub(super) fn in_item(self, index: usize, value: &Value) -> Self {
        self.below(Segment::Item(index), Some(value))
    }

    fn below(mut self, segment: Segment, value: Option<&Value>) -> Self {
        if let Expectation::Field(name) = self.expected {
            self.path.push(Segment::Field(name.to_owned()));
            self.expected = Expectation::Of("a value".to_owned());
        }
        let mut fault = self.with_got(value);
        fault.path.push(segment);
        fault
    }

    /// Fills in what came, where the fault does not know it.
    pub(super) fn with_got(mut self, value: Option<&Value>) -> Self {
        if matches!(self.got, Got::Unknown) {
            self.got = value.into();
        }
        self
    }

    /// The field that is missing at the top.
    pub(super) fn missing_field(&self) -> Option<&'static str> {
        match self.expected {
            Expectation::Field(name) => Some(name),
            _ => None,
        }
    }

    /// The refusal; `root` names the whole value, for a fault that lies in no field.
    pub(super) fn into_rejected(self, root: &str) -> Rejected {
        let place = if self.path.is_empty() {
            root.to_owned()
        } else {
            render(&self.path)
        };
        let (value, came) = match self.got {
            Got::Value(value) => shown(*value),
            Got::Unknown | Got::Nothing => (Value::Null, "nothing".to_owned()),
        };
        let (message, expected) = match self.expected {
            Expectation::Of(expected) => (
                format!("{place}: {expected} is expected, got {came}"),
                expected,
            ),
            Expectation::Field(name) => (
                format!("{name}: a value is expected, got nothing"),
                "a value".to_owned(),
            ),
            Expectation::Said(words) => (format!("{place}: {words}"), words),
        };
        Rejected::invalid_argument(message, expected, value)
    }
}

/// `orders[2].amount`
fn render(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path.iter().rev() {
        match segment {
            Segment::Field(name) if text.is_empty() => text.push_str(name),
            Segment::Field(name) => text.extend([".", name]),
            // Writing to a string cannot fail.
            Segment::Item(index) => drop(write!(text, "[{index}]")),
        }
    }
    text
}

/// What came, as a value and as text, neither of them long.
fn shown(value: Value) -> (Value, String) {
    let text = value.to_string();
    if text.chars().count() <= SHOWN {
        return (value, text);
    }
    let short: String = text.chars().take(SHOWN).chain(['…']).collect();
    (Value::from(short.as_str()), short)
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.expected {
            Expectation::Of(expected) => write!(f, "{expected} is expected"),
            Expectation::Field(name) => write!(f, "{name} is missing"),
            Expectation::Said(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(words: T) -> Self {
        Self::new(Expectation::Said(words.to_string()), Got::Unknown)
    }

    fn invalid_type(_came: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Expectation::Of(expected.to_string()), Got::Unknown)
    }

    fn invalid_value(came: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(came, expected)
    }

    fn invalid_length(_length: usize, expected: &dyn Expected) -> Self {
        Self::new(Expectation::Of(expected.to_string()), Got::Unknown)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Expectation::Field(field), Got::Nothing)
    }
}
