//! `cargo xtask bench export`: a run of 100,000 decisions as tables, in each format: how long it takes, what it costs, the memory that it
//! takes meanwhile, and what those who play notice of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};

use super::class;
use super::http::Connection;
use super::postgres::Cluster;
use super::server::{Served, games_api, games_api_on_sqlite};
use super::start::{kilobytes, mega};
use super::{build, empty_folder, machine};

/// Two play in each.
const WORLDS: usize = 200;
const PERIODS: usize = 250;
/// Groups of a batch, each with what one period of one world has.
const TOGETHER: usize = 500;
/// What is asked for, and what it is called in the table.
const EXPORTS: [(&str, &str); 4] = [
    ("table=decisions&format=csv", "decisions as CSV"),
    ("table=decisions&format=json", "decisions as JSON"),
    ("table=decisions&format=xlsx", "decisions as XLSX"),
    ("", "everything as XLSX, a sheet for each table"),
];
/// Those who play meanwhile, and the pause of each between two decisions: a class that thinks before it types.
const PLAYERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(20);
/// How long play is watched at a time, and how many times without exports and with them in turn: what else the machine does falls on both.
const TIME: Duration = Duration::from_secs(2);
const TURNS: usize = 6;

/// One line of the first table.
struct Line {
    what: &'static str,
    took: Duration,
    cpu: Duration,
    bytes: usize,
    /// How much more memory the process held at the most than before, in bytes.
    more: u64,
}

/// What a player waited for the answer to a decision.
struct Waits {
    half: Duration,
    /// 99 of 100 waited less.
    most: Duration,
}

/// The run that is exported.
struct Run {
    token: String,
    run: u64,
    /// Its last periods, in which is played on.
    periods: Vec<u64>,
    role: u64,
}

/// Measures on SQLite, and on PostgreSQL where its programs are.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let binary = build(repository)?;
    let data = empty_folder(repository)?;
    println!("{}\n", machine());
    report("SQLite", games_api_on_sqlite(&binary, &data))?;
    match Cluster::start()? {
        Some(cluster) => {
            let mut postgres = games_api(&binary, &data);
            postgres.args(["--database", &cluster.url()]);
            report(&cluster.version(), postgres)?;
        }
        None => println!("No PostgreSQL on this machine: not measured."),
    }
    fs::remove_dir_all(&data)?;
    Ok(true)
}

fn report(database: &str, command: Command) -> Result<()> {
    let api = Served::start(command)?;
    let run = seed(&api)?;
    let lines: Result<Vec<Line>> = EXPORTS
        .into_iter()
        .map(|(query, what)| measure(&api, &run, query, what))
        .collect();
    let exports = AtomicUsize::new(0);
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        alone.extend(play(&api, &run, 2 * turn, |_| Ok(()))?);
        beside.extend(play(&api, &run, 2 * turn + 1, |over| {
            let mut leader = Connection::open(api.addr, Some(&run.token))?;
            for (query, _) in EXPORTS.iter().cycle() {
                if over.load(Relaxed) {
                    return Ok(());
                }
                leader.ask("GET", &path(&run, query), "")?;
                exports.fetch_add(1, Relaxed);
            }
            Ok(())
        })?);
    }
    let (alone, beside) = (Waits::of(alone)?, Waits::of(beside)?);
    println!("{database}\n\n{}", table(&lines?));
    println!("{}", waits(&alone, &beside, exports.load(Relaxed)));
    api.stop()
}

fn path(run: &Run, query: &str) -> String {
    format!("/apis/runs/{}/export/?{query}", run.run)
}

fn measure(api: &Served, run: &Run, query: &str, what: &'static str) -> Result<Line> {
    let mut leader = Connection::open(api.addr, Some(&run.token))?;
    let process = Path::new("/proc").join(api.id().to_string());
    // Forgets the most that was ever held.
    fs::write(process.join("clear_refs"), "5").context("forgetting the peak of memory")?;
    let held = kilobytes(&process.join("status"), "VmRSS:")?;
    let (cpu, began) = (api.cpu()?, Instant::now());
    let bytes = leader.ask("GET", &path(run, query), "")?.len();
    let (took, cpu) = (began.elapsed(), api.cpu()?.saturating_sub(cpu));
    let most = kilobytes(&process.join("status"), "VmHWM:")?;
    Ok(Line {
        what,
        took,
        cpu,
        bytes,
        more: 1024 * most.saturating_sub(held),
    })
}

fn table(lines: &[Line]) -> String {
    let mut table = format!(
        "| {} decisions, {} results | took | CPU of the games API | size | memory on top |\n| --- | --- | --- | --- | --- |\n",
        2 * WORLDS * PERIODS,
        WORLDS * PERIODS
    );
    for line in lines {
        let _ = writeln!(
            table,
            "| {} | {:.2} s | {:.2} s | {:.1} MB | {:.1} MB |",
            line.what,
            line.took.as_secs_f64(),
            line.cpu.as_secs_f64(),
            mega(line.bytes as u64),
            mega(line.more)
        );
    }
    table
}

fn waits(alone: &Waits, beside: &Waits, exports: usize) -> String {
    let mut table = format!(
        "| {:.0} decisions a second, each on disk | half wait less than | 99 of 100 wait less than |\n| --- | --- | --- |\n",
        PLAYERS as f64 / PAUSE.as_secs_f64()
    );
    let exported = format!("{exports} exports one after another meanwhile");
    for (what, waits) in [("no export meanwhile", alone), (&exported, beside)] {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let _ = writeln!(
            table,
            "| {what} | {:.1} ms | {:.1} ms |",
            ms(waits.half),
            ms(waits.most)
        );
    }
    table
}

