//! Nicknames: what somebody is called in a run who has no account.

use simpl::Rejected;
use unicode_normalization::UnicodeNormalization;

/// Characters of a nickname at most: what the games API takes as a first name.
const LONGEST: usize = 30;

/// A nickname as it is shown: in Unicode's form NFC, without blanks around it and with single blanks inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nickname(String);

impl Nickname {
    /// The nickname that somebody has typed.
    ///
    /// # Errors
    /// It is empty or too long, or has characters that cannot be seen.
    pub fn parse(text: &str) -> Result<Self, Rejected> {
        let refused = |message: String| {
            let expected = format!("1 to {LONGEST} characters that can be seen");
            Err(Rejected::invalid_argument(message, expected, text))
        };
        // Whoever sends a novel need not have it normalised.
        if text.len() > 64 * LONGEST {
            return refused(format!(
                "this nickname is too long: {LONGEST} characters at most"
            ));
        }
        let composed: String = text.nfc().collect();
        let words: Vec<&str> = composed.split_whitespace().collect();
        let name = words.join(" ");
        match name.chars().count() {
            0 => refused("a nickname is expected: type what the others know you by".to_owned()),
            length if length > LONGEST => refused(format!(
                "this nickname has {length} characters: {LONGEST} at most"
            )),
            _ if name.chars().any(is_unseen) => {
                refused("this nickname has characters that cannot be seen: type it anew".to_owned())
            }
            _ if fold(&name).is_empty() => {
                refused("a nickname is expected: type what the others know you by".to_owned())
            }
            _ => Ok(Self(name)),
        }
    }

    /// As it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two nicknames have in common that count as the same: however they are written, small or large.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// A name as it is compared with others.
#[must_use]
pub(super) fn fold(name: &str) -> String {
    let plain = name.nfkc().filter(|c| !is_joiner(*c));
    let small: String = plain.flat_map(char::to_lowercase).nfkc().collect();
    small.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Do they only say how the letters beside them are joined? Some scripts and emoji need them.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Is it a control character, or one that only moves or hides others?
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Nickname {
        Nickname::parse(text).unwrap()
    }

    #[test]
    fn a_nickname_is_trimmed_and_composed() {
        assert_eq!(name("  Ada \t King ").as_str(), "Ada King");
        assert_eq!(name("Jose\u{301}").as_str(), "José");
        assert_eq!(name(&"x".repeat(30)).as_str().len(), 30);
    }

    #[test]
    fn what_cannot_be_told_apart_is_the_same() {
        let ada = name("Ada").folded();
        for same in ["ADA", " ada ", "A\u{200d}da", "Ａｄａ"] {
            assert_eq!(name(same).folded(), ada, "{same}");
        }
        assert_eq!(name("STRASSE").folded(), name("strasse").folded());
        assert_eq!(name("İ").folded(), name("i\u{307}").folded());
        assert_ne!(name("Ada").folded(), name("Adá").folded());
    }

    #[test]
    fn what_is_no_name_is_refused_with_what_is_expected() {
        for wrong in [
            "",
            "   ",
            "\u{200d}",
            "a\u{0}b",
            "a\u{202e}b",
            "a\u{200b}",
            &"x".repeat(31),
            &"x".repeat(100_000),
        ] {
            let refused = Nickname::parse(wrong).unwrap_err();
            assert_eq!(refused.code(), "invalid_argument");
        }
    }
}
