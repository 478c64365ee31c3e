//! `modelservice serve` as an operator runs it: what it says, and the signals that it gets.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::program::{PATIENCE, modelservice};

/// A `modelservice` that has said that it is ready.
pub(crate) struct Process {
    /// `http` or `https`.
    pub(crate) scheme: String,
    /// Host and port.
    pub(crate) address: String,
    child: Child,
    said: watch::Receiver<String>,
    listening: JoinHandle<()>,
}

impl Process {
    /// `modelservice serve` with this data folder and these arguments, on free ports of this machine.
    pub(crate) async fn serve(data: &std::path::Path, arguments: &[&str]) -> Self {
        Self::start(serve(data, arguments)).await
    }

    pub(crate) async fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut complaints = BufReader::new(child.stderr.take().unwrap()).lines();
        let (say, said) = watch::channel(String::new());
        let listening = tokio::spawn(async move {
            while let Some(line) = complaints.next_line().await.unwrap() {
                say.send_modify(|said| said.extend([&line, "\n"]));
            }
        });
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let ready = tokio::time::timeout(PATIENCE, output.read_line(&mut line));
        ready.await.expect("a line within the time").unwrap();
        let url = line.strip_prefix("ready ").unwrap_or_else(|| {
            panic!("expected `ready …`, got {line:?} and {}", *said.borrow());
        });
        let (scheme, rest) = url.split_once("://").unwrap();
        Self {
            scheme: scheme.to_owned(),
            address: rest.split('/').next().unwrap().trim_end().to_owned(),
            child,
            said,
            listening,
        }
    }

    /// The rest of the first line that begins so, once it is there.
    pub(crate) async fn says(&mut self, beginning: &str) -> String {
        let found = |said: &String| {
            let line = said.lines().find_map(|line| line.strip_prefix(beginning));
            line.map(|rest| rest.trim().to_owned())
        };
        let heard = self.said.wait_for(|said| found(said).is_some());
        let heard = tokio::time::timeout(PATIENCE, heard).await;
        let heard = heard.unwrap_or_else(|_| panic!("it never said {beginning:?}"));
        found(&heard.unwrap()).unwrap()
    }

    /// All that it says.
    pub(crate) const fn said(&self) -> &watch::Receiver<String> {
        &self.said
    }

    /// Where the first lecturer sets a password.
    pub(crate) async fn link(&mut self) -> String {
        let said = self.says("first lecturer ").await;
        said.split_whitespace().next().unwrap().to_owned()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Sends a signal, by its name.
    pub(crate) async fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id().unwrap());
        let sent = Command::new("sh").args(["-c", &kill]).status().await;
        assert!(sent.unwrap().success(), "{kill}");
    }

    /// Stops it as an operator does: all that it has said.
    pub(crate) async fn stop(mut self) -> String {
        self.signal("TERM").await;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        assert!(ended.expect("it ends").unwrap().success());
        self.listening.await.unwrap();
        self.said.borrow().clone()
    }
}

/// The command of [`Process::serve`].
pub(crate) fn serve(data: &std::path::Path, arguments: &[&str]) -> Command {
    let data = data.to_str().unwrap();
    let mut command = modelservice(&["serve", "--api-listen", "127.0.0.1:0", "--data", data]);
    if !arguments.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    // Whatever the service needs to sign in to its games API it makes itself.
    command.args(arguments).env_remove("SIMPL_API_PASSWORD");
    command
}

/// What one says that must not start, before it ends with the exit code for that.
pub(crate) async fn refusal(mut command: Command) -> String {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut complaints = child.stderr.take().unwrap();
    let ended = async {
        complaints.read_to_string(&mut said).await.unwrap();
        child.wait().await.unwrap()
    };
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    assert_eq!(ended.expect("it ends").code(), Some(2), "{said}");
    said
}
