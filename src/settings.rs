//! Settings: defaults, then `settings.toml`, then `SIMPL_…` variables; flags are laid over them by the command that has them.
//!
//! This is the only place that reads the environment.

mod foreign_router;
mod joining;
mod layers;
mod node;
mod password_file;
mod public;
mod realm;
mod router;
mod time_limit;
mod values;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

pub use foreign_router::ForeignRouterSettings;
pub use joining::JoiningSettings;
pub use layers::SettingsError;
pub use public::{PublicSettings, ServingError};
pub use realm::{Allowed, HttpKeySettings, RealmUserSettings, RuleSettings};
pub use router::{Disclose, HistorySettings, Match, RealmSettings, RouterSettings, SlowReader};
pub use values::{Compat, Secret, Span};

/// Everything that can be set. See `settings.toml` in the repository for what each key means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The model service itself.
    pub service: ServiceSettings,
    /// How the world reaches it.
    pub public: PublicSettings,
    /// The games API it talks to.
    pub api: ApiSettings,
    /// Our own games API.
    pub games_api: GamesApiSettings,
    /// The WAMP router.
    pub wamp: WampSettings,
    /// Somebody else's router to serve on.
    pub foreign_router: ForeignRouterSettings,
    /// The router alone.
    pub router: RouterSettings,
    /// What strangers may use up.
    pub limits: LimitSettings,
    /// The users in memory.
    pub users: UserSettings,
    /// Turns.
    pub turns: TurnSettings,
    /// Joining.
    pub joining: JoiningSettings,
    /// The log.
    pub log: LogSettings,
    /// Other names for games, by the name in their code.
    pub game: BTreeMap<String, GameSettings>,
    /// Variables that begin with `SIMPL_` and are no setting of ours: worth a line in the log.
    #[serde(skip)]
    pub unknown_variables: Vec<String>,
    /// Has somebody said where to listen (`service.listen`)?
    #[serde(skip)]
    pub listen_is_set: bool,
}

/// Section `[service]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// How it is called when another one asks who serves a game; empty for host and address.
    pub name: String,
    /// For how long a game is held without being renewed.
    pub lease: Span,
    /// The games to serve; empty for all.
    pub games: Vec<String>,
    /// Which existing programs are to find everything as they are used to.
    pub compat: Compat,
    /// Where a games API without a change stream is to call back, with a key; empty for nowhere.
    pub callback_url: Secret,
    /// Are runs loaded that are not active, too?
    pub inactive_runs: bool,
    /// How long a stop may wait.
    pub shutdown_grace: Span,
}

/// Section `[api]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiSettings {
    /// Its address, ending in `/apis/`.
    pub url: Url,
    /// The service's login.
    pub user: String,
    /// The service's password.
    pub password: Secret,
    /// A file with the password.
    pub password_file: PathBuf,
    /// How long one request may take.
    pub timeout: Span,
}

/// Section `[games_api]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GamesApiSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The folder of its SQLite file.
    pub data: PathBuf,
    /// The address of a PostgreSQL database, which may hold a password; empty for SQLite.
    pub database: Secret,
    /// A file with the password for that address.
    pub database_password_file: PathBuf,
    /// Everybody may do what the original lets them.
    pub open: bool,
    /// What the addresses in its answers begin with; empty for the host that is asked.
    pub public_url: String,
}

/// Section `[wamp]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WampSettings {
    /// The realm.
    pub realm: String,
    /// The largest message, in bytes.
    pub max_message_bytes: usize,
    /// What may wait for one slow client, in bytes.
    pub outbox_bytes: usize,
    /// How often an idle client is pinged.
    pub ping_interval: Span,
    /// How long a client may be silent.
    pub ping_timeout: Span,
    /// Web pages that may connect besides those of the same host.
    pub allowed_origins: Vec<String>,
    /// What users' WAMP-CRA secrets are derived from; empty for none.
    pub cra_key: Secret,
    /// A file with that key.
    pub cra_key_file: PathBuf,
    /// Where clients connect over RawSocket besides; nowhere if it is empty.
    pub rawsocket: Vec<SocketAddr>,
    /// The file of a unix socket for the same; empty for none.
    pub rawsocket_unix: PathBuf,
}

/// Section `[limits]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Sessions at once.
    pub sessions: usize,
    /// Sessions of one user at once.
    pub sessions_per_user: usize,
    /// Subscriptions of one session.
    pub subscriptions_per_session: usize,
    /// Registrations of one session.
    pub registrations_per_session: usize,
    /// Calls of one session that wait for their answer.
    pub calls_per_session: usize,
    /// How long a call may take at most.
    pub call_timeout: Span,
    /// Testaments of one session.
    pub testaments_per_session: usize,
    /// Bytes of those together.
    pub testament_bytes: usize,
    /// Messages of one session that wait while something about it is found out.
    pub waiting_messages: usize,
    /// Bytes of those together.
    pub waiting_bytes: usize,
    /// How long it may take to find out whether something is allowed.
    pub ask_timeout: Span,
    /// How long a session that is told goodbye has to answer.
    pub goodbye_timeout: Span,
    /// From the open connection to the end of the login.
    pub handshake_timeout: Span,
}

/// Section `[users]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserSettings {
    /// How many users are kept in memory.
    pub cache_capacity: u64,
    /// For how long.
    pub cache_ttl: Span,
}

/// Section `[turns]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnSettings {
    /// How long a procedure of a game may take.
    pub handler_timeout: Span,
    /// How long a step may take.
    pub step_timeout: Span,
    /// How many calls may wait for one world.
    pub mailbox: usize,
    /// How late the end of a period's time may be noticed and still count.
    pub deadline_grace: Span,
}

