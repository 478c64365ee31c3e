//! Events of scopes: which topics hear of a change, and who of their subscribers.
//!
//! Topics follow table 2.3 of the original's contract, with two differences meant from the start: the deletion of a world is told
//! to its run too, and a run user is shown only to those who share a world with it and to leaders.
//!
//! An event is made only for topics that somebody listens to. That loses nothing: what it tells of is in the tree by then, so whoever
//! subscribes a moment later and then asks, sees it there.

use std::borrow::Cow;

use games_contract::{Resource, RowText};
use serde_json::{Value, json};
use wamp::{Payload, PayloadError};

use super::Hosted;
use crate::scopes::{Owner, Row, RunView, Topic};
use crate::sight::{Audience, Staff, veiled, written};

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

/// A topic that somebody listens to, with its scope.
struct Heard {
    scope: Scope,
    topic: String,
}

/// What an event says, written once for all topics that it goes to.
struct Content {
    args: Payload,
    /// The time of the service, where the row tells of a time.
    now: Option<String>,
}

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
        let heard = self.heard(child, topics(child, row, run, owner));
        if heard.is_empty() {
            return;
        }
        let mut seen_by = Audience::of_row(row, run, owner);
        if (row.resource, child) == (Resource::RunUser, Child::Removed) && row.is_active() {
            // It is in the run no more, but its user is to know.
            seen_by.users.extend(Audience::user_of(row).users);
        }
        let Some(content) = self.content(row, &written(row, &self.online)) else {
            return;
        };
        for heard in heard {
            let audience = concerned(heard.scope, run, &seen_by);
            self.publish_args(&heard, &content, rev, &audience).await;
        }
    }

    /// As [`announce`](Self::announce), of a decision, or of what a seat was told, that those in other seats may not read: they hear that
    /// it is there.
    pub async fn announce_closed(
        &self,
        child: Child,
        row: &Row,
        run: &RunView,
        owner: Owner,
        rev: Option<u64>,
    ) {
        let heard = self.heard(child, topics(child, row, run, owner));
        if heard.is_empty() {
            return;
        }
        let seen_by = Audience::of_row(row, run, owner);
        let open = self.content(row, &written(row, &self.online));
        let closed = self.content(row, &veiled(row, &self.online).into());
        let (Some(open), Some(closed)) = (open, closed) else {
            return;
        };
        for heard in heard {
            let audience = concerned(heard.scope, run, &seen_by);
            let (may_read, others) = audience.split(row, run);
            self.publish_args(&heard, &open, rev, &may_read).await;
            self.publish_args(&heard, &closed, rev, &others).await;
        }
    }

    /// Tells those in the world that a run user has left where they are now; everybody else hears of it by [`Hosted::announce`].
    pub async fn announce_move(&self, row: &Row, run: &RunView, left: u64) {
        let seen_by = Audience::of(run, Owner::World(left));
        self.publish_child(Child::Updated, (Resource::World, left), row, None, &seen_by)
            .await;
        for player in run.players_of(left) {
            let scope = (Resource::RunUser, player.pk);
            let user = Audience::user_of(player);
            self.publish_child(Child::Updated, scope, row, None, &user)
                .await;
        }
    }

    /// Tells a user that their run user is not active any more, which is the last they hear of the run.
    pub async fn announce_farewell(&self, row: &Row, run: &RunView) {
        let user = Audience::user_of(row);
        let world = row.reference("world").map(|world| (Resource::World, world));
        let own = [(Resource::RunUser, row.pk), (Resource::Run, run.run.pk)];
        for scope in world.into_iter().chain(own) {
            self.publish_child(Child::Updated, scope, row, None, &user)
                .await;
        }
    }

    /// Tells those who oversee a run who waits to be let in.
    pub async fn announce_waiting(&self, run: &RunView, waiting: &Value) {
        let (resource, pk) = (Resource::Run.name(), run.run.pk);
        let topic = Topic::uri(&self.root, Resource::Run, pk, "joining");
        let kwargs = json!({"resource_name": resource, "pk": pk});
        let payload = Payload::json(&(pk, resource, waiting), &kwargs);
        if let Some(payload) = as_json(&topic, payload) {
            let audience = Audience::of_leaders(run);
            self.publish_to(&topic, payload, &audience).await;
        }
    }

    /// Publishes one event on one scope's topic.
    pub async fn publish_child(
        &self,
        child: Child,
        scope: Scope,
        row: &Row,
        rev: Option<u64>,
        audience: &Audience,
    ) {
        let Some(heard) = self.heard(child, [scope]).pop() else {
            return;
        };
        if let Some(content) = self.content(row, &written(row, &self.online)) {
            self.publish_args(&heard, &content, rev, audience).await;
        }
    }

    /// The topics of these scopes that somebody listens to.
    fn heard(&self, child: Child, scopes: impl IntoIterator<Item = Scope>) -> Vec<Heard> {
        let heard = scopes.into_iter().map(|scope| Heard {
            scope,
            topic: Topic::uri(&self.root, scope.0, scope.1, child.topic()),
        });
        heard
            .filter(|heard| self.realm.may_be_heard(&heard.topic))
            .collect()
    }

    fn content(&self, row: &Row, content: &RowText) -> Option<Content> {
        let args = (row.pk, row.resource.name(), content);
        Some(Content {
            args: as_json(row.resource.name(), Payload::json(&args, &()))?,
            now: self.now_beside(row),
        })
    }

    async fn publish_args(
        &self,
        heard: &Heard,
        content: &Content,
        rev: Option<u64>,
        audience: &Audience,
    ) {
        let ((resource, pk), topic) = (heard.scope, &heard.topic);
        let mut kwargs = json!({"resource_name": resource.name(), "pk": pk});
        if let Some(now) = &content.now {
            kwargs["now"] = now.as_str().into();
        }
        if let Some(rev) = rev {
            kwargs["rev"] = rev.into();
        }
        if let Some(payload) = as_json(topic, content.args.with_kwargs(&kwargs)) {
            self.publish_to(topic, payload, audience).await;
        }
    }

    /// Tells those in a run, or at a world's table, what somebody has to say to them.
    pub async fn say(
        &self,
        (resource, pk): (Resource, u64),
        text: &str,
        from: Option<u64>,
        audience: &Audience,
    ) {
        let topic = Topic::uri(&self.root, resource, pk, "message");
        let kwargs =
            json!({"resource_name": resource.name(), "pk": pk, "from": from, "now": self.now()});
        if let Some(payload) = as_json(&topic, Payload::json(&[text], &kwargs)) {
            self.publish_to(&topic, payload, audience).await;
        }
    }

    /// Tells somebody what the game's author has to say about a scope; the game itself has no pk.
    pub(crate) async fn publish_own(
        &self,
        topic: &str,
        (resource, pk): (Resource, u64),
        args: &[Value],
        audience: &Audience,
    ) {
        if !self.realm.may_be_heard(topic) {
            return;
        }
        let kwargs = match resource {
            Resource::Game => json!({"resource_name": resource.name()}),
            _ => json!({"resource_name": resource.name(), "pk": pk}),
        };
        if let Some(payload) = as_json(topic, Payload::json(&args, &kwargs)) {
            self.publish_to(topic, payload, audience).await;
        }
    }

    async fn publish_to(&self, topic: &str, payload: Payload, audience: &Audience) {
        self.realm.publish(topic, payload, audience).await;
    }

    /// Tells one user why something of theirs failed, on the topic that front ends of the original listen to.
    pub async fn publish_error(&self, user: u64, sentence: &str, class: &str) {
        let topic = format!("{}.error.{user}", self.root);
        let payload = Payload::json(&[sentence], &json!({"error": class}));
        if let Some(payload) = as_json(&topic, payload) {
            let audience = Audience {
                users: [user.to_string()].into(),
                staff: Staff::AsUsers,
            };
            self.publish_to(&topic, payload, &audience).await;
        }
    }
}

fn as_json(about: &str, payload: Result<Payload, PayloadError>) -> Option<Payload> {
    payload
        .inspect_err(
            |error| tracing::error!(about, %error, "an event could not be written as JSON"),
        )
        .ok()
}

/// Those of `seen_by` whom the topic of a scope concerns.
fn concerned<'a>((resource, pk): Scope, run: &RunView, seen_by: &'a Audience) -> Cow<'a, Audience> {
    match resource {
        Resource::RunUser => Cow::Owned(seen_by.on_runuser(run, pk)),
        _ => Cow::Borrowed(seen_by),
    }
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
