//! The class that the games API is measured with, made over its REST.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::http::Connection;
use super::load::once_each;
use super::server::Served;

/// The service account's login.
pub(super) const STAFF: &str = "bench@simpl.world";
pub(super) const PASSWORD: &str = "bench";

const WORLDS: usize = 100;

/// One world's play-through.
pub(super) struct Table {
    pub(super) scenario: u64,
    pub(super) period: u64,
}

/// A run with its worlds.
pub(super) struct Class {
    /// What the service account shows.
    pub(super) token: String,
    pub(super) role: u64,
    pub(super) tables: Vec<Table>,
}

impl Class {
    /// Makes a game, its role, a run and its worlds, each with a scenario and its first period.
    pub(super) fn seed(addr: SocketAddr) -> Result<Self> {
        let token = log_in(addr, STAFF, PASSWORD)?;
        let mut api = Connection::open(addr, Some(&token))?;
        let mut make = |collection: &str, row: Value| {
            let path = format!("/apis/{collection}/");
            let made = api.json("POST", &path, &row.to_string())?;
            made["id"].as_u64().context("expected a row with an id")
        };
        let game = make("games", json!({"name": "Bench", "slug": "bench"}))?;
        let role = make("roles", json!({"game": game, "name": "Dividend"}))?;
        let run = make("runs", json!({"game": game, "name": "Monday"}))?;
        let mut tables = Vec::with_capacity(WORLDS);
        for n in 1..=WORLDS {
            let name = format!("World {n}");
            let world = make("worlds", json!({"run": run, "name": name}))?;
            let scenario = make("scenarios", json!({"world": world, "name": name}))?;
            let period = make("periods", json!({"scenario": scenario, "order": 1}))?;
            tables.push(Table { scenario, period });
        }
        Ok(Self {
            token,
            role,
            tables,
        })
    }

    /// The table whose turn it is.
    pub(super) fn table(&self, turn: usize) -> &Table {
        &self.tables[turn % self.tables.len()]
    }
}

/// Makes people who can log in, each with the password [`PASSWORD`], and returns their e-mail addresses.
pub(super) fn people(served: &Served, token: &str, count: usize) -> Result<Vec<String>> {
    /// Each costs a password hash, of which no more are made at once than there are cores.
    const AT_ONCE: usize = 4;
    let emails: Vec<String> = (0..count).map(|n| format!("s{n}@bench.edu")).collect();
    once_each(served, AT_ONCE, |client| {
        let mut api = Connection::open(served.addr, Some(token))?;
        for email in emails.iter().skip(client).step_by(AT_ONCE) {
            let person =
                json!({"email": email, "password": PASSWORD, "first_name": "S", "last_name": "T"});
            api.ask("POST", "/apis/users/", &person.to_string())?;
        }
        Ok(())
    })?;
    Ok(emails)
}

/// What to show after a login with a password: a token.
pub(super) fn log_in(addr: SocketAddr, email: &str, password: &str) -> Result<String> {
    let login = json!({"username": email, "password": password}).to_string();
    let answer = Connection::open(addr, None)?.json("POST", "/rest-auth/login/", &login)?;
    let key = answer["key"].as_str().context("expected a token")?;
    Ok(format!("Token {key}"))
}

/// A ticket of somebody who has logged in, as they show it.
pub(super) fn ticket(addr: SocketAddr, who: &str) -> Result<String> {
    let answer = Connection::open(addr, Some(who))?.json("POST", "/apis/tickets/", "{}")?;
    let ticket = answer["ticket"].as_str().context("expected a ticket")?;
    Ok(format!("Ticket {ticket}"))
}
