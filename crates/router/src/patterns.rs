//! Patterns by which topics and procedures are found.

mod prefixes;
mod wildcards;

use std::collections::HashMap;

use prefixes::Prefixes;
use wamp::MatchPolicy;
use wildcards::Wildcards;

/// Values filed under (policy, pattern), found by the URIs that the patterns match.
#[derive(Debug)]
pub(crate) struct Patterns<T> {
    exact: HashMap<String, T>,
    prefixes: Prefixes<T>,
    wildcards: Wildcards<T>,
}

impl<T> Default for Patterns<T> {
    fn default() -> Self {
        Self {
            exact: HashMap::new(),
            prefixes: Prefixes::default(),
            wildcards: Wildcards::default(),
        }
    }
}

impl<T> Patterns<T> {
    /// What is filed under exactly this pattern.
    pub(crate) fn get(&self, policy: MatchPolicy, pattern: &str) -> Option<&T> {
        match policy {
            MatchPolicy::Exact => self.exact.get(pattern),
            MatchPolicy::Prefix => self.prefixes.get(pattern),
            MatchPolicy::Wildcard => self.wildcards.get(pattern),
        }
    }

    /// Files `value`. There must be nothing under this pattern yet.
    pub(crate) fn insert(&mut self, policy: MatchPolicy, pattern: &str, value: T) {
        match policy {
            MatchPolicy::Exact => {
                self.exact.insert(pattern.to_owned(), value);
            }
            MatchPolicy::Prefix => self.prefixes.insert(pattern, value),
            MatchPolicy::Wildcard => self.wildcards.insert(pattern, value),
        }
    }

    pub(crate) fn remove(&mut self, policy: MatchPolicy, pattern: &str) {
        match policy {
            MatchPolicy::Exact => {
                self.exact.remove(pattern);
            }
            MatchPolicy::Prefix => self.prefixes.remove(pattern),
            MatchPolicy::Wildcard => self.wildcards.remove(pattern),
        }
    }

    /// Everything whose pattern matches, best match first: the exact one, then prefixes from the
    /// longest to the shortest, then wildcards, those with the longer literal beginnings first.
    pub(crate) fn matching<'a>(&'a self, uri: &'a str) -> impl Iterator<Item = &'a T> {
        let exact = self.exact.get(uri).into_iter();
        exact
            .chain(self.prefixes.matching(uri))
            .chain(self.wildcards.matching(uri))
    }

    /// The best match.
    pub(crate) fn best<'a>(&'a self, uri: &'a str) -> Option<&'a T> {
        self.matching(uri).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MatchPolicy::{Exact, Prefix, Wildcard};
    use proptest::collection::hash_set;
    use proptest::prelude::*;
    use wamp::uri;

    type Pattern = (MatchPolicy, String);

    fn index<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Patterns<Pattern> {
        let mut index = Patterns::default();
        for pattern in patterns {
            index.insert(pattern.0, &pattern.1, pattern.clone());
        }
        index
    }

    fn best(patterns: &[(MatchPolicy, &str)], uri: &str) -> Option<String> {
        let patterns: Vec<Pattern> = patterns
            .iter()
            .map(|(p, s)| (*p, (*s).to_owned()))
            .collect();
        index(&patterns).best(uri).map(|found| found.1.clone())
    }

    #[test]
    fn pitfall_14_exact_beats_prefix_and_any_prefix_beats_any_wildcard() {
        let patterns = [(Wildcard, "a.b."), (Prefix, "a"), (Exact, "a.b.c")];
        assert_eq!(best(&patterns, "a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(best(&patterns, "a.b.d").as_deref(), Some("a"));
        assert_eq!(best(&patterns, "x.b.d"), None);
    }

    #[test]
    fn pitfall_14_the_prefix_with_most_components_wins() {
        let patterns = [
            (Prefix, "a"),
            (Prefix, "a.b"),
            (Prefix, "a.b.c.d"),
            (Prefix, "a.bc"),
        ];
        assert_eq!(best(&patterns, "a.b.c").as_deref(), Some("a.b"));
        assert_eq!(best(&patterns, "a.bc").as_deref(), Some("a.bc"));
    }

    #[test]
    fn pitfall_14_the_wildcard_with_the_longest_literal_beginning_wins() {
        let patterns = [
            (Wildcard, "rr..b.c"),
            (Wildcard, "rr.a..c"),
            (Wildcard, "rr.a.."),
        ];
        assert_eq!(best(&patterns, "rr.a.b.c").as_deref(), Some("rr.a..c"));
        assert_eq!(best(&patterns, "rr.a.b.d").as_deref(), Some("rr.a.."));
    }

    /// The runs of literal components before each wildcard.
    fn literal_runs(pattern: &str) -> Vec<usize> {
        let mut runs = vec![0];
        for part in pattern.split('.') {
            match (part.is_empty(), runs.last_mut()) {
                (false, Some(run)) => *run += 1,
                _ => runs.push(0),
            }
        }
        runs
    }

    /// Precedence written the slow and obvious way: greater is better.
    fn rank((policy, pattern): &Pattern) -> (u8, usize, Vec<usize>) {
        match policy {
            Exact => (2, 0, vec![]),
            Prefix => (1, pattern.len(), vec![]),
            Wildcard => (0, 0, literal_runs(pattern)),
        }
    }

    fn pattern() -> impl Strategy<Value = Pattern> {
        prop_oneof![
            "[ab]{1,2}(\\.[ab]){0,3}".prop_map(|uri| (Exact, uri)),
            "([ab]\\.){0,3}[ab]{0,2}".prop_map(|uri| (Prefix, uri)),
            "[ab]?(\\.[ab]?){1,3}".prop_map(|uri| (Wildcard, uri)),
        ]
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_naive_search_finds_in_the_same_order(
            patterns in hash_set(pattern(), 0..20),
            removed in hash_set(pattern(), 0..20),
            uri in "[ab]{1,2}(\\.[ab]){0,3}",
        ) {
            let mut index = index(patterns.union(&removed));
            for (policy, pattern) in &removed {
                index.remove(*policy, pattern);
            }
            let mut naive: Vec<_> = patterns
                .difference(&removed)
                .filter(|(policy, pattern)| uri::matches(*policy, pattern, &uri))
                .cloned()
                .collect();
            naive.sort_by_key(|pattern| std::cmp::Reverse(rank(pattern)));
            let found: Vec<_> = index.matching(&uri).cloned().collect();
            prop_assert_eq!(&found, &naive);
            prop_assert_eq!(index.best(&uri), naive.first());
        }
    }
}