/// Section `[log]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// What is logged.
    pub level: String,
    /// How it is written.
    pub format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For a log collector.
    Json,
}

/// Section `[game.<name>]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GameSettings {
    /// The slug in the games API; `None` for the game's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The prefix of topics; `None` for the game's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_topic: Option<String>,
    /// Whether a next period begins once one has been stepped, where the game says so; `None` for yes, and for no under `compat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_period: Option<bool>,
    /// How long a world has for a period, `0s` for as long as it takes; `None` for the game's own limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<Span>,
    /// What counts for a seat that has not decided by then; `None` for what the game says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<String>,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            name: String::new(),
            lease: Span::seconds(15),
            games: Vec::new(),
            compat: Compat::None,
            callback_url: Secret::default(),
            inactive_runs: false,
            shutdown_grace: Span::seconds(2),
        }
    }
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            url: Url::parse("http://127.0.0.1:8100/apis/").expect("a constant address"),
            user: "simpl@simpl.world".to_owned(),
            password: Secret::default(),
            password_file: PathBuf::new(),
            timeout: Span::seconds(10),
        }
    }
}

impl Default for GamesApiSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8100)),
            data: PathBuf::from("data"),
            database: Secret::default(),
            database_password_file: PathBuf::new(),
            open: false,
            public_url: String::new(),
        }
    }
}

impl Default for WampSettings {
    fn default() -> Self {
        Self {
            realm: "realm1".to_owned(),
            max_message_bytes: 1 << 20,
            outbox_bytes: 8 << 20,
            ping_interval: Span::seconds(10),
            ping_timeout: Span::seconds(60),
            allowed_origins: Vec::new(),
            cra_key: Secret::default(),
            cra_key_file: PathBuf::new(),
            rawsocket: Vec::new(),
            rawsocket_unix: PathBuf::new(),
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            sessions: 10_000,
            sessions_per_user: 200,
            subscriptions_per_session: 1_000,
            registrations_per_session: 1_000,
            calls_per_session: 1_024,
            call_timeout: Span::seconds(300),
            testaments_per_session: 16,
            testament_bytes: 64 << 10,
            waiting_messages: 1_024,
            waiting_bytes: 4 << 20,
            ask_timeout: Span::seconds(10),
            goodbye_timeout: Span::seconds(2),
            handshake_timeout: Span::seconds(20),
        }
    }
}

impl Default for UserSettings {
    fn default() -> Self {
        Self {
            cache_capacity: 10_000,
            cache_ttl: Span::seconds(300),
        }
    }
}

impl Default for TurnSettings {
    fn default() -> Self {
        Self {
            handler_timeout: Span::seconds(30),
            step_timeout: Span::seconds(10),
            mailbox: 1_024,
            deadline_grace: Span::seconds(60),
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl ServiceSettings {
    /// The name under which a service that listens on `addr` holds its games. No two at once have the same, and one that is
    /// started again has the one it had.
    #[must_use]
    pub fn holder(&self, addr: SocketAddr) -> String {
        if self.name.is_empty() {
            format!("{} {addr}", gethostname::gethostname().to_string_lossy())
        } else {
            self.name.clone()
        }
    }
}

impl Settings {
    /// Of these games, those that are named under `service.games`; all of them, where none is.
    ///
    /// # Errors
    /// One is named that is not among them.
    pub fn named(&self, games: Vec<simpl::Game>) -> Result<Vec<simpl::Game>, SettingsError> {
        let named = &self.service.games;
        let has = |name: &String| games.iter().any(|game| game.slug() == name);
        if let Some(name) = named.iter().find(|name| !has(name)) {
            let linked: Vec<&str> = games.iter().map(simpl::Game::slug).collect();
            return Err(SettingsError::UnknownGame {
                name: name.clone(),
                games: linked.join(", "),
            });
        }
        let is_named = |game: &simpl::Game| named.iter().any(|name| name == game.slug());
        let games = games.into_iter();
        Ok(games
            .filter(|game| named.is_empty() || is_named(game))
            .collect())
    }

    /// The slug of a game in the games API: that of the settings, else the game's own, with `simpl-` before it under `compat`.
    #[must_use]
    pub fn slug(&self, game: &simpl::Game) -> String {
        let set = self.of(game).and_then(|names| names.slug.clone());
        set.unwrap_or_else(|| match self.service.compat {
            Compat::None => game.slug().to_owned(),
            Compat::Simpl => format!("simpl-{}", game.slug()),
        })
    }

    /// The root topic of a game: that of the settings, else the game's own; under `compat`, `world.simpl.sims.<slug>`.
    #[must_use]
    pub fn root_topic(&self, game: &simpl::Game) -> String {
        let set = self.of(game).and_then(|names| names.root_topic.clone());
        set.unwrap_or_else(|| match self.service.compat {
            Compat::None => game.root_topic().to_owned(),
            Compat::Simpl => format!("world.simpl.sims.{}", self.slug(game)),
        })
    }

    /// Whether a next period begins once one has been stepped, where the game says so. Front ends of the original know only one.
    #[must_use]
    pub fn next_period(&self, game: &simpl::Game) -> bool {
        let set = self.of(game).and_then(|names| names.next_period);
        set.unwrap_or(self.service.compat == Compat::None)
    }

    fn of(&self, game: &simpl::Game) -> Option<&GameSettings> {
        self.game.get(game.slug())
    }
}
