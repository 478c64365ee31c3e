//! The rules about code. Each states what a part of the tree must not name.

use super::Complaint;
use super::files::{File, Tree};

/// Crates whose logic is fed values and gives values back, so that it can be tested, fuzzed and replayed without a machine.
const WITHOUT_IO: [&str; 5] = [
    "crates/contract/",
    "crates/router/",
    "crates/sdk/",
    "crates/sdk-macros/",
    "crates/wamp/",
];
const IO: [&str; 9] = [
    "axum",
    "hyper",
    "reqwest",
    "rusqlite",
    "sqlx",
    "tokio",
    "tokio_postgres",
    "tokio_tungstenite",
    "tokio_util",
];
const SQL: [&str; 3] = ["rusqlite", "sqlx", "tokio_postgres"];
const LINES: usize = 600;

pub(super) fn crates_without_io(tree: &Tree) -> Vec<Complaint> {
    let bound = |path: &str| WITHOUT_IO.iter().any(|folder| path.starts_with(folder));
    let reason =
        |word: &str| format!("names `{word}`: this crate does no I/O and has no clock of its own");
    named(tree, &IO, bound, reason)
}

pub(super) fn sql(tree: &Tree) -> Vec<Complaint> {
    let bound = |path: &str| !path.starts_with("crates/games-api/") && path != "Cargo.toml";
    let reason = |word: &str| {
        format!("names `{word}`: only crates/games-api sees SQL, everybody else asks it")
    };
    named(tree, &SQL, bound, reason)
}

/// Complains of every manifest and source under `bound` that names one of `words`.
fn named(
    tree: &Tree,
    words: &[&str],
    bound: impl Fn(&str) -> bool,
    reason: impl Fn(&str) -> String,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, dependencies) in tree.manifests().filter(|(file, _)| bound(&file.path)) {
        let names = dependencies.iter().map(|name| name.replace('-', "_"));
        complaints.extend(
            names
                .filter(|name| words.contains(&name.as_str()))
                .map(|name| at(file, None, reason(&name))),
        );
    }
    for (file, lines) in tree.sources().filter(|(file, _)| bound(&file.path)) {
        for (number, line) in lines {
            if let Some(word) = words.iter().find(|word| has_word(line, word)) {
                complaints.push(at(file, Some(number), reason(word)));
            }
        }
    }
    complaints
}

pub(super) fn environment(tree: &Tree) -> Vec<Complaint> {
    const READS: [&str; 3] = ["std::env", "env::var", "env::vars"];
    let mut complaints = Vec::new();
    for (file, lines) in tree
        .sources()
        .filter(|(file, _)| !file.path.starts_with("src/settings"))
    {
        for (number, line) in lines {
            if READS.iter().any(|read| line.contains(read)) {
                complaints.push(at(
                    file,
                    Some(number),
                    "reads the environment: make it a setting, so that it has a default and an origin",
                ));
            }
        }
    }
    complaints
}

pub(super) fn games(tree: &Tree) -> Vec<Complaint> {
    let ours: Vec<&str> = tree
        .manifests()
        .filter_map(|(file, _)| package_name(&file.text))
        .collect();
    let mut complaints = Vec::new();
    for (file, dependencies) in tree.manifests() {
        if !file.path.starts_with("games/") || file.path == "games/all/Cargo.toml" {
            continue;
        }
        complaints.extend(
            dependencies
                .iter()
                .filter(|name| ours.contains(name) && **name != "simpl")
                .map(|name| {
                    at(
                        file,
                        None,
                        format!("depends on `{name}`: a game sees only the SDK"),
                    )
                }),
        );
    }
    complaints
}

fn package_name(manifest: &str) -> Option<&str> {
    let line = manifest
        .lines()
        .skip_while(|line| line.trim() != "[package]")
        .find(|line| line.starts_with("name"))?;
    line.split('"').nth(1)
}

pub(super) fn length(tree: &Tree) -> Vec<Complaint> {
    tree.rust()
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES)
        .map(|(file, lines)| {
            at(
                file,
                None,
                format!("has {lines} lines: one idea a file, at most {LINES} lines"),
            )
        })
        .collect()
}

pub(super) fn crate_documentation(tree: &Tree) -> Vec<Complaint> {
    tree.rust()
        .filter(|file| {
            file.path.ends_with("src/lib.rs")
                || file.path.ends_with("src/main.rs")
                || file.path == "src/lib.rs"
        })
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| {
            at(
                file,
                Some(1),
                "begins without a crate doc: say what it is for and what is deliberately absent",
            )
        })
        .collect()
}

