//! `cargo xtask bench games-api`: what the games API of the release binary does in a second over HTTP, everything that it acknowledges on
//! disk, and the CPU time that its process uses for it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::class::{self, Class};
use super::load::{Figure, for_a_while, once_each};
use super::{build, disk, empty_folder, http::Connection, machine, postgres::Cluster, server};

/// How long each thing is done.
const TIME: Duration = Duration::from_secs(3);
/// People who log in at the same moment.
const PEOPLE: usize = 400;

/// One line of a table.
struct Line {
    what: String,
    figure: Figure,
    /// What the original needs, where it was measured.
    original: &'static str,
}

/// Measures on SQLite, and on PostgreSQL where its programs are.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let binary = build(repository)?;
    let data = empty_folder(repository)?;
    println!("{}\n", machine());
    let sqlite = server::games_api_on_sqlite(&binary, &data);
    report("SQLite", &data, sqlite)?;
    match Cluster::start()? {
        Some(cluster) => {
            let mut postgres = server::games_api(&binary, &data);
            postgres.args(["--database", &cluster.url()]);
            report(&cluster.version(), Path::new("/tmp"), postgres)?;
        }
        None => println!("No PostgreSQL on this machine: not measured."),
    }
    fs::remove_dir_all(&data)?;
    Ok(true)
}

fn report(database: &str, disk: &Path, command: Command) -> Result<()> {
    let sync = disk::sync_time(disk)?;
    let lines = measure(command)?;
    println!(
        "{database}; a write and its fdatasync alone: {:.2} ms\n\n{}",
        sync.as_secs_f64() * 1e3,
        table(&lines)
    );
    Ok(())
}

fn table(lines: &[Line]) -> String {
    let mut table = "| what | in a second | CPU of the games API, each | the original |\n| --- | --- | --- | --- |\n".to_owned();
    for line in lines {
        let each = line.figure.cpu_each();
        let each = if each < 1_000.0 {
            format!("{each:.0} µs")
        } else {
            format!("{:.1} ms", each / 1e3)
        };
        let _ = writeln!(
            table,
            "| {} | {:.0} | {each} | {} |",
            line.what,
            line.figure.per_second(),
            line.original
        );
    }
    table
}

