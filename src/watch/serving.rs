//! The program that serves while its sources change.

use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::{BuildState, WatchError};

/// How long a program may take until it is ready.
const READY: Duration = Duration::from_secs(60);
/// How long it may take to stop, before it is killed: nothing that was acknowledged is lost by that.
const STOP: Duration = Duration::from_secs(10);
/// How long it may take to take a line.
const HEARD: Duration = Duration::from_secs(1);

/// A program that is ready. It stops when its standard input ends, so that it never outlives who started it.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    tell: ChildStdin,
    /// What it says on standard output, so that it has somewhere to go.
    _said: BufReader<ChildStdout>,
    address: String,
}

impl Serving {
    /// Starts a program with these arguments, and returns when it has said that it is ready.
    ///
    /// # Errors
    /// It cannot be run, ends, or takes too long.
    pub async fn start(program: &Path, arguments: &[OsString]) -> Result<Self, WatchError> {
        let cannot = |reason| WatchError::Program {
            program: program.to_owned(),
            reason,
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(cannot)?;
        let (Some(tell), Some(said)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(cannot(std::io::ErrorKind::BrokenPipe.into()));
        };
        let mut said = BufReader::new(said);
        let mut line = String::new();
        match timeout(READY, said.read_line(&mut line)).await {
            Err(_) => return Err(WatchError::NotReady(READY)),
            Ok(Err(reason)) => return Err(cannot(reason)),
            Ok(Ok(0)) => {
                let status = child.wait().await.map_err(cannot)?;
                return Err(WatchError::NotStarted { status });
            }
            Ok(Ok(_)) => {}
        }
        let address = line.trim_start_matches("ready ").trim().to_owned();
        Ok(Self {
            child,
            tell,
            _said: said,
            address,
        })
    }

    /// Where it serves, as it said: `http://127.0.0.1:8080/`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Tells it how the sources stand to it. One that does not listen is left alone.
    pub async fn tell(&mut self, state: &BuildState) {
        let Ok(mut line) = serde_json::to_vec(state) else {
            return;
        };
        line.push(b'\n');
        // Whether it still serves is seen where it is waited for.
        let _ = timeout(HEARD, self.tell.write_all(&line)).await;
    }

    /// Returns when it has ended without being asked to.
    pub async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Has it finish what is under way, say goodbye to the players, and end.
    pub async fn stop(self) {
        let Self {
            mut child, tell, ..
        } = self;
        drop(tell);
        if timeout(STOP, child.wait()).await.is_err() {
            tracing::warn!("the game did not stop within {STOP:?}, and is killed");
            // One that is gone already needs no killing.
            let _ = child.kill().await;
        }
    }
}
