//! Topics that a game listens to: whoever may see a scope may publish to them, and the game's handler hears it in the order of the scope's
//! other work. Nobody else does.

use std::sync::Arc;

use games_contract::Resource;
use simpl::{ErasedHandler, Rejected, ScopeKind};
use wamp::{MatchPolicy, Payload};

use super::arguments::Arguments;
use crate::game::Hosted;
use crate::refusal;
use crate::scopes::{Owner, Target, Topic};
use crate::sight::Viewer;
use crate::turns::Submission;

/// The topics that a game listens to, with how the service subscribes to them.
pub(super) fn topics(game: &Hosted) -> Vec<(String, MatchPolicy)> {
    let topics = game.game.subscriptions().map(|(scope, name)| match scope {
        ScopeKind::Game => (
            format!("{}.model.game.{name}", game.root),
            MatchPolicy::Exact,
        ),
        scope => (
            format!("{}.model.{scope}..{name}", game.root),
            MatchPolicy::Wildcard,
        ),
    });
    topics.collect()
}

/// May a browser publish to this topic because the game listens to it?
#[must_use]
pub fn is_open(game: &Hosted, topic: &str) -> bool {
    found(game, topic).is_some()
}

/// The last parts of the topics by which browsers tell the service something about a scope of this kind.
pub fn spoken<'g>(game: &'g Hosted, kind: &str) -> impl Iterator<Item = &'g str> {
    let presence: &[&'static str] = match kind {
        "game" => &["hello_game"],
        "run" | "world" | "runuser" => &["connected", "disconnected"],
        _ => &[],
    };
    let kind = ScopeKind::from_name(kind);
    let own = game.game.subscriptions();
    let own = own.filter(move |(scope, _)| Some(*scope) == kind);
    let presence = presence.iter().copied();
    presence.chain(own.map(|(_, name)| name))
}

type Found<'g> = (ScopeKind, Option<(Resource, u64)>, &'g ErasedHandler);

fn found<'g>(game: &'g Hosted, topic: &str) -> Option<Found<'g>> {
    let Topic { target, name } = Topic::parse(&game.root, topic)?;
    let (kind, scope) = match target {
        Target::Game => (ScopeKind::Game, None),
        Target::Scope(resource, pk) => {
            (ScopeKind::from_name(resource.name())?, Some((resource, pk)))
        }
    };
    Some((kind, scope, game.game.subscription(kind, name)?))
}

/// Somebody has published to a topic that the game listens to. What finds no room is dropped: anybody can publish without end.
pub(super) fn take(game: &Arc<Hosted>, viewer: Viewer, topic: &str, payload: &Payload) {
    let Some((scope, place, handler)) = found(game, topic) else {
        return;
    };
    let Ok(Arguments { args, mut kwargs }) = Arguments::of(payload) else {
        return;
    };
    kwargs.retain(|name, _| !name.starts_with('_') && name != "user");
    let mut submission = Submission {
        handler: handler.clone(),
        scope,
        decides: false,
        pk: place.map_or(0, |(_, pk)| pk),
        viewer,
        runuser: None,
        args,
        kwargs,
        key: None,
    };
    let hosted = game.clone();
    let Some((resource, pk)) = place else {
        let queued = game.own.try_post(move |()| {
            Box::pin(async move {
                let done = hosted.clone().handle(submission).await;
                complain(&hosted, viewer, done.map(drop)).await;
            })
        });
        return told(topic, &queued);
    };
    let Some(reached) = game.reach(viewer, resource, pk) else {
        return;
    };
    submission.runuser = reached.standing.seat.map(|seat| seat.runuser);
    let queued = match reached.place.owner {
        Owner::Run => reached.run.mailbox.try_post(move |state| {
            Box::pin(async move {
                let done = state.handle(submission).await;
                complain(&hosted, viewer, done.map(drop)).await;
            })
        }),
        owner => match reached.run.branch(owner) {
            Some(branch) => branch.mailbox.try_post(move |state| {
                Box::pin(async move {
                    let done = state.handle(submission).await;
                    complain(&hosted, viewer, done.map(drop)).await;
                })
            }),
            None => return,
        },
    };
    told(topic, &queued);
}

fn told<E>(topic: &str, queued: &Result<(), E>) {
    if queued.is_err() {
        tracing::debug!(topic, "what was published was dropped: its scope is busy");
    }
}

/// What a handler refuses is told to whoever published, on their error topic.
async fn complain(game: &Hosted, viewer: Viewer, done: Result<(), Rejected>) {
    if let (Err(no), Some(user)) = (done, viewer.user()) {
        game.publish_error(user, &no.message(), refusal::class(&no))
            .await;
    }
}
