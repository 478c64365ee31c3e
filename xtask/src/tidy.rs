//! `cargo xtask tidy`: the invariants that are absences, held against the tree itself.
//!
//! What a compiler cannot say: that a crate does no I/O, that only one place reads the environment, that documents name files
//! which exist. Each rule is a function from the files of the tree to complaints; a complaint names the file, the line and the reason.

mod differences;
mod documents;
mod files;
mod pitfalls;
mod rules;

use std::path::Path;

use anyhow::Result;

use files::Tree;

/// A rule that is broken at one place.
#[derive(Debug, PartialEq)]
struct Complaint {
    /// The file, with the line where there is one.
    place: String,
    sentence: String,
}

type Rule = fn(&Tree) -> Vec<Complaint>;

const RULES: [(&str, Rule); 10] = [
    ("crates without I/O name no I/O", rules::crates_without_io),
    ("only settings read the environment", rules::environment),
    ("only the games API knows SQL", rules::sql),
    ("a game sees only the SDK", rules::games),
    ("no Rust file is over 600 lines", rules::length),
    (
        "every crate says what it is for",
        rules::crate_documentation,
    ),
    (
        "nothing is unfinished and no test is switched off",
        rules::unfinished,
    ),
    (
        "documents name what exists and keep their length",
        documents::check,
    ),
    (
        "every difference to the original is explained, and nothing else is",
        differences::check,
    ),
    (
        "every pitfall of WAMP has a choice and tests that name it",
        pitfalls::check,
    ),
];

/// Prints every rule and what breaks it; true when nothing does.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let tree = Tree::read(repository)?;
    let mut clean = true;
    for (name, rule) in RULES {
        let complaints = rule(&tree);
        println!(
            "{} {name}",
            if complaints.is_empty() {
                "ok  "
            } else {
                "FAIL"
            }
        );
        for Complaint { place, sentence } in &complaints {
            println!("       {place}: {sentence}");
        }
        clean &= complaints.is_empty();
    }
    Ok(clean)
}
