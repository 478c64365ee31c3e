//! What a step, or the start of a game, has come to, as rows of results: one for the table, and one for each seat that has a part.
//!
//! The table's row is written last: by it a period is known to be stepped, so that what was cut short before is made up for.

use std::sync::Arc;

use games_client::Map;
use games_contract::Resource;
use serde_json::{Value, json};
use simpl::{Game, RawTurn, Rejected, Stepped};

use super::seats::{Table, name_of};
use crate::scopes::service_state::{PRIVATE, TURN, set, with_service_state};
use crate::scopes::{Node, Row};

/// The names of results: of a step, and of what a game begins with.
pub(super) const RESULT: &str = "result";
pub(super) const START: &str = "start";

/// Where a row of the table has what the game carries on.
pub(super) const CARRIED: &str = "/_private/carried";

/// Bytes of an outcome as JSON at most: what a client takes in one message, and a fraction of what may wait for one.
const OUTCOME_BYTES: usize = 1 << 20;

/// What came of a period, or of the start of a game.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The period's pk.
    pub period: u64,
    pub(super) stepped: Stepped,
}

impl Outcome {
    /// What is of use to those at the table, and of a bounded size: it goes to them all and stays in memory.
    ///
    /// # Errors
    /// It is null, too large, or has no place for what belongs beside it.
    pub fn of(period: u64, stepped: Stepped) -> Result<Self, Rejected> {
        let outcome = &stepped.outcome;
        if outcome.is_null() {
            let message = "the outcome is null: a result has to say something";
            return Err(Rejected::internal(message).with(
                "empty_outcome",
                "an outcome",
                Value::Null,
            ));
        }
        let parts = stepped.parts.iter().map(|(_, part)| part);
        let all = parts.chain([outcome]).chain(&stepped.carried);
        let size: usize = all.map(|json| json.to_string().len()).sum();
        if size > OUTCOME_BYTES {
            let message =
                format!("the outcome has {size} bytes as JSON; {OUTCOME_BYTES} are the most");
            return Err(Rejected::internal(message).with("large_outcome", OUTCOME_BYTES, size));
        }
        let besides = [
            ("points have", !stepped.scores.is_empty(), "scores"),
            ("what is carried has", stepped.carried.is_some(), "carried"),
            ("the end of the game has", stepped.over, "over"),
        ];
        let beside = besides.iter().find(|(_, is_there, _)| *is_there);
        if let (Some((what, _, code)), false) = (beside, outcome.is_object()) {
            let message = format!(
                "the outcome has no members, so that {what} no place beside it: make it a struct"
            );
            return Err(Rejected::internal(message).with(*code, "an outcome with members", "none"));
        }
        if let Some((_, part)) = stepped.parts.iter().find(|(_, part)| !part.is_object()) {
            let message = "what a seat sees alone has no members: make it a struct";
            return Err(Rejected::internal(message).with(
                "part",
                "a part with members",
                part.clone(),
            ));
        }
        Ok(Self { period, stepped })
    }

    /// The turn that comes after it.
    pub(super) fn lead_to(&self, turn: &mut RawTurn) {
        turn.previous = Some(self.stepped.outcome.clone());
        turn.parts.clone_from(&self.stepped.parts);
        turn.carried.clone_from(&self.stepped.carried);
    }

    /// Does the game end with it?
    pub(super) fn ends(&self, game: &Game, order: i64) -> bool {
        self.stepped.over || is_last(game, order)
    }

    /// Its rows under that word, the table's last.
    pub(super) fn rows(&self, table: &Table<'_>, period: &Node, word: &'static str) -> Vec<Told> {
        let parts = table.seats.iter().filter_map(|seat| {
            let mut parts = self.stepped.parts.iter();
            let part = parts.find(|(runuser, _)| *runuser == seat.runuser);
            let held = table.part(period, word, seat).cloned();
            let before = data_of(held.as_ref());
            let mut data = match (part, &held) {
                (Some((_, part)), _) => with_service_state(before, part),
                (None, Some(_)) => with_service_state(before, &json!({})),
                (None, None) => return None,
            };
            let withdrawn = part.is_none().then_some(true.into());
            set(&mut data, TURN, WITHDRAWN, withdrawn);
            Some(Told {
                period: self.period,
                name: name_of(table.game(), word, seat),
                role: Some(seat.role_pk),
                data,
                held,
            })
        });
        let mut rows: Vec<Told> = match table.game().has_parts() {
            true => parts.collect(),
            false => Vec::new(),
        };
        let held = period.told(word).cloned();
        rows.push(Told {
            period: self.period,
            name: word.to_owned(),
            role: None,
            data: self.of_table(data_of(held.as_ref()), table, word),
            held,
        });
        rows
    }

