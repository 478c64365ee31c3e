//! A server with a gate that knows a few users, and a client that says whatever it is told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::serve::ListenerExt;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message as Frame};
use tokio_tungstenite::{WebSocketStream, client_async};
use wamp::cra;
use wamp_transport::{
    Admission, Claim, ConnectOptions, Dict, Gate, Inbound, Inbox, Introduction, Node, NodeConfig,
    Operation, Permission, Proof, Request, Secret, Session, SessionInfo, connect,
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
        assert!(
            claim.peer.is_some(),
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

/// A node behind a listening socket.
pub(crate) struct Server {
    pub(crate) node: Node,
    pub(crate) gate: Arc<TestGate>,
    pub(crate) address: SocketAddr,
    comings: Mutex<mpsc::UnboundedReceiver<Coming>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(NodeConfig::default()).await
    }

    pub(crate) async fn with(config: NodeConfig) -> Self {
        let (comings, receiver) = mpsc::unbounded_channel();
        let gate = Arc::new(TestGate {
            comings,
            slow: Semaphore::new(0),
        });
        let node = Node::start(config, Arc::clone(&gate) as Arc<dyn Gate>);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        let app = node
            .websocket_route()
            .into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            node,
            gate,
            address,
            comings: Mutex::new(receiver),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// A user with the right ticket.
    pub(crate) async fn login(&self, authid: &str) -> (Session, Inbox) {
        let options = ConnectOptions::ticket(authid, format!("{authid}!"));
        soon(connect(&self.url(), options)).await.unwrap()
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
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = soon(socket.read(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }
}

/// A client that says exactly what it is told to.
pub(crate) struct Raw {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

impl Raw {
    pub(crate) async fn connect(server: &Server) -> Self {
        Self::with_subprotocol(server, "wamp.2.json").await.unwrap()
    }

    pub(crate) async fn with_subprotocol(
        server: &Server,
        subprotocol: &str,
    ) -> Result<Self, WebSocketError> {
        let socket = TcpSocket::new_v4().unwrap();
        // Little room, so that a client that does not read is noticed soon.
        socket.set_recv_buffer_size(4 << 10).unwrap();
        let stream = socket.connect(server.address).await.unwrap();
        let mut request = server.url().into_client_request()?;
        let offer = HeaderValue::from_str(subprotocol)?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", offer);
        let (socket, _) = soon(client_async(request, stream)).await?;
        Ok(Self { socket })
    }

    /// Connected and joined as this user.
    pub(crate) async fn login(server: &Server, authid: &str) -> Self {
        let mut raw = Self::connect(server).await;
        raw.hello(json!({"authmethods": ["ticket"], "authid": authid}))
            .await;
        assert_eq!(raw.hear().await, json!([4, "ticket", {}]));
        raw.say(json!([5, format!("{authid}!"), {}])).await;
        assert_eq!(raw.hear().await[0], 2);
        raw
    }

    pub(crate) async fn hello(&mut self, mut details: Value) {
        details["roles"] = json!({"caller": {}, "callee": {}, "publisher": {}, "subscriber": {}});
        self.say(json!([1, "realm1", details])).await;
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.text(&message.to_string()).await;
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.socket.send(Frame::text(text)).await.unwrap();
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Value {
        loop {
            match soon(self.socket.next()).await {
                Some(Ok(Frame::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Frame::Ping(_))) => {}
                other => panic!("expected a message, got {other:?}"),
            }
        }
    }

    /// The code of the close frame that must come next.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match soon(self.socket.next()).await {
                Some(Ok(Frame::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(Frame::Ping(_))) => {}
                other => panic!("expected a close frame, got {other:?}"),
            }
        }
    }
}
