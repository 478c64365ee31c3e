//! What leaders had done lately, under the keys of their calls: what is sent twice is done once.

use std::collections::VecDeque;

use serde_json::Value;

/// Answers kept for each run; a call is repeated within moments, not after so many others.
const KEPT: usize = 64;

/// The last answers of a run by the keys of their calls. They live as long as the run is loaded: what is asked for again after a
/// restart finds everybody where they are to be.
#[derive(Clone, Debug, Default)]
pub struct Done(VecDeque<(String, Value)>);

impl Done {
    /// What was answered to the call of that key.
    #[must_use]
    pub fn answer(&self, key: Option<&str>) -> Option<Value> {
        let key = key?;
        let mut done = self.0.iter();
        done.find(|(known, _)| known == key)
            .map(|(_, answer)| answer.clone())
    }

    /// Notes what is answered to a call.
    pub fn note(&mut self, key: Option<&str>, answer: &Value) {
        let Some(key) = key else { return };
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((key.to_owned(), answer.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_answers_are_known_by_their_keys() {
        let mut done = Done::default();
        done.note(None, &Value::from("nobody"));
        for n in 0..=KEPT {
            done.note(Some(&n.to_string()), &Value::from(n));
        }
        assert_eq!(done.answer(Some("64")), Some(Value::from(64)));
        assert_eq!((done.answer(Some("0")), done.answer(None)), (None, None));
    }
}
