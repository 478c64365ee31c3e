//! Any value within a schema: what the bot `random` plays, and what generated games are made of.

use serde_json::{Map, Value};

use super::resolved;
use crate::bind::Range;
use crate::rng::Rng;

/// How deep a value may be nested.
const DEPTH: usize = 16;
/// How far it goes where a number or a list has no end.
const SPAN: f64 = 100.0;
const ITEMS: u64 = 3;
/// How far an extreme number without limits goes, and how small it gets.
const FAR: f64 = 1e9;
/// The largest whole number that a browser sends as it is: 2^53 - 1.
const SAFE: f64 = 9_007_199_254_740_991.0;
/// The longest text that is made up.
const TEXT: u64 = 200;

/// Any value within a schema; none where it would have to be a text without choices, or has no end.
pub(crate) fn any(schema: &Value, rng: &mut Rng) -> Option<Value> {
    let among = Among {
        root: schema,
        extreme: false,
    };
    among.value(schema, rng, 0)
}

/// As [`any`], but often at the ends of its limits; texts are made up, and whole numbers go as far as their type.
pub(crate) fn extreme(schema: &Value, rng: &mut Rng) -> Option<Value> {
    let among = Among {
        root: schema,
        extreme: true,
    };
    among.value(schema, rng, 0)
}

#[derive(Clone, Copy)]
struct Among<'a> {
    root: &'a Value,
    extreme: bool,
}

impl Among<'_> {
    fn value(self, schema: &Value, rng: &mut Rng, depth: usize) -> Option<Value> {
        let schema = resolved(self.root, schema);
        if depth > DEPTH {
            return None;
        }
        if let Some(only) = schema.get("const") {
            return Some(only.clone());
        }
        if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
            return rng.pick(choices).cloned();
        }
        for either in ["oneOf", "anyOf"] {
            if let Some(schemas) = schema.get(either).and_then(Value::as_array) {
                return self.either(schemas, rng, depth);
            }
        }
        let kind = match schema.get("type")? {
            Value::Array(several) => rng.pick(several)?,
            one => one,
        };
        match kind.as_str()? {
            "null" => Some(Value::Null),
            "boolean" => Some(rng.chance(0.5).into()),
            "integer" if self.extreme && rng.chance(0.75) => end(&typed(schema), rng, true),
            "number" if self.extreme && rng.chance(0.75) => end(&Range::of(schema), rng, false),
            "integer" => whole(&Range::of(schema), rng),
            "number" => real(&Range::of(schema), rng),
            "string" if self.extreme => Some(text(schema, rng)),
            "array" => self.list(schema, rng, depth),
            "object" => self.object(schema, rng, depth),
            _ => None,
        }
    }

    /// One of several that can be filled in.
    fn either(self, schemas: &[Value], rng: &mut Rng, depth: usize) -> Option<Value> {
        let mut schemas: Vec<&Value> = schemas.iter().collect();
        rng.shuffle(&mut schemas);
        schemas
            .into_iter()
            .find_map(|schema| self.value(schema, rng, depth + 1))
    }

    fn list(self, schema: &Value, rng: &mut Rng, depth: usize) -> Option<Value> {
        let places = schema.get("prefixItems").and_then(Value::as_array);
        let mut items = Vec::new();
        for place in places.into_iter().flatten() {
            items.push(self.value(place, rng, depth + 1)?);
        }
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        let least = bound("minItems").unwrap_or(0);
        let most = bound("maxItems")
            .unwrap_or(least + ITEMS)
            .min(least + ITEMS);
        let span = most.saturating_sub(least);
        let count = match self.extreme {
            true => least + span * rng.below(2),
            false => least + rng.below(span + 1),
        };
        let more = schema.get("items").filter(|_| places.is_none());
        for _ in 0..more.map_or(0, |_| count) {
            match self.value(more?, rng, depth + 1) {
                Some(item) => items.push(item),
                None if items.len() as u64 >= least => break,
                None => return None,
            }
        }
        Some(items.into())
    }

    fn object(self, schema: &Value, rng: &mut Rng, depth: usize) -> Option<Value> {
        let required = schema.get("required").and_then(Value::as_array);
        let mut object = Map::new();
        let fields = schema.get("properties").and_then(Value::as_object);
        for (name, field) in fields.into_iter().flatten() {
            let needed = required.is_some_and(|names| names.iter().any(|needed| needed == name));
            if needed {
                object.insert(name.clone(), self.value(field, rng, depth + 1)?);
            } else if rng.chance(0.5)
                && let Some(value) = self.value(field, rng, depth + 1)
            {
                object.insert(name.clone(), value);
            }
        }
        Some(object.into())
    }
}

