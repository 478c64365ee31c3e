//! The real binary, as operators run its halves.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::program::{PATIENCE, Program, modelservice};

/// A running `modelservice games-api`.
#[derive(Debug)]
pub(crate) struct GamesApi {
    /// Where it answers, over all restarts.
    pub(crate) url: String,
    folder: PathBuf,
    program: Program,
}

impl GamesApi {
    pub(crate) async fn start(folder: &Path, listen: &str) -> Self {
        let program = Self::program(folder, listen).await;
        Self {
            url: format!("http://{}/apis/", program.address),
            folder: folder.to_owned(),
            program,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.program.address.parse().unwrap()
    }

    async fn program(folder: &Path, listen: &str) -> Program {
        let mut command = modelservice(&["games-api", "--listen", listen, "--data"]);
        command.arg(folder).current_dir(folder);
        Program::start(command).await
    }

    /// As `kill -9`.
    pub(crate) async fn kill(&mut self) {
        self.program.kill().await;
    }

    /// Killed, and there again at the same address.
    pub(crate) async fn restart(&mut self) {
        self.kill().await;
        self.program = Self::program(&self.folder, &self.program.address).await;
    }
}

/// A running `modelservice run`.
#[derive(Debug)]
pub(crate) struct ModelService {
    /// Where players connect, over all restarts.
    pub(crate) url: String,
    api: String,
    folder: PathBuf,
    program: Program,
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
        let program = Self::program(api, listen, folder).await;
        Self {
            url: format!("ws://{}/ws", program.address),
            api: api.to_owned(),
            folder: folder.to_owned(),
            program,
        }
    }

    async fn program(api: &str, listen: &str, folder: &Path) -> Program {
        let mut command = modelservice(&["run", "--listen", listen, "--api-url", api]);
        command.current_dir(folder).stderr(Stdio::null());
        Program::start(command).await
    }

    /// As `kill -9`; one that is dead already stays so.
    pub(crate) async fn kill(&mut self) {
        self.program.kill().await;
    }

    /// Killed, and there again at the same address.
    pub(crate) async fn restart(&mut self) {
        self.kill().await;
        self.program = Self::program(&self.api, &self.program.address, &self.folder).await;
    }
}
