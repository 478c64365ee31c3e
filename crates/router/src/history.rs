//! The events of a topic, kept up to a bound.

use std::collections::VecDeque;
use std::sync::Arc;

use wamp::{Id, MatchPolicy, error};

use crate::SessionInfo;
use crate::options::invalid;
use crate::publication::Publication;
use crate::task::Refusal;

/// Topics whose events are kept, to be read with `wamp.subscription.get_events` by whoever may subscribe to them.
///
/// An event for certain sessions (`eligible`, `exclude`) is not kept: who comes later has another session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRule {
    /// The topic, or a pattern of topics.
    pub topic: String,
    /// How `topic` is meant.
    pub match_policy: MatchPolicy,
    /// How many events are kept; the oldest go first.
    pub events: usize,
    /// How many bytes they may take together.
    pub bytes: usize,
}

/// The events of one subscription, oldest first.
#[derive(Debug)]
pub(crate) struct History {
    events: usize,
    bytes: usize,
    kept: VecDeque<(usize, Arc<Publication>)>,
    held: usize,
}

/// Which events somebody wants.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) reverse: bool,
    pub(crate) limit: Option<usize>,
    pub(crate) topic: Option<String>,
    pub(crate) times: Vec<(Side, time::Duration)>,
    pub(crate) publications: Vec<(Side, Id)>,
}

/// On which side of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// At or after it.
    From,
    After,
    Before,
    /// At or before it.
    Until,
}

impl Side {
    /// The words for them that names of arguments begin with.
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("from", Self::From),
        ("after", Self::After),
        ("before", Self::Before),
        ("until", Self::Until),
    ];

    fn has<T: PartialOrd>(self, what: &T, border: &T) -> bool {
        match self {
            Self::From => what >= border,
            Self::After => what > border,
            Self::Before => what < border,
            Self::Until => what <= border,
        }
    }
}

impl History {
    pub(crate) fn new(rule: &HistoryRule) -> Self {
        Self {
            events: rule.events,
            bytes: rule.bytes,
            kept: VecDeque::new(),
            held: 0,
        }
    }

    pub(crate) fn keep(&mut self, publication: &Arc<Publication>) {
        let size = publication.size();
        if size > self.bytes {
            return;
        }
        self.held += size;
        self.kept.push_back((size, Arc::clone(publication)));
        while self.kept.len() > self.events || self.held > self.bytes {
            let Some((size, _)) = self.kept.pop_front() else {
                return;
            };
            self.held -= size;
        }
    }

    /// The events that are wanted, of those that `viewer` may see.
    pub(crate) fn select(
        &self,
        wanted: &Wanted,
        viewer: &SessionInfo,
    ) -> Result<Vec<&Publication>, Refusal> {
        let all = self.kept.iter().map(|(_, publication)| &**publication);
        let visible: Vec<_> = all
            .filter(|publication| publication.audience.shows(viewer))
            .collect();
        // Ids are in no order: each stands for a place.
        let mut places = Vec::new();
        for (side, id) in &wanted.publications {
            let place = visible.iter().position(|publication| publication.id == *id);
            let place = place.ok_or_else(|| {
                invalid(format!(
                    "expected a publication that is kept in this history, got {id}"
                ))
            })?;
            places.push((*side, place));
        }
        let fits = |place: usize, publication: &Publication| {
            let at = time::Duration::try_from(publication.at).unwrap_or(time::Duration::MAX);
            let topic = wanted.topic.as_ref();
            places.iter().all(|(side, border)| side.has(&place, border))
                && wanted.times.iter().all(|(side, time)| side.has(&at, time))
                && topic.is_none_or(|topic| *topic == publication.topic)
        };
        let fitting = visible.iter().enumerate();
        let fitting = fitting.filter(|(place, publication)| fits(*place, publication));
        let fitting = fitting.map(|(_, publication)| *publication);
        let limit = wanted.limit.unwrap_or(usize::MAX);
        Ok(match wanted.reverse {
            true => fitting.rev().take(limit).collect(),
            false => fitting.take(limit).collect(),
        })
    }
}

/// There is no history for this subscription.
pub(crate) fn unavailable(subscription: Id) -> Refusal {
    let message = format!(
        "expected a subscription whose events are kept, got {subscription}; this realm keeps none for it"
    );
    Refusal::new(error::HISTORY_UNAVAILABLE, message)
}
