//! Python environments with exactly what lists name, and the tests that run in them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{program, run, run_watching};

/// The tests, and what runs them.
const TESTS: &str = "tests/python";

/// An environment below `target`.
pub(crate) struct Environment {
    /// What makes it.
    pub(crate) python: String,
    /// Its folder.
    pub(crate) place: &'static str,
    /// The folder of the tests that it is for, in which its lists are.
    pub(crate) tests: &'static str,
    /// The lists, in the order in which they are installed.
    pub(crate) lists: &'static [&'static str],
    /// What pip is told besides.
    pub(crate) options: &'static [&'static str],
}

impl Environment {
    /// The clients of the original games API, on whatever Python 3 there is.
    pub(crate) fn of_clients() -> Self {
        Self {
            python: "python3".to_owned(),
            place: "target/python/clients",
            tests: TESTS,
            lists: &["requirements-build.txt", "requirements.txt"],
            // With what the first list brings: a build would fetch whatever is newest.
            options: &["--no-build-isolation"],
        }
    }

    /// The WAMP clients, likewise.
    pub(crate) fn of_wamp_clients() -> Self {
        Self {
            python: "python3".to_owned(),
            place: "target/python/wamp",
            tests: "tests/python/wamp",
            lists: &["requirements.txt"],
            options: &[],
        }
    }

    /// Crossbar.io, on which the model service serves as a client, likewise.
    pub(crate) fn of_crossbar() -> Self {
        Self {
            python: "python3".to_owned(),
            place: "target/python/crossbar",
            tests: "tests/python/crossbar",
            lists: &["requirements.txt"],
            options: &[],
        }
    }

    /// Installs what the lists name, unless what is there was installed from the very same lists.
    pub(crate) fn install(&self, repository: &Path) -> Result<()> {
        let folder = repository.join(self.tests);
        let lists: Vec<PathBuf> = self.lists.iter().map(|name| folder.join(name)).collect();
        let mut wanted = String::new();
        for list in &lists {
            let text = fs::read_to_string(list);
            wanted += &text.with_context(|| format!("reading {}", list.display()))?;
        }
        let installed = repository.join(self.place).join(".installed-from");
        if fs::read_to_string(&installed).is_ok_and(|from| from == wanted) {
            println!("already installed from these lists");
            return Ok(());
        }
        let mut environment = program(&self.python, repository);
        environment.args(["-m", "venv", "--clear", self.place]);
        run(environment)?;
        for list in lists {
            let mut pip = program(&self.interpreter(repository).to_string_lossy(), repository);
            pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
                .args(["--disable-pip-version-check"])
                .args(self.options)
                .arg("-r")
                .arg(list);
            run(pip)?;
        }
        fs::write(installed, wanted)?;
        Ok(())
    }

    /// Runs the tests of a folder against a binary, giving every line that they print to `see`; tells whether they succeeded.
    pub(crate) fn run(
        &self,
        repository: &Path,
        tests: &str,
        binary: &Path,
        see: impl FnMut(&str),
    ) -> Result<bool> {
        let mut python = program(&self.interpreter(repository).to_string_lossy(), repository);
        python
            .arg("-B")
            .arg(repository.join(TESTS).join("run.py"))
            .arg(repository.join(tests))
            .env("MODELSERVICE_BIN", binary);
        run_watching(python, see)
    }

    fn interpreter(&self, repository: &Path) -> PathBuf {
        self.program(repository, "python")
    }

    /// A program that the packages brought.
    pub(crate) fn program(&self, repository: &Path, name: &str) -> PathBuf {
        repository.join(self.place).join("bin").join(name)
    }
}
