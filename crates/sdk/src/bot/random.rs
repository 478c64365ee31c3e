//! The bot that plays anything the rules allow: within the schema of a decision, until the game's check takes it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::ErasedBot;
use crate::bind::Range;
use crate::model::{ErasedModel, Model, Typed};
use crate::rejected::Rejected;
use crate::rng::Rng;
use crate::schema::resolved;
use crate::turn::RawTurn;

/// How often it tries before it is silent.
const ATTEMPTS: usize = 100;
/// How deep a decision may be nested.
const DEPTH: usize = 16;
/// How far it goes where a number or a list has no end.
const SPAN: f64 = 100.0;
const ITEMS: u64 = 3;

/// The bot [`RANDOM`](super::RANDOM) of a model.
pub(crate) struct Random<M>(pub(crate) Arc<Typed<M>>);

impl<M: Model> ErasedBot for Random<M> {
    fn decide(&self, turn: &RawTurn, rng: &mut Rng) -> Result<Option<Value>, Rejected> {
        let schema = self.0.decision_schema();
        for _ in 0..ATTEMPTS {
            let Some(decision) = any(schema, rng) else {
                return Ok(None);
            };
            if self.0.check(turn, &decision).is_ok() {
                return Ok(Some(decision));
            }
        }
        Ok(None)
    }
}

/// Any value within a schema; none where it would have to be a text without choices, or has no end.
fn any(schema: &Value, rng: &mut Rng) -> Option<Value> {
    Among { root: schema }.value(schema, rng, 0)
}

#[derive(Clone, Copy)]
struct Among<'a> {
    root: &'a Value,
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
            "integer" => whole(&Range::of(schema), rng),
            "number" => real(&Range::of(schema), rng),
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
        let count = least + rng.below(most.saturating_sub(least) + 1);
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
