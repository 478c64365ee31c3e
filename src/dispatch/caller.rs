//! Whoever has called and waits for an answer.

use std::sync::Arc;

use serde_json::Value;
use simpl::Rejected;
use wamp::Payload;
use wamp_transport::Id;

use super::{Dispatcher, Invocation, Next};
use crate::game::{Hosted, Reached};
use crate::refusal;
use crate::sight::Viewer;

/// A call that is open: a job takes it along and answers it once.
pub(super) struct Caller {
    dispatcher: Arc<Dispatcher>,
    game: Arc<Hosted>,
    invocation: Id,
    viewer: Viewer,
}

impl Dispatcher {
    /// The call that `invocation` stands for.
    pub(super) fn caller(self: &Arc<Self>, game: &Arc<Hosted>, invocation: &Invocation) -> Caller {
        Caller {
            dispatcher: self.clone(),
            game: game.clone(),
            invocation: invocation.id,
            viewer: invocation.viewer,
        }
    }
}

impl Caller {
    /// Answers the call, and records what was done; a refusal also goes to the caller's error topic, where front ends of the original
    /// look for it.
    pub(super) async fn hears(self, reply: Result<Value, Rejected>) {
        let deed = self.dispatcher.deeds.answered(self.invocation);
        if let (Some(deed), Ok(answer)) = (deed, &reply)
            && let Some(line) = deed.done(answer)
        {
            self.game.record(line);
        }
        let answer = match reply {
            Ok(value) => Ok(Payload::from_args(&[value])),
            Err(rejected) => match rejected.as_reply() {
                Some(text) => Ok(Payload::text(text)),
                None => {
                    if let Viewer::User { user, .. } = self.viewer
                        && rejected.uri() != simpl::NO_SUCH_PROCEDURE
                    {
                        let (message, class) = (rejected.message(), refusal::class(&rejected));
                        self.game.publish_error(user, &message, class).await;
                    }
                    Err(refusal::wamp_error(&rejected))
                }
            },
        };
        let session = &self.dispatcher.session;
        if session.answer(self.invocation, answer).await.is_err() {
            tracing::debug!("the router is gone; a caller got no answer");
        }
    }
}

/// A job that will answer has been posted, or its actor has too much waiting.
pub(super) fn posted<E>(queued: Result<(), E>) -> Result<Next, Rejected> {
    queued.map(|()| Next::Queued).map_err(|_| refusal::busy())
}

/// Refuses whoever does not lead the run; `what` completes "only a leader of this run may …".
pub(super) fn leaders(reached: &Reached, what: &str) -> Result<(), Rejected> {
    match reached.standing.leads() {
        true => Ok(()),
        false => Err(refusal::leaders_only(what, reached.standing.rank)),
    }
}
