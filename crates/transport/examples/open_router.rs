//! A router that lets everybody in and do everything, to try clients with: `cargo run -p wamp-transport --example open_router`.
//!
//! It listens on a free port of this machine only and prints `ready http://…/` when it does. It ends when it is killed.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use wamp_transport::{
    Admission, AuthMethod, Claim, Dict, Gate, HistoryRule, MatchPolicy, Node, NodeConfig, Origins,
    Permission, Request, SessionInfo,
};

/// Stands open.
struct Open;

#[async_trait]
impl Gate for Open {
    async fn authenticate(&self, claim: Claim) -> Admission {
        Admission::Welcome {
            authid: format!("guest-{}", claim.session),
            authrole: "anonymous".to_owned(),
            authprovider: "open".to_owned(),
            extra: Dict::new(),
        }
    }

    async fn authorize(&self, _: Request) -> Permission {
        Permission::Allow
    }

    fn joined(&self, _: &SessionInfo) {}

    fn left(&self, _: &SessionInfo) {}
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever started it reads the line")]
async fn main() -> std::io::Result<()> {
    let config = NodeConfig {
        auth_methods: vec![AuthMethod::Anonymous],
        allowed_origins: Origins::Any,
        history: vec![HistoryRule {
            topic: "kept.".to_owned(),
            match_policy: MatchPolicy::Prefix,
            events: 100,
            bytes: 1 << 20,
        }],
        ..NodeConfig::default()
    };
    let node = Node::start(config, Arc::new(Open));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ready http://{}/", listener.local_addr()?);
    // Where Nagle stays on, small messages are only slower.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let routes = node.websocket_route();
    axum::serve(
        listener,
        routes.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .await
}
