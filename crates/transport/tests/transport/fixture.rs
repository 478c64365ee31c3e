//! A server with a gate that knows a few users, and a client that says whatever it is told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::serve::ListenerExt;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{Mutex, Semaphore, mpsc};
use wamp::cra;
use wamp_transport::{
    Admission, Claim, ConnectOptions, Dict, Gate, Inbound, Inbox, Introduction, Node, NodeConfig,
    Operation, Permission, Proof, Request, Secret, Serializer, Session, SessionInfo, connect,
};

/// How long a test waits for what must happen. Only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Awaits what must happen soon.
pub(crate) async fn soon<F: Future>(what: F) -> F::Output {
    let waited = tokio::time::timeout(PATIENCE, Box::pin(what)).await;
    waited.expect("it did not happen in time")
}

/// Knows users whose ticket and secret are their own name with `!`, lets `anonymous` in as `guest`, and
/// decides by the beginning of a URI: clients register only below `open.`.
pub(crate) struct TestGate {
    comings: mpsc::UnboundedSender<Coming>,
    clients_have_addresses: bool,
    /// A request for `slow.…` takes one.
    pub(crate) slow: Semaphore,
}

/// Somebody joined or left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Coming {
    Joined(String),
    Left(String),
}

#[async_trait]
impl Gate for TestGate {
    async fn challenge(&self, introduction: Introduction) -> Option<Dict> {
        let challenge = cra::Challenge {
            authid: introduction.authid,
            authrole: "player".to_owned(),
            authprovider: "test".to_owned(),
            session: introduction.session,
            nonce: format!("nonce of {}", introduction.session),
            timestamp: "2026-11-21T09:06:17.265Z".to_owned(),
        };
        Some(challenge.extra())
    }

    async fn authenticate(&self, claim: Claim) -> Admission {
        assert_eq!(
            claim.peer.is_some(),
            self.clients_have_addresses,
            "the gate has to know where clients come from"
        );
        match claim.proof {
            Proof::Ticket { authid, ticket } if ticket.reveal() == format!("{authid}!") => {
                player(authid)
            }
            Proof::WampCra {
                authid,
                challenge,
                signature,
            } if cra::verify(
                &Secret::new(format!("{authid}!")),
                challenge[cra::CHALLENGE].as_str().unwrap_or_default(),
                &signature,
            ) =>
            {
                player(authid)
            }
            Proof::Anonymous => Admission::Welcome {
                authid: format!("guest-{}", claim.session),
                authrole: "guest".to_owned(),
                authprovider: "test".to_owned(),
                extra: Dict::new(),
            },
            _ => Admission::Deny {
                reason: "wamp.error.not_authorized".to_owned(),
                message: "unknown user or wrong password".to_owned(),
            },
        }
    }

    async fn authorize(&self, request: Request) -> Permission {
        if request.uri.starts_with("slow.") {
            self.slow.acquire().await.unwrap().forget();
        }
        assert!(
            !request.uri.starts_with("panic."),
            "the gate fails, as the test wants"
        );
        let closed = !request.uri.starts_with("open.");
        if request.uri.starts_with("forbidden.")
            || request.operation == Operation::Register && closed
        {
            return Permission::Forbid {
                error: "wamp.error.no_such_procedure".to_owned(),
                message: format!("no callee registered for procedure <{}>", request.uri),
            };
        }
        Permission::Allow
    }

    fn joined(&self, session: &SessionInfo) {
        let _ = self.comings.send(Coming::Joined(session.authid.clone()));
    }

    fn left(&self, session: &SessionInfo) {
        let _ = self.comings.send(Coming::Left(session.authid.clone()));
    }
}

fn player(authid: String) -> Admission {
    Admission::Welcome {
        authid,
        authrole: "player".to_owned(),
        authprovider: "test".to_owned(),
        extra: Dict::new(),
    }
}

/// How clients reach a server, and what they speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wire {
    pub(crate) carrier: Carrier,
    pub(crate) serializer: Serializer,
}

/// What carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    WebSocket,
    /// RawSocket on TCP.
    Tcp,
    /// RawSocket on a unix socket.
    Unix,
    /// No socket: sessions of the same process.
    InProcess,
}

impl Wire {
    pub(crate) const WEB_JSON: Self = Self::new(Carrier::WebSocket, Serializer::Json);
    pub(crate) const WEB_MSGPACK: Self = Self::new(Carrier::WebSocket, Serializer::MsgPack);
    pub(crate) const WEB_CBOR: Self = Self::new(Carrier::WebSocket, Serializer::Cbor);
    pub(crate) const TCP_JSON: Self = Self::new(Carrier::Tcp, Serializer::Json);
    pub(crate) const TCP_CBOR: Self = Self::new(Carrier::Tcp, Serializer::Cbor);
    pub(crate) const UNIX_JSON: Self = Self::new(Carrier::Unix, Serializer::Json);
    pub(crate) const IN_PROCESS: Self = Self::new(Carrier::InProcess, Serializer::Json);

    const fn new(carrier: Carrier, serializer: Serializer) -> Self {
        Self {
            carrier,
            serializer,
        }
    }
}

