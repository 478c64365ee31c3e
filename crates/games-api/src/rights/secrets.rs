//! What is taken from a row before it leaves, and put back before it is stored.

use games_contract::{Kind, Map, Resource, Table};
use serde_json::Value as Json;

use super::{Rights, standing::Standing};
use crate::{refusal::Refusal, rest::hide_private, rows::Body};

/// The member of a row's data that never leaves.
const PRIVATE: &str = "_private";
/// What is shown of other people.
const OF_OTHERS: [&str; 4] = ["id", "first_name", "last_name", "email"];

impl Rights {
    /// A row as they may see it.
    pub(crate) fn shown(&self, resource: Resource, mut row: Map) -> Json {
        if self.everything() {
            return Json::Object(row);
        }
        let another = resource == Resource::User
            && row.get("id").and_then(Json::as_i64) != Some(self.user)
            && self.standing != Standing::Open;
        if another {
            row.retain(|name, _| OF_OTHERS.contains(&name.as_str()));
        }
        let mut row = Json::Object(row);
        hide_private(&mut row);
        row
    }
}

/// Puts into a body what its sender could not see of the row, and takes out what they have made up.
pub(super) fn keep(table: &Table, before: Option<&Map>, mut body: Body) -> Result<Body, Refusal> {
    let form = body.form;
    for field in table.writable().filter(|field| field.kind == Kind::Json) {
        let Some(sent) = body.members.get_mut(field.name) else {
            continue;
        };
        let before = before.and_then(|before| before.get(field.name));
        // A text of a form that is no JSON is refused where it is read.
        let parsed = sent.as_str().filter(|_| form);
        let parsed: Option<Json> = parsed.and_then(|text| serde_json::from_str(text).ok());
        let kept = match parsed {
            Some(mut value) => {
                merge(before, &mut value);
                *sent = value.to_string().into();
                value.is_object()
            }
            None => {
                merge(before, sent);
                sent.is_object()
            }
        };
        if !kept && before.is_some_and(|before| before.get(PRIVATE).is_some()) {
            return Err(Refusal::field(
                field.name,
                "Expected an object, as this row keeps more than is shown: send one.",
            ));
        }
    }
    Ok(body)
}

fn merge(before: Option<&Json>, sent: &mut Json) {
    let Json::Object(members) = sent else {
        hide_private(sent);
        return;
    };
    members.shift_remove(PRIVATE);
    for (name, value) in members.iter_mut() {
        merge(before.and_then(|before| before.get(name)), value);
    }
    if let Some(private) = before.and_then(|before| before.get(PRIVATE)) {
        members.insert(PRIVATE.to_owned(), private.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(before: &Json, sent: Json) -> Result<Json, Refusal> {
        let row = Map::from_iter([("data".to_owned(), before.clone())]);
        let body = Body::of(Map::from_iter([("data".to_owned(), sent)]));
        let body = keep(Resource::Run.table(), Some(&row), body)?;
        Ok(body.members["data"].clone())
    }

    #[test]
    fn what_is_hidden_outlives_a_write_of_somebody_who_cannot_see_it() {
        let before = json!({"_private": {"seed": 7}, "a": {"_private": 1, "b": 2}});
        assert_eq!(
            kept(&before, json!({"a": {"b": 3}, "_private": {"seed": 8}})),
            Ok(json!({"a": {"b": 3, "_private": 1}, "_private": {"seed": 7}}))
        );
        assert_eq!(
            kept(&json!({}), json!({"x": [{"_private": 1, "y": 2}]})),
            Ok(json!({"x": [{"y": 2}]}))
        );
        assert!(
            kept(&before, json!([])).is_err(),
            "there is no place for it"
        );
        assert_eq!(kept(&json!({"a": 1}), json!([])), Ok(json!([])));
    }

    #[test]
    fn a_form_keeps_it_as_well() {
        let row = Map::from_iter([("data".to_owned(), json!({"_private": 7}))]);
        let body = Body {
            members: Map::from_iter([("data".to_owned(), json!(r#"{"a":1}"#))]),
            form: true,
        };
        let body = keep(Resource::Run.table(), Some(&row), body).unwrap();
        assert_eq!(body.members["data"], json!(r#"{"a":1,"_private":7}"#));
    }
}
