//! Settings of a [`Node`](crate::Node).

use std::time::Duration;

use time::OffsetDateTime;
use wamp_router::{AuthMethod, Disclosure, HistoryRule, Limits};

/// How a node behaves. `NodeConfig::default()` is a realm `realm1` with ticket authentication.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The one realm clients can join.
    pub realm: String,
    /// How clients may prove who they are. A client's first choice among these is taken.
    pub auth_methods: Vec<AuthMethod>,
    /// Whether callees and subscribers learn who calls and publishes.
    pub disclosure: Disclosure,
    /// Topics whose events are kept.
    pub history: Vec<HistoryRule>,
    /// The date now, where what the router tells is to have dates.
    pub date: Option<OffsetDateTime>,
    /// What a session may hold and how long things may take.
    pub limits: Limits,
    /// The largest message taken from a client, in bytes. A larger one closes its connection.
    pub max_message_bytes: usize,
    /// How many bytes may wait for one slow client before it is disconnected. From half of this
    /// on, calls to it are refused and nothing more is read from it.
    pub outbox_bytes: usize,
    /// What becomes of a client that does not take events as fast as they come.
    pub slow_readers: SlowReaders,
    /// How often an idle client is pinged.
    pub ping_interval: Duration,
    /// How long a client may be silent, pongs included, before it counts as gone.
    pub ping_timeout: Duration,
    /// How long closing may take before the connection is dropped.
    pub close_timeout: Duration,
    /// Which pages may connect.
    pub allowed_origins: Origins,
    /// How long a call of an in-process session waits for its answer.
    pub call_timeout: Duration,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            realm: String::from("realm1"),
            auth_methods: vec![AuthMethod::Ticket],
            disclosure: Disclosure::default(),
            history: Vec::new(),
            date: None,
            limits: Limits::default(),
            max_message_bytes: 1 << 20,
            outbox_bytes: 16 << 20,
            slow_readers: SlowReaders::default(),
            ping_interval: Duration::from_secs(10),
            ping_timeout: Duration::from_secs(60),
            close_timeout: Duration::from_secs(2),
            allowed_origins: Origins::default(),
            call_timeout: Duration::from_secs(30),
        }
    }
}

/// What becomes of a client that does not take events as fast as they come. Results, errors and calls are never dropped: where those are
/// too many, it is closed either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlowReaders {
    /// It is closed with a reason once its outbox is full: whoever stays has missed nothing.
    #[default]
    Close,
    /// Events for it are dropped and counted while its outbox is half full.
    Drop,
}

/// Which web pages may open a WebSocket. Programs that are no browser send no `Origin` and always may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// Every page.
    Any,
    /// Pages served under the host name (and port) that the WebSocket is opened with.
    #[default]
    SameHost,
    /// Pages served under that host name on any port: a front end with a server of its own on the same machine.
    SameName,
    /// Pages of these origins (`https://sim.example.edu`), and those of the same host.
    List(Vec<String>),
}
