//! Python environments with exactly what lists name, and the tests that run in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{answer, program, run, run_watching};

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
        let place = repository.join(self.place);
        unless_installed(&place, &lists, || {
            let mut environment = program(&self.python, repository);
            environment.args(["-m", "venv", "--clear", self.place]);
            run(environment)?;
            for list in &lists {
                let mut install = pip(&self.interpreter(repository).to_string_lossy(), repository);
                install.args(self.options).arg("-r").arg(list);
                run(install)?;
            }
            Ok(())
        })
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

/// Installs what lists name into a folder, for a Python that is too old for environments. Nothing is done where that has been done already.
pub(crate) fn install_into(
    place: &Path,
    python: &str,
    list: &Path,
    repository: &Path,
) -> Result<()> {
    unless_installed(place, &[list.to_owned()], || {
        if place.exists() {
            fs::remove_dir_all(place)?;
        }
        let mut install = pip(python, repository);
        install.arg("--target").arg(place).arg("-r").arg(list);
        run(install)
    })
}

/// `pip install` of exactly what will be named.
fn pip(python: &str, repository: &Path) -> Command {
    let mut pip = program(python, repository);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .arg("--disable-pip-version-check");
    pip
}

/// Installs, unless what is there was installed from the very same lists.
fn unless_installed(
    place: &Path,
    lists: &[PathBuf],
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let mut wanted = String::new();
    for list in lists {
        let text = fs::read_to_string(list);
        wanted += &text.with_context(|| format!("reading {}", list.display()))?;
    }
    let installed = place.join(".installed-from");
    if fs::read_to_string(&installed).is_ok_and(|from| from == wanted) {
        println!("already installed from these lists");
        return Ok(());
    }
    install()?;
    fs::write(installed, wanted)?;
    Ok(())
}

/// An old Python, such as `3.6`: the first that says that it is one, of the one that the variable `PYTHON36` names, one on the path, and those of pyenv.
pub(crate) fn old(version: &str) -> Result<String> {
    let variable = format!("PYTHON{}", version.replace('.', ""));
    let name = format!("python{version}");
    let named = std::env::var(&variable).ok();
    let candidates = named.into_iter().chain([name.clone()]);
    let says = "import sys; print('%d.%d' % sys.version_info[:2])";
    let is_it = |python: &String| answer(python, &["-c", says]).is_some_and(|said| said == version);
    candidates.chain(of_pyenv(&name)).find(is_it).with_context(|| {
        format!(
            "expected a Python {version}, got none: install one, for example with `pyenv install {version}`, or name it in the variable {variable}"
        )
    })
}

/// The programs of that name that pyenv has installed.
fn of_pyenv(name: &str) -> Vec<String> {
    let root = answer("pyenv", &["root"]).map(PathBuf::from);
    let versions = root.and_then(|root| root.join("versions").read_dir().ok());
    let found = versions.into_iter().flatten().flatten();
    let programs = found.map(|version| version.path().join("bin").join(name));
    let there = programs.filter(|program| program.exists());
    there
        .map(|program| program.to_string_lossy().into_owned())
        .collect()
}
