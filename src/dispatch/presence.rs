//! Presence: front ends say which scope they have opened, and the router says when a user's last session has ended, and when one that had
//! gone is back.

use std::sync::Arc;

use games_contract::Resource;
use wamp::MatchPolicy;

use crate::game::{Hosted, RunActor, RunState};
use crate::mailbox::Work;
use crate::scopes::{Target, Topic};
use crate::sight::Viewer;

/// The topics that browsers may publish to, with how the service subscribes to them.
#[must_use]
pub fn topics(game: &Hosted) -> Vec<(String, MatchPolicy)> {
    let mut topics = vec![(
        format!("{}.model.game.hello_game", game.root),
        MatchPolicy::Exact,
    )];
    for resource in [Resource::Run, Resource::World, Resource::RunUser] {
        for name in ["connected", "disconnected"] {
            topics.push((
                format!("{}.model.{resource}..{name}", game.root),
                MatchPolicy::Wildcard,
            ));
        }
    }
    topics
}

/// May a browser publish to this topic?
#[must_use]
pub fn is_open(game: &Hosted, topic: &str) -> bool {
    match Topic::parse(&game.root, topic) {
        Some(Topic {
            target: Target::Game,
            name,
        }) => name == "hello_game",
        Some(Topic {
            target: Target::Scope(Resource::Run | Resource::World | Resource::RunUser, _),
            name,
        }) => {
            matches!(name, "connected" | "disconnected")
        }
        _ => false,
    }
}

/// A front end has opened or left a scope: the run user's presence is told there.
pub(super) fn take(game: &Hosted, viewer: Viewer, topic: &str) {
    if !is_open(game, topic) {
        return;
    }
    let Some(Topic {
        target: Target::Scope(resource, pk),
        name,
    }) = Topic::parse(&game.root, topic)
    else {
        return;
    };
    let Viewer::User { user, .. } = viewer else {
        return;
    };
    let Some(reached) = game.reach(viewer, resource, pk) else {
        return;
    };
    let Some(runuser) = reached.run.view.load().runuser_of(user).cloned() else {
        return;
    };
    let has_come = name == "connected";
    let scopes = match has_come {
        true => vec![(resource, pk)],
        false => shown_on(&reached.run, runuser.reference("world")),
    };
    // Anybody can publish without end, so what finds no room is dropped.
    let told = reached
        .run
        .mailbox
        .try_post(move |state| telling(state, runuser.pk, scopes, has_come));
    if told.is_err() {
        tracing::debug!(topic, "presence was not told: the run is busy");
    }
}

/// Tells, until the service stops, which users have no session left, and which of them are back.
pub async fn follow(games: Vec<Arc<Hosted>>, online: Arc<crate::sight::Online>) {
    loop {
        for user in online.turned().await {
            for run in games.iter().flat_map(|game| game.runs()) {
                let Some(runuser) = run.view.load().runuser_of(user).cloned() else {
                    continue;
                };
                let scopes = shown_on(&run, runuser.reference("world"));
                tell(&run, runuser.pk, scopes).await;
            }
        }
    }
}

fn shown_on(run: &RunActor, world: Option<u64>) -> Vec<(Resource, u64)> {
    world
        .map(|world| (Resource::World, world))
        .into_iter()
        .chain([(Resource::Run, run.pk)])
        .collect()
}

async fn tell(run: &RunActor, runuser: u64, scopes: Vec<(Resource, u64)>) {
    run.mailbox
        .post(move |state| telling(state, runuser, scopes, true))
        .await;
}

/// Tells it to others, and where somebody has come or gone to the game, too: that a page is closed says nothing of others they have open.
fn telling(
    state: &mut RunState,
    runuser: u64,
    scopes: Vec<(Resource, u64)>,
    to_game: bool,
) -> Work<'_> {
    Box::pin(async move {
        state.tell_presence(runuser, &scopes).await;
        if to_game {
            state.note_presence(runuser);
        }
    })
}
