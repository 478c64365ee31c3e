//! The rule about differences to the original: what the tests list and what the document explains are the same.

use std::collections::BTreeMap;

use super::Complaint;
use super::files::{File, Tree};
use super::rules::at;

const DOCUMENT: &str = "docs/contract-differences.md";
/// Where the differences of REST are listed, by the name of the recorded request.
const REST: &str = "crates/games-api/tests/api/trace.rs";
/// Its lists: how each begins, and how many texts an entry has, the name first.
const LISTS: [(&str, usize); 2] = [("const DIFFERENT:", 2), ("const FEWER_ROWS:", 1)];
/// Where the differences of WAMP are listed, each with an id and a reason.
const WAMP: &str = "tests/interop/differences.mjs";

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut listed = BTreeMap::new();
    if let Some(rest) = tree.file(REST) {
        listed.extend(of_rest(&rest.text).into_iter().map(|name| (name, rest)));
    }
    if let Some(wamp) = tree.file(WAMP) {
        let ids = values_of(&wamp.text, "id");
        let reasons = values_of(&wamp.text, "why").len();
        if ids.len() != reasons {
            let sentence = format!("has {} ids and {reasons} reasons", ids.len());
            complaints.push(at(wamp, None, sentence));
        }
        listed.extend(ids.into_iter().map(|name| (name, wamp)));
    }
    let mut explained = BTreeMap::new();
    if let Some(document) = tree.file(DOCUMENT) {
        for (line, name) in names(document) {
            if explained.insert(name, line).is_some() {
                complaints.push(at(document, Some(line), format!("explains `{name}` twice")));
            }
            if !listed.contains_key(name) {
                let sentence = format!("explains `{name}`, which no test lists");
                complaints.push(at(document, Some(line), sentence));
            }
        }
    }
    for (name, file) in listed {
        if !explained.contains_key(name) {
            let sentence = format!("lists `{name}`, which {DOCUMENT} does not explain");
            complaints.push(at(file, None, sentence));
        }
    }
    complaints
}

/// The names at the beginning of table rows, with their lines.
fn names(document: &File) -> impl Iterator<Item = (usize, &str)> {
    let numbered = (1..).zip(document.text.lines());
    numbered.filter_map(|(number, line)| {
        let (name, _) = line.strip_prefix("| `")?.split_once("` |")?;
        Some((number, name))
    })
}

/// The names in the lists of a Rust source.
fn of_rest(source: &str) -> Vec<&str> {
    let in_list = |(beginning, texts): (&str, usize)| {
        let list = source.split_once(beginning).map_or("", |(_, rest)| rest);
        let list = list.split_once("];").map_or(list, |(list, _)| list);
        // No text of theirs holds a quote.
        list.split('"').skip(1).step_by(2).step_by(texts)
    };
    LISTS.into_iter().flat_map(in_list).collect()
}

/// The texts that a member of that name has in a JavaScript source.
fn values_of<'a>(source: &'a str, member: &str) -> Vec<&'a str> {
    let beginning = format!("{member}: '");
    let value = |line: &'a str| {
        let rest = line.trim_start().strip_prefix(&beginning)?;
        Some(rest.split_once('\'')?.0)
    };
    source.lines().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = r#"
const DIFFERENT: &[(&str, u16, &str)] = &[
    ("game patch (staff)", 200, "PATCH works"),
    (
        "bulk",
        400,
        "it was a crash",
    ),
];
const FEWER_ROWS: &[&str] = &[
    "decisions kept",
];
const OTHER: &str = "no name";
"#;
    const PLAYED: &str = "const A = {\n  id: 'goodbye',\n  why: 'as specified',\n};\n";

    fn complaints(document: &str, played: &str) -> Vec<String> {
        let tree = Tree::of(&[(DOCUMENT, document), (REST, LISTED), (WAMP, played)]);
        let told = check(&tree);
        told.into_iter()
            .map(|complaint| complaint.sentence)
            .collect()
    }

    #[test]
    fn what_is_listed_and_explained_is_well() {
        let document = "| recorded |\n| --- |\n| `game patch (staff)` | why |\n| `bulk` | why |\n\
            | `decisions kept` | why |\n| `goodbye` | why |\n| a fault | with `code` |\n";
        assert_eq!(complaints(document, PLAYED), [""; 0]);
    }

    #[test]
    fn without_the_document_every_name_is_missing() {
        let told = check(&Tree::of(&[(REST, LISTED), (WAMP, PLAYED)]));
        assert_eq!(told.len(), 4, "{told:?}");
    }

    #[test]
    fn what_is_missing_gone_twice_or_without_an_id_is_named() {
        let document = "| `game patch (staff)` | |\n| `bulk` | |\n| `bulk` | |\n| `goodbye` | |\n| `gone` | |\n";
        let nameless = format!("{PLAYED}const B = {{\n  why: 'no id',\n}};\n");
        let told = complaints(document, &nameless);
        assert_eq!(told.len(), 4, "{told:?}");
        for part in [
            "1 ids and 2 reasons",
            "`bulk` twice",
            "`gone`, which no test",
            "`decisions kept`, which",
        ] {
            assert!(
                told.iter().any(|sentence| sentence.contains(part)),
                "{part}: {told:?}"
            );
        }
    }
}
