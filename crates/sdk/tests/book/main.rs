//! The book: its games are compiled and played here, and its pages show them as they are.
#![allow(unreachable_pub, reason = "in a crate of its own it is reached")]

mod division;
mod made;
mod public_goods;
mod two_thirds;
mod two_thirds_model;
mod two_thirds_test;

const SOURCES: [&str; 6] = [
    include_str!("division.rs"),
    include_str!("made.rs"),
    include_str!("public_goods.rs"),
    include_str!("two_thirds.rs"),
    include_str!("two_thirds_model.rs"),
    include_str!("two_thirds_test.rs"),
];

const PAGES: [(&str, &str); 3] = [
    (
        "first-game.md",
        include_str!("../../../../docs/book/first-game.md"),
    ),
    (
        "from-simpl.md",
        include_str!("../../../../docs/book/from-simpl.md"),
    ),
    (
        "from-otree.md",
        include_str!("../../../../docs/book/from-otree.md"),
    ),
];

/// The lines of a text, however far they are indented.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).collect()
}

/// The pieces of Rust on a page.
fn shown(page: &str) -> impl Iterator<Item = &str> {
    let fences = page.split("```rust").skip(1);
    fences.map(|rest| {
        rest.split_once("```")
            .map_or(rest, |(piece, _)| piece)
            .trim()
    })
}

#[test]
fn every_piece_of_rust_on_a_page_is_one_that_is_compiled() {
    for (name, page) in PAGES {
        assert!(shown(page).count() > 1, "{name} shows what it talks of");
        for piece in shown(page) {
            let wanted = lines(piece);
            let is_part = |source: &str| {
                let source = lines(source);
                source.windows(wanted.len()).any(|part| part == wanted)
            };
            assert!(
                SOURCES.iter().any(|source| is_part(source)),
                "docs/book/{name} shows what is in none of crates/sdk/tests/book:\n{piece}"
            );
        }
    }
}
