use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    amount: f64,
    days: u8,
    #[serde(default)]
    note: Option<String>,
}

fn bound<T: DeserializeOwned>(args: Value, kwargs: Value) -> Result<T, Rejected> {
    let (Value::Array(args), Value::Object(kwargs)) = (args, kwargs) else {
        panic!("a list and an object")
    };
    arguments(&args, &kwargs)
}

fn refusal<T: DeserializeOwned + std::fmt::Debug>(args: Value, kwargs: Value) -> String {
    bound::<T>(args, kwargs).unwrap_err().message()
}

fn order(note: Option<&str>) -> Order {
    Order {
        amount: 7.5,
        days: 3,
        note: note.map(String::from),
    }
}

#[test]
fn fields_are_filled_in_order_or_by_name_or_both() {
    assert_eq!(
        bound(json!([" 7.5 ", "3", "soon"]), json!({})),
        Ok(order(Some("soon")))
    );
    assert_eq!(bound(json!([7.5]), json!({"days": 3.0})), Ok(order(None)));
    assert_eq!(
        bound(json!([]), json!({"days": 3, "amount": 7.5, "note": null})),
        Ok(order(None))
    );
}

#[test]
fn unknown_and_reserved_keywords_are_ignored() {
    assert_eq!(
        bound(json!([7.5, 3]), json!({"user": 5, "_key": "k1"})),
        Ok(order(None))
    );
    let all: BTreeMap<String, Value> = bound(json!([]), json!({"_key": "k1", "user": 5})).unwrap();
    assert_eq!(all, BTreeMap::from([("user".to_owned(), json!(5))]));
}

#[test]
fn a_refusal_names_the_field_and_what_it_takes() {
    for (args, kwargs, sentence) in [
        (
            json!([]),
            json!({}),
            "amount: a finite number is expected, got nothing",
        ),
        (
            json!(["abc", 3]),
            json!({}),
            r#"amount: a finite number is expected, got "abc""#,
        ),
        (
            json!([null, 3]),
            json!({}),
            "amount: a finite number is expected, got null",
        ),
        (
            json!([true, 3]),
            json!({}),
            "amount: a finite number is expected, got true",
        ),
        (
            json!([7.5]),
            json!({}),
            "days: a whole number from 0 to 255 is expected, got nothing",
        ),
        (
            json!([7.5, 256]),
            json!({}),
            "days: a whole number from 0 to 255 is expected, got 256",
        ),
        (
            json!([7.5, "3.5"]),
            json!({}),
            r#"days: a whole number from 0 to 255 is expected, got "3.5""#,
        ),
        (
            json!([7.5, 3, 4]),
            json!({}),
            "note: a text is expected, got 4",
        ),
        (
            json!([7.5, 3, "soon", 1]),
            json!({}),
            "the arguments: a list of at most 3 positional arguments is expected, got 4",
        ),
        (
            json!([7.5, 3]),
            json!({"days": 3}),
            "days: it is given twice, by position and by name",
        ),
    ] {
        assert_eq!(refusal::<Order>(args, kwargs), sentence);
    }
}

#[test]
fn a_refusal_tells_programs_the_same() {
    let no = bound::<Order>(json!(["abc", 3]), json!({})).unwrap_err();
    assert_eq!(no.uri(), "wamp.error.runtime_error");
    assert_eq!(
        Value::Object(no.kwargs()),
        json!({"code": "invalid_argument", "expected": "a finite number", "got": "abc"})
    );
}

#[test]
fn a_type_without_fields_takes_the_only_argument() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Bid(u32);

    assert_eq!(bound::<f64>(json!(["12"]), json!({"user": 5})), Ok(12.0));
    assert_eq!(bound(json!(["12"]), json!({})), Ok(Bid(12)));
    assert_eq!(bound(json!([1, "2"]), json!({})), Ok((1_u8, 2.0_f64)));
    assert_eq!(bound(json!([]), json!({})), Ok(()));
    assert_eq!(
        refusal::<f64>(json!([]), json!({})),
        "argument 1: a finite number is expected, got nothing"
    );
    assert_eq!(
        refusal::<f64>(json!([1, 2]), json!({})),
        "the arguments: at most 1 positional argument is expected, got 2"
    );
    assert_eq!(
        refusal::<()>(json!([1]), json!({})),
        "the arguments: no positional argument is expected, got 1"
    );
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Move {
    Hit,
    Bet { amount: f64 },
    Split(u8, u8),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Plan {
    moves: Vec<Move>,
    stock: BTreeMap<u32, Option<f64>>,
}

#[test]
fn nested_values_are_read_alike() {
    let plan: Plan = bound(
        json!([["hit", {"bet": {"amount": "2.5"}}, {"split": ["1", 2]}]]),
        json!({"stock": {"1": "3", "2": null}}),
    )
    .unwrap();
    let moves = vec![Move::Hit, Move::Bet { amount: 2.5 }, Move::Split(1, 2)];
    assert_eq!(
        plan,
        Plan {
            moves,
            stock: BTreeMap::from([(1, Some(3.0)), (2, None)])
        }
    );
}

#[test]
fn a_refusal_leads_the_way_into_a_nested_value() {
    for (moves, sentence) in [
        (json!("hit"), r#"moves: a list is expected, got "hit""#),
        (
            json!(["stand"]),
            r#"moves[0]: one of hit, bet, split is expected, got "stand""#,
        ),
        (
            json!(["hit", {"bet": {"amount": "inf"}}]),
            r#"moves[1].bet.amount: a finite number is expected, got "inf""#,
        ),
        (
            json!([{"bet": {}}]),
            "moves[0].bet.amount: a value is expected, got nothing",
        ),
        (
            json!([{"split": [1]}]),
            "moves[0].split: a list of 2 is expected, got [1]",
        ),
        (
            json!([{"hit": 1}]),
            "moves[0].hit: nothing is expected, got 1",
        ),
    ] {
        assert_eq!(refusal::<Plan>(json!([moves, {}]), json!({})), sentence);
    }
    assert_eq!(
        refusal::<Plan>(json!([[], {"one": 1}]), json!({})),
        r#"stock: a key that is a number of type u32 is expected, got "one""#
    );
}

#[test]
fn a_long_value_is_not_repeated_in_full() {
    let no = bound::<f64>(json!(["x".repeat(10_000)]), json!({})).unwrap_err();
    assert!(no.message().chars().count() < 200);
    assert!(no.kwargs()["got"].as_str().unwrap().chars().count() < 200);
}

#[test]
fn what_was_stored_is_read_without_the_keys_of_the_service() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Operand {
        operand: f64,
    }

    assert_eq!(
        stored(&json!({"operand": 12, "_turn": {"by": "bot"}})),
        Ok(Operand { operand: 12.0 })
    );
    assert_eq!(
        stored::<Operand>(&json!({"operand": "soon"}))
            .unwrap_err()
            .message(),
        r#"operand: a finite number is expected, got "soon""#
    );
    assert_eq!(
        stored::<Operand>(&json!(null)).unwrap_err().message(),
        "the value: an object is expected, got null"
    );
}

#[test]
fn a_positional_argument_is_counted_from_one() {
    assert_eq!(
        argument::<f64>(1, Some(&json!("nan")))
            .unwrap_err()
            .message(),
        r#"argument 2: a finite number is expected, got "nan""#
    );
    assert_eq!(argument::<Option<f64>>(0, None), Ok(None));
}

#[test]
fn game_without_options_takes_any_run_data() {
    assert_eq!(stored(&json!({"anything": 1})), Ok(()));
    assert_eq!(stored(&Value::Object(Map::new())), Ok(()));
}
