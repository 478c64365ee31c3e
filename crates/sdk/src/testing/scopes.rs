//! The rows of a world in memory, as game code sees and changes them: the desk of a [`TestWorld`](super::TestWorld).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::rounds::{Rounds, period_order, period_pk};
use crate::call::{Call, Player};
use crate::desk::{
    Desk, GamesClient, RowChange, Sight, check_downwards, check_event, check_made_by_games,
};
use crate::game::Game;
use crate::rejected::Rejected;
use crate::row::Row;
use crate::scope::ScopeKind;
use crate::turn::Seat;

pub(super) const RUN: u64 = 5;
pub(super) const WORLD: u64 = 10;
pub(super) const SCENARIO: u64 = 20;
/// The run user of the run's leader.
pub(super) const LEADER: u64 = 100;
/// The first pk of what game code makes itself.
const MADE: u64 = 1_000_000;

/// An event that game code has published.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Where: `world.10.price`, after `<root topic>.model.`.
    pub topic: String,
    /// What it says.
    pub content: Value,
    /// Who hears it.
    pub to: Sight,
}

/// What game code has done beside decisions.
#[derive(Default)]
pub(super) struct Done {
    /// Members of `data` that were stored, of rows that were there.
    saved: BTreeMap<(ScopeKind, u64), Map<String, Value>>,
    names: BTreeMap<(ScopeKind, u64), String>,
    /// Rows that it made.
    made: Vec<(ScopeKind, u64, Map<String, Value>)>,
    pub(super) published: Vec<Published>,
    /// What callbacks refused.
    pub(super) complaints: Vec<Rejected>,
}

/// A world's rows, and what was done to them.
#[derive(Clone)]
pub(super) struct Scopes {
    pub(super) rounds: Arc<Rounds>,
    pub(super) done: Arc<Mutex<Done>>,
}

/// What a handler may do in somebody's name.
pub(super) struct TestDesk {
    pub(super) scopes: Scopes,
    /// Who has called; none is the leader or the service.
    pub(super) viewer: Option<Player>,
    /// The scope that the handler runs on.
    pub(super) on: ScopeKind,
}

