//! What a game has beside procedures: callbacks, subscriptions, hooks.

use std::any::type_name;
use std::sync::Arc;

use crate::builder::{GameBuilder, ScopeBuilder};
use crate::call::ErasedHandler;
use crate::handler::Handler;
use crate::scope::on;

/// A handler without its type, and how its author calls it.
pub(crate) fn erased<S, A, H: Handler<S, A>>(handler: H) -> (ErasedHandler, &'static str) {
    (Arc::new(move |call| handler.call(call)), type_name::<H>())
}

/// Callbacks: free `async` functions with arguments as procedures have them, called by the service. They run after what they tell of has been
/// stored and told, in the order of the run's other work, under the time limit of procedures. What one refuses, and that it panicked or took
/// too long, is in the log and on the error topics of the run's leaders; nothing else stops for it.
impl GameBuilder {
    /// Called when a run has come to its next phase; `advance_phase` is answered when it has ended.
    pub fn on_advance_phase<A, H: Handler<on::advance_phase, A>>(self, callback: H) -> Self {
        self.on::<on::advance_phase, A, H>(callback)
    }

    /// Called when a run has gone back to the phase before.
    pub fn on_rollback_phase<A, H: Handler<on::rollback_phase, A>>(self, callback: H) -> Self {
        self.on::<on::rollback_phase, A, H>(callback)
    }

    /// Called when somebody new is in a run.
    pub fn on_runuser_created<A, H: Handler<on::runuser_created, A>>(self, callback: H) -> Self {
        self.on::<on::runuser_created, A, H>(callback)
    }

    /// Called when somebody is in a run no more; `RunUser::row` is what they were.
    pub fn on_runuser_deleted<A, H: Handler<on::runuser_deleted, A>>(self, callback: H) -> Self {
        self.on::<on::runuser_deleted, A, H>(callback)
    }

    /// Called when a run has been loaded: when the service starts, when the run is made, and when it is taken out again.
    pub fn on_start<A, H: Handler<on::start, A>>(self, callback: H) -> Self {
        self.on::<on::start, A, H>(callback)
    }

    /// Called when a run is left: when the service stops, and when the run is put away. Nothing is promised where the process is killed.
    pub fn on_stop<A, H: Handler<on::stop, A>>(self, callback: H) -> Self {
        self.on::<on::stop, A, H>(callback)
    }

    /// Called when somebody of a run is there: once, however many pages they open.
    pub fn on_connected<A, H: Handler<on::connected, A>>(self, callback: H) -> Self {
        self.on::<on::connected, A, H>(callback)
    }

    /// Called when the last session of somebody who was there has ended.
    pub fn on_disconnected<A, H: Handler<on::disconnected, A>>(self, callback: H) -> Self {
        self.on::<on::disconnected, A, H>(callback)
    }

    /// Called when the games API tells of a change at or below a run, whoever made it: `scenario.created`, `runuser.changed`,
    /// `decision.deleted`. The same change may be told more than once.
    pub fn hook<A, H: Handler<on::hook, A>>(mut self, change: &str, callback: H) -> Self {
        let (handler, _) = erased(callback);
        self.registered.hooks.push((change.to_owned(), handler));
        self
    }

    fn on<S: on::Occasion, A, H: Handler<S, A>>(mut self, callback: H) -> Self {
        let (handler, _) = erased(callback);
        self.registered.callbacks.push((S::CALLBACK, handler));
        self
    }
}

impl<S: on::Called + on::Scope> ScopeBuilder<S> {
    /// Called when somebody who may see the scope publishes to `<root topic>.model.<scope>.<pk>.<topic>`, with what they published as
    /// arguments. Nobody else hears it: what is to be told to others, the game publishes. It has no answer; what it refuses is on the
    /// error topic of whoever published.
    pub fn subscribe<A, H: Handler<S, A>>(mut self, topic: &str, handler: H) -> Self {
        let (handler, _) = erased(handler);
        self.subscriptions.push((topic.to_owned(), handler));
        self
    }
}
