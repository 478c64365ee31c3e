//! A game that is played against time, and a clock that a test sets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use games_contract::{Map, Resource};
use serde_json::Value;
use simpl::prelude::*;
use time::OffsetDateTime;
use time::macros::datetime;

use super::{Class, Seat};

/// Adds what both play, at most 1000 each. By default a Dividend plays 100 and a Divisor 200; whoever has played 7 has no default.
#[derive(Debug)]
struct Timed;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Number {
    number: f64,
}

impl Model for Timed {
    type Options = ();
    type Decision = Number;
    type Outcome = Number;

    fn check(&self, turn: &Turn<'_, Self>, decision: &Number) -> Reply<()> {
        // What was fine in the first period may be too much later.
        let most = if turn.period() == 1 { 1000.0 } else { 500.0 };
        if decision.number > most {
            return Err(Rejected::because("that is too much"));
        }
        Ok(())
    }

    fn default_decision(&self, turn: &Turn<'_, Self>) -> Option<Number> {
        let stuck = turn.decisions().any(|(_, decision)| decision.number == 7.0);
        let number = match turn.role() {
            "Dividend" => 100.0,
            _ => 200.0,
        };
        (!stuck).then_some(Number { number })
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Number> {
        let numbers = turn.decisions().map(|(_, decision)| decision.number);
        Ok(Number {
            number: numbers.sum(),
        })
    }
}

/// Under the name of div, with 30 s for a period.
pub(crate) fn timed(then: Overdue) -> simpl::Game {
    simpl::Game::builder("div")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .next_period()
        .time_limit(30, then)
        .model(Timed)
        .build()
}

/// A clock that stands until it is set.
#[derive(Debug)]
pub(crate) struct HandClock(Mutex<OffsetDateTime>);

impl games_api::Clock for HandClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

/// A class whose deadlines go by a clock that stands until it is set.
pub(crate) struct TimedClass {
    pub(crate) class: Class,
    hand: Arc<HandClock>,
    game: simpl::Game,
}

impl TimedClass {
    pub(crate) async fn start(game: simpl::Game) -> Self {
        let mut timed = Self::seeded(game).await;
        timed.open().await;
        timed
    }

    /// Everything but the model service.
    pub(crate) async fn seeded(game: simpl::Game) -> Self {
        let noon = datetime!(2026-11-21 12:00 UTC);
        let hand = Arc::new(HandClock(Mutex::new(noon)));
        let mut class = Class::seeded(&game, |_| {}).await;
        class.clock = hand.clone();
        Self { class, hand, game }
    }

    /// Starts the model service.
    pub(crate) async fn open(&mut self) {
        self.class.open(self.game.clone()).await;
        // A world looks at its time as soon as it is loaded, and nobody waits for that but a test that sets the clock.
        for branch in self.class.run().branches() {
            branch.mailbox.settled().await;
        }
    }

    /// So many seconds pass.
    pub(crate) fn pass(&self, seconds: u64) {
        *self.hand.0.lock().unwrap() += Duration::from_secs(seconds);
        if let Some(service) = &self.class.service {
            service.games[0].timetable.look();
        }
    }

    /// The stored periods of a world, in order.
    pub(crate) async fn periods(&self, world: u64) -> Vec<Map> {
        let scenarios = self
            .class
            .rows(Resource::Scenario, &[("world", world.to_string())])
            .await;
        let of = [("scenario", scenarios[0]["id"].to_string())];
        let mut periods = self.class.rows(Resource::Period, &of).await;
        periods.sort_by_key(|row| row["order"].as_u64());
        periods
    }

    /// What is stored of the decisions of a period, in the order of roles.
    pub(crate) async fn decisions(&self, period: u64) -> Vec<Value> {
        let of = [("period", period.to_string())];
        let mut rows = self.class.rows(Resource::Decision, &of).await;
        rows.sort_by_key(|row| row["role"].as_u64());
        rows.iter().map(|row| row["data"].clone()).collect()
    }
}

impl Seat {
    /// `_turn` of a period now.
    pub(crate) async fn knows_time(&self, period: u64) -> Value {
        let scope = self.call(&format!("period.{period}.get_scope"), &[]).await;
        scope.unwrap()["data"]["data"]["_turn"].clone()
    }

    /// Waits until the time of a period stands otherwise, and returns `_turn` of that period.
    pub(crate) async fn hears_of_time(&mut self) -> Value {
        let period = self.hears_of("period").await;
        period["data"]["_turn"].clone()
    }
}