/// The range of a whole number, as far as its type goes where the schema does not say.
fn typed(schema: &Value) -> Range {
    let mut range = Range::of(schema);
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("uint32") => (0.0, f64::from(u32::MAX)),
        Some("int32") => (f64::from(i32::MIN), f64::from(i32::MAX)),
        Some("int64" | "int") => (-SAFE, SAFE),
        Some("uint64" | "uint") => (0.0, SAFE),
        _ => return range,
    };
    range.least = range.least.or(Some(least));
    range.most = range.most.or(Some(most));
    range
}

/// An end of a range, just inside of it, or a number that is special.
#[allow(
    clippy::cast_possible_truncation,
    reason = "whole numbers of a range are within what a browser sends"
)]
fn end(range: &Range, rng: &mut Rng, whole: bool) -> Option<Value> {
    let step = range.step.unwrap_or(if whole { 1.0 } else { 1.0 / FAR });
    let (least, most) = (range.least.unwrap_or(-FAR), range.most.unwrap_or(FAR));
    let ends = [least, least + step, most - step, most];
    let special = [0.0, 1.0, -1.0, 1.0 / FAR];
    let fits = |number: &f64| range.holds(*number) && (!whole || number.fract() == 0.0);
    let either = |rng: &mut Rng, among: [f64; 4]| {
        let among: Vec<f64> = among.into_iter().filter(fits).collect();
        rng.pick(&among).copied()
    };
    let number = match rng.chance(0.5) {
        true => either(rng, special).or_else(|| either(rng, ends)),
        false => either(rng, ends),
    };
    let number = number?;
    Some(match whole {
        true => Value::from(number as i64),
        false => Value::from(number),
    })
}

/// A text of the least or the greatest length, in characters of one to four bytes.
fn text(schema: &Value, rng: &mut Rng) -> Value {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let least = bound("minLength").unwrap_or(0);
    let most = bound("maxLength").unwrap_or(TEXT).min(TEXT.max(least));
    let length = rng.pick(&[least, most]).copied().unwrap_or(least);
    let letters = ['a', ' ', 'Ä', '€', '🂡', '"'];
    let letters = (0..length).filter_map(|_| rng.pick(&letters).copied());
    Value::String(letters.collect())
}

/// The ends of a range that has them all.
fn ends(range: &Range) -> (f64, f64) {
    let span = SPAN * range.step.unwrap_or(1.0).max(1.0);
    match (range.least, range.most) {
        (Some(least), Some(most)) => (least, most),
        (Some(least), None) => (least, least + span),
        (None, Some(most)) => (most - span, most),
        (None, None) => (0.0, span),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "as many steps as fit are enough"
)]
fn steps(range: &Range, step: f64, rng: &mut Rng) -> f64 {
    let (least, most) = ends(range);
    let (mut first, mut last) = ((least / step).ceil() as i64, (most / step).floor() as i64);
    if range.open_below && first as f64 * step <= least {
        first += 1;
    }
    if range.open_above && last as f64 * step >= most {
        last -= 1;
    }
    rng.whole(first..=last) as f64 * step
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a number beyond 64 bits is no decision"
)]
fn whole(range: &Range, rng: &mut Rng) -> Option<Value> {
    let number = steps(range, range.step.unwrap_or(1.0), rng);
    let negative = (number < 0.0).then(|| Value::from(number as i64));
    negative.or_else(|| Some((number as u64).into()))
}

