//! The router as a whole: start, ready, stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use games_api::Clock;
use http_server::Certificate;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wamp_transport::{AuthMethod, Gate, Node, NodeConfig, Origins};

use super::bridge;
use super::keeper::Keeper;
use super::metrics;
use super::open::Open;
use super::policy::Policy;
use crate::rawsocket::{RawSocketError, RawSockets};
use crate::settings::{RealmSettings, ServingError, Settings, SettingsError};

/// Why the router did not start. Each text says what was expected, what came and what to do.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    /// The address cannot be had.
    #[error(
        "router.listen = {listen} cannot be used: {reason}; stop what uses the port, or choose another with --listen"
    )]
    Listen {
        /// The address asked for.
        listen: SocketAddr,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A place for RawSocket cannot be had.
    #[error(transparent)]
    RawSocket(#[from] RawSocketError),
    /// Nobody could come in.
    #[error(
        "the settings name no realm, so nobody could come in: describe one under [router.realms.<name>], as the end of settings.toml shows, or let everybody do everything with --open"
    )]
    NoRealm,
    /// There are several.
    #[error(
        "the settings name the realms {names}, and one router serves one: start one for each, with a settings file of its own"
    )]
    Realms {
        /// Their names.
        names: String,
    },
    /// Nobody could come into it.
    #[error(
        "the realm {realm} has no user, no `anonymous` role and no authenticator, so nobody could come in: name one under [router.realms.{realm}], or let everybody do everything with --open"
    )]
    Nobody {
        /// The realm.
        realm: String,
    },
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Serving(#[from] ServingError),
}

/// A running router.
#[derive(Debug)]
pub struct RouterAlone {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Where it listens for RawSocket.
    pub rawsockets: Vec<SocketAddr>,
    /// The realm it serves.
    pub realm: String,
    node: Node,
    /// What goes by the settings; none where everything is open.
    keeper: Option<Arc<Keeper>>,
    /// What of the realm cannot change while it is there.
    fixed: RealmSettings,
    certificate: Option<Arc<Certificate>>,
    stop: CancellationToken,
    http: JoinHandle<()>,
    tasks: TaskTracker,
    grace: Duration,
}