    /// The `data` of the table's row over `held`: the outcome with what the service keeps beside it.
    fn of_table(&self, held: &Value, table: &Table<'_>, word: &str) -> Value {
        let Stepped {
            outcome,
            carried,
            over,
            scores,
            ..
        } = &self.stepped;
        let mut data = with_service_state(held, outcome);
        let scores = scores.iter();
        let scores = scores.map(|(runuser, points)| (runuser.to_string(), (*points).into()));
        let scores: Map = scores.collect();
        let scores = (!scores.is_empty()).then(|| scores.into());
        set(&mut data, PRIVATE, SCORES, scores);
        set(&mut data, PRIVATE, "carried", carried.clone());
        set(&mut data, TURN, OVER, over.then_some(true.into()));
        if word == START {
            let seats: Vec<u64> = table.seats.iter().map(|seat| seat.runuser).collect();
            set(&mut data, PRIVATE, SEATS, Some(json!(seats)));
        }
        data
    }
}

/// The member of a result's `data._private` that has the points of each run user, by pk: for the gradebook alone.
const SCORES: &str = "scores";
/// The member of its `data._turn` that says that the game ended with it.
const OVER: &str = "over";
/// The member of a start's `data._private` with the run users that it was made for.
const SEATS: &str = "seats";
/// The member of a part's `data._turn` that says that there is none any more.
const WITHDRAWN: &str = "withdrawn";

fn data_of(held: Option<&Arc<Row>>) -> &Value {
    held.map_or(&Value::Null, |row| row.data())
}

/// Is the period of this order the last that the game has?
fn is_last(game: &Game, order: i64) -> bool {
    game.periods().is_some_and(|last| i64::from(last) <= order)
}

/// Did the game end with this period?
pub(super) fn has_ended(game: &Game, period: &Node) -> bool {
    period.result().is_some_and(|result| {
        let says_so = result.data().pointer("/_turn/over") == Some(&Value::Bool(true));
        says_so || is_last(game, period.row.order())
    })
}

/// Has a step that was made again taken away what this seat was told?
pub(super) fn is_withdrawn(part: &Row) -> bool {
    part.data().pointer("/_turn/withdrawn") == Some(&Value::Bool(true))
}

/// The run users that the start of a game was made for; `None` while it has none.
pub(super) fn started_for(period: &Node) -> Option<Vec<u64>> {
    let seats = period.told(START)?.data().pointer("/_private/seats");
    let seats = seats.and_then(Value::as_array).into_iter().flatten();
    Some(seats.filter_map(Value::as_u64).collect())
}

/// One row of a result that is to be stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    period: u64,
    name: String,
    role: Option<u64>,
    data: Value,
    /// The row that is stored already.
    pub(super) held: Option<Arc<Row>>,
}

impl Told {
    /// Says the row that is stored so already?
    pub(super) fn is_stored(&self) -> bool {
        self.held
            .as_ref()
            .is_some_and(|row| *row.data() == self.data)
    }

    /// Is it for a seat alone, so that the games API keeps it once?
    pub(super) fn is_part(&self) -> bool {
        self.role.is_some()
    }

    /// The row as it is to be.
    pub(super) fn row(&self) -> Map {
        Map::from_iter([
            ("period".to_owned(), self.period.into()),
            ("name".to_owned(), self.name.clone().into()),
            ("role".to_owned(), self.role.into()),
            ("data".to_owned(), self.data.clone()),
        ])
    }

    /// The filters by which the games API finds it, role apart.
    pub(super) fn filters(&self) -> [(&'static str, String); 2] {
        [
            ("period", self.period.to_string()),
            ("name", self.name.clone()),
        ]
    }

    /// Is it this row?
    pub(super) fn is(&self, row: &Row) -> bool {
        row.resource == Resource::Result && row.reference("role") == self.role
    }
}
