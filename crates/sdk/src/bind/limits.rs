//! What a schema allows beyond the type: ranges, steps, lengths, choices.
//!
//! A value comes here as its type has read and written it, so that its shape is right; `pattern` and `format` are for forms, and
//! a game that means them says so in its `check`.

use serde_json::{Number, Value};

use super::fault::Fault;
use crate::rejected::Rejected;
use crate::schema::resolved;

/// How deep a schema is followed: a type that contains itself has no end.
const DEPTH: usize = 32;

/// Says no to a value beyond the limits of its schema.
///
/// # Errors
/// The first limit that it breaks: the field, what is expected there and what came. `what` names the whole value.
pub(crate) fn within(schema: &Value, value: &Value, what: &str) -> Result<(), Rejected> {
    let limits = Limits { root: schema };
    limits
        .look(schema, value, 0)
        .map_err(|fault| fault.into_rejected(what))
}

#[derive(Clone, Copy)]
struct Limits<'a> {
    root: &'a Value,
}

impl Limits<'_> {
    fn look(self, schema: &Value, value: &Value, depth: usize) -> Result<(), Fault> {
        let schema = resolved(self.root, schema);
        if depth > DEPTH {
            return Ok(());
        }
        chosen(schema, value)?;
        for all in list(schema, "allOf") {
            self.look(all, value, depth + 1)?;
        }
        for either in ["oneOf", "anyOf"] {
            self.one_of(list(schema, either), value, depth)?;
        }
        match value {
            Value::Number(number) => within_range(schema, number, value),
            Value::String(text) => of_length(schema, text.chars().count(), value, TEXT),
            Value::Array(items) => {
                of_length(schema, items.len(), value, LIST)?;
                let places = list(schema, "prefixItems");
                for (at, item) in items.iter().enumerate() {
                    let place = places.get(at).or_else(|| schema.get("items"));
                    let looked = place.map_or(Ok(()), |place| self.look(place, item, depth + 1));
                    looked.map_err(|fault| fault.in_item(at, item))?;
                }
                Ok(())
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let named = schema.get("properties").and_then(|all| all.get(name));
                    let field = named.or_else(|| schema.get("additionalProperties"));
                    let looked = field.map_or(Ok(()), |field| self.look(field, member, depth + 1));
                    looked.map_err(|fault| fault.in_field(name, Some(member)))?;
                }
                Ok(())
            }
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    /// One of several schemas is enough. Where it is none, those of its shape say why.
    fn one_of(self, schemas: &[Value], value: &Value, depth: usize) -> Result<(), Fault> {
        let mut refused = None;
        for schema in schemas {
            let schema = resolved(self.root, schema);
            if is_of_shape(schema, value) {
                match self.look(schema, value, depth + 1) {
                    Ok(()) => return Ok(()),
                    Err(fault) => refused = refused.or(Some(fault)),
                }
            }
        }
        refused.map_or(Ok(()), Err)
    }
}

/// Is the value among the choices that a schema leaves?
fn chosen(schema: &Value, value: &Value) -> Result<(), Fault> {
    let choices = match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(choices)), _) => choices.as_slice(),
        (_, Some(only)) => std::slice::from_ref(only),
        _ => return Ok(()),
    };
    if choices.contains(value) {
        return Ok(());
    }
    let words = choices.iter().map(|choice| match choice {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    });
    let words: Vec<String> = words.collect();
    let expected = format!("one of {}", words.join(", "));
    Err(Fault::expected(expected, Some(value)))
}