impl Waits {
    fn of(mut all: Vec<Duration>) -> Result<Self> {
        all.sort_unstable();
        let at = |hundredth: usize| all.get(all.len() * hundredth / 100).copied();
        Ok(Self {
            half: at(50).context("nobody decided")?,
            most: at(99).context("nobody decided")?,
        })
    }
}

/// Lets players decide at their pace for a while, `beside` going on until that is over; gives what each decision took.
fn play(
    api: &Served,
    run: &Run,
    series: usize,
    beside: impl FnOnce(&AtomicBool) -> Result<()> + Send,
) -> Result<Vec<Duration>> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let other = scope.spawn(|| beside(&over));
        let players: Vec<_> = (0..PLAYERS)
            .map(|player| scope.spawn(move || decide(api, run, &format!("{series}.{player}"))))
            .collect();
        let mut all = Vec::new();
        for player in players {
            all.extend(player.join().map_err(|_| anyhow!("a player panicked"))??);
        }
        over.store(true, Relaxed);
        other
            .join()
            .map_err(|_| anyhow!("the other one panicked"))??;
        Ok(all)
    })
}

/// What each decision of one player took.
fn decide(api: &Served, run: &Run, player: &str) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(api.addr, Some(&run.token))?;
    let (began, mut waits) = (Instant::now(), Vec::new());
    while began.elapsed() < TIME {
        let period = run.periods[waits.len() % run.periods.len()];
        let name = format!("{player}.{}", waits.len());
        let row =
            json!({"period": period, "role": run.role, "name": name, "data": {"operand": 12.5}});
        let asked = Instant::now();
        connection.ask("POST", "/apis/decisions/", &row.to_string())?;
        waits.push(asked.elapsed());
        thread::sleep(PAUSE);
    }
    Ok(waits)
}

/// Makes a run whose worlds have played their periods.
fn seed(api: &Served) -> Result<Run> {
    let token = class::log_in(api.addr, class::STAFF, class::PASSWORD)?;
    let mut staff = Connection::open(api.addr, Some(&token))?;
    let mut make = |collection: &str, row: Value| {
        let made = staff.json("POST", &format!("/apis/{collection}/"), &row.to_string())?;
        made["id"].as_u64().context("expected a row with an id")
    };
    let game = make("games", json!({"name": "Bench", "slug": "bench"}))?;
    let dividend = make("roles", json!({"game": game, "name": "Dividend"}))?;
    let divisor = make("roles", json!({"game": game, "name": "Divisor"}))?;
    let run = make("runs", json!({"game": game, "name": "Monday"}))?;
    let mut scenarios = Vec::with_capacity(WORLDS);
    for n in 1..=WORLDS {
        let name = format!("World {n}");
        let world = make("worlds", json!({"run": run, "name": name}))?;
        for (seat, role) in [dividend, divisor].into_iter().enumerate() {
            let user = json!({"email": format!("s{n}.{seat}@bench.edu"), "first_name": "Kim"});
            let user = make("users", user)?;
            make(
                "runusers",
                json!({"user": user, "run": run, "world": world, "role": role}),
            )?;
        }
        scenarios.push(make("scenarios", json!({"world": world, "name": name}))?);
    }
    let played: Vec<(u64, usize)> = (1..=PERIODS)
        .flat_map(|order| scenarios.iter().map(move |scenario| (*scenario, order)))
        .collect();
    for some in played.chunks(TOGETHER) {
        let groups = some.iter().map(|(scenario, order)| {
            let create = |resource: &str, row: Value| json!({"op": "create", "resource": resource, "row": row});
            let decision = |role: u64, operand: f64| create("decision", json!({"period": {"ref": 0}, "role": role, "name": "decision", "data": {"operand": operand, "comment": "as agreed"}}));
            let number = (*order * 7) as f64 / 4.0;
            json!({"key": format!("{scenario}.{order}"), "operations": [
                create("period", json!({"scenario": scenario, "order": order})),
                decision(dividend, number),
                decision(divisor, 2.5),
                create("result", json!({"period": {"ref": 0}, "role": null, "name": "result", "data": {"quotient": number / 2.5}})),
            ]})
        });
        let body = json!({"groups": groups.collect::<Vec<_>>()}).to_string();
        let answer = staff.json("POST", "/apis/batch/", &body)?;
        let done = answer["groups"]
            .as_array()
            .is_some_and(|groups| groups.iter().all(|group| group["status"] == 200));
        ensure!(done, "a group was refused: {answer}");
    }
    let last = format!("/apis/periods/?order={PERIODS}&page_size={WORLDS}");
    let last = staff.json("GET", &last, "")?;
    let last = last.as_array().context("expected a list of periods")?;
    Ok(Run {
        token,
        run,
        periods: last.iter().filter_map(|row| row["id"].as_u64()).collect(),
        role: dividend,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_tell_time_size_and_what_players_wait() {
        let line = Line {
            what: "decisions as CSV",
            took: Duration::from_millis(812),
            cpu: Duration::from_millis(790),
            bytes: 12_340_000,
            more: 1_500_000,
        };
        let table = table(&[line]);
        assert!(
            table.starts_with("| 100000 decisions, 50000 results |"),
            "{table}"
        );
        assert!(
            table.contains("| decisions as CSV | 0.81 s | 0.79 s | 12.3 MB | 1.5 MB |\n"),
            "{table}"
        );
        let of = |half, most| Waits {
            half: Duration::from_micros(half),
            most: Duration::from_micros(most),
        };
        let table = waits(&of(600, 1_200), &of(700, 2_000), 9);
        assert!(table.starts_with("| 200 decisions a second"), "{table}");
        assert!(
            table.contains("| 9 exports one after another meanwhile | 0.7 ms | 2.0 ms |\n"),
            "{table}"
        );
    }
}
