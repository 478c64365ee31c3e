//! What a run and a seat keep about joining, in `data._private.join`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Code;
use super::secrets::{Hidden, Print, RunSecret};
use crate::scopes::Row;
use crate::scopes::service_state::{PRIVATE, set};

/// Return codes kept for each seat: so many devices come back, the ones seen last.
const CODES: usize = 8;

/// What a leader asks of whoever joins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// May they come without an account, under a nickname?
    pub nicknames: bool,
    /// Have they to give a student number?
    pub student_number: bool,
    /// Does a leader look at everybody who is new?
    pub approval: bool,
}

/// What a run keeps about joining.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunJoining {
    /// The join code; none before a leader asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// May people who are new come in?
    pub open: bool,
    /// On which terms.
    #[serde(flatten)]
    pub terms: Terms,
    /// What its return codes and personal links are derived from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<RunSecret>,
}

/// What a seat keeps about how its user came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeatJoining {
    /// The pk of the account that was made for this seat: it has no password, so the service may let somebody in as this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest: Option<u64>,
    /// Is there a personal link to it?
    pub link: bool,
    /// The prints of its return codes, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Print>,
    /// Something that only leaders see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub student_number: Option<String>,
}

impl RunJoining {
    /// What a run keeps.
    #[must_use]
    pub fn of(run: &Row) -> Self {
        read(run.data())
    }

    /// Puts it into the run's `data`.
    pub fn write(&self, data: &mut Value) {
        write(data, self);
    }
}

impl SeatJoining {
    /// What a run user keeps.
    #[must_use]
    pub fn of(runuser: &Row) -> Self {
        read(runuser.data())
    }

    /// Puts it into the run user's `data`.
    pub fn write(&self, data: &mut Value) {
        write(data, self);
    }

    /// Is it a proof of this seat?
    #[must_use]
    pub fn knows(&self, proof: &Hidden) -> bool {
        // All of them are looked at, so that the time says nothing.
        self.codes
            .iter()
            .fold(false, |known, code| code.is_of(proof) | known)
    }

    /// Keeps one more return code.
    pub fn keep(&mut self, code: Print) {
        self.codes.retain(|known| *known != code);
        self.codes.push(code);
        let surplus = self.codes.len().saturating_sub(CODES);
        self.codes.drain(..surplus);
    }
}

/// Something that cannot be read counts as nothing: a leader opens joining again.
fn read<T: DeserializeOwned + Default>(data: &Value) -> T {
    let kept = data.pointer("/_private/join").cloned();
    kept.and_then(|kept| serde_json::from_value(kept).ok())
        .unwrap_or_default()
}

fn write(data: &mut Value, kept: &impl Serialize) {
    let Ok(kept) = serde_json::to_value(kept) else {
        return;
    };
    if !data.is_object() {
        *data = Value::Object(Map::new());
    }
    set(data, PRIVATE, "join", Some(kept));
}

#[cfg(test)]
mod tests {
    use games_contract::Resource;
    use serde_json::json;

    use super::*;
    use crate::scopes::row;

    #[test]
    fn what_is_kept_is_read_again_and_the_rest_of_the_data_stays() {
        let terms = Terms {
            nicknames: true,
            ..Terms::default()
        };
        let kept = RunJoining {
            code: Code::parse("K7M2QP"),
            open: true,
            terms,
            secret: Some(RunSecret::random().unwrap()),
        };
        let mut data = json!({"a": 1, "_private": {"seed": 7}});
        kept.write(&mut data);
        assert_eq!(
            (&data["a"], &data["_private"]["seed"]),
            (&json!(1), &json!(7))
        );
        let run = row(Resource::Run, json!({"id": 5, "data": data}));
        assert_eq!(RunJoining::of(&run), kept);
        let run = row(
            Resource::Run,
            json!({"id": 5, "data": {"_private": {"join": 7}}}),
        );
        assert_eq!(RunJoining::of(&run), RunJoining::default());
    }

    #[test]
    fn a_seat_knows_its_last_return_codes() {
        let secret = RunSecret::random().unwrap();
        let proof = |key: &str| secret.of_key("ada", key);
        let mut seat = SeatJoining::default();
        for key in ["a", "b", "a", "c", "d", "e", "f", "g", "h", "i"] {
            seat.keep(proof(key).print());
        }
        assert_eq!(seat.codes.len(), CODES);
        assert!(seat.knows(&proof("i")) && seat.knows(&proof("a")) && !seat.knows(&proof("b")));
    }
}
