//! The last events of topics, for those who subscribe later and ask for them.

use std::collections::HashMap;
use std::sync::Arc;

use wamp::{MatchPolicy, uri};

use crate::publication::Publication;
use crate::{Limits, SessionInfo};

/// How many events of one topic are kept: one for everybody, one for who published that, and later ones for some.
const OF_ONE_TOPIC: usize = 16;

/// Events that were published with `retain`. As good as can be, not more: when there is no room left, an event of another topic is published
/// and not kept.
#[derive(Debug, Default)]
pub(crate) struct Retained {
    /// Topic → its events, oldest first.
    topics: HashMap<String, Vec<(u64, Arc<Publication>)>>,
    events: usize,
    bytes: usize,
    /// How many have been kept ever.
    count: u64,
}

impl Retained {
    pub(crate) fn keep(&mut self, publication: &Arc<Publication>, limits: &Limits) {
        let mut there = self.topics.remove(&publication.topic).unwrap_or_default();
        for (_, old) in &there {
            self.events -= 1;
            self.bytes -= old.size();
        }
        // Whoever comes gets the newest that is for them.
        if !publication.audience.is_restricted() {
            // This one is for everybody; only its publisher may still have use for an older one.
            let publisher = &publication.publisher;
            let mut latest = there.into_iter().rev();
            let other = match publication.audience.admits(publisher.id, publisher) {
                true => None,
                false => latest.find(|(_, old)| old.audience.admits(old.publisher.id, publisher)),
            };
            there = other.into_iter().collect();
        } else if there.len() >= OF_ONE_TOPIC {
            let oldest = there.iter();
            let mut oldest = oldest.map(|(_, old)| old.audience.is_restricted());
            there.remove(oldest.position(|restricted| restricted).unwrap_or(0));
        }
        let size: usize = there.iter().map(|(_, old)| old.size()).sum();
        let events = self.events + there.len() + 1;
        let bytes = self.bytes + size + publication.size();
        if events <= limits.retained_events && bytes <= limits.retained_bytes {
            self.count += 1;
            there.push((self.count, Arc::clone(publication)));
        }
        for (_, kept) in &there {
            self.events += 1;
            self.bytes += kept.size();
        }
        if !there.is_empty() {
            self.topics.insert(publication.topic.clone(), there);
        }
    }

    /// What somebody who subscribes to this gets: of each topic the newest event they may see, in the order in which they were published.
    pub(crate) fn of(
        &self,
        policy: MatchPolicy,
        pattern: &str,
        viewer: &SessionInfo,
    ) -> Vec<Arc<Publication>> {
        let newest = |events: &Vec<(u64, Arc<Publication>)>| {
            let mut latest = events.iter().rev();
            latest
                .find(|(_, event)| event.audience.admits(event.publisher.id, viewer))
                .cloned()
        };
        let mut found: Vec<_> = match policy {
            MatchPolicy::Exact => self
                .topics
                .get(pattern)
                .and_then(newest)
                .into_iter()
                .collect(),
            _ => {
                let topics = self.topics.iter();
                let matching = topics.filter(|(topic, _)| uri::matches(policy, pattern, topic));
                matching.filter_map(|(_, events)| newest(events)).collect()
            }
        };
        found.sort_unstable_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, event)| event).collect()
    }
}
