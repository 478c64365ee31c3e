//! `cargo xtask bench logins`: a whole class signs in at the same moment, from one address: over HTTP to the games API, and over WebSocket
//! to a model service with default settings. How long it takes until the last one is in, and the CPU time that the service uses.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::class::{self, PASSWORD, STAFF};
use super::http::Connection;
use super::load::once_each;
use super::server::{Served, beside, games_api_on_sqlite, modelservice, seed_div};
use super::{build, build_of, empty_folder, machine};

/// People in the class.
const PEOPLE: usize = 400;
/// What WAMP-CRA secrets are derived from.
const CRA_KEY: &str = "a key for measuring, of 32 characters and more";

/// One line of the table.
struct Line {
    what: &'static str,
    /// Until half of them, and all of them, were in.
    half: Option<Duration>,
    all: Duration,
    games_api: Duration,
    model: Option<Duration>,
}

/// Somebody who can sign in.
struct Person {
    id: u64,
    ticket: String,
}

/// Measures.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let site = Site {
        binary: build(repository)?,
        storm: build_of(repository, "class-load", "login-storm")?,
        data: empty_folder(repository)?,
    };
    let api = Served::start(games_api_on_sqlite(&site.binary, &site.data))?;
    seed_div(&api, &site.binary, &site.data)?;
    let token = class::log_in(api.addr, STAFF, PASSWORD)?;
    // A login is remembered for a moment, so those who sign in over WebSocket are others.
    let mut people = people(&api, &token, 2 * PEOPLE)?;
    let others = people.split_off(PEOPLE);
    let mut lines = over_http(&api, &people)?;
    lines.extend(over_websocket(&site, &api, &others)?);
    api.stop()?;
    fs::remove_dir_all(&site.data)?;
    println!("{}\n\n{}", machine(), table(&lines));
    Ok(true)
}

fn table(lines: &[Line]) -> String {
    let mut table = format!(
        "| {PEOPLE} people sign in at once | half are in | all are in | CPU of the games API | CPU of the model service |\n| --- | --- | --- | --- | --- |\n"
    );
    let seconds = |time: Option<Duration>| match time {
        Some(time) => format!("{:.2} s", time.as_secs_f64()),
        None => "–".to_owned(),
    };
    for line in lines {
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} |",
            line.what,
            seconds(line.half),
            seconds(Some(line.all)),
            seconds(Some(line.games_api)),
            seconds(line.model)
        );
    }
    table
}

/// Makes people and gets each a ticket, as the staff.
fn people(api: &Served, token: &str, count: usize) -> Result<Vec<Person>> {
    let emails = class::people(api, token, count)?;
    let mut staff = Connection::open(api.addr, Some(token))?;
    let path = format!("/apis/users/?page_size={}", 2 * count);
    let users = staff.json("GET", &path, "")?;
    let users = users.as_array().context("expected a list of users")?;
    let ids: HashMap<&str, u64> = users
        .iter()
        .filter_map(|user| Some((user["email"].as_str()?, user["id"].as_u64()?)))
        .collect();
    emails
        .iter()
        .map(|email| {
            let id = *ids.get(email.as_str()).context("expected a user")?;
            let body = json!({ "user": id }).to_string();
            let ticket = staff.json("POST", "/apis/tickets/", &body)?;
            let ticket = ticket["ticket"].as_str().context("expected a ticket")?;
            Ok(Person {
                id,
                ticket: ticket.to_owned(),
            })
        })
        .collect()
}

/// The first login of each with the password, and one with a ticket, each on a connection of its own.
fn over_http(api: &Served, people: &[Person]) -> Result<Vec<Line>> {
    type Shown = fn(&Person) -> Value;
    let ways: [(&str, Shown); 2] = [
        (
            "over HTTP, `authcheck` with a password",
            |person| json!({"authid": person.id, "password": PASSWORD}),
        ),
        (
            "over HTTP, `authcheck` with a ticket",
            |person| json!({"authid": person.id, "ticket": person.ticket}),
        ),
    ];
    let mut lines = Vec::new();
    for (what, shown) in ways {
        let figure = once_each(api, people.len(), |at| {
            let body = shown(&people[at]).to_string();
            let mut stranger = Connection::open(api.addr, None)?;
            stranger.ask("POST", "/apis/authcheck/", &body).map(drop)
        })?;
        lines.push(Line {
            what,
            half: None,
            all: figure.took,
            games_api: figure.cpu,
            model: None,
        });
    }
    Ok(lines)
}