fn real(range: &Range, rng: &mut Rng) -> Option<Value> {
    let number = match range.step {
        // 0.3 rather than 0.30000000000000004.
        Some(step) => (steps(range, step, rng) * 1e6).round() / 1e6,
        None => {
            let (least, most) = ends(range);
            let number = rng.real(least, most);
            // For people, who read it.
            let short = (number * 100.0).round() / 100.0;
            if range.holds(short) && most - least >= 1.0 {
                short
            } else {
                number
            }
        }
    };
    range.holds(number).then(|| number.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bind;
    use crate::prelude::*;
    use crate::schema::of_input;
    use std::collections::BTreeSet;

    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Everything {
        #[schemars(range(min = -3, max = 3))]
        few: i32,
        #[schemars(range(min = 10), extend("multipleOf" = 25))]
        coins: u64,
        #[schemars(range(min = 0.0, max = 0.5))]
        share: f64,
        #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 3))]
        between: u8,
        free: f64,
        yes: bool,
        way: Way,
        perhaps: Option<i8>,
        note: Option<String>,
        #[schemars(length(min = 2, max = 4))]
        stops: Vec<Way>,
        pair: (u8, bool),
        deal: Deal,
    }

    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    enum Way {
        Left,
        /// Not left.
        Right,
    }

    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    enum Deal {
        Pass,
        Buy { price: u8 },
        Say(String),
    }

    #[test]
    fn whatever_it_plays_is_of_the_type_and_within_the_limits() {
        let schema = of_input::<Everything>();
        let mut rng = Rng::new(3);
        let mut few = BTreeSet::new();
        let mut ways = BTreeSet::new();
        for _ in 0..500 {
            let value = any(&schema, &mut rng).unwrap();
            let read: Everything =
                bind::stored(&value).unwrap_or_else(|no| panic!("{value}: {no}"));
            bind::within(&schema, &value, "it").unwrap_or_else(|no| panic!("{value}: {no}"));
            assert!(matches!(read.between, 1 | 2), "{value}");
            few.insert(read.few);
            ways.insert(read.way);
        }
        assert_eq!((few.len(), ways.len()), (7, 2), "every choice comes");
    }

    #[test]
    fn extremes_are_within_the_limits_too_and_every_end_comes() {
        let schema = of_input::<Everything>();
        let mut rng = Rng::new(4);
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for _ in 0..500 {
            let value = extreme(&schema, &mut rng).unwrap();
            bind::stored::<Everything>(&value).unwrap_or_else(|no| panic!("{value}: {no}"));
            bind::within(&schema, &value, "it").unwrap_or_else(|no| panic!("{value}: {no}"));
            seen.extend(["few", "share", "between"].map(|name| format!("{name} {}", value[name])));
            seen.insert(format!(
                "{} stops",
                value["stops"].as_array().unwrap().len()
            ));
        }
        for end in [
            "few -3",
            "few 3",
            "share 0.0",
            "share 0.5",
            "between 1",
            "between 2",
            "2 stops",
            "4 stops",
        ] {
            assert!(seen.contains(end), "{end} is not in {seen:?}");
        }
    }

    #[test]
    fn a_whole_number_without_limits_goes_as_far_as_its_type() {
        #[derive(Serialize, Deserialize, JsonSchema)]
        struct Bid {
            bid: u32,
        }
        let schema = of_input::<Bid>();
        let mut rng = Rng::new(5);
        let most = (0..200).filter_map(|_| extreme(&schema, &mut rng)?["bid"].as_u64());
        assert_eq!(most.max(), Some(u64::from(u32::MAX)));
    }

    #[test]
    fn the_same_seed_plays_the_same() {
        let schema = of_input::<Everything>();
        let play = |seed| any(&schema, &mut Rng::new(seed));
        assert_eq!(play(5), play(5));
        assert_ne!(play(5), play(6));
    }

    #[test]
    fn a_text_without_choices_is_not_made_up() {
        #[derive(Serialize, Deserialize, JsonSchema)]
        struct Poem {
            text: String,
        }
        assert_eq!(any(&of_input::<Poem>(), &mut Rng::new(1)), None);
    }
}