pub(super) fn unfinished(tree: &Tree) -> Vec<Complaint> {
    const MARKS: [(&str, &str); 4] = [
        (concat!("to", "do!("), "is not written yet"),
        (concat!("unimple", "mented!("), "is not written yet"),
        (concat!("#[ig", "nore"), "is a test that does not run"),
        (concat!("dbg", "!("), "prints for its author"),
    ];
    let mut complaints = Vec::new();
    for file in tree.rust() {
        for (index, line) in file.text.lines().enumerate() {
            complaints.extend(
                MARKS
                    .iter()
                    .filter(|(mark, _)| line.contains(mark))
                    .map(|(mark, why)| at(file, Some(index + 1), format!("`{mark}` {why}"))),
            );
        }
    }
    complaints
}

/// Whether `line` has `word` as a whole identifier.
fn has_word(line: &str, word: &str) -> bool {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|found| found == word)
}

pub(super) fn at(file: &File, line: Option<usize>, sentence: impl Into<String>) -> Complaint {
    let place = line.map_or_else(|| file.path.clone(), |line| format!("{}:{line}", file.path));
    Complaint {
        place,
        sentence: sentence.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(complaints: &[Complaint]) -> Vec<&str> {
        complaints
            .iter()
            .map(|complaint| complaint.place.as_str())
            .collect()
    }

    #[test]
    fn a_crate_without_io_may_name_tokio_in_a_comment_and_in_tests_only() {
        let tree = Tree::of(&[
            (
                "crates/router/Cargo.toml",
                "[dependencies]\ntokio-tungstenite = \"1\"\n[dev-dependencies]\ntokio = \"1\"\n",
            ),
            (
                "crates/router/src/lib.rs",
                "//! Without tokio.\nuse tokio::sync;\nstruct Tokios;\n#[cfg(test)]\nmod tests { use tokio; }\n",
            ),
            ("crates/transport/src/lib.rs", "use tokio::net;\n"),
        ]);
        assert_eq!(
            places(&crates_without_io(&tree)),
            ["crates/router/Cargo.toml", "crates/router/src/lib.rs:2"]
        );
    }

    #[test]
    fn only_the_games_api_names_a_database() {
        let tree = Tree::of(&[
            (
                "crates/games-api/src/store.rs",
                "use rusqlite::Connection;\n",
            ),
            ("src/turns.rs", "use rusqlite::Connection;\n"),
        ]);
        assert_eq!(places(&sql(&tree)), ["src/turns.rs:1"]);
    }

    #[test]
    fn only_settings_read_the_environment() {
        let tree = Tree::of(&[
            ("src/settings/layers.rs", "std::env::vars()\n"),
            (
                "src/cli.rs",
                "let a = env!(\"X\");\nstd::env::var(\"X\");\n",
            ),
        ]);
        assert_eq!(places(&environment(&tree)), ["src/cli.rs:2"]);
    }

    #[test]
    fn a_game_depends_on_nothing_of_ours_but_the_sdk() {
        let tree = Tree::of(&[
            (
                "crates/router/Cargo.toml",
                "[package]\nname = \"wamp-router\"\n",
            ),
            ("crates/sdk/Cargo.toml", "[package]\nname = \"simpl\"\n"),
            (
                "games/div/Cargo.toml",
                "[package]\nname = \"div\"\n[dependencies]\nsimpl.workspace = true\nserde = \"1\"\nwamp-router.workspace = true\n",
            ),
        ]);
        let complaints = games(&tree);
        assert_eq!(places(&complaints), ["games/div/Cargo.toml"]);
        assert!(
            complaints[0].sentence.contains("wamp-router"),
            "{complaints:?}"
        );
    }

    #[test]
    fn long_files_and_crates_without_a_doc_are_named() {
        let long = "x\n".repeat(LINES + 1);
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! For a.\n"),
            ("crates/b/src/lib.rs", "mod b;\n"),
            ("src/long.rs", &long),
        ]);
        assert_eq!(places(&length(&tree)), ["src/long.rs"]);
        assert_eq!(
            places(&crate_documentation(&tree)),
            ["crates/b/src/lib.rs:1"]
        );
    }

    #[test]
    fn what_is_unfinished_or_switched_off_is_named() {
        let unwritten = format!("fn a() {{\n    {}) }}\n", concat!("to", "do!("));
        let tree = Tree::of(&[("src/a.rs", &unwritten)]);
        assert_eq!(places(&unfinished(&tree)), ["src/a.rs:2"]);
    }
}
