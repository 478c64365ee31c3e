//! What names a person in the data of others: their address and their full name, as texts, and rows that show them.

use games_contract::Map;
use serde_json::Value as Json;

/// What stands where a name or an address was.
const ERASED: &str = "[erased]";

/// What names a person.
#[derive(Clone, Debug)]
pub(crate) struct Traces {
    user: i64,
    /// The address that they have instead.
    address: String,
    /// In lower case.
    texts: Vec<String>,
}

impl Traces {
    /// The traces of a user by their row.
    pub(crate) fn of(user: i64, row: &Map, address: &str) -> Self {
        let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
        let (first, last) = (text("first_name"), text("last_name"));
        let mut texts = vec![text("email").to_ascii_lowercase()];
        // Somebody who has been erased before is found by number alone.
        texts.retain(|email| email != address);
        // One name alone may be any word.
        if !first.is_empty() && !last.is_empty() {
            texts.push(format!("{first} {last}").to_ascii_lowercase());
        }
        Self {
            user,
            address: address.to_owned(),
            texts,
        }
    }

    /// Patterns of `LIKE`, with `\` before what is meant literally, that JSON in lower case has to match to be worth reading: as many
    /// for everybody.
    pub(super) fn patterns(&self) -> [String; 4] {
        let text = |at: usize| {
            let Some(text) = self.texts.get(at).or_else(|| self.texts.first()) else {
                return String::new();
            };
            let quoted = Json::from(text.as_str()).to_string();
            let mut pattern = String::from("%");
            for c in quoted[1..quoted.len() - 1].chars() {
                if matches!(c, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(c);
            }
            pattern + "%"
        };
        [
            text(0),
            text(1),
            // A user, and whatever names one.
            format!(r#"{{"id":{},%"#, self.user),
            format!(r#"%"user":{},%"#, self.user),
        ]
    }

    /// Takes the person out of JSON; true when there was something of them.
    pub(crate) fn scrub(&self, value: &mut Json) -> bool {
        match value {
            Json::String(text) => match self.cleaned(text) {
                Some(clean) => {
                    *text = clean;
                    true
                }
                None => false,
            },
            Json::Array(items) => items
                .iter_mut()
                .fold(false, |found, item| self.scrub(item) | found),
            Json::Object(members) => {
                let shown = self.hide(members);
                let inside = members
                    .values_mut()
                    .fold(false, |found, value| self.scrub(value) | found);
                shown | inside | self.rename(members)
            }
            _ => false,
        }
    }

    /// Empties the names of a row that shows the person, also under an address that they have had before.
    fn hide(&self, row: &mut Map) -> bool {
        let number = |name: &str| row.get(name).and_then(Json::as_i64);
        let theirs = match row.contains_key("user") {
            true => number("user") == Some(self.user),
            false => row.contains_key("first_name") && number("id") == Some(self.user),
        };
        let joined = theirs && forget_joining(row);
        let known = row.get("email").and_then(Json::as_str);
        if !theirs || known.is_none() || known == Some(&self.address) {
            return joined;
        }
        for name in ["first_name", "last_name"] {
            if let Some(value) = row.get_mut(name) {
                *value = "".into();
            }
        }
        row.insert("email".to_owned(), self.address.as_str().into());
        true
    }

    fn rename(&self, members: &mut Map) -> bool {
        if members.keys().all(|name| self.cleaned(name).is_none()) {
            return false;
        }
        *members = std::mem::take(members)
            .into_iter()
            .map(|(name, value)| (self.cleaned(&name).unwrap_or(name), value))
            .collect();
        true
    }

    /// The text without the person; `None` when they are not in it.
    fn cleaned(&self, text: &str) -> Option<String> {
        let mut clean: Option<String> = None;
        for trace in &self.texts {
            let before = clean.as_deref().unwrap_or(text);
            // Folding ASCII alone keeps every place where it is.
            let folded = before.to_ascii_lowercase();
            let mut after = String::new();
            let mut from = 0;
            while let Some(at) = folded[from..].find(trace.as_str()) {
                after.push_str(&before[from..from + at]);
                after.push_str(ERASED);
                from += at + trace.len();
            }
            if from > 0 {
                after.push_str(&before[from..]);
                clean = Some(after);
            }
        }
        clean
    }
}

/// Takes out of a run user how its user has joined; true when there was something.
pub(super) fn forget_joining(runuser: &mut Map) -> bool {
    let data = runuser.get_mut("data");
    let private = data.and_then(|data| data.get_mut("_private"));
    let private = private.and_then(Json::as_object_mut);
    private.is_some_and(|private| private.shift_remove("join").is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn traces() -> Traces {
        let row = json!({"email": "Ada@x.edu", "first_name": "Ada", "last_name": "Lovelace"});
        Traces::of(5, row.as_object().unwrap(), "erased-5@erased.invalid")
    }

    #[test]
    fn a_person_is_taken_out_of_texts_names_and_rows() {
        let mut value = json!({
            "team": "red",
            "notes": ["ADA LOVELACE leads", "ask ada@X.edu, or Ada"],
            "votes": {"ada@x.edu": 2},
            "rows": [
                {"id": 9, "user": 5, "email": "old@x.edu", "first_name": "A", "last_name": "L"},
                {"id": 5, "user": 6, "email": "alan@x.edu", "first_name": "Alan"},
                {"id": 5, "first_name": "Ada", "last_name": "King", "email": "ada.king@x.edu"},
            ],
        });
        assert!(traces().scrub(&mut value));
        let erased = "erased-5@erased.invalid";
        let expected = json!({
            "team": "red",
            "notes": ["[erased] leads", "ask [erased], or Ada"],
            "votes": {"[erased]": 2},
            "rows": [
                {"id": 9, "user": 5, "email": erased, "first_name": "", "last_name": ""},
                {"id": 5, "user": 6, "email": "alan@x.edu", "first_name": "Alan"},
                {"id": 5, "first_name": "", "last_name": "", "email": erased},
            ],
        });
        assert_eq!(value, expected);
        assert!(!traces().scrub(&mut value), "nothing is left to do");
    }

    #[test]
    fn a_pattern_means_what_it_says() {
        let row = json!({"email": "a_b%c@x.edu", "first_name": "", "last_name": ""});
        let traces = Traces::of(5, row.as_object().unwrap(), "");
        let [email, again, ..] = traces.patterns();
        assert_eq!(email, r"%a\_b\%c@x.edu%");
        assert_eq!(
            again, email,
            "without a full name there is nothing else to look for"
        );
        let gone = Traces::of(5, row.as_object().unwrap(), "a_b%c@x.edu");
        assert_eq!(gone.patterns()[0], "", "it matches nothing");
    }
}
