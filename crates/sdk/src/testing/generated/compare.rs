//! Where two values differ first.

use serde_json::Value;

/// A place in JSON, with what stands there on either side; `None` where there is nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// Names of members and indexes of items, from the outside.
    pub(super) path: Vec<String>,
    pub(super) left: Option<Value>,
    pub(super) right: Option<Value>,
}

/// The first difference, by the order of the left side; none where both are the same.
pub(super) fn difference(left: &Value, right: &Value) -> Option<Difference> {
    let mut path = Vec::new();
    look(Some(left), Some(right), &mut path)
}

fn look(left: Option<&Value>, right: Option<&Value>, path: &mut Vec<String>) -> Option<Difference> {
    let mut within = |name: String, left: Option<&Value>, right: Option<&Value>| {
        path.push(name);
        let found = look(left, right, path);
        path.pop();
        found
    };
    match (left, right) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let more = b.keys().filter(|name| !a.contains_key(*name));
            let mut names = a.keys().chain(more);
            names.find_map(|name| within(name.clone(), a.get(name), b.get(name)))
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            let mut places = 0..a.len().max(b.len());
            places.find_map(|at| within(at.to_string(), a.get(at), b.get(at)))
        }
        (left, right) if left == right => None,
        (left, right) => Some(Difference {
            path: path.clone(),
            left: left.cloned(),
            right: right.cloned(),
        }),
    }
}

/// What stands at a path.
pub(super) fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| match value {
        Value::Object(members) => members.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A value for people.
pub(super) fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_told_by_its_place() {
        let left = json!({"a": {"b": [1, 2, {"c": 3}]}, "d": 4});
        assert_eq!(difference(&left, &left.clone()), None);
        let right = json!({"a": {"b": [1, 2, {"c": 5}]}, "d": 6});
        let found = difference(&left, &right).unwrap();
        assert_eq!(found.path, ["a", "b", "2", "c"]);
        assert_eq!((found.left, found.right), (Some(json!(3)), Some(json!(5))));
        assert_eq!(at(&left, &found.path), Some(&json!(3)));
    }

    #[test]
    fn what_one_side_has_not_is_a_difference() {
        let found = difference(&json!({"a": 1}), &json!({"a": 1, "b": null})).unwrap();
        assert_eq!((found.path, found.left), (vec!["b".to_owned()], None));
        let found = difference(&json!([1]), &json!([])).unwrap();
        assert_eq!(
            (found.path, shown(found.right.as_ref())),
            (vec!["0".to_owned()], "nothing".to_owned())
        );
    }
}
