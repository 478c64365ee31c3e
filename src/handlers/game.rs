//! Procedures and topics of the game itself: they belong to no run, and run one after another.

use std::sync::Arc;

use serde_json::Value;
use simpl::{Call, Rejected, ScopeKind};

use super::{HandlerDesk, Next, Where, Wish, Work, missing_period};
use crate::game::Hosted;
use crate::turns::Submission;

impl Hosted {
    /// Runs a handler of the game's own scope.
    ///
    /// # Errors
    /// What the handler refused, or why it could not run.
    pub async fn handle(self: Arc<Self>, submission: Submission) -> Result<Value, Rejected> {
        let on = ScopeKind::Game;
        let (desk, wishes) = HandlerDesk::new(&self, Where::Game, submission.viewer, on);
        let mut call = Call::new(on, 0, 0, desk);
        call.args = submission.args;
        call.kwargs = submission.kwargs;
        let limit = self.limits.handler;
        let mut work = Work::new("a procedure", submission.handler, call, wishes, limit);
        loop {
            match work.next().await {
                // Nothing is owned here: rows go to the actors that own them.
                Next::Wish(Wish::Decide { done, .. }) => drop(done.send(Err(missing_period()))),
                Next::Wish(Wish::Absorb(_, done) | Wish::Remove(_, done)) => drop(done.send(())),
                Next::Done(done) => return done,
            }
        }
    }
}
