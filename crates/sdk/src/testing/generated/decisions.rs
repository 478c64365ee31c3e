//! Decisions for generated games: what the rules take, and what they must not fall over.

use serde_json::{Map, Value, json};

use super::watch::caught;
use crate::bind::Range;
use crate::game::Game;
use crate::model::ErasedModel;
use crate::rng::Rng;
use crate::schema::{any, extreme, resolved};
use crate::turn::RawTurn;

/// How often a decision is guessed.
const ATTEMPTS: usize = 100;
/// How deep a place in a decision may be.
const DEPTH: usize = 16;

/// A decision that `check` takes for the seat of `turn`; one on which it panics, if it does. None where none was found.
pub(super) fn legal(
    game: &Game,
    model: &dyn ErasedModel,
    turn: &RawTurn,
    rng: &mut Rng,
) -> Option<Value> {
    let schema = model.decision_schema();
    for _ in 0..ATTEMPTS {
        let guess = if rng.chance(0.5) { any } else { extreme };
        let guessed = guess(schema, rng).or_else(|| extreme(schema, rng));
        let Some(decision) = guessed else {
            break;
        };
        // Where it panics the decision is played, so that it is seen on the table.
        if caught(|| model.check(turn, &decision))
            .unwrap_or(Ok(()))
            .is_ok()
        {
            return Some(decision);
        }
    }
    let by_bot = |bot| caught(|| game.bot_decides(bot, turn)).ok()?.ok();
    game.bots().find_map(by_bot).or_else(|| {
        let decision = caught(|| model.default_decision(turn)).ok()?.ok()??;
        model.check(turn, &decision).is_ok().then_some(decision)
    })
}

/// The decision with something wrong in one place, as far as a schema can tell what is wrong.
pub(super) fn spoiled(schema: &Value, decision: &Value, rng: &mut Rng) -> Value {
    let mut places = Vec::new();
    look(schema, schema, decision, "", &mut places, 0);
    let Some((place, schema)) = rng.pick(&places) else {
        return Value::Null;
    };
    let mut spoiled = decision.clone();
    if let Some((within, member)) = place.rsplit_once('/')
        && rng.chance(0.2)
        && let Some(Value::Object(members)) = spoiled.pointer_mut(within)
    {
        members.shift_remove(member);
        return spoiled;
    }
    if let Some(value) = spoiled.pointer_mut(place) {
        let wrong = match rng.chance(0.5) {
            true => outside(schema, rng),
            false => None,
        };
        *value = wrong.unwrap_or_else(|| of_another_kind(rng));
    }
    spoiled
}

/// Every place of a value that has a schema, as a JSON pointer.
fn look<'s>(
    root: &'s Value,
    schema: &'s Value,
    value: &Value,
    at: &str,
    places: &mut Vec<(String, &'s Value)>,
    depth: usize,
) {
    let schema = resolved(root, schema);
    if depth > DEPTH {
        return;
    }
    places.push((at.to_owned(), schema));
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(field) = schema.get("properties").and_then(|all| all.get(name)) {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    look(
                        root,
                        field,
                        member,
                        &format!("{at}/{name}"),
                        places,
                        depth + 1,
                    );
                }
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                let place = schema.get("prefixItems").and_then(|all| all.get(number));
                if let Some(field) = place.or_else(|| schema.get("items")) {
                    look(
                        root,
                        field,
                        item,
                        &format!("{at}/{number}"),
                        places,
                        depth + 1,
                    );
                }
            }
        }
        _ => {}
    }
}

/// A value of the right kind just beyond a limit; none where the schema has none.
fn outside(schema: &Value, rng: &mut Rng) -> Option<Value> {
    let range = Range::of(schema);
    let step = range.step.unwrap_or(1.0);
    let mut beyond: Vec<Value> = Vec::new();
    beyond.extend(range.least.map(|least| json!(least - step)));
    beyond.extend(range.most.map(|most| json!(most + step)));
    beyond.extend(range.step.map(|step| json!(step / 2.0)));
    let length = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let of_length = |length: u64| {
        let length = usize::try_from(length.min(10_000)).unwrap_or(0);
        match schema.get("items") {
            Some(_) => Value::Array(vec![json!(1); length]),
            None => Value::String("x".repeat(length)),
        }
    };
    for most in ["maxLength", "maxItems"] {
        beyond.extend(length(most).map(|most| of_length(most + 1)));
    }
    for least in ["minLength", "minItems"] {
        let least = length(least).and_then(|least| least.checked_sub(1));
        beyond.extend(least.map(of_length));
    }
    if schema.get("enum").is_some() || schema.get("oneOf").is_some() {
        beyond.push(json!("no such choice"));
    }
    rng.pick(&beyond).cloned()
}

/// What people and programs send where something else is expected.
fn of_another_kind(rng: &mut Rng) -> Value {
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    let wrong = [
        json!(null),
        json!(true),
        json!(""),
        json!("nan"),
        json!("Infinity"),
        json!("-1e999"),
        json!("1,5"),
        json!(0.5),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!([]),
        json!({}),
        json!({"": null}),
        json!("x".repeat(5_000)),
        deep,
        Value::Object(Map::new()),
    ];
    rng.pick(&wrong).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::bind;
    use crate::prelude::*;
    use crate::schema::of_input;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Order {
        #[schemars(range(min = 0, max = 500), extend("multipleOf" = 5))]
        quantity: u32,
        #[schemars(length(max = 3))]
        stops: Vec<Way>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    enum Way {
        Left,
        Right,
    }

    #[test]
    fn most_that_is_spoiled_is_refused_and_every_limit_is_broken_in_its_turn() {
        let schema = of_input::<Order>();
        let decision = json!({"quantity": 10, "stops": ["Left"]});
        let mut rng = Rng::new(1);
        let (mut refused, mut quantities) = (0, BTreeSet::new());
        for _ in 0..1_000 {
            let wrong = spoiled(&schema, &decision, &mut rng);
            let read = bind::stored::<Order>(&wrong);
            let allowed = read.is_ok() && bind::within(&schema, &wrong, "it").is_ok();
            refused += u32::from(!allowed);
            quantities.insert(wrong["quantity"].to_string());
        }
        assert!(refused > 800, "{refused}");
        for limit in ["-5.0", "505.0", "2.5", "\"nan\"", "null"] {
            assert!(
                quantities.contains(limit),
                "{limit} is not in {quantities:?}"
            );
        }
    }
}
