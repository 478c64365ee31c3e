//! What game code may do to the outside: the service implements it, and so does the test kit.

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::mistake::is_word;
use crate::rejected::Rejected;
use crate::row::{Row, is_reserved};
use crate::scope::ScopeKind;
use crate::turn::Seat;

/// Who hears an event that a game publishes. Whatever somebody has subscribed to, nobody hears of a scope that they may not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everybody who may see the scope.
    Everybody,
    /// Those who lead the run.
    Leaders,
    /// One run user alone, by pk.
    Only(u64),
}

/// Rows of the games API: those of the run that a handler runs in, or of the whole game on its own scope.
///
/// What is written goes through the service: it is in the tree when the call returns, and everybody concerned hears of it.
#[async_trait]
pub trait GamesClient: Send + Sync {
    /// Stores a new world, scenario, period or result. What it belongs to is a member, as `scenario` of a period.
    ///
    /// # Errors
    /// It is no such row, belongs to another run, or could not be stored.
    async fn create(&self, kind: ScopeKind, members: Map<String, Value>) -> Result<Row, Rejected>;

    /// Stores another `name`, or further members of `data`: what `data` has beside them stays.
    ///
    /// # Errors
    /// There is no such row in this run, it is a decision, another member is named, or it could not be stored.
    async fn change(
        &self,
        kind: ScopeKind,
        pk: u64,
        members: Map<String, Value>,
    ) -> Result<Row, Rejected>;

    /// Deletes a scenario, period or result with everything below it.
    ///
    /// # Errors
    /// There is no such row in this run, or it could not be deleted.
    async fn delete(&self, kind: ScopeKind, pk: u64) -> Result<(), Rejected>;
}

/// What a handler may do to the outside, in the name of whoever has called it; a callback does it in the name of the service.
#[async_trait]
pub trait Desk: GamesClient {
    /// Stores a seat's decision for a period, and returns when it is stored.
    ///
    /// Where that completes the period, the step is queued; neither its wait nor its failure is part of the answer.
    ///
    /// # Errors
    /// The period or the run's phase takes no decision of this seat, or it could not be stored.
    async fn decide(&self, period: u64, seat: &Seat, data: Value) -> Result<(), Rejected>;

    /// A scope as the caller may see it now; none where there is none, or none for the caller.
    fn row(&self, kind: ScopeKind, pk: u64) -> Option<Row>;

    /// What is directly below a scope, as the caller may see it now: worlds and run users of a run, players and scenarios of a world,
    /// scenarios of a run user, periods of a scenario in their order, decisions and results of a period, runs of the game. In the order
    /// in which they were created.
    fn below(&self, kind: ScopeKind, pk: u64, children: ScopeKind) -> Vec<Row>;

    /// The name of the phase that a run is in; none where it has none.
    fn phase(&self, run: u64) -> Option<String>;

    /// Publishes on `<root topic>.model.<kind>.<pk>.<event>`. It is not stored: who listens later does not hear it.
    ///
    /// # Errors
    /// The event's name is not a word of a topic, or is one of the service's own.
    async fn publish(
        &self,
        kind: ScopeKind,
        pk: u64,
        event: &str,
        args: Vec<Value>,
        to: Sight,
    ) -> Result<(), Rejected>;

    /// Calls a procedure of the game's own on a scope further down, as nobody's player, and waits for its answer.
    ///
    /// # Errors
    /// What it refused; also a scope that is not further down: two that wait for each other would wait for ever.
    async fn call(
        &self,
        kind: ScopeKind,
        pk: u64,
        procedure: &str,
        args: Vec<Value>,
        kwargs: Map<String, Value>,
    ) -> Result<Value, Rejected>;
}

/// Names of events that the service publishes on scopes itself.
const OWN_EVENTS: [&str; 5] = [
    "add_child",
    "joining",
    "message",
    "remove_child",
    "update_child",
];

