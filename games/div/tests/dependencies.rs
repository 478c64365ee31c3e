//! What the author of a game compiles.

use std::collections::BTreeSet;
use std::process::Command;

/// A game stays quick to build because its tree stays small: whoever makes it grow changes the list, and says why.
#[test]
fn a_game_compiles_the_crates_on_the_list_and_no_other() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "div",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--locked",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is there, for it runs this test");
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let tree = String::from_utf8(tree.stdout).expect("crate names are UTF-8");
    let compiled: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    let listed: BTreeSet<&str> = include_str!("dependencies.txt").lines().collect();
    assert_eq!(
        compiled, listed,
        "\nif it is meant: update games/div/tests/dependencies.txt"
    );
}
