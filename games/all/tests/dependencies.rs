//! What the author of a game compiles.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// A game and its tests stay quick to build as long as there is little of it.
const MOST: usize = 45;

/// The crates that a package and its tests are built from, without itself.
fn compiled(package: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--locked", "--offline"])
        .args(["--edges", "normal,build,dev"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is there, for it runs this test");
    let said = String::from_utf8_lossy(&tree.stderr);
    assert!(tree.status.success(), "{said}");
    let tree = String::from_utf8(tree.stdout).expect("crate names are UTF-8");
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let others = names.filter(|name| !name.is_empty() && *name != package);
    others.map(str::to_owned).collect()
}

/// Every folder of `games/` that holds one.
fn games() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("games/");
    let folders = folder.read_dir().expect("games/ is there");
    let names = folders.map(|entry| entry.expect("it can be read").file_name());
    let names = names.map(|name| name.into_string().expect("slugs are plain"));
    let games = names.filter(|name| name != "all" && folder.join(name).join("Cargo.toml").exists());
    games.collect()
}

/// Whoever makes the tree grow changes the list, and says why.
#[test]
fn a_game_compiles_the_crates_on_the_list_and_no_other() {
    let listed: BTreeSet<String> = include_str!("dependencies.txt")
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(
        listed.len() < MOST,
        "{} crates are on the list",
        listed.len()
    );
    let games = games();
    assert!(games.iter().any(|game| game == "div"), "{games:?}");
    let mut used = BTreeSet::new();
    for game in games {
        let compiled = compiled(&game);
        let more: Vec<&String> = compiled.difference(&listed).collect();
        assert!(
            more.is_empty(),
            "{game} compiles {more:?} besides what games/all/tests/dependencies.txt lists"
        );
        used.extend(compiled);
    }
    assert_eq!(
        used, listed,
        "\nthe list has what no game compiles any more"
    );
}