/// May a game publish an event of that name?
///
/// # Errors
/// It is not a word of a topic, or one of the service's own.
pub fn check_event(event: &str) -> Result<(), Rejected> {
    if !is_word(event, '_') {
        let message = format!(
            "the event {event:?} is not a word of a topic: use lower-case letters, digits and underscores, beginning with a letter"
        );
        return Err(Rejected::internal(message).with("event_name", "a word of a topic", event));
    }
    if OWN_EVENTS.contains(&event) {
        let message = format!("the event {event:?} belongs to the service: choose another name");
        return Err(Rejected::internal(message).with("event_name", "a name of the game's", event));
    }
    Ok(())
}

/// What a game may change of a row.
#[derive(Debug)]
pub struct RowChange {
    /// Another name.
    pub name: Option<String>,
    /// Members of `data`; those that are not named stay.
    pub data: Option<Map<String, Value>>,
}

impl RowChange {
    /// What these members change; `_turn` and `_private` of `data` are the service's and left out.
    ///
    /// # Errors
    /// The row is not the game's to change, or a member is not.
    pub fn of(kind: ScopeKind, members: Map<String, Value>) -> Result<Self, Rejected> {
        match kind {
            ScopeKind::Decision => {
                let message = "a decision is what a seat has decided: store it with Period::decide";
                return Err(Rejected::internal(message).with(
                    "not_the_games",
                    "another row",
                    "decision",
                ));
            }
            ScopeKind::Game => {
                let message = "the game's row is shared by all its runs, and no handler changes it: save in a run";
                return Err(Rejected::internal(message).with(
                    "not_the_games",
                    "a row of a run",
                    "game",
                ));
            }
            _ => {}
        }
        let mut change = Self {
            name: None,
            data: None,
        };
        for (member, value) in members {
            match (member.as_str(), value) {
                ("name", Value::String(name)) => change.name = Some(name),
                ("data", Value::Object(mut data)) => {
                    data.retain(|name, _| !is_reserved(name));
                    change.data = Some(data);
                }
                (member, value) => {
                    let expected = "`name`, a text, or `data`, something with members";
                    let message = format!(
                        "a game changes {expected}, of a {kind}, got {member}: where somebody sits, and in which phase a run is, leaders say"
                    );
                    return Err(Rejected::internal(message).with("not_the_games", expected, value));
                }
            }
        }
        Ok(change)
    }
}

/// Whether a game may make or delete rows of that kind.
///
/// # Errors
/// They are made by others.
pub fn check_made_by_games(kind: ScopeKind) -> Result<(), Rejected> {
    let by = match kind {
        ScopeKind::World | ScopeKind::Scenario | ScopeKind::Period | ScopeKind::Result => {
            return Ok(());
        }
        ScopeKind::Decision => "a decision is stored with Period::decide",
        ScopeKind::RunUser => "people come into a run by joining, or by a leader's list",
        ScopeKind::Run => "runs are made by lecturers, with `create_run`",
        ScopeKind::Game => "the game is made by `create-default-env`",
    };
    let message = format!("a game makes worlds, scenarios, periods and results: {by}");
    Err(Rejected::internal(message).with(
        "not_the_games",
        "a world, scenario, period or result",
        kind.name(),
    ))
}

/// Whether a handler on a scope may call one of another kind, and wait for it.
///
/// # Errors
/// It is not further down: two that wait for each other would wait for ever.
pub fn check_downwards(from: ScopeKind, to: ScopeKind) -> Result<(), Rejected> {
    // A run has one order of work, and each world has its own, with all below it.
    let order = |kind| match kind {
        ScopeKind::Game => 0,
        ScopeKind::Run => 1,
        _ => 2,
    };
    if order(from) < order(to) {
        return Ok(());
    }
    let message = format!(
        "a handler on a {from} cannot call a procedure on a {to}, because each would wait for the other: call the function itself, or have the run do it"
    );
    Err(Rejected::internal(message).with("not_downwards", "a scope further down", to.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_game_publishes_words_that_are_not_the_services() {
        assert_eq!(check_event("price_2"), Ok(()));
        for event in ["", "Price", "a.b", "2nd", "update_child", "message"] {
            assert_eq!(check_event(event).unwrap_err().code(), "event_name");
        }
    }
}
