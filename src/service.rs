//! The model service as a whole: start, ready, stop.

mod names;
mod place;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::join_all;
use games_api::{Clock, SystemClock};
use games_client::{Collector, Config, Cursor, Error, GamesClient, Lease};
use http_server::Certificate;
use simpl::Game;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wamp_transport::Closed;

use crate::dispatch::{NotOffered, presence};
use crate::figures::Figures;
use crate::foreign::{Fault, Served};
use crate::game::{self, Groups, Hosted, LoadError, Parts, TurnLimits};
use crate::gate::{self, Door, Signatures};
use crate::http::callback::{self, Callback};
use crate::http::join::{self, Doorway};
use crate::http::metrics::{self, Observed};
use crate::http::{KnownLogin, Told, routes, with_pages};
use crate::joining::{Guesses, Shared};
use crate::lease;
use crate::rawsocket::{RawSocketError, RawSockets};
use crate::realm::Realm;
use crate::settings::{Compat, ServingError, Settings, SettingsError};
use crate::sight::Online;
use crate::users::Users;

pub use names::SameName;
use place::Place;

/// Why the service did not start. Each text says what was expected, what came and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be had.
    #[error(
        "service.listen = {listen} cannot be used: {reason}; stop what uses the port, or choose another with --listen"
    )]
    Listen {
        /// The address asked for.
        listen: SocketAddr,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The games API is away, refuses the login, or lacks a game.
    #[error("{0}\n(api.url = {url}, api.user = {user})", url = .1.url, user = .1.user)]
    Api(Box<LoadError>, Box<Login>),
    /// No game can be served.
    #[error(
        "the games API at {url} has none of the games of this binary ({games}); create one with `modelservice create-default-env --game SLUG`"
    )]
    NoGames {
        /// The games API.
        url: String,
        /// The games linked.
        games: String,
    },
    /// Two games would be one to the games API, or to front ends.
    #[error(transparent)]
    SameName(#[from] Box<SameName>),
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Serving(#[from] ServingError),
    /// A place for RawSocket cannot be had.
    #[error(transparent)]
    RawSocket(#[from] RawSocketError),
    /// The router refused its own service.
    #[error("the router inside this process refused the service: {0}")]
    Router(#[from] NotOffered),
    /// The router ended at once.
    #[error("the router inside this process ended: {0}")]
    RouterClosed(#[from] Closed),
    /// Somebody else's router cannot be served on.
    #[error(transparent)]
    Foreign(#[from] Fault),
}

/// Which games API the service tried, as whom.
#[derive(Debug)]
pub struct Login {
    url: String,
    user: String,
}

/// A running model service.
#[derive(Debug)]
pub struct Service {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The games it serves.
    pub games: Vec<Arc<Hosted>>,
    certificate: Option<Arc<Certificate>>,
    clock: Arc<dyn Clock>,
    realm: Realm,
    client: GamesClient,
    /// The leases of the games, to be given back.
    leases: Vec<Lease>,
    lost: CancellationToken,
    stop: CancellationToken,
    tasks: TaskTracker,
    http: JoinHandle<()>,
    grace: Duration,
}

impl Service {
    /// Starts the service: loads the games, joins the router, listens. When it returns, clients are served.
    ///
    /// # Errors
    /// The port is taken, the games API does not answer or refuses the login, or a game is missing.
    pub async fn start(
        settings: &Settings,
        games: Vec<Game>,
        logins: Vec<KnownLogin>,
    ) -> Result<Self, StartError> {
        Self::start_by(settings, games, logins, Arc::new(SystemClock)).await
    }

    /// As [`start`](Self::start), with deadlines that go by another clock than the machine's.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_by(
        settings: &Settings,
        games: Vec<Game>,
        logins: Vec<KnownLogin>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        Self::start_beside(settings, games, logins, Router::new(), clock).await
    }

    /// As [`start_by`](Self::start_by), with further routes at the same address.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_beside(
        settings: &Settings,
        games: Vec<Game>,
        logins: Vec<KnownLogin>,
        beside: Router,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let serving = settings.serving()?;
        let certificate = serving.certificate.clone();
        if let Some(complaint) = certificate
            .as_ref()
            .and_then(|it| it.complaint(clock.now()))
        {
            tracing::warn!("{complaint}");
        }
        let compat = settings.service.compat;
        let callback = settings.callback()?;
        let games = games.into_iter().map(|game| {
            let limit = settings.time_limit(&game)?;
            Ok(game.with_time_limit(limit))
        });
        let games: Vec<Game> = games.collect::<Result<_, SettingsError>>()?;
        let signatures = Signatures::new(
            settings.cra_key()?,
            compat == Compat::Simpl,
            Arc::new(SystemClock),
        );
        let listen = settings.service.listen;
        let listener =
            http_server::listen(listen).map_err(|reason| StartError::Listen { listen, reason })?;
        let addr = listener
            .local_addr()
            .map_err(|reason| StartError::Listen { listen, reason })?;
        let rawsockets = RawSockets::open(&settings.wamp)?;

        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let client = client(settings).map_err(|error| refused(settings, error.into()))?;
        let users = Users::new(
            client.clone(),
            settings.users.cache_capacity,
            settings.users.cache_ttl.0,
        );
        let online = Arc::new(Online::default());
        let door = Door::new(client.clone(), users.clone(), online.clone(), signatures);
        let door = Arc::new(door);
        let place = Place::take(settings, addr, &door, &online, clock.now()).await?;
        let realm = place.realm();
        let origins = settings.node()?.allowed_origins;

        let joining = Arc::new(Shared {
            players: settings.joining.players as usize,
            waiting: settings.joining.waiting as usize,
            public_url: settings
                .site()?
                .map(|site| site.to_string())
                .unwrap_or_default(),
            ..Shared::default()
        });
        // Whoever may sign in as anybody is the author of a game who tries it out.
        let for_authors = !logins.is_empty();
        let parts = |game: Game, groups: Option<Groups>| Parts {
            slug: settings.slug(&game),
            root: settings.root_topic(&game),
            game: match settings.next_period(&game) {
                true => game,
                false => game.without_next_period(),
            },
            client: client.clone(),
            groups,
            realm: realm.clone(),
            online: online.clone(),
            users: users.clone(),
            inactive_runs: settings.service.inactive_runs,
            limits: TurnLimits {
                handler: settings.turns.handler_timeout.0,
                step: settings.turns.step_timeout.0,
                mailbox: settings.turns.mailbox,
                deadline_grace: settings.turns.deadline_grace.0,
            },
            for_authors,
            joining: joining.clone(),
            clock: clock.clone(),
            stop: stop.clone(),
        };
        let (loaded, leases) = load(settings, addr, &client, games, parts).await?;
        let hosted: Vec<Arc<Hosted>> = loaded.iter().map(|(game, _)| game.clone()).collect();
        let lost = CancellationToken::new();
        for held in leases.clone() {
            let (client, stop, lost) = (client.clone(), stop.clone(), lost.clone());
            let time = settings.service.lease.0;
            tasks.spawn(lease::keep(client, held, time, stop, lost));
        }
        door.open(hosted.clone());
        let figures = Arc::new(Figures::default());
        let served = Served {
            games: hosted.clone(),
            door,
            figures: figures.clone(),
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        place.serve(served).await?;
        let settling = gate::settle(realm.clone(), users.clone(), online.clone());
        spawn_until(&tasks, &stop, settling);
        for game in &hosted {
            spawn_until(&tasks, &stop, game.clone().keep_time());
        }
        spawn_until(
            &tasks,
            &stop,
            presence::follow(hosted.clone(), online.clone()),
        );

        let roots: Vec<String> = hosted.iter().map(|game| game.root.clone()).collect();
        let mut following = Vec::new();
        let mut called_back = Vec::new();
        for (game, cursor) in loaded {
            let (answers, seen) = watch::channel(true);
            following.push((game.slug.clone(), seen));
            match (cursor, &callback) {
                (Some(cursor), _) => drop(tasks.spawn(game.follow(cursor, answers))),
                (None, Some((url, _))) => {
                    let (callbacks, called) = game::callbacks(&game.slug);
                    called_back.push(callbacks);
                    drop(tasks.spawn(game.follow_callbacks(url.to_string(), called, answers)));
                }
                (None, None) => tracing::warn!(
                    game = game.slug,
                    "this games API announces no stream of changes: what others change there is seen only after a restart; set service.callback_url to have it call back"
                ),
            }
        }

        let told = Told {
            logins,
            following,
            router: realm.watch(),
        };
        let mut app = routes(told)
            .merge(realm.websocket_route())
            .merge(metrics::route(Observed {
                figures,
                online,
                realm: realm.clone(),
                games: hosted.clone(),
                client: client.clone(),
                users: users.clone(),
            }))
            .merge(join::routes(Doorway {
                games: hosted.clone(),
                client: client.clone(),
                users,
                origins,
                guesses: Arc::new(Guesses::new(settings.joining.wrong_codes)),
                realm: settings.wamp.realm.clone(),
                ticket: settings.joining.ticket.0,
                patience: settings.turns.handler_timeout.0,
            }))
            .merge(beside);
        if let (Some((_, key)), false) = (callback, called_back.is_empty()) {
            app = app.merge(callback::route(Callback {
                key,
                games: called_back,
            }));
        }
        let app = with_pages(app, &roots, for_authors);
        if let Realm::Own { node, .. } = &realm {
            rawsockets.serve(node, &tasks, &stop);
        }
        let http = tokio::spawn(http_server::serve(listener, app, serving, stop.clone()));
        Ok(Self {
            addr,
            games: hosted,
            certificate,
            clock,
            realm,
            client,
            leases,
            lost,
            stop,
            tasks,
            http,
            grace: settings.service.shutdown_grace.0,
        })
    }

    /// How the address begins: `https` with a certificate.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.has_certificate() {
            "https"
        } else {
            "http"
        }
    }

    /// Is there a certificate that could be read again?
    #[must_use]
    pub const fn has_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// Reads the certificate again; sessions go on. What happened is in the log, and after an error the one before stays.
    pub fn read_certificate_again(&self) {
        let Some(certificate) = &self.certificate else {
            return;
        };
        match certificate.read_again() {
            Ok(()) => match certificate.complaint(self.clock.now()) {
                Some(complaint) => tracing::warn!("{complaint}"),
                None => tracing::info!("the certificate was read again"),
            },
            Err(error) => tracing::error!("the certificate stays the one before: {error}"),
        }
    }

    /// Returns when another service has taken one of the games: this one stores nothing for it any more and has to stop.
    pub async fn taken_away(&self) {
        self.lost.cancelled().await;
    }

    /// Stops: tells the games, says goodbye to the clients, lets writes under way finish, and returns within three times the grace of the
    /// settings.
    pub async fn stop(self) {
        let told = join_all(
            self.games
                .iter()
                .map(|game| game.tell_all(simpl::Callback::Stop)),
        );
        if tokio::time::timeout(self.grace, told).await.is_err() {
            tracing::warn!("a game was not told in time that the service stops");
        }
        self.realm.shut_down(self.grace).await;
        self.stop.cancel();
        self.tasks.close();
        let drained = async {
            for game in &self.games {
                game.tasks.close();
                game.tasks.wait().await;
            }
            self.tasks.wait().await;
            // A panic of the HTTP task was logged by its hook; there is nothing left to do about it.
            let _ = self.http.await;
        };
        if tokio::time::timeout(self.grace, drained).await.is_err() {
            tracing::warn!("some work did not finish in time; it goes on after the next start");
        }
        for held in &self.leases {
            // It runs out by itself, only later.
            let released = self.client.release_lease(held.fence);
            if let Ok(Err(error)) = tokio::time::timeout(self.grace, released).await {
                tracing::debug!(game = held.game, %error, "the lease could not be given back");
            }
        }
    }
}

/// A client for the games API of the settings.
///
/// # Errors
/// The address is not one of HTTP.
pub fn client(settings: &Settings) -> Result<GamesClient, Error> {
    GamesClient::new(Config {
        url: settings.api.url.clone(),
        user: settings.api.user.clone(),
        password: settings.api.password.0.clone().into(),
        timeout: settings.api.timeout.0,
    })
}

type Loaded = Vec<(Arc<Hosted>, Option<Cursor>)>;

/// Loads the games that settings name; without names, those that the games API has.
async fn load(
    settings: &Settings,
    addr: SocketAddr,
    client: &GamesClient,
    games: Vec<Game>,
    parts: impl Fn(Game, Option<Groups>) -> Parts,
) -> Result<(Loaded, Vec<Lease>), StartError> {
    names::are_different(settings, &games)?;
    let linked: Vec<String> = games.iter().map(|game| game.slug().to_owned()).collect();
    let games = settings.named(games)?;
    let are_named = !settings.service.games.is_empty();
    let refused = |error: LoadError| refused(settings, error);
    let announced = client
        .announcement()
        .await
        .map_err(|error| refused(error.into()))?;
    let collector = announced
        .has_batch()
        .then(|| Collector::start(client.clone()))
        .transpose()
        .map_err(|error| refused(error.into()))?;
    if !announced.has_audit() {
        tracing::warn!("this games API keeps no audit log: what leaders do is not recorded");
    }
    if !announced.has_history() {
        tracing::warn!("this games API keeps no history: what a rewind takes back is deleted");
    }
    let holder = settings.service.holder(addr);
    let mut leases = Vec::new();
    let mut loaded = Loaded::new();
    for game in games {
        let (name, slug) = (game.slug().to_owned(), settings.slug(&game));
        let catalogue = match Hosted::catalogue(client, &slug, &name).await {
            Err(LoadError::NoGame { .. }) if !are_named => {
                tracing::info!(
                    game = name,
                    slug,
                    "skipped: the games API has no game of that slug"
                );
                continue;
            }
            catalogue => catalogue.map_err(refused)?,
        };
        let fence = if announced.has_leases() {
            let held = lease::take(client, &slug, &holder, settings.service.lease.0).await;
            let held = held.map_err(|error| refused(error.into()))?;
            let fence = held.fence;
            leases.push(held);
            Some(fence)
        } else {
            tracing::warn!(
                game = slug,
                "this games API has no leases: make sure that no other model service serves this game"
            );
            None
        };
        let groups = collector.clone();
        let groups = groups.map(|collector| Groups::new(collector, fence, &announced));
        // The cursor comes first, so that a change made while the runs are read is not missed; seeing one twice does no harm.
        let cursor = if announced.has_changes() {
            let now = client
                .changes(None, &slug, Duration::ZERO)
                .await
                .map_err(|error| refused(error.into()))?;
            Some(now.cursor)
        } else {
            None
        };
        let hosted = Hosted::new(parts(game, groups), catalogue);
        if let (None, Some((url, _))) = (&cursor, &settings.callback()?) {
            let asked = hosted.ask_for_callbacks(url.as_str()).await;
            asked.map_err(|error| refused(error.into()))?;
        }
        hosted.load().await.map_err(|error| refused(error.into()))?;
        tracing::info!(
            game = hosted.slug,
            root = hosted.root,
            runs = hosted.runs().len(),
            scopes = hosted.directory.len(),
            "loaded"
        );
        loaded.push((hosted, cursor));
    }
    if loaded.is_empty() {
        return Err(StartError::NoGames {
            url: settings.api.url.to_string(),
            games: linked.join(", "),
        });
    }
    Ok((loaded, leases))
}

fn refused(settings: &Settings, error: LoadError) -> StartError {
    let login = Login {
        url: settings.api.url.to_string(),
        user: settings.api.user.clone(),
    };
    StartError::Api(Box::new(error), Box::new(login))
}

fn spawn_until(
    tasks: &TaskTracker,
    stop: &CancellationToken,
    work: impl Future<Output = ()> + Send + 'static,
) {
    let stop = stop.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    });
}
