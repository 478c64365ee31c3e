//! Somebody who writes a game: a folder, and what they type there.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use tokio::process::Command;

use crate::terminal::Terminal;

pub(crate) struct Author {
    _home: tempfile::TempDir,
    /// Where they are.
    place: PathBuf,
    typed: Vec<String>,
}

impl Author {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            place: home.path().canonicalize().unwrap(),
            _home: home,
            typed: Vec::new(),
        }
    }

    /// Every command so far.
    pub(crate) fn typed(&self) -> &[String] {
        &self.typed
    }

    /// A command that works, and what it prints.
    pub(crate) fn types(&mut self, command: &str) -> String {
        self.typed.push(command.to_owned());
        if let Some(folder) = command.strip_prefix("cd ") {
            self.place.push(folder);
            assert!(self.place.is_dir(), "{command}");
            return String::new();
        }
        let ended = self.ended(command);
        let said = String::from_utf8(ended.stdout).unwrap();
        let complaints = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{command}\n{said}{complaints}");
        said
    }

    /// A command that does not, and what it says to that.
    pub(crate) fn is_refused(&mut self, command: &str) -> String {
        let ended = self.ended(command);
        assert_eq!(ended.status.code(), Some(2), "{command}");
        String::from_utf8(ended.stderr).unwrap()
    }

    /// A command that goes on.
    pub(crate) fn starts(&mut self, command: &str) -> Terminal {
        self.typed.push(command.to_owned());
        Terminal::of(self.command(command))
    }

    /// Replaces pieces of the rules by others.
    pub(crate) fn writes(&self, pieces: &[(&str, &str)]) {
        let mut game = self.game();
        for (before, after) in pieces {
            assert!(game.contains(before), "{before:?} is not in\n{game}");
            game = game.replace(before, after);
        }
        fs::write(self.rules(), game).unwrap();
    }

    /// The rules as they are.
    pub(crate) fn game(&self) -> String {
        fs::read_to_string(self.rules()).unwrap()
    }

    fn rules(&self) -> PathBuf {
        self.place.join("src/lib.rs")
    }

    fn ended(&self, command: &str) -> Output {
        let mut command = self.command(command);
        command.as_std_mut().output().unwrap()
    }

    fn command(&self, command: &str) -> Command {
        let words: Vec<&str> = command.split(' ').collect();
        let mut command = match words[0] {
            "modelservice" => Command::new(env!("CARGO_BIN_EXE_modelservice")),
            program => Command::new(program),
        };
        command
            .args(&words[1..])
            .kill_on_drop(true)
            .current_dir(&self.place)
            // What is built here is built for the tests as well, and everything that it needs is on this machine.
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never")
            .env("SIMPL_LOG_LEVEL", "off")
            .env("SIMPL_SERVICE_LISTEN", "127.0.0.1:0")
            .env("SIMPL_GAMES_API_LISTEN", "127.0.0.1:0");
        command
    }
}

/// The target folder that these tests were built in.
fn target() -> &'static Path {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    assert_eq!(folder.file_name(), Some(OsStr::new("tmp")));
    folder.parent().unwrap()
}
