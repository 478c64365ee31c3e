//! What a games API says of itself at its root.

use serde::{Deserialize, Serialize};

use crate::{Map, Resource};

/// The answer of `GET /apis/`: the address of each collection and, where there are any, of what a games API offers beyond the
/// original (`changes`, `batch`, `leases`). The original lists only collections.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Announcement {
    links: Map,
}

impl Announcement {
    /// Announces every collection, `authcheck` and the given extras below the base address (`http://host/apis/`), each extra by its name and
    /// the path that it is at or below.
    #[must_use]
    pub fn below(base: &str, extras: &[(&str, &str)]) -> Self {
        let mut names: Vec<&str> = Resource::ALL.iter().map(|r| r.collection()).collect();
        names.push("authcheck");
        names.sort_unstable();
        let names = names.into_iter().map(|name| (name, name));
        let links = names
            .chain(extras.iter().copied())
            .map(|(name, path)| (name.to_owned(), format!("{base}{path}/").into()))
            .collect();
        Self { links }
    }

    /// True when that name is offered.
    #[must_use]
    pub fn offers(&self, name: &str) -> bool {
        self.links.contains_key(name)
    }

    /// True when changes can be read as a stream, so that no webhook is needed.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.offers("changes")
    }

    /// True when many writes fit into one request.
    #[must_use]
    pub fn has_batch(&self) -> bool {
        self.offers("batch")
    }

    /// True when what leaders do can be recorded, and read again.
    #[must_use]
    pub fn has_audit(&self) -> bool {
        self.has_batch() && self.offers("audit")
    }

    /// True when a rewind keeps what it takes out of play.
    #[must_use]
    pub fn has_history(&self) -> bool {
        self.has_batch() && self.offers("history")
    }

    /// True when a game can be held by one service at a time.
    #[must_use]
    pub fn has_leases(&self) -> bool {
        self.offers("leases")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_announces_changes_and_the_original_does_not() {
        let ours = Announcement::below(
            "http://127.0.0.1:8100/apis/",
            &[
                ("changes", "changes"),
                ("batch", "batch"),
                ("audit", "runs"),
            ],
        );
        assert!(ours.has_batch() && ours.has_audit() && !ours.has_leases());
        assert!(ours.has_changes() && ours.offers("runusers") && ours.offers("authcheck"));
        let text = serde_json::to_string(&ours).unwrap();
        assert!(text.contains(r#""changes":"http://127.0.0.1:8100/apis/changes/""#));
        let original: Announcement =
            serde_json::from_str(r#"{"games":"http://h/apis/games/"}"#).unwrap();
        assert!(!original.has_changes() && !original.has_audit());
    }
}
