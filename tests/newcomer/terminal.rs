//! A program that goes on, and what it prints.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// How long somebody waits for a line: it may come after the service was built from nothing, beside other work.
const PATIENCE: Duration = Duration::from_secs(900);

pub(crate) struct Terminal {
    child: Child,
    /// Every line that it has printed.
    said: watch::Sender<Vec<String>>,
    /// How many of them were read.
    read: usize,
}

impl Terminal {
    pub(crate) fn of(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = watch::Sender::new(Vec::new());
        listen(child.stdout.take().unwrap(), said.clone());
        listen(child.stderr.take().unwrap(), said.clone());
        Self {
            child,
            said,
            read: 0,
        }
    }

    /// The next line with these words, once it is there.
    pub(crate) async fn says(&mut self, words: &str) -> String {
        let mut said = self.said.subscribe();
        let read = self.read;
        let place = |said: &Vec<String>| said[read..].iter().position(|line| line.contains(words));
        let heard = said.wait_for(|said| place(said).is_some());
        let ended = self.child.wait();
        let line = tokio::select! {
            heard = tokio::time::timeout(PATIENCE, heard) => heard.ok(),
            _ = ended => None,
        };
        let Some(Ok(said)) = line else {
            panic!(
                "it never said {words:?}, but\n{}",
                self.said.borrow().join("\n")
            );
        };
        let found = read + place(&said).unwrap();
        self.read = found + 1;
        said[found].clone()
    }

    /// Where it serves, once it does: host and port.
    pub(crate) async fn is_ready(&mut self) -> String {
        let line = self.says("ready http://").await;
        let address = line.split("//").nth(1).unwrap();
        address.trim_end_matches('/').to_owned()
    }

    /// Stops it as one does who closes it.
    pub(crate) async fn stop(mut self) {
        let kill = format!("kill -TERM {}", self.child.id().unwrap());
        let sent = Command::new("sh").args(["-c", &kill]).status().await;
        assert!(sent.unwrap().success(), "{kill}");
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let said = self.said.borrow().join("\n");
        assert!(ended.expect("it ends").unwrap().success(), "{said}");
    }
}

fn listen(from: impl AsyncRead + Unpin + Send + 'static, to: watch::Sender<Vec<String>>) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(from).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            to.send_modify(|said| said.push(line));
        }
    });
}
