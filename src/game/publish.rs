//! Events of scopes: which topics hear of a change, and who of their subscribers.
//!
//! Topics follow table 2.3 of the original's contract, with two differences meant from the start: the deletion of a world is told
//! to its run too, and a run user is shown only to those who share a world with it and to leaders.

use std::collections::BTreeSet;

use games_contract::{Map, Resource};
use serde_json::{Value, json};
use wamp::{Payload, PayloadError};
use wamp_transport::PublishOptions;

use super::Hosted;
use crate::scopes::{Owner, Row, RunView, Topic};
use crate::sight::{audience, readers_of_pending, veiled, view};

/// What happened to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// It is new.
    Added,
    /// It changed.
    Updated,
    /// It is gone.
    Removed,
}

impl Child {
    /// The last part of the topic.
    #[must_use]
    pub fn topic(self) -> &'static str {
        match self {
            Self::Added => "add_child",
            Self::Updated => "update_child",
            Self::Removed => "remove_child",
        }
    }
}

type Scope = (Resource, u64);

impl Hosted {
    /// Tells everybody concerned about a change of a row that lives in `owner` of `run`. `rev` is the branch's, when it has one.
    pub async fn announce(
        &self,
        child: Child,
        row: &Row,
        run: &RunView,
        owner: Owner,
        rev: Option<u64>,
    ) {
        let seen_by = self.seen_by(row, run, owner);
        let args = args(row, view(row, &self.online));
        for (scope, eligible) in concerned(child, row, run, owner, &seen_by) {
            self.publish_args(child, scope, &args, rev, eligible).await;
        }
    }

    /// As [`announce`](Self::announce), of a decision that those in other seats may not read yet: they hear that it is there.
    pub async fn announce_pending(
        &self,
        child: Child,
        decision: &Row,
        run: &RunView,
        owner: Owner,
        rev: Option<u64>,
    ) {
        let seen_by = self.seen_by(decision, run, owner);
        let readers = readers_of_pending(decision, run, &seen_by);
        let open = args(decision, view(decision, &self.online));
        let closed = args(decision, veiled(decision, &self.online));
        for (scope, eligible) in concerned(child, decision, run, owner, &seen_by) {
            let (may_read, others) = eligible
                .into_iter()
                .partition(|user| readers.contains(user));
            self.publish_args(child, scope, &open, rev, may_read).await;
            self.publish_args(child, scope, &closed, rev, others).await;
        }
    }

    /// Tells those in the world that a run user has left where they are now; everybody else hears of it by [`Hosted::announce`].
    pub async fn announce_move(&self, row: &Row, run: &RunView, left: u64) {
        let seen_by = audience(run, Owner::World(left), &self.online);
        self.publish_child(Child::Updated, (Resource::World, left), row, None, seen_by)
            .await;
        for player in run.players_of(left) {
            let user = player.reference("user").map(|user| user.to_string());
            let scope = (Resource::RunUser, player.pk);
            self.publish_child(Child::Updated, scope, row, None, user.into_iter().collect())
                .await;
        }
    }

    /// Publishes one event on one scope's topic to those in `eligible`; to nobody when it is empty.
    pub async fn publish_child(
        &self,
        child: Child,
        scope: Scope,
        row: &Row,
        rev: Option<u64>,
        eligible: BTreeSet<String>,
    ) {
        let args = args(row, view(row, &self.online));
        self.publish_args(child, scope, &args, rev, eligible).await;
    }

    async fn publish_args(
        &self,
        child: Child,
        (resource, pk): Scope,
        args: &Payload,
        rev: Option<u64>,
        eligible: BTreeSet<String>,
    ) {
        let topic = Topic::uri(&self.root, resource, pk, child.topic());
        let mut kwargs = json!({"resource_name": resource.name(), "pk": pk});
        if let Some(rev) = rev {
            kwargs["rev"] = rev.into();
        }
        self.publish(&topic, args.with_kwargs(&kwargs), eligible)
            .await;
    }

    /// Tells one user why something of theirs failed, on the topic that front ends of the original listen to.
    pub async fn publish_error(&self, user: u64, sentence: &str, class: &str) {
        let topic = format!("{}.error.{user}", self.root);
        let payload = Payload::json(&[sentence], &json!({"error": class}));
        self.publish(&topic, payload, BTreeSet::from([user.to_string()]))
            .await;
    }

