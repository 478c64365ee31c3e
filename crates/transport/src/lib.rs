//! Transports and sessions around the WAMP router.
//!
//! A [`Node`] is a router at work: it accepts clients over WebSocket ([`Node::websocket_route`]) and RawSocket
//! ([`Node::serve_rawsocket`]), lets programs in the same process join without a socket ([`Node::join`]), and asks a [`Gate`]
//! who may come in and what they may do. A [`Session`] with its [`Inbox`] is the client's side, the
//! same in process and over the network ([`connect`]).
//!
//! ```
//! # use std::sync::Arc;
//! # use wamp_transport::*;
//! # struct Open;
//! # #[async_trait::async_trait]
//! # impl Gate for Open {
//! #     async fn authenticate(&self, _: Claim) -> Admission {
//! #         Admission::Deny { reason: String::new(), message: String::new() }
//! #     }
//! #     async fn authorize(&self, _: Request) -> Permission { Permission::Allow }
//! #     fn joined(&self, _: &SessionInfo) {}
//! #     fn left(&self, _: &SessionInfo) {}
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let gate = Arc::new(Open);
//! let node = Node::start(NodeConfig::default(), gate);
//! let (callee, mut inbox) = node.join("model", "service").await?;
//! callee.register("sim.ready", MatchPolicy::Exact).await?;
//! tokio::spawn(async move {
//!     while let Some(Inbound::Invocation { id, .. }) = inbox.recv().await {
//!         let _ = callee.answer(id, Ok(Payload::text("yes"))).await;
//!     }
//! });
//! let (caller, _inbox) = node.join("somebody", "service").await?;
//! let answer = caller.call("sim.ready", Payload::empty()).await?;
//! assert_eq!(answer.args()?, ["yes"]);
//! # Ok(())
//! # }
//! ```
//!
//! Every queue is bounded. What a client says waits in its socket once the router has enough of its
//! messages; what a client does not read is kept up to a budget in bytes, and then the client is
//! disconnected with a reason. The router's task never waits for anybody.
//!
//! Deliberately absent: what the router decides (that is `wamp-router`), users and rights (that is
//! the gate), listening sockets and TLS (that is whoever serves the route).
//!
//! | module | what it holds |
//! | --- | --- |
//! | `node` | [`Node`]; `node::actor`, the task that owns the router; `node::line`, the way to a session |
//! | `session` | [`Session`], [`Inbox`], and the requests that wait for an answer |
//! | `connection` | one client's connection, in a task: messages in, messages out, and an end with a reason |
//! | `carrier` | what a connection is to whatever carries it |
//! | `websocket`, `rawsocket` | the two carriers, and how each begins; [`echo_route`], a WebSocket without WAMP for conformance suites |
//! | `client` | [`connect`]: the client's end, over either |
//! | `gate`, `config` | what the embedder supplies |

mod carrier;
mod client;
mod config;
mod connection;
mod gate;
mod node;
mod rawsocket;
mod session;
mod websocket;

pub use client::{ClientProof, ConnectError, ConnectOptions, connect};
pub use config::{NodeConfig, Origins, SlowReaders};
pub use gate::Gate;
pub use node::{Counts, Node};
pub use session::{
    Call, CallError, CallOptions, CancelMode, Closed, Inbound, Inbox, PublishOptions,
    RegisterOptions, Session, SubscribeOptions, WampError,
};
pub use wamp::{Dict, Id, MatchPolicy, Payload, Secret, Serializer};
pub use wamp_router::{
    Admission, AuthMethod, Claim, Disclosure, HistoryRule, Introduction, Invoke, Limits,
    META_TOPICS, Operation, Permission, Proof, Request, SessionInfo, meta_procedures,
};
pub use websocket::echo::echo_route;
