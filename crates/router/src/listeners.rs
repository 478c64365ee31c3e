//! Which topics somebody listens to, as publishers in the same process see it.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use wamp::Id;

use crate::patterns::Patterns;

/// The topics and patterns that somebody has subscribed to; clones share them. Locked for one look-up or one change at a time.
///
/// A subscription is here before its SUBSCRIBED is sent and before anything that its session says next is taken up. So a publisher who
/// first lets others see what happened and then looks here misses nobody: who subscribes later and then asks, sees it.
#[derive(Clone, Debug, Default)]
pub struct Listeners(Arc<RwLock<Patterns<Id>>>);

impl Listeners {
    /// Has anybody subscribed to this topic, or to a pattern that it matches?
    #[must_use]
    pub fn hear(&self, topic: &str) -> bool {
        self.read().best(topic).is_some()
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Patterns<Id>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Patterns<Id>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