/// Could this schema be the one that the value was written by?
fn is_of_shape(schema: &Value, value: &Value) -> bool {
    let fits = |name: &Value| match (name.as_str(), value) {
        (Some("integer"), Value::Number(number)) => !number.is_f64(),
        (Some("number"), Value::Number(_))
        | (Some("string"), Value::String(_))
        | (Some("boolean"), Value::Bool(_))
        | (Some("array"), Value::Array(_))
        | (Some("object"), Value::Object(_))
        | (Some("null"), Value::Null) => true,
        _ => false,
    };
    let typed = match schema.get("type") {
        None => true,
        Some(Value::Array(several)) => several.iter().any(fits),
        Some(one) => fits(one),
    };
    let tag = |(name, field): (&String, &Value)| match (field.get("const"), value.get(name)) {
        (Some(tag), Some(found)) => tag == found,
        _ => true,
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    let tagged = properties.is_none_or(|fields| fields.iter().all(tag));
    let has = |name: &Value| value.get(name.as_str().unwrap_or_default()).is_some();
    typed && tagged && list(schema, "required").iter().all(has) && chosen(schema, value).is_ok()
}

fn list<'s>(schema: &'s Value, keyword: &str) -> &'s [Value] {
    let list = schema.get(keyword).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The range and the step of a number, as a schema says them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// The least; above it, where `open_below`.
    pub(crate) least: Option<f64>,
    /// The most; below it, where `open_above`.
    pub(crate) most: Option<f64>,
    /// The least itself does not belong to it.
    pub(crate) open_below: bool,
    /// The most itself does not belong to it.
    pub(crate) open_above: bool,
    /// What a number is a multiple of.
    pub(crate) step: Option<f64>,
}

impl Range {
    pub(crate) fn of(schema: &Value) -> Self {
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        let (above, below) = (bound("exclusiveMinimum"), bound("exclusiveMaximum"));
        let (least, most) = (bound("minimum"), bound("maximum"));
        let open_below = above.is_some_and(|above| least.is_none_or(|least| above >= least));
        let open_above = below.is_some_and(|below| most.is_none_or(|most| below <= most));
        Self {
            least: if open_below { above } else { least },
            most: if open_above { below } else { most },
            open_below,
            open_above,
            step: bound("multipleOf").filter(|step| *step > 0.0),
        }
    }

    pub(crate) fn holds(&self, number: f64) -> bool {
        let above = |least| number > least || (number == least && !self.open_below);
        let below = |most| number < most || (number == most && !self.open_above);
        self.least.is_none_or(above)
            && self.most.is_none_or(below)
            && self.step.is_none_or(|step| is_multiple(number, step))
    }

    /// In words: "from 0 to 10 in steps of 2"; empty where there are no limits.
    fn words(&self) -> String {
        let range = match (self.least, self.most) {
            (Some(least), Some(most)) if !self.open_below && !self.open_above => {
                format!(" from {least} to {most}")
            }
            (least, most) => {
                let least = least.map(|least| match self.open_below {
                    true => format!(" above {least}"),
                    false => format!(" of at least {least}"),
                });
                let most = most.map(|most| match self.open_above {
                    true => format!(" below {most}"),
                    false => format!(" of at most {most}"),
                });
                let both: Vec<String> = least.into_iter().chain(most).collect();
                both.join(" and")
            }
        };
        let step = self.step.filter(|step| *step != 1.0);
        let step = step.map_or_else(String::new, |step| format!(" in steps of {step}"));
        range + &step
    }
}