fn measure(command: Command) -> Result<Vec<Line>> {
    let served = server::Served::start(command)?;
    let class = Class::seed(served.addr)?;
    let token = class.token.as_str();
    let mut lines = Vec::new();
    let mut note = |what: &str, figure, original| {
        lines.push(Line {
            what: what.to_owned(),
            figure,
            original,
        });
    };
    for clients in [1, 8, 32] {
        let figure = for_a_while(&served, token, clients, TIME, |api, turn| {
            let row = decision(&class, turn, &format!("decision.{clients}.{turn}"));
            api.ask("POST", "/apis/decisions/", &row.to_string())?;
            Ok(1)
        })?;
        let what = format!("decisions written one by one, {}", connections(clients));
        let original = if clients == 1 {
            "63 ms a submission"
        } else {
            ""
        };
        note(&what, figure, original);
    }
    for (clients, groups) in [(1, 100), (1, 500), (4, 500)] {
        let figure = for_a_while(&served, token, clients, TIME, |api, turn| {
            let body = batch(&class, clients * groups, turn, groups);
            let answer = api.ask("POST", "/apis/batch/", &body)?;
            ensure!(
                count(answer, br#""status":200"#) == groups,
                "a group was refused: {}",
                String::from_utf8_lossy(answer)
            );
            Ok(rows_of(groups))
        })?;
        let connections = connections(clients);
        let what = format!("rows in batches of {groups} groups of 1 to 3 writes, {connections}");
        note(&what, figure, "");
    }
    let figure = for_a_while(&served, token, 1, TIME, |api, turn| {
        let rows = (0..500).map(|n| decision(&class, n, &format!("bulk.{turn}.{n}")));
        let body = Value::Array(rows.collect()).to_string();
        api.ask("POST", "/apis/bulk/decisions/", &body)?;
        Ok(500)
    })?;
    note("rows in bulk, 500 at once, 1 connection", figure, "");
    for clients in [1, 8] {
        let figure = for_a_while(&served, token, clients, TIME, |api, turn| {
            let path = format!("/apis/decisions/{}/", 1 + turn % 500);
            api.ask("GET", &path, "")?;
            Ok(1)
        })?;
        let what = format!("reads by id, {}", connections(clients));
        let original = if clients == 1 {
            "245 in a second, 3.9 ms"
        } else {
            ""
        };
        note(&what, figure, original);
    }
    let figure = for_a_while(&served, token, 1, TIME, |api, _| {
        api.ask("GET", "/apis/decisions/", "")?;
        Ok(1)
    })?;
    note("lists of 500 decisions, 1 connection", figure, "");
    logins(&served, token, &mut note)?;
    served.stop()?;
    Ok(lines)
}

/// Everybody logs in with a password, and then everybody shows what they got for it.
fn logins(
    served: &server::Served,
    token: &str,
    note: &mut impl FnMut(&str, Figure, &'static str),
) -> Result<()> {
    let emails = class::people(served, token, PEOPLE)?;
    let figure = once_each(served, PEOPLE, |person| {
        class::log_in(served.addr, &emails[person], class::PASSWORD).map(drop)
    })?;
    let what = |how: &str| format!("{PEOPLE} people log in with {how} at once");
    note(&what("a password"), figure, "");
    let log_in = |email| class::log_in(served.addr, email, class::PASSWORD);
    let tokens = emails.iter().map(|email| log_in(email));
    let tokens = tokens.collect::<Result<Vec<_>>>()?;
    let tickets = tokens.iter().map(|who| class::ticket(served.addr, who));
    let tickets = tickets.collect::<Result<Vec<_>>>()?;
    for (how, shown) in [("a token", tokens), ("a ticket", tickets)] {
        let figure = once_each(served, PEOPLE, |person| {
            let mut api = Connection::open(served.addr, Some(&shown[person]))?;
            api.ask("GET", "/rest-auth/user/", "").map(drop)
        })?;
        note(&what(how), figure, "");
    }
    Ok(())
}

fn connections(clients: usize) -> String {
    let several = if clients > 1 { "s" } else { "" };
    format!("{clients} connection{several}")
}

fn decision(class: &Class, turn: usize, name: &str) -> Value {
    json!({"period": class.table(turn).period, "role": class.role, "name": name, "data": {"operand": 12.5}})
}

/// Groups as the model service writes them: a decision; a result and the next period; these two and the scenario.
fn batch(class: &Class, series: usize, turn: usize, groups: usize) -> String {
    let groups = (0..groups).map(|n| {
        let name = format!("{series}.{turn}.{n}");
        let table = class.table(turn + n);
        let upsert = |resource: &str, row| json!({"op": "upsert", "resource": resource, "row": row});
        let result = json!({"period": table.period, "role": null, "name": name, "data": {"quotient": 6.25}});
        let order = (series * 1_000 + turn) * 1_000 + n;
        let period = json!({"scenario": table.scenario, "order": order});
        let scenario = json!({"data": {"turn": turn}});
        let mut operations = match n % 3 {
            0 => vec![upsert("decision", decision(class, turn + n, &name))],
            _ => vec![upsert("result", result), upsert("period", period)],
        };
        if n % 3 == 2 {
            operations.push(json!({"op": "update", "resource": "scenario", "pk": table.scenario, "row": scenario}));
        }
        json!({"key": name, "operations": operations})
    });
    json!({"groups": groups.collect::<Vec<_>>()}).to_string()
}

/// The rows that the groups of [`batch`] write.
fn rows_of(groups: usize) -> usize {
    (0..groups).map(|n| n % 3 + 1).sum()
}

fn count(text: &[u8], what: &[u8]) -> usize {
    text.windows(what.len())
        .filter(|found| *found == what)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::class::Table;

    #[test]
    fn a_batch_writes_the_rows_that_are_counted_each_under_its_own_name() {
        let class = Class {
            token: String::new(),
            role: 1,
            tables: vec![Table {
                scenario: 2,
                period: 3,
            }],
        };
        let batch = batch(&class, 4, 5, 7);
        assert_eq!(count(batch.as_bytes(), br#""op":"#), rows_of(7));
        assert_eq!(rows_of(7), 13);
        assert_eq!(count(batch.as_bytes(), br#""key":"4.5."#), 7);
    }

    #[test]
    fn the_table_tells_each_figure_in_a_unit_that_fits_it() {
        let line = |cpu, original| Line {
            what: "a".to_owned(),
            figure: Figure {
                done: 10,
                took: Duration::from_secs(2),
                cpu: Duration::from_micros(cpu),
            },
            original,
        };
        let table = table(&[line(200, ""), line(25_000, "3.9 ms")]);
        assert!(table.contains("| a | 5 | 20 µs |  |\n"), "{table}");
        assert!(table.contains("| a | 5 | 2.5 ms | 3.9 ms |\n"), "{table}");
    }
}
