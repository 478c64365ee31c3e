//! What was published and is kept for those who come later.

use std::sync::Arc;
use std::time::Duration;

use wamp::{Dict, Id, MatchPolicy, Payload};

use crate::SessionInfo;
use crate::audience::Audience;

/// What one of them counts for besides what it says, in bytes.
const OVERHEAD: usize = 256;

/// One publication with everything that decides who may see it.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) id: Id,
    pub(crate) at: Duration,
    pub(crate) topic: String,
    pub(crate) publisher: Arc<SessionInfo>,
    pub(crate) audience: Audience,
    /// Of its events, `topic` excepted.
    pub(crate) details: Dict,
    pub(crate) payload: Payload,
}

impl Publication {
    /// Details of its event for a subscription of that kind.
    pub(crate) fn details(&self, policy: MatchPolicy) -> Dict {
        let mut details = self.details.clone();
        if policy != MatchPolicy::Exact {
            details.insert("topic".to_owned(), self.topic.as_str().into());
        }
        details
    }

    /// What it takes to keep it, in bytes.
    pub(crate) fn size(&self) -> usize {
        let details = serde_json::to_vec(&self.details).map_or(0, |text| text.len());
        OVERHEAD + self.topic.len() + details + self.audience.size() + self.payload.len()
    }
}
