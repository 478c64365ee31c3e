//! The WebSocket below WAMP alone: what a conformance suite for RFC 6455 talks to.

use std::sync::Arc;

use axum::extract::ws::{Utf8Bytes, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use wamp::Serializer;

use super::bounded;
use super::carrier::{Content, halves};
use super::subprotocol::Subprotocol;
use crate::NodeConfig;
use crate::carrier::{Broken, Frame, Heard, Sender};
use crate::connection::{farewell, linger};

/// `GET /echo`: a WebSocket that says back what it hears, text as text and bytes as bytes, until the client closes or breaks a rule.
///
/// Frames are read, written, limited and refused by the code that does it for clients of a [`Node`](crate::Node). There is no WAMP on it, so
/// that programs that know nothing of WAMP can try it.
pub fn echo_route(config: NodeConfig) -> axum::Router {
    axum::Router::new()
        .route("/echo", get(upgrade))
        .with_state(Arc::new(config))
}

async fn upgrade(State(config): State<Arc<NodeConfig>>, upgrade: WebSocketUpgrade) -> Response {
    bounded(upgrade, &config).on_upgrade(move |socket| serve(socket, config))
}

async fn serve(socket: WebSocket, config: Arc<NodeConfig>) {
    // Of a subprotocol only what puts many messages into a frame would matter here.
    let subprotocol = Subprotocol::plain(Serializer::Json);
    let (mut sender, mut receiver) = halves(socket, subprotocol, config.max_message_bytes);
    let patience = config.close_timeout;
    let end = loop {
        let echo = match receiver.frame().await {
            Ok(Content::Text(text)) => {
                Frame::Text(Utf8Bytes::try_from(text).expect("text is UTF-8"))
            }
            Ok(Content::Binary(bytes)) => Frame::Binary(bytes),
            Ok(Content::Control) => continue,
            Ok(Content::Close(_)) => break None,
            Err(end) => break Some(end),
        };
        if send(&mut sender, echo).await.is_err() {
            break None;
        }
    };
    match end {
        Some(Heard::Fault { code, what }) => {
            farewell(&mut sender, patience, code, &what).await;
            linger(&mut receiver, patience, code).await;
        }
        // Answers the client's close frame, if it sent one.
        _ => {
            let _ = tokio::time::timeout(patience, sender.close(None)).await;
        }
    }
}

async fn send(sender: &mut impl Sender, frame: Frame) -> Result<(), Broken> {
    sender.feed(frame).await?;
    sender.flush().await
}
