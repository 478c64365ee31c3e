//! What a client sends for a row, field by field, with the original's coercions and words.

use games_contract::{Field, Kind, Map, Resource};
use serde_json::Value as Json;

use super::known;
use crate::storage::{Fault, Value, Write};

/// The members of a request's body.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) members: Map,
    /// It came as a form: every value is text, JSON as well.
    pub(crate) form: bool,
}

impl Body {
    /// The members of a JSON object.
    pub(crate) const fn of(members: Map) -> Self {
        Self {
            members,
            form: false,
        }
    }
}

/// Why a field is refused: the original's words, or a failing database.
#[derive(Debug)]
pub(super) enum Bad {
    Value(String),
    Database(Fault),
}

impl From<Fault> for Bad {
    fn from(fault: Fault) -> Self {
        Self::Database(fault)
    }
}

impl From<&str> for Bad {
    fn from(message: &str) -> Self {
        Self::Value(message.to_owned())
    }
}

/// Reads one member as its field wants it.
pub(super) fn value_of(
    write: &mut Write<'_>,
    field: &Field,
    sent: &Json,
    form: bool,
) -> Result<Value, Bad> {
    let empty_reference = form
        && matches!(field.kind, Kind::Reference(_))
        && sent.as_str().is_some_and(str::is_empty);
    if sent.is_null() || empty_reference {
        return if field.nullable {
            Ok(Value::Null)
        } else {
            Err("This field may not be null.".into())
        };
    }
    match field.kind {
        Kind::Text { max, blank } => text(sent, max, blank).map(Value::Text),
        Kind::Slug { max } => slug(sent, max).map(Value::Text),
        Kind::Email => email(sent).map(Value::Text),
        Kind::Url => url(sent).map(Value::Text),
        Kind::Boolean => boolean(sent).map(Value::Boolean),
        Kind::Integer { min, max } => integer(sent, min, max).map(Value::Integer),
        Kind::Json => json(sent, form).map(Value::Text),
        Kind::IntegerLists => integer_lists(sent, form).map(Value::Text),
        Kind::Reference(to) => reference(write, sent, to).map(Value::Integer),
        Kind::Id | Kind::Timestamp | Kind::RunActive | Kind::From(..) => Ok(Value::Null),
    }
}

fn text(sent: &Json, max: usize, blank: bool) -> Result<String, Bad> {
    let text = match sent {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        _ => return Err("Not a valid string.".into()),
    };
    if text.is_empty() && !blank {
        return Err("This field may not be blank.".into());
    }
    if text.contains('\0') {
        return Err("Null characters are not allowed.".into());
    }
    if text.chars().count() > max {
        return Err(Bad::Value(format!(
            "Ensure this field has no more than {max} characters."
        )));
    }
    Ok(text)
}

fn slug(sent: &Json, max: usize) -> Result<String, Bad> {
    let slug = text(sent, max, true)?;
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if slug.chars().all(valid) {
        return Ok(slug);
    }
    Err(r#"Enter a valid "slug" consisting of letters, numbers, underscores or hyphens."#.into())
}

fn email(sent: &Json) -> Result<String, Bad> {
    const BAD: &str = "Enter a valid email address.";
    let email = text(sent, 254, false)?;
    let (local, domain) = email.rsplit_once('@').ok_or(BAD)?;
    let plain = |c: char| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '@' | '<' | '>' | ',' | ';' | '"')
    };
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-');
    let valid = !local.is_empty()
        && local.chars().all(plain)
        && (domain == "localhost" || domain.contains('.'))
        && domain.split('.').all(label);
    if valid { Ok(email) } else { Err(BAD.into()) }
}

fn url(sent: &Json) -> Result<String, Bad> {
    const BAD: &str = "Enter a valid URL.";
    let text = text(sent, 255, false)?;
    let url = url::Url::parse(&text).map_err(|_| BAD)?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        return Ok(text);
    }
    Err(BAD.into())
}

/// The forms in which the original takes a flag; also those of a filter.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "True" | "true" | "TRUE" | "t" | "T" | "1" | "on" => Some(true),
        "False" | "false" | "FALSE" | "f" | "F" | "0" | "off" => Some(false),
        _ => None,
    }
}

pub(super) fn boolean(sent: &Json) -> Result<bool, Bad> {
    let flag = match sent {
        Json::Bool(flag) => Some(*flag),
        Json::String(text) => flag(text),
        Json::Number(number) => match number.as_i64() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
        _ => None,
    };
    flag.ok_or_else(|| "Must be a valid boolean.".into())
}

/// The primary key that a body names, written as validation takes it.
pub(crate) fn pk_of(sent: &Json) -> Option<i64> {
    match sent {
        Json::Number(_) | Json::String(_) => whole(sent),
        _ => None,
    }
}

