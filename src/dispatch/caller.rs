//! Whoever has called and waits for an answer.

use std::sync::Arc;

use serde_json::Value;
use simpl::Rejected;
use tokio::time::Instant;
use wamp::Payload;
use wamp_transport::Id;

use super::{Dispatcher, Invocation, Next};
use crate::figures;
use crate::game::{Hosted, Reached};
use crate::refusal;
use crate::sight::Viewer;

/// A call that is open: a job takes it along and answers it once.
pub(super) struct Caller {
    dispatcher: Arc<Dispatcher>,
    game: Arc<Hosted>,
    invocation: Id,
    viewer: Viewer,
    procedure: String,
    since: Instant,
}

impl Dispatcher {
    /// The call that `invocation` stands for.
    pub(super) fn caller(self: &Arc<Self>, game: &Arc<Hosted>, invocation: &Invocation) -> Caller {
        Caller {
            dispatcher: self.clone(),
            game: game.clone(),
            invocation: invocation.id,
            viewer: invocation.viewer,
            procedure: figures::name_of(&game.root, &invocation.uri),
            since: Instant::now(),
        }
    }
}

impl Caller {
    /// Answers the call; a refusal also goes to the caller's error topic, where front ends of the original look for it. What was done is
    /// recorded first, beside the job that did it: whoever has an answer finds the deed in the audit log.
    pub(super) async fn hears(self, reply: Result<Value, Rejected>) {
        let deed = self.dispatcher.deeds.answered(self.invocation);
        let line = match (&reply, deed) {
            (Ok(answer), Some(deed)) => deed.done(answer),
            _ => None,
        };
        let Some(line) = line else {
            return self.answer(reply).await;
        };
        let game = self.game.clone();
        let tasks = game.tasks.clone();
        tasks.spawn(async move {
            game.record(line).await;
            self.answer(reply).await;
        });
    }

    async fn answer(self, reply: Result<Value, Rejected>) {
        let took = self.since.elapsed();
        self.dispatcher.figures.note(&self.procedure, &reply, took);
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
