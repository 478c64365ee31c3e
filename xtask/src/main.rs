//! The project's own tooling, in plain Rust so that it needs nothing installed: `cargo xtask <task>`.
//!
//! * `test`: every check and every test there is, ending with a list of what ran ([`test`]);
//! * `tidy`: what must never be in the tree ([`tidy`]);
//! * `web`: builds the pages into `web/dist`, which is committed ([`web`]);
//! * `soak`: kills and random requests for longer than a test run can wait ([`soak`]);
//! * `compat`: the original's own model service, on an old Python ([`compat`]);
//! * `bench`: start time and memory of the release binary, what its games API does in a second, a whole class that signs in ([`bench`]).
//!
//! Nothing of the product depends on it, and it depends on nothing of the product.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line tool: it prints, looks at the environment and measures real time"
)]

mod bench;
mod command;
mod compat;
mod machine;
mod npm;
mod python;
mod soak;
mod test;
mod tidy;
mod web;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "cargo xtask <task>

  test    format, lints, Rust tests, black-box tests with Node, Chromium, Python and schemathesis, tidy
  tidy    what must never be in the tree
  web     builds the pages from web/src into web/dist; needs Node.js
  soak    kills the release build of the games API under load, 50 times on each database (--kills N), kills everything as often while
          50 worlds play (--worlds N), and tries 500 random scripts of requests on each database (--cases N)
  soak router
          50,000 sessions that vanish from the router without goodbye
  soak websocket
          Autobahn|Testsuite against our WebSocket; needs Python 2.7
  compat  the original's model service and clients against the games API; needs Python 3.6
  bench   start time and memory of the release binary, as a table for docs/benchmarks.md
  bench export
          a run of 100,000 decisions as CSV, JSON and XLSX, while others play
  bench games-api
          durable writes, reads and logins in a second, on SQLite and PostgreSQL
  bench logins
          400 people who sign in at once, over HTTP and over WebSocket
  bench pages
          first load and first use of a student's page, and a leader's over 200 worlds; needs Node.js and Chromium
  bench play
          rounds in a second that one core plays without a server
  bench rounds
          rounds in a second of a class that plays without a pause, and what they cost
  bench worlds
          start and memory with 500 and 5,000 worlds";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = arguments.split_first();
    let done = match task.map(|(task, more)| (task.as_str(), more)) {
        Some(("test", [])) => test::run(&repository()),
        Some(("tidy", [])) => tidy::run(&repository()),
        Some(("web", [])) => web::build(&repository()),
        Some(("soak", more)) => soak::run(&repository(), more),
        Some(("compat", [])) => compat::run(&repository()),
        Some(("bench", [])) => bench::start(&repository()),
        Some(("bench", [what])) if what == "export" => bench::export(&repository()),
        Some(("bench", [what])) if what == "games-api" => bench::games_api(&repository()),
        Some(("bench", [what])) if what == "logins" => bench::logins(&repository()),
        Some(("bench", [what])) if what == "pages" => bench::pages(&repository()),
        Some(("bench", [what])) if what == "play" => bench::play(&repository()),
        Some(("bench", [what])) if what == "rounds" => bench::rounds(&repository()),
        Some(("bench", [what])) if what == "worlds" => bench::worlds(&repository()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace: the parent of this package's.
fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}
