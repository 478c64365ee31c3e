//! The rule about WAMP's pitfalls: the table in the document and the tests that name them are the same.

use std::collections::{BTreeMap, BTreeSet};

use super::Complaint;
use super::files::{File, Tree};
use super::rules::at;

const DOCUMENT: &str = "docs/wamp.md";
/// How many there are.
const COUNT: usize = 33;
/// How a test is called that is about one, before its number.
const TEST: &str = "fn pitfall_";

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let Some(document) = tree.file(DOCUMENT) else {
        return vec![Complaint {
            place: DOCUMENT.to_owned(),
            sentence: "is not there".to_owned(),
        }];
    };
    let mut tested: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    let crates = tree.files.iter();
    let crates = crates.filter(|file| file.path.starts_with("crates/"));
    for (file, number) in crates.flat_map(|file| numbers(file).map(move |number| (file, number))) {
        tested.entry(number).or_default().insert(&file.path);
    }
    let mut complaints = Vec::new();
    let rows: BTreeMap<_, _> = rows(document).collect();
    for number in 1..=COUNT {
        if !rows.contains_key(&number) {
            let sentence = format!("has no row for pitfall {number}");
            complaints.push(at(document, None, sentence));
        }
    }
    for (number, (line, choice, named)) in &rows {
        let there = tested.remove(number).unwrap_or_default();
        let mut complain = |sentence| complaints.push(at(document, Some(*line), sentence));
        for file in named.difference(&there) {
            complain(format!("{file} has no test of pitfall {number}"));
        }
        for file in there.difference(named) {
            complain(format!("{file} has a test of pitfall {number}: name it"));
        }
        if named.is_empty() != choice.starts_with("not built") {
            complain(format!(
                "pitfall {number} has tests, or its choice begins with \"not built\""
            ));
        }
    }
    for (number, files) in tested {
        for file in files {
            let sentence = format!("{file} has a test of pitfall {number}, which has no row");
            complaints.push(at(document, None, sentence));
        }
    }
    complaints
}

/// The pitfalls that tests of this file are about.
fn numbers(file: &File) -> impl Iterator<Item = usize> {
    let names = file.text.split(TEST).skip(1);
    names.filter_map(|name| name.split_once('_')?.0.parse().ok())
}

/// Number → line, choice, and the files named.
fn rows(document: &File) -> impl Iterator<Item = (usize, (usize, &str, BTreeSet<&str>))> {
    let numbered = (1..).zip(document.text.lines());
    numbered.filter_map(|(line, text)| {
        let mut cells = text.trim_matches('|').split(" | ").map(str::trim);
        let number = cells.next()?.parse().ok()?;
        let choice = cells.nth(1)?;
        let files = cells.next()?.split('`').skip(1).step_by(2);
        Some((number, (line, choice, files.collect())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document with a row for every pitfall, all of them not built but for these.
    fn document(rows: &[(usize, &str)]) -> String {
        let row = |number| {
            let built = rows.iter().find(|(other, _)| *other == number);
            let cells = built.map_or("not built: later | –", |(_, cells)| *cells);
            format!("| {number} | title | {cells} |\n")
        };
        (1..=COUNT).map(row).collect()
    }

    fn complaints(document: &str, source: &str) -> Vec<String> {
        let tree = Tree::of(&[(DOCUMENT, document), ("crates/a.rs", source)]);
        let told = check(&tree).into_iter();
        told.map(|complaint| complaint.sentence).collect()
    }

    #[test]
    fn a_row_that_names_where_its_tests_are_is_well() {
        let document = document(&[(2, "uniform | `crates/a.rs`")]);
        let source = "#[test]\nfn pitfall_2_ids() {}\nfn pitfalls() {}\n";
        assert_eq!(complaints(&document, source), [""; 0]);
    }

    #[test]
    fn what_has_no_row_no_test_or_no_name_is_told() {
        let rows = document(&[(2, "uniform | `crates/b.rs`"), (3, "exact | –")]);
        let rows = rows.replace("| 33 |", "| thirty-three |");
        let told = complaints(
            &rows,
            "fn pitfall_2_ids() {}\nfn pitfall_4_x() {}\nfn pitfall_99_y() {}",
        );
        for part in [
            "no row for pitfall 33",
            "crates/b.rs has no test of pitfall 2",
            "crates/a.rs has a test of pitfall 2: name it",
            "pitfall 3 has tests, or",
            "crates/a.rs has a test of pitfall 4: name it",
            "pitfall 99, which has no row",
        ] {
            let found = told.iter().any(|sentence| sentence.contains(part));
            assert!(found, "{part}: {told:?}");
        }
        assert_eq!(told.len(), 6, "{told:?}");
    }
}
