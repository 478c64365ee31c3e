//! Having cargo build the program.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::{Sources, WatchError};

/// How much is kept of what the compiler says, in bytes: its first errors are those to mend first.
const KEPT: usize = 64 * 1024;

/// What has become of the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Built {
    /// A program, and where it is.
    Program(PathBuf),
    /// Nothing: what the compiler, or the game itself, said.
    Broken(String),
}

/// Has cargo build the sources with a profile, and asks the new program whether its games can be put together at all; `say` hears each line
/// of what cargo says as it comes.
///
/// # Errors
/// There is no cargo, or it makes no program.
pub async fn build(
    sources: &Sources,
    profile: &str,
    colours: bool,
    mut say: impl FnMut(&str),
) -> Result<Built, WatchError> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(sources.arguments(profile))
        .args(["--color", if colours { "always" } else { "never" }])
        .current_dir(sources.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut cargo = cargo.spawn().map_err(WatchError::Cargo)?;
    let (told, said) = (cargo.stdout.take(), cargo.stderr.take());
    let mut program = None;
    let mut error = String::new();
    let (told, said) = tokio::join!(
        each_line(told, |line| program =
            program_of(line, sources.program()).or(program.take())),
        each_line(said, |line| {
            say(line);
            let line = console::strip_ansi_codes(line);
            if error.len() + line.len() < KEPT {
                error.extend([&*line, "\n"]);
            }
        })
    );
    told.and(said).map_err(WatchError::Cargo)?;
    let ended = cargo.wait().await.map_err(WatchError::Cargo)?;
    if !ended.success() {
        return Ok(Built::Broken(error));
    }
    let program = program.ok_or_else(|| WatchError::NoProgram(sources.folder().to_owned()))?;
    match complaint(&program).await? {
        None => Ok(Built::Program(program)),
        Some(complaint) => {
            complaint.lines().for_each(say);
            Ok(Built::Broken(complaint))
        }
    }
}

async fn each_line(
    from: Option<impl AsyncRead + Unpin>,
    mut hear: impl FnMut(&str),
) -> std::io::Result<()> {
    let Some(from) = from else {
        return Ok(());
    };
    let mut lines = BufReader::new(from).lines();
    while let Some(line) = lines.next_line().await? {
        hear(&line);
    }
    Ok(())
}

/// The program that a line of cargo's JSON tells of.
fn program_of(line: &str, main: &Path) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let program = message.get("executable")?.as_str()?;
    let source = message.pointer("/target/src_path")?.as_str()?;
    (Path::new(source) == main).then(|| PathBuf::from(program))
}

/// What a program says whose games have mistakes: every command puts them together first, this one does nothing else.
async fn complaint(program: &Path) -> Result<Option<String>, WatchError> {
    let mut asked = Command::new(program);
    asked
        .arg("--version")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let answer = asked.output().await.map_err(|reason| WatchError::Program {
        program: program.to_owned(),
        reason,
    })?;
    Ok((!answer.status.success()).then(|| String::from_utf8_lossy(&answer.stderr).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_that_cargo_tells_the_program_is_that_of_the_main_file() {
        let main = Path::new("/g/src/main.rs");
        let artifact = |source: &str, program: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"kind":["bin"],"src_path":"{source}"}},"executable":{program}}}"#
            )
        };
        let ours = artifact("/g/src/main.rs", "\"/t/g\"");
        assert_eq!(program_of(&ours, main), Some(PathBuf::from("/t/g")));
        for other in [
            artifact("/g/src/lib.rs", "null"),
            artifact("/g/src/bin/other.rs", "\"/t/other\""),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
            "words".to_owned(),
        ] {
            assert_eq!(program_of(&other, main), None, "{other}");
        }
    }
}
