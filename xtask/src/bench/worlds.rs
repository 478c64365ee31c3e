//! `cargo xtask bench worlds`: how long `modelservice dev` needs until a school's worlds are loaded, and the memory that a world takes.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::http::Connection;
use super::server::Served;
use super::start::{self, Start};
use super::{build, class, empty_folder, machine, server};

/// Worlds that are measured.
const SIZES: [usize; 3] = [0, 500, 5_000];
/// Starts of each, after one that brings the files into memory.
const STARTS: usize = 3;
/// Worlds made with one request.
const TOGETHER: usize = 250;

/// Measures an environment without more than its own worlds, and then with more and more.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let binary = build(repository)?;
    let data = empty_folder(repository)?;
    println!("{}\n", machine());
    // The first start makes the default environment, whose game the worlds belong to.
    start::measure(&binary, &data)?;
    let mut lines = Vec::new();
    let mut there = 0;
    for size in SIZES {
        if size > 0 {
            seed(&binary, &data, there..size)?;
        }
        there = size;
        lines.push(Line {
            worlds: size,
            both: starts(|| start::measure(&binary, &data))?,
            alone: half(&binary, &data)?,
        });
    }
    fs::remove_dir_all(&data)?;
    print!("{}", table(&lines));
    Ok(true)
}

/// One line of the table.
struct Line {
    worlds: usize,
    /// `modelservice dev`: games API and model service in one process.
    both: Vec<Start>,
    /// `modelservice run`.
    alone: Vec<Start>,
}

/// Starts of the model service, with a games API beside it.
fn half(binary: &Path, data: &Path) -> Result<Vec<Start>> {
    let api = Served::start(server::games_api_on_sqlite(binary, data))?;
    let measured = starts(|| {
        let mut command = server::beside(&api, binary, data);
        command.args(["run", "--listen", "127.0.0.1:0"]);
        start::measured(command)
    })?;
    api.stop()?;
    Ok(measured)
}

fn starts(measure: impl Fn() -> Result<Start>) -> Result<Vec<Start>> {
    measure()?;
    (0..STARTS).map(|_| measure()).collect()
}

/// What was measured with each number of worlds more, the first being none.
fn table(lines: &[Line]) -> String {
    let mut table = "| worlds | `dev`: start to `ready`, each time | resident then | `run`: start to `ready`, each time | resident then | of it for a world |\n| --- | --- | --- | --- | --- | --- |\n".to_owned();
    let memory = |starts: &[Start]| starts.iter().map(|start| start.rss).max().unwrap_or(0);
    let told = |starts: &[Start]| {
        let times = starts.iter().map(|start| start.took.as_millis());
        let times: Vec<String> = times.map(|time| time.to_string()).collect();
        let all = start::mega(1024 * memory(starts));
        format!("{} ms | {all:.1} MB", times.join(" / "))
    };
    let none = lines.first().map_or(0, |line| memory(&line.alone));
    for line in lines {
        let more = memory(&line.alone).saturating_sub(none) as f64;
        let each = match line.worlds {
            0 => String::new(),
            worlds => format!("{:.1} kB", more * 1.024 / worlds as f64),
        };
        let (both, alone) = (told(&line.both), told(&line.alone));
        let _ = writeln!(table, "| {} | {both} | {alone} | {each} |", line.worlds);
    }
    table
}

/// Makes worlds with two players each, a scenario and its first period, in a run of the default environment's game.
fn seed(binary: &Path, data: &Path, numbers: Range<usize>) -> Result<()> {
    let served = Served::start(server::games_api_on_sqlite(binary, data))?;
    let token = class::log_in(served.addr, class::STAFF, class::PASSWORD)?;
    let mut api = Connection::open(served.addr, Some(&token))?;
    let roles = pks(&mut api, "/apis/roles/?game_slug=div")?;
    let game = pks(&mut api, "/apis/games/?slug=div")?[0];
    let phase = pks(&mut api, "/apis/phases/?game_slug=div")?[0];
    // One run for each size: nobody teaches all of a school in one.
    let name = format!("school from {}", numbers.start);
    let run = json!({"game": game, "name": name, "phase": phase}).to_string();
    let run = api.json("POST", "/apis/runs/", &run)?;
    let run = run["id"].as_u64().context("expected a run")?;
    let numbers: Vec<usize> = numbers.collect();
    for some in numbers.chunks(TOGETHER) {
        let mut groups = Vec::with_capacity(TOGETHER);
        for number in some {
            let players = [player(&mut api, *number, 0)?, player(&mut api, *number, 1)?];
            groups.push(world(run, &roles, players, *number));
        }
        store(&mut api, &groups)?;
    }
    served.stop()
}

/// Somebody who plays in a world. They do not sign in here, so they need no password.
fn player(api: &mut Connection, world: usize, seat: usize) -> Result<u64> {
    let email = format!("player{world}.{seat}@school.edu");
    let player = json!({"email": email, "first_name": "Kim", "last_name": "Player"});
    let player = api.json("POST", "/apis/users/", &player.to_string())?;
    player["id"].as_u64().context("expected a user")
}

/// One world's rows, as a group of the batch.
fn world(run: u64, roles: &[u64], players: [u64; 2], number: usize) -> Value {
    let create =
        |resource: &str, row: Value| json!({"op": "create", "resource": resource, "row": row});
    let seat = |seat: usize| {
        let row =
            json!({"user": players[seat], "run": run, "world": {"ref": 0}, "role": roles[seat]});
        create("runuser", row)
    };
    json!({"key": format!("world {number}"), "operations": [
        create("world", json!({"run": run, "name": format!("World {number}")})),
        seat(0),
        seat(1),
        create("scenario", json!({"world": {"ref": 0}, "name": "World Scenario 1"})),
        create("period", json!({"scenario": {"ref": 3}, "order": 1})),
    ]})
}

fn store(api: &mut Connection, groups: &[Value]) -> Result<()> {
    let body = json!({ "groups": groups }).to_string();
    let answer = api.json("POST", "/apis/batch/", &body)?;
    let outcomes = answer["groups"]
        .as_array()
        .context("expected an outcome for each group")?;
    for outcome in outcomes {
        let status = outcome["status"].as_u64().unwrap_or_default();
        ensure!(status == 200, "expected a stored group, got {outcome}");
    }
    Ok(())
}

fn pks(api: &mut Connection, path: &str) -> Result<Vec<u64>> {
    let rows = api.json("GET", path, "")?;
    let rows = rows.as_array().context("expected a list of rows")?;
    Ok(rows.iter().filter_map(|row| row["id"].as_u64()).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_world_takes_what_the_model_service_has_more_than_without_worlds() {
        let starts = |rss| vec![Start::of(Duration::from_millis(40), rss)];
        let lines = [(0, 10_000), (500, 20_000)].map(|(worlds, rss)| Line {
            worlds,
            both: starts(2 * rss),
            alone: starts(rss),
        });
        let table = table(&lines);
        let row = "| 500 | 40 ms | 41.0 MB | 40 ms | 20.5 MB | 20.5 kB |\n";
        assert!(table.ends_with(row), "{table}");
    }
}
