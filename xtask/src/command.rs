//! Running other programs.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// `cargo`, the one that runs us, in the folder of the workspace.
pub(crate) fn cargo(repository: &Path, arguments: &[&str]) -> Command {
    let mut command = program(
        &std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()),
        repository,
    );
    command.args(arguments);
    command
}

/// `name` in `folder`, with nothing on standard input: nobody is there to answer.
pub(crate) fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// How a command reads on a command line.
pub(crate) fn spelled(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs to the end; an error names the command and how it ended.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let line = spelled(&command);
    let status = command
        .status()
        .with_context(|| format!("`{line}` did not start"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// Runs to the end, showing standard output as it comes and giving every line of it to `see`; tells whether it succeeded.
pub(crate) fn run_watching(mut command: Command, mut see: impl FnMut(&str)) -> Result<bool> {
    let line = spelled(&command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{line}` did not start"))?;
    if let Some(output) = child.stdout.take() {
        let mut out = std::io::stdout();
        for printed in BufReader::new(output).split(b'\n') {
            let printed = printed?;
            let printed = String::from_utf8_lossy(&printed);
            see(&printed);
            writeln!(out, "{printed}")?;
        }
    }
    Ok(child.wait()?.success())
}

/// What a command prints, if it can be run and succeeds.
pub(crate) fn answer(name: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(name)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