impl RouterAlone {
    /// Starts the router that the settings describe; if `open`, everybody may do everything in it. When it returns, clients are served.
    ///
    /// # Errors
    /// The port is taken, or the settings cannot be used.
    pub async fn start(
        settings: &Settings,
        open: bool,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RouterError> {
        let (realm, realm_settings) = realm(settings, open)?;
        let serving = settings.serving()?;
        let certificate = serving.certificate.clone();
        let config = NodeConfig {
            date: Some(clock.now()),
            ..realm_settings.node(&realm, settings.node()?)
        };
        let (config, keeper) = match open {
            true => (opened(config), None),
            false => {
                let policy = Policy::of(&realm_settings)?;
                let auth_methods = policy.methods();
                if auth_methods.is_empty() {
                    return Err(RouterError::Nobody { realm });
                }
                let keeper = Arc::new(Keeper::new(&realm, policy, Arc::clone(&clock)));
                let config = NodeConfig {
                    auth_methods,
                    ..config
                };
                (config, Some(keeper))
            }
        };
        let listen = settings.router.listen;
        let refuse = |reason| RouterError::Listen { listen, reason };
        let listener = http_server::listen(listen).map_err(refuse)?;
        let addr = listener.local_addr().map_err(refuse)?;
        let gate: Arc<dyn Gate> = match &keeper {
            Some(keeper) => Arc::clone(keeper) as _,
            None => Arc::new(Open),
        };
        let rawsockets = RawSockets::open(&settings.wamp)?;
        let node = Node::start(config, gate);
        if let Some(keeper) = &keeper {
            keeper.serve(node.clone());
        }
        let mut app = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .merge(metrics::route(node.clone()))
            .merge(node.websocket_route());
        if let Some(keeper) = keeper
            .as_ref()
            .filter(|_| !realm_settings.http_keys.is_empty())
        {
            let (keeper, most) = (Arc::clone(keeper), settings.wamp.max_message_bytes);
            app = app.merge(bridge::routes(keeper, node.clone(), clock, most));
        }
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let addresses = rawsockets.addresses();
        rawsockets.serve(&node, &tasks, &stop);
        let http = tokio::spawn(http_server::serve(listener, app, serving, stop.clone()));
        Ok(Self {
            addr,
            rawsockets: addresses,
            realm,
            node,
            keeper,
            fixed: fixed(realm_settings),
            certificate,
            stop,
            http,
            tasks,
            grace: settings.service.shutdown_grace.0,
        })
    }

    /// How the address begins: `https` with a certificate.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        match self.certificate {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Goes by other settings from now on, as far as they are about who may come in and do what; sessions go on. The certificate is read
    /// again, too. What happened is in the log, and what cannot be used leaves everything as it was.
    pub async fn follow(&self, settings: Result<Settings, SettingsError>) {
        if let Some(certificate) = &self.certificate {
            match certificate.read_again() {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(error) => tracing::error!("the certificate stays the one before: {error}"),
            }
        }
        let Some(keeper) = &self.keeper else {
            return;
        };
        match self.policy(settings) {
            Ok(policy) => {
                self.node.offer(policy.methods()).await;
                keeper.follow(policy);
                tracing::info!("the users and rules of the realm were read again");
            }
            Err(error) => tracing::error!("the users and rules stay as they were: {error}"),
        }
    }

    fn policy(&self, settings: Result<Settings, SettingsError>) -> Result<Policy, RouterError> {
        let realm = &self.realm;
        let mut settings = settings?;
        let settings = settings.router.realms.remove(realm);
        let settings = settings.ok_or(RouterError::NoRealm)?;
        let policy = Policy::of(&settings)?;
        if policy.methods().is_empty() {
            let realm = realm.clone();
            return Err(RouterError::Nobody { realm });
        }
        if fixed(settings) != self.fixed {
            tracing::warn!(
                "of this realm, only users, roles and who is asked change without a restart"
            );
        }
        Ok(policy)
    }

    /// Says goodbye to every session and returns within twice the grace of the settings.
    pub async fn stop(self) {
        self.node.shutdown(self.grace).await;
        self.stop.cancel();
        self.tasks.close();
        let ended = async {
            // A panic of the HTTP task was logged by its hook; there is nothing left to do about it.
            let _ = self.http.await;
            self.tasks.wait().await;
        };
        if tokio::time::timeout(self.grace, ended).await.is_err() {
            tracing::warn!("some requests did not end in time");
        }
    }
}

/// The same settings without what can change while the realm is there.
fn fixed(settings: RealmSettings) -> RealmSettings {
    let usual = RealmSettings::default();
    RealmSettings {
        anonymous: usual.anonymous,
        users: usual.users,
        authenticator: usual.authenticator,
        wrong_logins: usual.wrong_logins,
        http_keys: usual.http_keys,
        roles: usual.roles,
        authorizer: usual.authorizer,
        answers_kept: usual.answers_kept,
        ..settings
    }
}

/// The one realm of the settings; an open router needs none.
fn realm(settings: &Settings, open: bool) -> Result<(String, RealmSettings), RouterError> {
    let realms = &settings.router.realms;
    let mut named = realms.iter();
    match (named.next(), named.next()) {
        (Some((name, realm)), None) => Ok((name.clone(), realm.clone())),
        (None, _) if open => Ok((settings.wamp.realm.clone(), RealmSettings::default())),
        (None, _) => Err(RouterError::NoRealm),
        (Some(_), Some(_)) => {
            let names: Vec<_> = realms.keys().map(String::as_str).collect();
            let names = names.join(", ");
            Err(RouterError::Realms { names })
        }
    }
}

/// As `config`, for everybody. Pages of other sites stay out: a browser on this machine would let them reach it.
fn opened(config: NodeConfig) -> NodeConfig {
    NodeConfig {
        auth_methods: vec![AuthMethod::Anonymous],
        allowed_origins: match config.allowed_origins {
            Origins::SameHost => Origins::SameName,
            named => named,
        },
        ..config
    }
}
