//! A class joins a run: by its code, under nicknames and with return codes, or from a roster; and who may not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod class;
mod coming_back;
#[path = "../common/mod.rs"]
mod common;
mod limits;
mod roster;

use serde_json::{Value, json};

use common::browser::Browser;
use common::{Class, Seat};

/// A run that is open, its leader, and where it is joined.
pub(crate) struct Door {
    pub(crate) class: Class,
    pub(crate) leader: Seat,
    pub(crate) run: u64,
    pub(crate) path: String,
}

impl Door {
    pub(crate) async fn open(terms: Value) -> Self {
        Self::of(Class::start().await, terms).await
    }

    pub(crate) async fn of(class: Class, terms: Value) -> Self {
        let leader = class.join("leader").await;
        let run = class.run().pk;
        let told = lead(&leader, run, "open_joining", terms).await;
        let path = told["link"].as_str().unwrap().to_owned();
        Self {
            class,
            leader,
            run,
            path,
        }
    }

    pub(crate) async fn lead(&self, procedure: &str, kwargs: Value) -> Value {
        lead(&self.leader, self.run, procedure, kwargs).await
    }

    pub(crate) async fn waiting(&self) -> Vec<Value> {
        let told = self.lead("get_joining", json!({})).await;
        told["waiting"].as_array().unwrap().clone()
    }

    pub(crate) async fn join(&self, browser: &Browser, nickname: &str, key: &str) -> Value {
        let body = json!({"nickname": nickname, "key": key});
        browser.post(&self.path, body).await.done()
    }

    /// Signs in with what an answer gives.
    pub(crate) async fn sign_in(&self, answer: &Value) -> Seat {
        let ticket = answer["ticket"].as_str().unwrap();
        let seat = self.class.log_in(&answer["user"].to_string(), ticket).await;
        seat.unwrap()
    }
}

pub(crate) async fn lead(leader: &Seat, run: u64, procedure: &str, kwargs: Value) -> Value {
    let procedure = format!("run.{run}.{procedure}");
    leader.call_by_name(&procedure, kwargs).await.unwrap()
}

/// A key as a browser makes one.
pub(crate) fn key(of: impl std::fmt::Display) -> String {
    format!("{of:0>32}")
}
