//! The project's own tooling, in plain Rust so that it needs nothing installed: `cargo xtask <task>`.
//!
//! * `test`: every check and every test there is, ending with a list of what ran ([`test`]);
//! * `tidy`: what must never be in the tree ([`tidy`]);
//! * `bench`: start time and memory of the release binary ([`bench`]).
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
mod machine;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "cargo xtask <task>

  test    format, lints, Rust tests, black-box tests with Node, Chromium and Python, tidy
  tidy    what must never be in the tree
  bench   start time and memory of the release binary, as a table for docs/benchmarks.md";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next();
    let done = match (task.as_deref(), arguments.next()) {
        (Some("test"), None) => test::run(&repository()),
        (Some("tidy"), None) => tidy::run(&repository()),
        (Some("bench"), None) => bench::run(&repository()),
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