    async fn publish(
        &self,
        topic: &str,
        payload: Result<Payload, PayloadError>,
        eligible: BTreeSet<String>,
    ) {
        if eligible.is_empty() {
            return;
        }
        let options = PublishOptions {
            eligible_authid: Some(eligible.into_iter().collect()),
            ..PublishOptions::default()
        };
        let payload = match payload {
            Ok(payload) => payload,
            Err(error) => {
                tracing::error!(topic, %error, "an event could not be written as JSON");
                return;
            }
        };
        if self.session.publish(topic, options, payload).await.is_err() {
            tracing::debug!(topic, "the router is gone; nobody is left to tell");
        }
    }

    fn seen_by(&self, row: &Row, run: &RunView, owner: Owner) -> BTreeSet<String> {
        if row.resource != Resource::RunUser {
            return audience(run, owner, &self.online);
        }
        // A run user is seen by itself, by whoever shares its world, and by leaders.
        let mut users = match row.reference("world") {
            Some(world) => audience(run, Owner::World(world), &self.online),
            None => audience(run, Owner::RunUser(row.pk), &self.online),
        };
        users.extend(row.reference("user").map(|user| user.to_string()));
        users
    }
}

/// The arguments of an event, written once for all topics that it goes to.
fn args(row: &Row, content: Map) -> Payload {
    let content = Value::Object(content);
    Payload::from_args(&[row.pk.into(), row.resource.name().into(), content])
}

/// The scopes on whose topics a change is told, each with those of `seen_by` whom it concerns there.
fn concerned(
    child: Child,
    row: &Row,
    run: &RunView,
    owner: Owner,
    seen_by: &BTreeSet<String>,
) -> Vec<(Scope, BTreeSet<String>)> {
    let of = |scope: Scope| match scope {
        (Resource::RunUser, pk) => only(run, pk, seen_by),
        _ => seen_by.clone(),
    };
    let scopes = topics(child, row, run, owner).into_iter();
    scopes.map(|scope| (scope, of(scope))).collect()
}

/// Of those who may see a change, those whom the topic of one run user concerns: that user, leaders and staff.
fn only(run: &RunView, runuser: u64, seen_by: &BTreeSet<String>) -> BTreeSet<String> {
    let concerns = |authid: &&String| {
        let user = authid.parse().ok();
        let row = user.and_then(|user| run.runuser_of(user));
        row.is_none_or(|row| row.pk == runuser || row.is_leader())
    };
    seen_by.iter().filter(concerns).cloned().collect()
}

/// The scopes on whose topics a change is told.
fn topics(child: Child, row: &Row, run: &RunView, owner: Owner) -> Vec<Scope> {
    let run_scope = (Resource::Run, run.run.pk);
    let everybody = || {
        run.runusers
            .values()
            .filter(|r| r.is_active())
            .map(|r| (Resource::RunUser, r.pk))
    };
    match (row.resource, child) {
        (Resource::World | Resource::RunUser, Child::Added) => vec![run_scope],
        (Resource::World, Child::Updated) => std::iter::once((Resource::World, row.pk))
            .chain(everybody())
            .collect(),
        (Resource::World, Child::Removed) => [(Resource::World, row.pk), run_scope]
            .into_iter()
            .chain(everybody())
            .collect(),
        (Resource::RunUser, _) => {
            let world = row.reference("world").map(|world| (Resource::World, world));
            world
                .into_iter()
                .chain(everybody())
                .chain([run_scope])
                .collect()
        }
        (Resource::Run, _) => run
            .worlds
            .iter()
            .map(|pk| (Resource::World, *pk))
            .chain(everybody())
            .collect(),
        _ => match owner {
            Owner::World(world) => {
                let players = run.players_of(world).map(|r| (Resource::RunUser, r.pk));
                std::iter::once((Resource::World, world))
                    .chain(players)
                    .collect()
            }
            Owner::RunUser(pk) => vec![(Resource::RunUser, pk)],
            Owner::Run => Vec::new(),
        },
    }
}
