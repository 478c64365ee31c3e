//! The texts of a new game's files, and a line among others.

use std::path::Path;

use super::NewGame;

/// How many seats all tables of a game without named roles have at least, and at most.
const SEATS: (usize, usize) = (2, 4);

/// The rules.
pub(super) fn library(game: &NewGame) -> String {
    let roles = match game.roles() {
        [] => {
            let (minimum, maximum) = SEATS;
            format!("[Role::new(\"Player\").seats({minimum}, {maximum})]")
        }
        roles => list(roles.iter().map(|role| format!("{role:?}"))),
    };
    let titled = game
        .title()
        .map_or_else(String::new, |title| format!("        .title({title:?})\n"));
    include_str!("templates/lib.rs.txt")
        .replace("<TITLE>", game.title().unwrap_or(game.slug()))
        .replace("<SLUG>", game.slug())
        .replace("<TITLED>", &titled)
        .replace("<ROLES>", &roles)
}

/// The test of these rules.
pub(super) fn test(game: &NewGame) -> String {
    let (players, seats) = match game.roles() {
        [] => ("world.players(\"Player\")".to_owned(), SEATS.0),
        roles => {
            let players = roles.iter().map(|role| format!("world.player({role:?})"));
            (list(players), roles.len())
        }
    };
    include_str!("templates/game.rs.txt")
        .replace("<CRATE>", &game.krate())
        .replace("<PLAYERS>", &players)
        .replace("<TOTAL>", &format!("{:?}", 2.0 * seats as f64))
}

/// The program around it.
pub(super) fn program(game: &NewGame) -> String {
    include_str!("templates/main.rs.txt").replace("<CRATE>", &game.krate())
}

/// The manifest of a game among those of the repository.
pub(super) fn linked_manifest(game: &NewGame) -> String {
    include_str!("templates/linked.toml.txt")
        .replace("<SLUG>", game.slug())
        .replace("<DESCRIPTION>", &description(game))
}

/// The manifest of a game on its own, which depends on a checkout.
pub(super) fn project_manifest(game: &NewGame, checkout: &Path) -> String {
    let path = |path: &Path| toml::Value::from(path.to_string_lossy().as_ref()).to_string();
    include_str!("templates/project.toml.txt")
        .replace("<SLUG>", game.slug())
        .replace("<DESCRIPTION>", &description(game))
        .replace("<SERVICE>", &path(checkout))
        .replace("<SDK>", &path(&checkout.join("crates").join("sdk")))
}

fn description(game: &NewGame) -> String {
    let title = game.title().unwrap_or(game.slug());
    toml::Value::from(format!("The game {title}")).to_string()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// `text` with one line more: among those that follow `heading`, in alphabetical order. `None` without that heading.
pub(super) fn with_line(text: &str, heading: &str, line: &str) -> Option<String> {
    let mut before = 0;
    let mut lines = text.split_inclusive('\n');
    for found in lines.by_ref() {
        before += found.len();
        if found.trim_end() == heading {
            let earlier = |next: &&str| {
                let next = next.trim_end();
                !next.is_empty() && (next.starts_with('#') || next < line)
            };
            let skipped: usize = lines.take_while(earlier).map(str::len).sum();
            let (before, after) = text.split_at(before + skipped);
            return Some(format!("{before}{line}\n{after}"));
        }
    }
    None
}

/// `text` with a call of `<krate>::game()` among those of its first `vec![…]`, laid out as rustfmt does. `None` without one.
pub(super) fn with_game(text: &str, krate: &str) -> Option<String> {
    let (before, rest) = text.split_once("vec![")?;
    let (calls, after) = rest.split_once(']')?;
    let calls = calls.split(',').map(str::trim);
    let mut calls: Vec<String> = calls
        .filter(|call| !call.is_empty())
        .map(str::to_owned)
        .collect();
    calls.push(format!("{krate}::game()"));
    // In the order of slugs, where a hyphen stands for the underscore.
    calls.sort_by_key(|call| call.trim_end_matches("::game()").replace('_', "-"));
    let line = calls.join(", ");
    let calls = if line.len() <= SHORT {
        line
    } else {
        format!("\n        {},\n    ", calls.join(",\n        "))
    };
    Some(format!("{before}vec![{calls}]{after}"))
}

/// How long a list may be that rustfmt keeps on one line.
const SHORT: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_among_its_neighbours() {
        let text =
            "[workspace]\n\n[dependencies]\n# ours\ndiv = 1\nzoo = 1\n\n# theirs\nanyhow = 1\n";
        let with = |line| with_line(text, "[dependencies]", line).unwrap();
        assert_eq!(
            with("beer = 2"),
            text.replace("div = 1\n", "beer = 2\ndiv = 1\n")
        );
        assert_eq!(
            with("poker = 2"),
            text.replace("zoo = 1\n", "poker = 2\nzoo = 1\n")
        );
        assert_eq!(
            with("zz = 2"),
            text.replace("zoo = 1\n", "zoo = 1\nzz = 2\n")
        );
        assert_eq!(with_line(text, "[features]", "zz = 2"), None);
    }

    #[test]
    fn a_game_is_called_among_the_others_in_the_layout_of_rustfmt() {
        let one = "fn games() {\n    vec![div::game()]\n}\n";
        let two = with_game(one, "beer").unwrap();
        assert_eq!(
            two,
            "fn games() {\n    vec![beer::game(), div::game()]\n}\n"
        );
        let many = ["cournot", "blackjack", "public_goods"];
        let many = many
            .iter()
            .fold(two, |text, krate| with_game(&text, krate).unwrap());
        assert_eq!(
            many,
            "fn games() {\n    vec![\n        beer::game(),\n        blackjack::game(),\n        cournot::game(),\n        div::game(),\n        public_goods::game(),\n    ]\n}\n"
        );
        assert!(
            with_game(&many, "calc")
                .unwrap()
                .contains("\n        calc::game(),\n")
        );
        let hyphens = with_game("vec![a1::game(), a::game()]", "a_b");
        assert_eq!(
            hyphens.as_deref(),
            Some("vec![a::game(), a_b::game(), a1::game()]")
        );
        assert_eq!(with_game("fn games() {}", "beer"), None);
    }

    #[test]
    fn the_book_begins_with_what_is_made() {
        let page = include_str!("../../docs/book/first-game.md");
        let made = library(&NewGame::new("two-thirds", None, &[]).unwrap());
        let (_, rules) = made.split_once('\n').unwrap();
        assert!(page.contains(rules), "{rules}");
    }

    #[test]
    fn a_new_game_is_short() {
        let game = NewGame::new("adder", None, &["Left".to_owned(), "Right".to_owned()]).unwrap();
        let text = library(&game);
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= 25, "{lines} lines that are not blank:\n{text}");
        assert!(text.contains(".roles([\"Left\", \"Right\"])"), "{text}");
        assert!(test(&game).contains("json!({\"total\": 4.0})"));
    }
}
