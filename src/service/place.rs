//! The service takes its place on a router: the one that it starts in this process, or somebody else's.

use std::net::SocketAddr;
use std::sync::Arc;

use time::OffsetDateTime;
use wamp_transport::{AuthMethod, Inbox, Limits, Node, NodeConfig, Session};

use super::StartError;
use crate::dispatch::{Callers, Dispatcher, SERVICE};
use crate::foreign::{Guest, Line, People, Served};
use crate::gate::Door;
use crate::realm::Realm;
use crate::settings::{Compat, Settings};
use crate::sight::Online;

/// The name under which the service joins its own router.
const OWN_AUTHID: &str = "modelservice";

/// Joined, and not serving yet.
pub(super) enum Place {
    /// In the router of this process.
    Own(Realm, Session, Inbox),
    /// On somebody else's.
    Foreign(Realm, Guest),
}

impl Place {
    /// Starts the router, or joins the one that the settings name.
    pub(super) async fn take(
        settings: &Settings,
        addr: SocketAddr,
        door: &Arc<Door>,
        online: &Arc<Online>,
        now: OffsetDateTime,
    ) -> Result<Self, StartError> {
        let foreign = settings.foreign_router()?;
        // Whose logins are another router's own has nothing to warn of.
        let lets_in = foreign
            .as_ref()
            .is_none_or(|address| address.authenticator.is_some());
        if lets_in && settings.service.compat == Compat::Simpl {
            tracing::warn!(
                %addr,
                "service.compat = \"simpl\": whoever reaches this address may sign in as any user with the secret that all front ends of the \
                 original share; they never get staff's rights, but see and do what that user may. For trusted networks only"
            );
        }
        if let Some(address) = foreign {
            let people = People::new(online.clone(), settings.limits.sessions);
            let line = Arc::new(Line::new(people));
            let guest = Guest::join(address, line.clone()).await?;
            return Ok(Self::Foreign(Realm::Foreign(line), guest));
        }
        let node = settings.node()?;
        let config = NodeConfig {
            date: Some(now),
            // Signing is offered even where no secret is good for it: only so can the log say which setting is missing.
            auth_methods: vec![AuthMethod::Ticket, AuthMethod::WampCra],
            limits: Limits {
                // Scopes are read from the tree; an event that is kept would outlive what its reader may see.
                retained_events: 0,
                ..node.limits
            },
            ..node
        };
        let node = Node::start(config, door.clone());
        let (session, inbox) = node.join(OWN_AUTHID, SERVICE).await?;
        let realm = Realm::Own {
            node,
            session: session.clone(),
            online: online.clone(),
        };
        Ok(Self::Own(realm, session, inbox))
    }

    /// Where the games publish.
    pub(super) fn realm(&self) -> Realm {
        match self {
            Self::Own(realm, ..) | Self::Foreign(realm, _) => realm.clone(),
        }
    }

    /// Registers everything, and leaves a task that serves.
    pub(super) async fn serve(self, served: Served) -> Result<(), StartError> {
        match self {
            Self::Own(_, session, inbox) => {
                let Served {
                    games,
                    figures,
                    tasks,
                    ..
                } = served;
                let calls = tasks.clone();
                let dispatcher =
                    Dispatcher::register(session, Callers::Own, &games, figures, calls).await?;
                tasks.spawn(dispatcher.serve(inbox));
                Ok(())
            }
            Self::Foreign(_, guest) => Ok(guest.serve(served).await?),
        }
    }
}
