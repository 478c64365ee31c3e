//! The real binary as operators run it, to be killed.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};

/// How long something that has to happen may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// The service account.
pub(crate) const STAFF: (&str, &str) = ("simpl@simpl.world", "simpl");

/// A `modelservice` that has said that it is ready.
#[derive(Debug)]
pub(crate) struct Program {
    /// Where it answers: host and port.
    pub(crate) address: String,
    process: Child,
    /// Kept, so that what it prints has somewhere to go.
    _output: BufReader<ChildStdout>,
}

/// `modelservice` with these arguments: the one that the test was built with, or that of `MODELSERVICE_BIN`.
pub(crate) fn modelservice(arguments: &[&str]) -> Command {
    let binary = std::env::var_os("MODELSERVICE_BIN");
    let mut command =
        Command::new(binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_modelservice").into()));
    command
        .args(arguments)
        .env("SIMPL_API_PASSWORD", STAFF.1)
        // That something it needs is away is said as often as somebody asks.
        .env("SIMPL_LOG_LEVEL", "off")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let seeds = ["dev", "serve", "create-default-env"];
    if arguments.first().is_some_and(|task| seeds.contains(task)) {
        // Other games have tests of their own.
        command.env("SIMPL_SERVICE_GAMES", "div");
    }
    command
}

impl Program {
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let ready = tokio::time::timeout(PATIENCE, output.read_line(&mut line));
        ready.await.expect("a line within the time").unwrap();
        let url = line.strip_prefix("ready http://");
        let url = url.unwrap_or_else(|| panic!("expected `ready http://…`, got {line:?}"));
        Self {
            address: url.split('/').next().unwrap().trim_end().to_owned(),
            process,
            _output: output,
        }
    }

    /// As `kill -9`; one that is dead already stays so.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }
}