/// Each of these functions is a test on each wire: every serializer over WebSocket, every carrier with JSON, and one of both others.
macro_rules! on_every_wire {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::fixture::Wire;

            #[tokio::test]
            async fn over_websocket_in_json() {
                super::$name(Wire::WEB_JSON).await;
            }

            #[tokio::test]
            async fn over_websocket_in_msgpack() {
                super::$name(Wire::WEB_MSGPACK).await;
            }

            #[tokio::test]
            async fn over_websocket_in_cbor() {
                super::$name(Wire::WEB_CBOR).await;
            }

            #[tokio::test]
            async fn over_rawsocket_in_json() {
                super::$name(Wire::TCP_JSON).await;
            }

            #[tokio::test]
            async fn over_rawsocket_in_cbor() {
                super::$name(Wire::TCP_CBOR).await;
            }

            #[tokio::test]
            async fn over_a_unix_socket_in_json() {
                super::$name(Wire::UNIX_JSON).await;
            }
        }
    )*};
}
pub(crate) use on_every_wire;

/// Each of these functions is a test of sessions without a socket too.
macro_rules! in_process {
    ($($name:ident),* $(,)?) => {
        mod in_process {
            use crate::fixture::Wire;

            $(#[tokio::test]
            async fn $name() {
                super::$name(Wire::IN_PROCESS).await;
            })*
        }
    };
}
pub(crate) use in_process;

/// A node behind a listening socket.
pub(crate) struct Server {
    pub(crate) node: Node,
    pub(crate) gate: Arc<TestGate>,
    pub(crate) wire: Wire,
    /// Of TCP, if clients come by it.
    pub(crate) address: Option<SocketAddr>,
    /// The unix socket is in here.
    folder: TempDir,
    comings: Mutex<mpsc::UnboundedReceiver<Coming>>,
}

impl Server {
    /// For clients in JSON over WebSocket.
    pub(crate) async fn start() -> Self {
        Self::on(Wire::WEB_JSON).await
    }

    pub(crate) async fn on(wire: Wire) -> Self {
        Self::with_on(NodeConfig::default(), wire).await
    }

    pub(crate) async fn with(config: NodeConfig) -> Self {
        Self::with_on(config, Wire::WEB_JSON).await
    }

    pub(crate) async fn with_on(config: NodeConfig, wire: Wire) -> Self {
        let (comings, receiver) = mpsc::unbounded_channel();
        let gate = Arc::new(TestGate {
            comings,
            clients_have_addresses: wire.carrier != Carrier::Unix,
            slow: Semaphore::new(0),
        });
        let node = Node::start(config, Arc::clone(&gate) as Arc<dyn Gate>);
        let folder = tempfile::tempdir().unwrap();
        let address = match wire.carrier {
            Carrier::WebSocket => Some(serve_websocket(&node).await),
            Carrier::Tcp => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let node = node.clone();
                tokio::spawn(async move { node.serve_rawsocket(listener).await });
                Some(address)
            }
            Carrier::Unix => {
                let listener = UnixListener::bind(folder.path().join("wamp")).unwrap();
                let node = node.clone();
                tokio::spawn(async move { node.serve_rawsocket_unix(listener).await });
                None
            }
            Carrier::InProcess => None,
        };
        Self {
            node,
            gate,
            wire,
            address,
            folder,
            comings: Mutex::new(receiver),
        }
    }

    pub(crate) fn url(&self) -> String {
        match (self.wire.carrier, self.address) {
            (Carrier::WebSocket, Some(address)) => format!("ws://{address}/ws"),
            (_, Some(address)) => format!("rs://{address}"),
            (Carrier::InProcess, None) => panic!("nobody connects to a session in process"),
            (_, None) => format!("unix:{}", self.folder.path().join("wamp").display()),
        }
    }

    /// What a client says to come in as this user with the right ticket.
    pub(crate) fn options(&self, authid: &str) -> ConnectOptions {
        ConnectOptions {
            serializer: self.wire.serializer,
            ..ConnectOptions::ticket(authid, format!("{authid}!"))
        }
    }

    /// A user with the right ticket.
    pub(crate) async fn login(&self, authid: &str) -> (Session, Inbox) {
        match self.wire.carrier {
            Carrier::InProcess => self.node.join(authid, "player").await.unwrap(),
            _ => soon(connect(&self.url(), self.options(authid)))
                .await
                .unwrap(),
        }
    }

    /// A trusted callee that echoes what it is called with, under these exact procedures.
    pub(crate) async fn echo(&self, procedures: &[&str]) {
        let (session, mut inbox) = self.node.join("echo", "service").await.unwrap();
        for procedure in procedures {
            session
                .register(procedure, wamp::MatchPolicy::Exact)
                .await
                .unwrap();
        }
        tokio::spawn(async move {
            while let Some(inbound) = inbox.recv().await {
                if let Inbound::Invocation { id, payload, .. } = inbound {
                    let _ = session.answer(id, Ok(payload)).await;
                }
            }
        });
    }

    /// Waits until this has happened, skipping what happened before.
    pub(crate) async fn until(&self, coming: Coming) {
        let mut comings = self.comings.lock().await;
        let found = async { while comings.recv().await.as_ref() != Some(&coming) {} };
        soon(found).await;
    }

    /// Status line and headers that answer a plain request.
    pub(crate) async fn http(&self, request: &str) -> String {
        let mut socket = TcpStream::connect(self.address.unwrap()).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = soon(socket.read(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }
}

async fn serve_websocket(node: &Node) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    let app = node
        .websocket_route()
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}
