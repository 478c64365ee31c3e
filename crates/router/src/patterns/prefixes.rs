//! Patterns that match as the beginning of a URI.

use std::collections::{BTreeMap, HashMap};

/// Prefixes, found by looking up the beginnings of a URI, one for each length in use.
///
/// Of two prefixes of the same URI the longer one has at least as many components, so going from
/// long to short is going from best to worst.
#[derive(Debug)]
pub(super) struct Prefixes<T> {
    values: HashMap<String, T>,
    /// Length in bytes → how many prefixes have it.
    lengths: BTreeMap<usize, usize>,
}

impl<T> Default for Prefixes<T> {
    fn default() -> Self {
        Self {
            values: HashMap::new(),
            lengths: BTreeMap::new(),
        }
    }
}

impl<T> Prefixes<T> {
    pub(super) fn get(&self, prefix: &str) -> Option<&T> {
        self.values.get(prefix)
    }

    pub(super) fn insert(&mut self, prefix: &str, value: T) {
        if self.values.insert(prefix.to_owned(), value).is_none() {
            *self.lengths.entry(prefix.len()).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, prefix: &str) {
        if self.values.remove(prefix).is_none() {
            return;
        }
        if let Some(count) = self.lengths.get_mut(&prefix.len()) {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&prefix.len());
            }
        }
    }

    pub(super) fn matching<'a>(&'a self, uri: &'a str) -> impl Iterator<Item = &'a T> {
        let lengths = self.lengths.range(..=uri.len()).rev();
        // A length that would cut a character in two fits no prefix of this URI.
        lengths.filter_map(move |(length, _)| self.values.get(uri.get(..*length)?))
    }
}
