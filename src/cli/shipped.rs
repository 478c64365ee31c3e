//! Tests: what `deploy/` and `docs/deploy.md` tell operators to type is what this program takes.

use std::fs;
use std::path::Path;

use clap::Parser;

use super::Cli;
use crate::settings::Settings;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The words of a command from the program's name on, as far as a shell's quotes go.
fn command(line: &str) -> Option<Vec<String>> {
    let starts = line.find("modelservice ").filter(|at| {
        let before = line[..*at].chars().next_back();
        before.is_none_or(|character| matches!(character, ' ' | '/' | '\''))
    })?;
    let mut line = line[starts..].to_owned();
    while let Some((from, length)) = line.find("$(").and_then(|from| {
        let length = line[from..].find(')')?;
        Some((from, length))
    }) {
        line.replace_range(from..=from + length, "what-the-shell-puts-there");
    }
    let words = line.split_whitespace();
    let words = words.map(|word| word.trim_matches(['"', '\'']).to_owned());
    Some(words.take_while(|word| !word.starts_with('#')).collect())
}

fn taken(file: &str, line: &str) -> bool {
    let Some(words) = command(line) else {
        return false;
    };
    if let Err(error) = Cli::try_parse_from(&words) {
        panic!("{file}: {line}\n{error}");
    }
    true
}

#[test]
fn the_unit_files_start_what_there_is() {
    for file in [
        "deploy/modelservice.service",
        "deploy/modelservice-backup.service",
    ] {
        let unit = text(file);
        let lines = unit
            .lines()
            .filter_map(|line| line.strip_prefix("ExecStart="));
        assert_eq!(lines.filter(|line| taken(file, line)).count(), 1, "{file}");
    }
}

#[test]
fn the_settings_are_settings() {
    let settings: Settings = toml::from_str(&text("deploy/settings.toml")).unwrap();
    settings.check().unwrap();
    assert!(settings.service.listen.ip().is_loopback());
    let proxies = settings.trusted_proxies().unwrap();
    assert!(proxies.trusts(settings.service.listen.ip()));
    // The proxies go where the service listens.
    let address = settings.service.listen.to_string();
    for file in ["deploy/nginx.conf", "deploy/Caddyfile"] {
        assert!(text(file).contains(&address), "{file}");
    }
}

#[test]
fn the_commands_of_the_recipes_are_commands() {
    let file = "docs/deploy.md";
    let recipes = text(file);
    let mut in_code = false;
    let mut found = 0;
    for line in recipes.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code && line.trim_start().starts_with("modelservice ") && taken(file, line) {
            found += 1;
        }
    }
    assert_eq!(found, 7, "commands in {file}");
}
