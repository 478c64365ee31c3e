//! Patterns with empty components that match any component.

use std::collections::{BTreeMap, HashMap};

/// Where a pattern has its wildcards, component by component. Literal sorts before wild, so that
/// masks sort by how much is literal before the first difference: from best to worst.
type Mask = Vec<bool>;

/// Wildcard patterns, found by blanking the components of a URI as each mask in use says, and
/// looking that up: one lookup for each mask, however many patterns share it.
#[derive(Debug)]
pub(super) struct Wildcards<T> {
    values: HashMap<String, T>,
    /// Number of components → mask → how many patterns have it.
    masks: BTreeMap<usize, BTreeMap<Mask, usize>>,
}

impl<T> Default for Wildcards<T> {
    fn default() -> Self {
        Self {
            values: HashMap::new(),
            masks: BTreeMap::new(),
        }
    }
}

impl<T> Wildcards<T> {
    pub(super) fn get(&self, pattern: &str) -> Option<&T> {
        self.values.get(pattern)
    }

    pub(super) fn insert(&mut self, pattern: &str, value: T) {
        if self.values.insert(pattern.to_owned(), value).is_none() {
            let mask = mask_of(pattern);
            let masks = self.masks.entry(mask.len()).or_default();
            *masks.entry(mask).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, pattern: &str) {
        if self.values.remove(pattern).is_none() {
            return;
        }
        let mask = mask_of(pattern);
        let Some(masks) = self.masks.get_mut(&mask.len()) else {
            return;
        };
        if let Some(count) = masks.get_mut(&mask) {
            *count -= 1;
            if *count == 0 {
                masks.remove(&mask);
            }
        }
        if masks.is_empty() {
            self.masks.remove(&mask.len());
        }
    }

    pub(super) fn matching<'a>(&'a self, uri: &'a str) -> impl Iterator<Item = &'a T> {
        let components = match self.masks.is_empty() {
            true => 0,
            false => uri.split('.').count(),
        };
        let masks = self.masks.get(&components).into_iter().flatten();
        masks.filter_map(move |(mask, _)| self.values.get(&blank(uri, mask)))
    }
}

fn mask_of(pattern: &str) -> Mask {
    pattern.split('.').map(str::is_empty).collect()
}

/// `uri` with the wild components emptied.
fn blank(uri: &str, mask: &[bool]) -> String {
    let mut pattern = String::with_capacity(uri.len());
    for (position, (part, wild)) in uri.split('.').zip(mask).enumerate() {
        if position > 0 {
            pattern.push('.');
        }
        if !wild {
            pattern.push_str(part);
        }
    }
    pattern
}
