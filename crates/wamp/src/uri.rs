//! URIs and patterns: which are valid, and what matches what.
//!
//! A URI is components between dots. A pattern is a URI (`exact`), the beginning of one
//! (`prefix`, compared as text: `pa` matches `pat.a`) or a URI with empty components that stand
//! for exactly one component each (`wildcard`).

use std::fmt;
use std::str::FromStr;

/// How a topic or procedure pattern is matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchPolicy {
    /// The URI itself.
    #[default]
    Exact,
    /// Every URI that begins with this text.
    Prefix,
    /// Every URI of as many components, where an empty component of the pattern fits any.
    Wildcard,
}

impl MatchPolicy {
    /// The word for it in the `match` option.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Prefix => "prefix",
            Self::Wildcard => "wildcard",
        }
    }
}

impl fmt::Display for MatchPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A `match` option that names no policy.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected match to be \"exact\", \"prefix\" or \"wildcard\", got {got:?}")]
pub struct UnknownPolicy {
    /// The word that was given.
    pub got: String,
}

impl FromStr for MatchPolicy {
    type Err = UnknownPolicy;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "exact" => Ok(Self::Exact),
            "prefix" => Ok(Self::Prefix),
            "wildcard" => Ok(Self::Wildcard),
            other => Err(UnknownPolicy {
                got: other.to_owned(),
            }),
        }
    }
}

/// Which characters a component may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Anything but white space, `.` and `#`: what routers in the field accept.
    #[default]
    Loose,
    /// Only `0-9`, `a-z` and `_`: what the specification recommends.
    Strict,
}

/// Whether `uri` is a complete URI: one or more components, none of them empty.
#[must_use]
pub fn is_valid(uri: &str, strictness: Strictness) -> bool {
    uri.split('.')
        .all(|part| !part.is_empty() && is_component(part, strictness))
}

/// Whether `pattern` is valid under `policy`: empty components only in wildcards, and at the end
/// of a prefix; a prefix may be empty altogether.
#[must_use]
pub fn is_valid_pattern(policy: MatchPolicy, pattern: &str, strictness: Strictness) -> bool {
    match policy {
        MatchPolicy::Exact => is_valid(pattern, strictness),
        MatchPolicy::Prefix => match pattern.rsplit_once('.') {
            None => is_component(pattern, strictness),
            Some((whole, last)) => is_valid(whole, strictness) && is_component(last, strictness),
        },
        MatchPolicy::Wildcard => {
            !pattern.is_empty()
                && pattern
                    .split('.')
                    .all(|part| is_component(part, strictness))
        }
    }
}

/// Whether the protocol keeps this URI for the router: `wamp` and everything below it.
#[must_use]
pub fn is_reserved(uri: &str) -> bool {
    uri.strip_prefix("wamp")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether `pattern` under `policy` matches the complete URI `uri`.
#[must_use]
pub fn matches(policy: MatchPolicy, pattern: &str, uri: &str) -> bool {
    match policy {
        MatchPolicy::Exact => pattern == uri,
        MatchPolicy::Prefix => uri.starts_with(pattern),
        MatchPolicy::Wildcard => {
            let mut parts = uri.split('.');
            let fits = pattern.split('.').all(|want| {
                parts
                    .next()
                    .is_some_and(|got| want.is_empty() || want == got)
            });
            fits && parts.next().is_none()
        }
    }
}

fn is_component(part: &str, strictness: Strictness) -> bool {
    match strictness {
        Strictness::Loose => !part.contains(|c: char| c.is_whitespace() || c == '#'),
        Strictness::Strict => part
            .bytes()
            .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase() || c == b'_'),
    }
}

#[cfg(test)]
mod tests {
    use super::MatchPolicy::{Exact, Prefix, Wildcard};
    use super::Strictness::{Loose, Strict};
    use super::*;

    #[test]
    fn pitfall_10_loose_uris_take_what_the_field_uses() {
        for uri in ["a", "world.simpl.sims.simpl-div.model.run.1", "A.ü.9"] {
            assert!(is_valid(uri, Loose), "{uri}");
        }
        for uri in [
            "", ".", "a.", ".a", "a..b", "a b", "a\tb", "a.#", "a\u{a0}b",
        ] {
            assert!(!is_valid(uri, Loose), "{uri:?}");
        }
    }

    #[test]
    fn pitfall_10_strict_uris_are_lower_case_letters_digits_and_underscores() {
        assert!(is_valid("com.example_2.x", Strict));
        assert!(!is_valid("com.simpl-div", Strict));
        assert!(!is_valid("com.Example", Strict));
    }

    #[test]
    fn pitfall_10_empty_components_are_for_patterns() {
        assert!(is_valid_pattern(
            Wildcard,
            "model.period..submit_decision",
            Loose
        ));
        assert!(is_valid_pattern(Wildcard, ".", Loose));
        assert!(is_valid_pattern(Prefix, "", Loose));
        assert!(is_valid_pattern(Prefix, "a.b.", Loose));
        for (policy, pattern) in [
            (Exact, "a..b"),
            (Prefix, "a..b"),
            (Prefix, "."),
            (Prefix, "a b"),
            (Wildcard, ""),
            (Wildcard, "a..b c"),
        ] {
            assert!(
                !is_valid_pattern(policy, pattern, Loose),
                "{policy} {pattern:?}"
            );
        }
    }

    #[test]
    fn pitfall_22_prefixes_match_as_text_and_wildcards_by_component() {
        assert!(matches(Prefix, "pa", "pat.a.b"));
        assert!(matches(Prefix, "", "anything"));
        assert!(!matches(Prefix, "pat.a.b.c", "pat.a.b"));
        assert!(matches(Wildcard, "a..c", "a.b.c"));
        assert!(!matches(Wildcard, "a..c", "a.b.c.d"));
        assert!(!matches(Wildcard, "a..c", "a.c"));
        assert!(!matches(Exact, "a.b", "a.b.c"));
    }

    #[test]
    fn only_wamp_and_what_is_below_it_is_reserved() {
        assert!(is_reserved("wamp.session.count"));
        assert!(is_reserved("wamp"));
        assert!(!is_reserved("wampum.shop"));
        assert!(!is_reserved("com.wamp.x"));
    }
}