fn members(json: Value) -> Map<String, Value> {
    match json {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

impl Scopes {
    fn game(&self) -> &Game {
        &self.rounds.game
    }

    pub(super) fn done(&self) -> MutexGuard<'_, Done> {
        // Nothing panics while the lock is held.
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every row, parents first, each kind in the order in which it was created.
    fn rows(&self, viewer: Option<&Player>) -> Vec<Row> {
        let mut rows = vec![
            (ScopeKind::Game, 0, json!({"slug": self.game().slug()})),
            (ScopeKind::Run, RUN, json!({"name": "default", "data": {}})),
            (
                ScopeKind::World,
                WORLD,
                json!({"run": RUN, "name": "World 1", "data": {}}),
            ),
            (
                ScopeKind::RunUser,
                LEADER,
                json!({"run": RUN, "world": null, "role": null, "leader": true, "active": true, "data": {},
                    "email": format!("leader@{}.edu", self.game().slug())}),
            ),
        ];
        for seat in &self.rounds.seats {
            let runuser = json!({"run": RUN, "world": WORLD, "role": seat.role_pk, "role_name": seat.role, "user": seat.user,
                "leader": false, "active": true, "email": seat.email, "data": {}});
            rows.push((ScopeKind::RunUser, seat.runuser, runuser));
        }
        let alone = self.rounds.seats.first().map(|seat| seat.runuser);
        let alone = alone.filter(|_| self.world().is_none());
        let scenario = json!({"world": self.world(), "runuser": alone, "name": "World Scenario 1", "data": {}});
        rows.push((ScopeKind::Scenario, SCENARIO, scenario));
        for order in 1..=self.rounds.current() {
            rows.extend(self.of_period(order, viewer));
        }
        let done = self.done();
        let made = done.made.iter();
        rows.extend(made.map(|(kind, pk, row)| (*kind, *pk, Value::Object(row.clone()))));
        let all = rows.into_iter().map(|(kind, pk, row)| {
            let mut row = members(row);
            row.insert("id".to_owned(), pk.into());
            if let Some(name) = done.names.get(&(kind, pk)) {
                row.insert("name".to_owned(), name.as_str().into());
            }
            if let (Some(saved), Some(Value::Object(data))) =
                (done.saved.get(&(kind, pk)), row.get_mut("data"))
            {
                data.extend(saved.clone());
            }
            Row::new(kind, pk, row)
        });
        all.collect()
    }

    /// The world that plays the scenario; none where somebody plays alone.
    fn world(&self) -> Option<u64> {
        (!self.game().is_single_player()).then_some(WORLD)
    }

    fn of_period(&self, order: u32, viewer: Option<&Player>) -> Vec<(ScopeKind, u64, Value)> {
        let pk = period_pk(order);
        let period = json!({"scenario": SCENARIO, "order": order, "data": {}});
        let mut rows = vec![(ScopeKind::Period, pk, period)];
        let Some(round) = self.rounds.round(order) else {
            return rows;
        };
        for seat in &self.rounds.seats {
            let Some(data) = round.decisions.get(&seat.runuser) else {
                continue;
            };
            let hidden = self.game().hides_decisions()
                && round.result.is_none()
                && viewer.is_some_and(|viewer| viewer.runuser != seat.runuser);
            let data = if hidden { json!({}) } else { data.clone() };
            let decision =
                json!({"period": pk, "name": "decision", "role": seat.role_pk, "data": data});
            let number = u64::from(order) * 10_000 + seat.runuser;
            rows.push((ScopeKind::Decision, number, decision));
        }
        if let Some(data) = round.result {
            let result = json!({"period": pk, "name": "result", "role": null, "data": data});
            rows.push((ScopeKind::Result, u64::from(order) * 10_000, result));
        }
        rows
    }

    /// A call of a scope, with what leads to it filled in; `None` when there is no such scope.
    pub(super) fn call(&self, scope: ScopeKind, pk: u64, viewer: Option<Player>) -> Option<Call> {
        let desk = Arc::new(TestDesk {
            scopes: self.clone(),
            viewer: viewer.clone(),
            on: scope,
        });
        let mut call = Call::new(scope, pk, RUN, desk);
        call.player = viewer;
        match scope {
            ScopeKind::Period => {
                let order = period_order(pk).filter(|order| self.rounds.has_period(*order));
                call.world = self.world();
                if let Some(order) = order {
                    call.scenario = Some(SCENARIO);
                    call.turn = Some(self.rounds.turn(order));
                } else {
                    call.scenario = self.row(scope, pk, None)?.reference("scenario");
                }
            }
            ScopeKind::Scenario if pk == SCENARIO => call.world = self.world(),
            ScopeKind::Scenario => call.world = self.row(scope, pk, None)?.reference("world"),
            ScopeKind::World if pk == WORLD => {}
            ScopeKind::Run if pk == RUN => {}
            ScopeKind::Game => {}
            _ => drop(self.row(scope, pk, None)?),
        }
        Some(call)
    }

    fn row(&self, kind: ScopeKind, pk: u64, viewer: Option<&Player>) -> Option<Row> {
        let mut rows = self.rows(viewer).into_iter();
        rows.find(|row| (row.kind, row.pk) == (kind, pk))
    }
}

/// Is a row directly below a scope?
fn is_below(row: &Row, kind: ScopeKind, pk: u64) -> bool {
    match (kind, row.kind) {
        (ScopeKind::Game, ScopeKind::Run) => true,
        (ScopeKind::Run, ScopeKind::World | ScopeKind::RunUser)
        | (ScopeKind::World, ScopeKind::RunUser)
        | (ScopeKind::World | ScopeKind::RunUser, ScopeKind::Scenario)
        | (ScopeKind::Scenario, ScopeKind::Period)
        | (ScopeKind::Period, ScopeKind::Decision | ScopeKind::Result) => {
            row.reference(kind.name()) == Some(pk)
        }
        _ => false,
    }
}

fn gone(kind: ScopeKind) -> Rejected {
    Rejected::because(format!("there is no such {kind} in this run")).with(
        "gone",
        kind.name(),
        Value::Null,
    )
}

#[async_trait]
impl GamesClient for TestDesk {
    async fn create(&self, kind: ScopeKind, mut row: Map<String, Value>) -> Result<Row, Rejected> {
        check_made_by_games(kind)?;
        let parents: &[ScopeKind] = match kind {
            ScopeKind::World => &[ScopeKind::Run],
            ScopeKind::Scenario => &[ScopeKind::World, ScopeKind::RunUser],
            ScopeKind::Period => &[ScopeKind::Scenario],
            ScopeKind::Result => &[ScopeKind::Period],
            _ => &[],
        };
        let has_parent = parents.iter().any(|parent| {
            let pk = row.get(parent.name()).and_then(Value::as_u64);
            pk.is_some_and(|pk| self.row(*parent, pk).is_some())
        });
        if !has_parent {
            return Err(gone(parents[0]));
        }
        row.entry("data").or_insert_with(|| json!({}));
        let mut done = self.scopes.done();
        let pk = MADE + done.made.len() as u64;
        done.made.push((kind, pk, row));
        drop(done);
        self.row(kind, pk).ok_or_else(|| gone(kind))
    }

    async fn change(
        &self,
        kind: ScopeKind,
        pk: u64,
        row: Map<String, Value>,
    ) -> Result<Row, Rejected> {
        let changes = RowChange::of(kind, row)?;
        self.row(kind, pk).ok_or_else(|| gone(kind))?;
        let mut done = self.scopes.done();
        if let Some(name) = changes.name {
            done.names.insert((kind, pk), name);
        }
        let saved = done.saved.entry((kind, pk)).or_default();
        saved.extend(changes.data.into_iter().flatten());
        drop(done);
        self.row(kind, pk).ok_or_else(|| gone(kind))
    }

    async fn delete(&self, kind: ScopeKind, pk: u64) -> Result<(), Rejected> {
        let mut done = self.scopes.done();
        let before = done.made.len();
        done.made.retain(|(made, of, _)| (*made, *of) != (kind, pk));
        match before == done.made.len() {
            true => Err(gone(kind)),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Desk for TestDesk {
    async fn decide(&self, period: u64, seat: &Seat, data: Value) -> Result<(), Rejected> {
        self.scopes.rounds.decide(period, seat, data)
    }

    fn row(&self, kind: ScopeKind, pk: u64) -> Option<Row> {
        self.scopes.row(kind, pk, self.viewer.as_ref())
    }

    fn below(&self, kind: ScopeKind, pk: u64, children: ScopeKind) -> Vec<Row> {
        let mut rows = self.scopes.rows(self.viewer.as_ref());
        rows.retain(|row| row.kind == children && is_below(row, kind, pk));
        rows
    }

    fn phase(&self, _: u64) -> Option<String> {
        Some(self.scopes.rounds.phase().name)
    }

    async fn publish(
        &self,
        kind: ScopeKind,
        pk: u64,
        event: &str,
        mut args: Vec<Value>,
        to: Sight,
    ) -> Result<(), Rejected> {
        check_event(event)?;
        let topic = match kind {
            ScopeKind::Game => format!("game.{event}"),
            _ => format!("{kind}.{pk}.{event}"),
        };
        let content = match args.len() {
            1 => args.remove(0),
            _ => args.into(),
        };
        let event = Published { topic, content, to };
        self.scopes.done().published.push(event);
        Ok(())
    }

    async fn call(
        &self,
        kind: ScopeKind,
        pk: u64,
        procedure: &str,
        args: Vec<Value>,
        kwargs: Map<String, Value>,
    ) -> Result<Value, Rejected> {
        check_downwards(self.on, kind)?;
        let unknown = || Rejected::no_such_procedure(&format!("{kind}.{pk}.{procedure}"));
        let handler = self.scopes.game().handler(kind, procedure);
        let handler = handler.cloned().ok_or_else(unknown)?;
        let mut call = self.scopes.call(kind, pk, None).ok_or_else(unknown)?;
        call.args = args;
        call.kwargs = kwargs;
        handler(call).await
    }
}