/// What is said of a primary key that leads nowhere.
pub(crate) fn no_such_pk(pk: i64) -> String {
    format!(r#"Invalid pk "{pk}" - object does not exist."#)
}

/// A whole number, also written as text or with a zero fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the fraction is zero and the range was checked"
)]
fn whole(sent: &Json) -> Option<i64> {
    match sent {
        Json::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            let fits = float.fract() == 0.0 && float.abs() < 9.0e15;
            fits.then_some(float as i64)
        }),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn integer(sent: &Json, min: i64, max: i64) -> Result<i64, Bad> {
    let number = whole(sent).ok_or("A valid integer is required.")?;
    if number < min {
        return Err(Bad::Value(format!(
            "Ensure this value is greater than or equal to {min}."
        )));
    }
    if number > max {
        return Err(Bad::Value(format!(
            "Ensure this value is less than or equal to {max}."
        )));
    }
    Ok(number)
}

fn json(sent: &Json, form: bool) -> Result<String, Bad> {
    let Json::String(text) = sent else {
        return Ok(sent.to_string());
    };
    if !form {
        return Ok(sent.to_string());
    }
    let value: Json = serde_json::from_str(text).map_err(|_| "Value must be valid JSON.")?;
    Ok(value.to_string())
}

fn integer_lists(sent: &Json, form: bool) -> Result<String, Bad> {
    let text = json(sent, form)?;
    let lists: Result<Vec<Vec<i64>>, _> = serde_json::from_str(&text);
    match lists {
        Ok(_) => Ok(text),
        Err(_) => Err("Expected a list of lists of whole numbers.".into()),
    }
}

fn reference(write: &mut Write<'_>, sent: &Json, to: Resource) -> Result<i64, Bad> {
    let Some(pk) = pk_of(sent) else {
        return Err(Bad::Value(format!(
            "Incorrect type. Expected pk value, received {}.",
            kind_of(sent)
        )));
    };
    if known::is_there(write, to, pk)? {
        return Ok(pk);
    }
    Err(Bad::Value(no_such_pk(pk)))
}

/// What the original calls a JSON value's type.
pub(crate) fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Number(number) if number.is_f64() => "float",
        Json::Number(_) => "int",
        Json::String(_) => "str",
        Json::Array(_) => "list",
        Json::Object(_) => "dict",
    }
}

/// A slug made from a name: lower case, words joined by `-`, at most 250 characters.
pub(super) fn slugify(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c);
        } else if (c.is_whitespace() || c == '-') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(250);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(outcome: Result<impl std::fmt::Debug, Bad>) -> String {
        match outcome.unwrap_err() {
            Bad::Value(message) => message,
            Bad::Database(fault) => fault.to_string(),
        }
    }

    #[test]
    fn text_is_trimmed_and_limited() {
        assert_eq!(text(&json!(" a "), 3, false).unwrap(), "a");
        assert_eq!(text(&json!(5), 3, false).unwrap(), "5");
        assert_eq!(
            message(text(&json!("abcd"), 3, false)),
            "Ensure this field has no more than 3 characters."
        );
        assert_eq!(
            message(text(&json!(" "), 3, false)),
            "This field may not be blank."
        );
        assert_eq!(message(text(&json!([]), 3, false)), "Not a valid string.");
    }

    #[test]
    fn numbers_are_taken_as_text_and_with_a_zero_fraction() {
        for sent in [json!(2), json!("2"), json!(2.0)] {
            assert_eq!(integer(&sent, 0, 9).unwrap(), 2);
        }
        for sent in [json!("zz"), json!(1.5), json!(true), json!({})] {
            assert_eq!(
                message(integer(&sent, 0, 9)),
                "A valid integer is required."
            );
        }
        assert_eq!(
            message(integer(&json!(-1), 0, 9)),
            "Ensure this value is greater than or equal to 0."
        );
    }

    #[test]
    fn addresses_are_checked() {
        for good in ["p1@probe.edu", "simpl@simpl.world", "a.b+c@localhost"] {
            assert_eq!(email(&json!(good)).unwrap(), good);
        }
        for bad in ["p1", "@probe.edu", "p1@", "a b@c.de", "p1@probe", "a@b..c"] {
            assert_eq!(message(email(&json!(bad))), "Enter a valid email address.");
        }
        for bad in ["not a url", "ftp://h/x", "http://"] {
            assert_eq!(message(url(&json!(bad))), "Enter a valid URL.");
        }
    }

    #[test]
    fn json_keeps_its_numbers_and_its_order() {
        let sent: Json = serde_json::from_str(r#"{"operand":10.0,"b":1,"a":5}"#).unwrap();
        assert_eq!(
            json(&sent, false).unwrap(),
            r#"{"operand":10.0,"b":1,"a":5}"#
        );
        assert_eq!(json(&json!("a string"), false).unwrap(), r#""a string""#);
        assert_eq!(json(&json!(r#"{"a":1}"#), true).unwrap(), r#"{"a":1}"#);
    }

    #[test]
    fn a_name_becomes_a_slug() {
        assert_eq!(slugify("Auto Slug"), "auto-slug");
        assert_eq!(slugify("  Ünder  the_Sea! -- 2 "), "nder-the_sea-2");
    }
}
