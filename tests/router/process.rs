//! The program as an operator runs it: its settings file, what it says, and the signals that it gets.

use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use wamp_transport::{ConnectError, ConnectOptions, Inbox, Session, connect};

/// How long something that has to happen may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A `modelservice router` that has said that it is ready.
pub(crate) struct Router {
    /// Host and port.
    pub(crate) address: String,
    folder: TempDir,
    child: Child,
    said: watch::Receiver<String>,
}

impl Router {
    /// With these settings and arguments, on a free port.
    pub(crate) async fn start(settings: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("settings.toml"), settings).unwrap();
        let mut command = command(&folder, &[&["--listen", "127.0.0.1:0"], arguments].concat());
        let mut child = command.spawn().unwrap();
        let mut complaints = BufReader::new(child.stderr.take().unwrap()).lines();
        let (say, said) = watch::channel(String::new());
        tokio::spawn(async move {
            while let Some(line) = complaints.next_line().await.unwrap() {
                say.send_modify(|said| said.extend([&line, "\n"]));
            }
        });
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let ready = tokio::time::timeout(PATIENCE, output.read_line(&mut line));
        ready.await.expect("a line within the time").unwrap();
        let url = line.strip_prefix("ready http://");
        let url = url.unwrap_or_else(|| panic!("got {line:?} and {}", *said.borrow()));
        Self {
            address: url.trim_end().trim_end_matches('/').to_owned(),
            folder,
            child,
            said,
        }
    }

    pub(crate) async fn join(&self, who: ConnectOptions) -> Result<(Session, Inbox), ConnectError> {
        connect(&format!("ws://{}/ws", self.address), who).await
    }

    /// The answer to a request: its status and body.
    pub(crate) async fn http(&self, head: &str, body: &str) -> (u16, String) {
        let request = format!(
            "{head}\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await;
        read.expect("an answer within the time").unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    /// Waits until it has said something with these words.
    pub(crate) async fn says(&mut self, words: &str) {
        let heard = self.said.wait_for(|said| said.contains(words));
        let heard = tokio::time::timeout(PATIENCE, heard).await;
        assert!(heard.is_ok(), "it never said {words:?}");
    }

    /// Writes other settings and has them read.
    pub(crate) async fn follow(&mut self, settings: &str, words: &str) {
        std::fs::write(self.folder.path().join("settings.toml"), settings).unwrap();
        self.signal("HUP").await;
        self.says(words).await;
    }

    /// All that it has said.
    pub(crate) fn said(&self) -> String {
        self.said.borrow().clone()
    }

    /// The memory that it has, in kB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap()));
        let status = status.unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.unwrap().trim().trim_end_matches("kB");
        number.trim().parse().unwrap()
    }

    /// Sends a signal, by its name.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {pid}")])
            .status();
        assert!(sent.await.unwrap().success());
    }

    /// Waits for its end: the exit code.
    pub(crate) async fn end(mut self) -> Option<i32> {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("an end within the time").unwrap().code()
    }
}

/// What it says when it does not start, which is exit code 2.
pub(crate) async fn refused(settings: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("settings.toml"), settings).unwrap();
    let mut command = command(&folder, arguments);
    let ended = tokio::time::timeout(PATIENCE, command.output()).await;
    let ended = ended.expect("an end within the time").unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    said
}

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let binary = std::env::var_os("MODELSERVICE_BIN");
    let mut command =
        Command::new(binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_modelservice").into()));
    command
        .arg("router")
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}
