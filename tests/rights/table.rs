//! The table of rights as `docs/rights.md` has it.

use std::collections::BTreeMap;

/// The viewers, in the order of the columns.
pub(crate) const VIEWERS: [&str; 12] = [
    "nobody",
    "stranger",
    "lecturer",
    "other run",
    "inactive",
    "elsewhere",
    "neighbour",
    "player",
    "assistant",
    "leader",
    "staff",
    "staff at a table",
];

const WORDS: [&str; 7] = ["yes", "all", "own", "nothing", "veiled", "no", "–"];

/// One row: what it names, how that is meant or what it is about, and what it is to each viewer.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) about: String,
    cells: BTreeMap<&'static str, String>,
}

impl Row {
    pub(crate) fn cell(&self, viewer: &str) -> &str {
        &self.cells[viewer]
    }

    /// Is it about more than one table, so that viewers differ in how much they see?
    pub(crate) fn is_wide(&self) -> bool {
        let mut cells = self.cells.values();
        cells.any(|cell| matches!(cell.as_str(), "all" | "own"))
    }
}

/// The rows of the tables under a heading.
pub(crate) fn rows(heading: &str) -> Vec<Row> {
    let text = include_str!("../../docs/rights.md");
    let (_, section) = text
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("docs/rights.md has no section {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let mut rows = Vec::new();
    for line in section.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let labels = cells.len().checked_sub(VIEWERS.len()).unwrap();
        if cells[labels..] == VIEWERS || cells[0].starts_with("---") {
            continue;
        }
        assert!((1..=2).contains(&labels), "{line}");
        let known = cells[labels..].iter().all(|cell| WORDS.contains(cell));
        assert!(known, "a cell of an unknown word: {line}");
        let about = if labels == 2 { cells[1] } else { "" };
        rows.push(Row {
            name: cells[0].trim_matches('`').to_owned(),
            about: about.to_owned(),
            cells: VIEWERS
                .into_iter()
                .zip(cells[labels..].iter().map(|&cell| cell.to_owned()))
                .collect(),
        });
    }
    assert!(!rows.is_empty(), "no table under {heading}");
    rows
}

/// What a walk found, to be compared with the rows all at once.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<String>);

impl Findings {
    pub(crate) fn compare(&mut self, row: &Row, viewer: &str, who: &str, found: &str) {
        let expected = row.cell(viewer);
        if expected != found {
            let Row { name, about, .. } = row;
            self.0.push(format!(
                "`{name}` {about}: {viewer} ({who}) is to have {expected}, has {found}"
            ));
        }
    }

    pub(crate) fn note(&mut self, finding: String) {
        self.0.push(finding);
    }

    pub(crate) fn is_as_written(&self) {
        assert!(self.0.is_empty(), "\n{}\n", self.0.join("\n"));
    }
}
