//! The realm that the service serves in: that of the router in this process, or one of somebody else's router.
//!
//! This is all that the games know of either: what they publish, to whom, and who is to leave. Calls and events come in by a session of the
//! service ([`crate::dispatch`]), which is the same over both.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use tokio::sync::watch;
use wamp::Payload;
use wamp_transport::{Counts, Node, PublishOptions, Session};

use crate::dispatch::STAFF;
use crate::foreign::Line;
use crate::sight::{Audience, Online, Staff};

/// Where the games publish. Clones are handles to the same.
#[derive(Clone, Debug)]
pub enum Realm {
    /// The router in this process.
    Own {
        /// The router.
        node: Node,
        /// The service's session there.
        session: Session,
        /// Who is there.
        online: Arc<Online>,
    },
    /// A router that the service is a client of.
    Foreign(Arc<Line>),
}

impl Realm {
    /// Could anybody hear what is published to this topic now? Where nobody could, an event need not be made.
    #[must_use]
    pub fn may_be_heard(&self, topic: &str) -> bool {
        match self {
            Self::Own { session, .. } => session.may_be_heard(topic),
            Self::Foreign(line) => line.has_listeners(),
        }
    }

    /// Publishes to those in `audience`, and to nobody else, whatever they have subscribed to.
    pub async fn publish(&self, topic: &str, payload: Payload, audience: &Audience) {
        match self {
            Self::Own {
                session, online, ..
            } => {
                for (options, payload) in by_authid(audience, online.has_staff(), payload) {
                    if session.publish(topic, options, payload).await.is_err() {
                        tracing::debug!(topic, "the router is gone; nobody is left to tell");
                    }
                }
            }
            Self::Foreign(line) => line.publish(topic, payload, audience).await,
        }
    }

    /// Ends the sessions of a user who may not be here any more, and returns how many there were.
    pub async fn show_out(&self, user: u64) -> usize {
        match self {
            Self::Own { node, .. } => node.close_sessions(&user.to_string()).await,
            Self::Foreign(line) => line.show_out(user).await,
        }
    }

    /// A user who is here has been looked up, and may be.
    pub fn may_stay(&self, user: u64) {
        if let Self::Foreign(line) = self {
            line.people.admit(user);
        }
    }

    /// `GET /ws`, where the router is in this process.
    pub fn websocket_route(&self) -> Router {
        match self {
            Self::Own { node, .. } => node.websocket_route(),
            Self::Foreign(_) => Router::new().route("/ws", any(not_here)),
        }
    }

    /// Whether the service is on its router, as it changes; `None` where that is in this process.
    #[must_use]
    pub fn watch(&self) -> Option<watch::Receiver<bool>> {
        match self {
            Self::Own { .. } => None,
            Self::Foreign(line) => Some(line.watch()),
        }
    }

    /// What the router in this process has done; `None` where it is somebody else's.
    #[must_use]
    pub fn counts(&self) -> Option<Counts> {
        match self {
            Self::Own { node, .. } => Some(node.counts()),
            Self::Foreign(_) => None,
        }
    }

    /// Says goodbye to the clients of the router in this process. Those of another one stay.
    pub async fn shut_down(&self, grace: Duration) {
        if let Self::Own { node, .. } = self {
            node.shutdown(grace).await;
        }
    }
}

/// What a client is told that looks for the router here.
async fn not_here() -> (StatusCode, &'static str) {
    let text = "this service is on a router of its own address: have the proxy send /ws there, or connect there\n";
    (StatusCode::NOT_FOUND, text)
}

/// What our own router is told about an audience: it knows the users and roles of its sessions.
fn by_authid(
    audience: &Audience,
    staff_here: bool,
    payload: Payload,
) -> impl Iterator<Item = (PublishOptions, Payload)> {
    // By the role of their sessions, not by who they are: a session that somebody opened without staff's rights has none.
    let staff = (staff_here && audience.staff == Staff::Too).then(|| PublishOptions {
        eligible_authrole: Some(STAFF.to_owned()),
        ..PublishOptions::default()
    });
    let users = (!audience.users.is_empty()).then(|| PublishOptions {
        eligible_authid: Some(audience.users.iter().cloned().collect()),
        exclude_authrole: (staff_here && audience.staff != Staff::AsUsers)
            .then(|| STAFF.to_owned()),
        ..PublishOptions::default()
    });
    staff
        .into_iter()
        .chain(users)
        .map(move |options| (options, payload.clone()))
}