/// 0.3 is a multiple of 0.1, whatever binary fractions make of it.
fn is_multiple(number: f64, step: f64) -> bool {
    let times = number / step;
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

fn within_range(schema: &Value, number: &Number, value: &Value) -> Result<(), Fault> {
    let range = Range::of(schema);
    if number.as_f64().is_none_or(|number| range.holds(number)) {
        return Ok(());
    }
    let whole = schema.get("type").is_some_and(|name| match name {
        Value::Array(several) => several.contains(&"integer".into()),
        one => one == "integer",
    });
    let kind = if whole { "a whole number" } else { "a number" };
    let expected = format!("{kind}{}", range.words());
    Err(Fault::expected(expected, Some(value)))
}

/// What has a length: the keywords of the least and the most, and what it is called.
type Lengthy = (&'static str, &'static str, &'static str, &'static str);
const TEXT: Lengthy = ("minLength", "maxLength", "a text", "characters");
const LIST: Lengthy = ("minItems", "maxItems", "a list", "items");

fn of_length(
    schema: &Value,
    length: usize,
    value: &Value,
    (least, most, what, of): Lengthy,
) -> Result<(), Fault> {
    let bound = |keyword: &str| {
        let bound = schema.get(keyword).and_then(Value::as_u64);
        bound.and_then(|bound| usize::try_from(bound).ok())
    };
    let (least, most) = (bound(least), bound(most));
    if least.is_none_or(|least| length >= least) && most.is_none_or(|most| length <= most) {
        return Ok(());
    }
    let expected = match (least, most) {
        (Some(least), Some(most)) if least == most => format!("{what} of {most} {of}"),
        (Some(least), Some(most)) => format!("{what} of {least} to {most} {of}"),
        (Some(least), None) => format!("{what} of at least {least} {of}"),
        (_, most) => format!("{what} of at most {} {of}", most.unwrap_or_default()),
    };
    Err(Fault::expected(expected, Some(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::schema::of_input;
    use serde_json::json;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Plan {
        #[schemars(range(min = 0, max = 20), extend("multipleOf" = 5))]
        crates: Option<u32>,
        #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0, "multipleOf" = 0.1))]
        share: f64,
        #[schemars(length(min = 1, max = 3))]
        stops: Vec<Stop>,
        #[schemars(length(max = 5))]
        note: String,
        deal: Deal,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Stop {
        #[schemars(range(max = 9))]
        town: u8,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "kind", rename_all = "lowercase")]
    enum Deal {
        Buy {
            #[schemars(range(min = 1, max = 6))]
            price: u32,
        },
        Pass,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Nested {
        #[schemars(range(min = 1))]
        weight: u32,
        inner: Option<Box<Self>>,
    }

    fn refused(change: impl FnOnce(&mut Value)) -> Option<String> {
        let mut plan = json!({"crates": 10, "share": 0.3, "stops": [{"town": 1}], "note": "", "deal": {"kind": "pass"}});
        change(&mut plan);
        let looked = within(&of_input::<Plan>(), &plan, "the decision");
        looked.err().map(|no| no.message())
    }

    #[test]
    fn what_is_within_the_limits_passes() {
        assert_eq!(refused(|_| {}), None);
        assert_eq!(refused(|plan| plan["crates"] = Value::Null), None);
        assert_eq!(refused(|plan| plan["crates"] = json!(20)), None);
        assert_eq!(refused(|plan| plan["share"] = json!(0.7)), None);
        assert_eq!(
            refused(|plan| plan["deal"] = json!({"kind": "buy", "price": 6})),
            None
        );
    }

    #[test]
    fn what_is_beyond_a_limit_is_told_by_field_with_what_was_expected_and_what_came() {
        let number = "a whole number from 0 to 20 in steps of 5 is expected, got";
        for (field, value, told) in [
            ("crates", json!(25), format!("crates: {number} 25")),
            ("crates", json!(3), format!("crates: {number} 3")),
            (
                "share",
                json!(1.0),
                "share: a number of at least 0 and below 1 in steps of 0.1 is expected, got 1.0"
                    .to_owned(),
            ),
            (
                "share",
                json!(-0.1),
                "share: a number of at least 0 and below 1 in steps of 0.1 is expected, got -0.1"
                    .to_owned(),
            ),
            (
                "stops",
                json!([]),
                "stops: a list of 1 to 3 items is expected, got []".to_owned(),
            ),
            (
                "stops",
                json!([{"town": 1}, {"town": 10}]),
                "stops[1].town: a whole number from 0 to 9 is expected, got 10".to_owned(),
            ),
            (
                "note",
                json!("far too long"),
                r#"note: a text of at most 5 characters is expected, got "far too long""#
                    .to_owned(),
            ),
            (
                "deal",
                json!({"kind": "buy", "price": 7}),
                "deal.price: a whole number from 1 to 6 is expected, got 7".to_owned(),
            ),
        ] {
            assert_eq!(refused(|plan| plan[field] = value), Some(told));
        }
    }

    #[test]
    fn a_type_that_contains_itself_is_followed_to_where_the_value_ends() {
        let schema = of_input::<Nested>();
        let nested = |inner: u32| json!({"weight": 1, "inner": {"weight": inner, "inner": null}});
        assert_eq!(within(&schema, &nested(1), "it"), Ok(()));
        let no = within(&schema, &nested(0), "it").unwrap_err();
        assert_eq!(
            no.message(),
            "inner.weight: a whole number of at least 1 is expected, got 0"
        );
        assert_eq!(no.kwargs()["got"], 0);
    }
}