/// As WAMP sessions that all stay open, each way with a model service that has just been started.
fn over_websocket(site: &Site, api: &Served, people: &[Person]) -> Result<Vec<Line>> {
    let passwords = people.iter().map(|_| PASSWORD.to_owned()).collect();
    let tickets = people.iter().map(|person| person.ticket.clone()).collect();
    let secrets = people.iter().map(|person| site.cra_secret(person.id));
    let secrets = secrets.collect::<Result<Vec<_>>>()?;
    let ways: [(&str, bool, Vec<String>); 3] = [
        ("over WebSocket, password as ticket", false, passwords),
        ("over WebSocket, signed ticket", false, tickets),
        ("over WebSocket, WAMP-CRA", true, secrets),
    ];
    let mut lines = Vec::new();
    for (what, sign, secrets) in ways {
        let mut command = site.program(api);
        command.args(["run", "--listen", "127.0.0.1:0"]);
        let model = Served::start(command)?;
        let clients: String = people
            .iter()
            .zip(&secrets)
            .map(|(person, secret)| format!("{} {secret}\n", person.id))
            .collect();
        let before = (api.cpu()?, model.cpu()?);
        let [half, all] = site.storm(&model, sign, &clients).context(what)?;
        lines.push(Line {
            what,
            half: Some(half),
            all,
            games_api: api.cpu()?.saturating_sub(before.0),
            model: Some(model.cpu()?.saturating_sub(before.1)),
        });
        model.stop()?;
    }
    Ok(lines)
}

/// Where the programs are, and the data.
struct Site {
    binary: PathBuf,
    storm: PathBuf,
    data: PathBuf,
}

impl Site {
    /// `modelservice` as somebody of the games API.
    fn program(&self, api: &Served) -> Command {
        let mut command = beside(api, &self.binary, &self.data);
        command.env("SIMPL_WAMP_CRA_KEY", CRA_KEY);
        command
    }

    fn cra_secret(&self, user: u64) -> Result<String> {
        let mut command = modelservice(&self.binary, &self.data);
        command.env("SIMPL_WAMP_CRA_KEY", CRA_KEY);
        let output = command.args(["cra-secret", &user.to_string()]).output()?;
        ensure!(output.status.success(), "cra-secret: {}", output.status);
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Lets them all sign in; how long it took until half of them, and all of them, were in.
    fn storm(&self, model: &Served, sign: bool, clients: &str) -> Result<[Duration; 2]> {
        let mut command = Command::new(&self.storm);
        command.arg(format!("ws://{}/ws", model.addr));
        if sign {
            command.arg("--sign");
        }
        let mut storm = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = storm.stdin.take().context("no standard input")?;
        input.write_all(clients.as_bytes())?;
        // Its end says that these are all.
        drop(input);
        let output = storm.wait_with_output()?;
        ensure!(output.status.success(), "somebody was not let in");
        times(&String::from_utf8(output.stdout)?)
    }
}

/// The two numbers of seconds that `login-storm` prints.
fn times(text: &str) -> Result<[Duration; 2]> {
    let seconds: Vec<Duration> = text
        .split_whitespace()
        .filter_map(|number| Some(Duration::from_secs_f64(number.parse().ok()?)))
        .collect();
    seconds
        .try_into()
        .ok()
        .with_context(|| format!("expected two numbers of seconds, got {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_the_storm_are_told_in_seconds() {
        let [half, all] = times("1.50 3.25\n").unwrap();
        let line = Line {
            what: "over WebSocket",
            half: Some(half),
            all,
            games_api: Duration::from_secs(2),
            model: None,
        };
        let table = table(&[line]);
        assert!(
            table.ends_with("| over WebSocket | 1.50 s | 3.25 s | 2.00 s | – |\n"),
            "{table}"
        );
        assert!(times("refused").is_err());
    }
}
