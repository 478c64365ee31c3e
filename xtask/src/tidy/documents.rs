//! The rules about documents, the pages' sources and the lock files of npm.

use super::Complaint;
use super::files::{File, Tree};
use super::rules::at;

/// Documents that a newcomer reads in one sitting, and the lines they may have.
const LENGTHS: [(&str, usize); 2] = [("ARCHITECTURE.md", 400), ("CONTRIBUTING.md", 150)];
/// Documents whose paths must exist. A changelog also names what is gone.
const CHECKED: [&str; 5] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "docs/contract-differences.md",
    "docs/wamp.md",
];
/// What the path of a file or folder of ours begins with.
const OURS: [&str; 9] = [
    "src/", "crates/", "games/", "tests/", "web/", "xtask/", "docs/", ".ci/", ".cargo/",
];
const LOCKS: [&str; 2] = ["tests/interop/package-lock.json", "web/package-lock.json"];
const README: &str = "README.md";
/// The game that the README shows whole.
const SHOWN_GAME: &str = "games/div/src/lib.rs";
/// Where the pages are made.
const PAGES: &str = "web/";

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, most) in LENGTHS {
        match tree
            .file(path)
            .map(|file| (file, file.text.lines().count()))
        {
            Some((file, lines)) if lines > most => {
                complaints.push(at(file, None, format!("has {lines} lines, {most} at most")));
            }
            _ => {}
        }
    }
    for file in CHECKED.iter().filter_map(|path| tree.file(path)) {
        complaints.extend(paths_that_are_not_there(tree, file));
    }
    let locks = LOCKS.iter().filter_map(|path| tree.file(path));
    complaints.extend(locks.flat_map(hosts_in_the_lock_file));
    if let (Some(readme), Some(game)) = (tree.file(README), tree.file(SHOWN_GAME))
        && !readme.text.contains(game.text.trim())
    {
        complaints.push(at(
            readme,
            None,
            format!("does not show {SHOWN_GAME} as it is: copy it anew"),
        ));
    }
    let pages = tree
        .files
        .iter()
        .filter(|file| file.path.starts_with(PAGES));
    complaints.extend(pages.flat_map(what_a_page_fetches));
    complaints
}

/// Paths of ours in backticks or as the target of a link.
fn paths_that_are_not_there<'a>(
    tree: &'a Tree,
    file: &'a File,
) -> impl Iterator<Item = Complaint> + 'a {
    file.text
        .lines()
        .enumerate()
        .flat_map(move |(index, line)| {
            line.split(['`', '(', ')'])
                .map(|word| word.trim_end_matches('/'))
                .filter(|word| OURS.iter().any(|folder| word.starts_with(folder)))
                .filter(|word| !word.contains(['*', '<', ' ', '…']) && !tree.has(word))
                .map(move |word| {
                    at(
                        file,
                        Some(index + 1),
                        format!("names `{word}`, which is not there"),
                    )
                })
                .collect::<Vec<_>>()
        })
}

/// A lock file written on a machine with a mirror would send everybody else there.
fn hosts_in_the_lock_file(file: &File) -> impl Iterator<Item = Complaint> + '_ {
    file.text
        .lines()
        .enumerate()
        .filter(|(_, line)| {
            line.contains("\"resolved\"") && !line.contains("\"https://registry.npmjs.org/")
        })
        .map(|(index, _)| {
            at(
                file,
                Some(index + 1),
                "names a host that only this machine knows",
            )
        })
}

/// The pages work without any network but the one to their own server.
fn what_a_page_fetches(file: &File) -> impl Iterator<Item = Complaint> + '_ {
    const FETCHES: [&str; 6] = [
        "src=\"http",
        "src=\"//",
        "href=\"http",
        "href=\"//",
        "@import",
        "url(http",
    ];
    file.text
        .lines()
        .enumerate()
        .filter(|(_, line)| FETCHES.iter().any(|fetch| line.contains(fetch)))
        .map(|(index, _)| {
            at(
                file,
                Some(index + 1),
                "fetches something from elsewhere: all that a page needs comes with it",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_names_only_files_that_exist() {
        let tree = Tree::of(&[
            (
                "ARCHITECTURE.md",
                "See `src/turns/step.rs`, [the page](src/http/old.html), `src/…` and `games/<slug>`.\n",
            ),
            ("src/turns/step.rs", ""),
        ]);
        let complaints = check(&tree);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(
            complaints[0].sentence.contains("src/http/old.html"),
            "{complaints:?}"
        );
    }

    #[test]
    fn the_readme_shows_the_game_as_it_is() {
        let with = |shown| {
            check(&Tree::of(&[
                (README, shown),
                (SHOWN_GAME, "fn game() {}\n"),
            ]))
        };
        assert_eq!(with("```rust\nfn game() {}\n```\n"), []);
        assert_eq!(with("```rust\nfn old() {}\n```\n").len(), 1);
    }

    #[test]
    fn a_long_document_a_strange_host_and_a_fetching_page_are_named() {
        let long = "line\n".repeat(151);
        let tree = Tree::of(&[
            ("CONTRIBUTING.md", &long),
            (LOCKS[0], "\"resolved\": \"https://mirror.example/x.tgz\"\n"),
            (
                "web/index.html",
                "<script src=\"https://example.com/x.js\"></script>\n",
            ),
        ]);
        assert_eq!(check(&tree).len(), 3);
    }
}
