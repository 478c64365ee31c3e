//! What an author asks for: a name, a title, roles.

use std::collections::BTreeSet;

/// Why a game, or a role, cannot be called so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is no word of a topic.
    #[error(
        "{0:?} cannot be the name of a game: lower-case letters, digits and single hyphens are expected, beginning with a letter, at most 50{instead}",
        instead = suggestion(.0)
    )]
    Slug(String),
    /// It means something to Rust or to cargo.
    #[error(
        "{0:?} cannot be the name of a game, because it means something else to Rust: choose another, such as {0}-game"
    )]
    Word(String),
    /// It is a part of the service.
    #[error(
        "{0:?} cannot be the name of a game, because the service has a part that is called so: choose another, such as {0}-game"
    )]
    Part(String),
    /// A role has no name, or one that cannot be written down.
    #[error(
        "{0:?} cannot be the name of a role: some text of at most 50 letters on one line is expected, as in --roles Buyer,Seller"
    )]
    Role(String),
    /// Two roles have one name.
    #[error("the role {0:?} is named twice: each has a name of its own")]
    RoleTwice(String),
    /// The title is more than one line.
    #[error("the title has to be some text on one line, got {0:?}")]
    Title(String),
}

/// A game that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGame {
    slug: String,
    title: Option<String>,
    roles: Vec<String>,
}

impl NewGame {
    /// The game `slug`, with that title and those roles; without roles, all play the same one.
    ///
    /// # Errors
    /// Something cannot be called so.
    pub fn new(slug: &str, title: Option<&str>, roles: &[String]) -> Result<Self, NameError> {
        if !is_slug(slug) {
            return Err(NameError::Slug(slug.to_owned()));
        }
        if WORDS.contains(&slug) {
            return Err(NameError::Word(slug.to_owned()));
        }
        if PARTS.contains(&slug) {
            return Err(NameError::Part(slug.to_owned()));
        }
        if let Some(title) = title.filter(|title| !is_line(title)) {
            return Err(NameError::Title(title.to_owned()));
        }
        let roles: Vec<String> = roles.iter().map(|role| role.trim().to_owned()).collect();
        let mut names = BTreeSet::new();
        for role in &roles {
            if !is_line(role) || role.chars().count() > 50 {
                return Err(NameError::Role(role.clone()));
            }
            if !names.insert(role) {
                return Err(NameError::RoleTwice(role.clone()));
            }
        }
        Ok(Self {
            slug: slug.to_owned(),
            title: title.map(str::to_owned),
            roles,
        })
    }

    /// The game's short name, which is also that of its package.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The name of its crate in Rust.
    #[must_use]
    pub fn krate(&self) -> String {
        self.slug.replace('-', "_")
    }

    /// The game's name for people, where it was given.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The parts to play, each with one seat; none where all play the same.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }
}

/// What a package cannot be called: Rust's keywords, its own libraries, and folders that cargo makes.
const WORDS: [&str; 62] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "tests",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];
/// What the game's own files name, or the folder of games has.
const PARTS: [&str; 4] = ["all", "games-all", "modelservice", "simpl"];

fn is_slug(text: &str) -> bool {
    let words = text.split('-');
    text.len() <= 50
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && words.into_iter().all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(char::is_control)
}

/// What could be meant by a name that is no slug.
fn suggestion(name: &str) -> String {
    let letters = name.chars().map(|c| match c.to_ascii_lowercase() {
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
        _ => ' ',
    });
    let letters: String = letters.collect();
    let words: Vec<&str> = letters.split_whitespace().collect();
    let slug = words.join("-");
    let slug = slug.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    if is_slug(slug) {
        format!(", for example {slug}")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(slug: &str, roles: &[&str]) -> String {
        let roles: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
        NewGame::new(slug, None, &roles).unwrap_err().to_string()
    }

    #[test]
    fn a_name_that_is_none_is_refused_with_one_that_would_do() {
        for (name, instead) in [
            ("Public Goods", ", for example public-goods"),
            ("beer_game", ", for example beer-game"),
            ("2nd-price", ", for example nd-price"),
            ("a--b", ", for example a-b"),
            ("", ""),
            ("игра", ""),
        ] {
            let expected = format!(
                "{name:?} cannot be the name of a game: lower-case letters, digits and single hyphens are expected, beginning with a letter, at most 50{instead}"
            );
            assert_eq!(refusal(name, &[]), expected);
        }
        assert!(NewGame::new(&"a".repeat(51), None, &[]).is_err());
    }

    #[test]
    fn a_name_that_rust_or_the_service_has_taken_is_refused() {
        for (name, why) in [
            ("match", "means something else to Rust"),
            ("simpl", "the service has a part that is called so"),
        ] {
            let said = refusal(name, &[]);
            assert!(said.contains(why) && said.contains("such as"), "{said}");
        }
        assert!(WORDS.is_sorted(), "so that one finds what is there");
    }

    #[test]
    fn roles_have_names_of_their_own() {
        assert_eq!(
            refusal("beer", &["Buyer", " "]),
            "\"\" cannot be the name of a role: some text of at most 50 letters on one line is expected, as in --roles Buyer,Seller"
        );
        assert_eq!(
            refusal("beer", &["Buyer", " Buyer"]),
            "the role \"Buyer\" is named twice: each has a name of its own"
        );
        let game = NewGame::new("two-sides", None, &["A b".to_owned(), "C".to_owned()]).unwrap();
        assert_eq!(
            (game.krate().as_str(), game.roles()),
            ("two_sides", &["A b".to_owned(), "C".to_owned()][..])
        );
    }
}
