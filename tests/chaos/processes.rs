//! The real binary, as operators run its halves.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};

use crate::PATIENCE;

/// The service account.
pub(crate) const STAFF: (&str, &str) = ("simpl@simpl.world", "simpl");

/// A child that has said that it is ready.
#[derive(Debug)]
struct Ready {
    address: String,
    process: Child,
    /// Kept, so that what it prints has somewhere to go.
    _output: BufReader<ChildStdout>,
}

/// `modelservice` with these arguments.
fn modelservice(arguments: &[&str]) -> Command {
    let binary = std::env::var_os("MODELSERVICE_BIN");
    let mut command =
        Command::new(binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_modelservice").into()));
    command
        .args(arguments)
        .env("SIMPL_API_PASSWORD", STAFF.1)
        // That the other half is away is said as often as somebody asks.
        .env("SIMPL_LOG_LEVEL", "off")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn start(mut command: Command) -> Ready {
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    let mut line = String::new();
    let ready = tokio::time::timeout(PATIENCE, output.read_line(&mut line));
    ready.await.expect("a line within the time").unwrap();
    let url = line.strip_prefix("ready http://");
    let url = url.unwrap_or_else(|| panic!("expected `ready http://…`, got {line:?}"));
    Ready {
        address: url.split('/').next().unwrap().trim_end().to_owned(),
        process,
        _output: output,
    }
}

/// A running `modelservice games-api`.
#[derive(Debug)]
pub(crate) struct GamesApi {
    /// Where it answers, over all restarts.
    pub(crate) url: String,
    folder: PathBuf,
    ready: Ready,
}

impl GamesApi {
    pub(crate) async fn start(folder: &Path, listen: &str) -> Self {
        let ready = Self::ready(folder, listen).await;
        Self {
            url: format!("http://{}/apis/", ready.address),
            folder: folder.to_owned(),
            ready,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.ready.address.parse().unwrap()
    }

    async fn ready(folder: &Path, listen: &str) -> Ready {
        let mut command = modelservice(&["games-api", "--listen", listen, "--data"]);
        command.arg(folder).current_dir(folder);
        start(command).await
    }

    /// As `kill -9`.
    pub(crate) async fn kill(&mut self) {
        self.ready.process.kill().await.unwrap();
    }

    /// Killed, and there again at the same address.
    pub(crate) async fn restart(&mut self) {
        self.kill().await;
        self.ready = Self::ready(&self.folder, &self.ready.address).await;
    }
}

/// A running `modelservice run`.
#[derive(Debug)]
pub(crate) struct ModelService {
    /// Where players connect, over all restarts.
    pub(crate) url: String,
    api: String,
    folder: PathBuf,
    ready: Ready,
}

impl ModelService {
    /// Seeds the default environment, and starts on it.
    pub(crate) async fn start(api: &str, listen: &str, folder: &Path) -> Self {
        let seed = ["create-default-env", "--game", "div", "--api-url", api];
        let mut seed = modelservice(&seed);
        seed.current_dir(folder).stdout(Stdio::null());
        let seeded = tokio::time::timeout(PATIENCE, seed.stderr(Stdio::null()).status());
        assert!(
            seeded
                .await
                .expect("seeded within the time")
                .unwrap()
                .success()
        );
        let ready = Self::ready(api, listen, folder).await;
        Self {
            url: format!("ws://{}/ws", ready.address),
            api: api.to_owned(),
            folder: folder.to_owned(),
            ready,
        }
    }

    async fn ready(api: &str, listen: &str, folder: &Path) -> Ready {
        let mut command = modelservice(&["run", "--listen", listen, "--api-url", api]);
        command.current_dir(folder).stderr(Stdio::null());
        start(command).await
    }

    /// As `kill -9`; one that is dead already stays so.
    pub(crate) async fn kill(&mut self) {
        self.ready.process.kill().await.unwrap();
    }

    /// Killed, and there again at the same address.
    pub(crate) async fn restart(&mut self) {
        self.kill().await;
        self.ready = Self::ready(&self.api, &self.ready.address, &self.folder).await;
    }
}
