//! WAMP over WebSocket: the endpoint.

mod batch;
pub(crate) mod carrier;
pub(crate) mod echo;
mod origin;
pub(crate) mod subprotocol;

use std::net::SocketAddr;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, State, WebSocketUpgrade};
use axum::http::header::{HOST, ORIGIN, UPGRADE};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::connection::{self, Client};
use crate::{Node, NodeConfig};
use subprotocol::Subprotocol;

/// How much is read from a connection at once. Small, because there are many connections.
const READ_BUFFER: usize = 4 << 10;

/// From how much on a connection writes without waiting for more to send along.
const WRITE_BUFFER: usize = 16 << 10;

/// `GET /ws`.
pub(crate) fn route(node: Node) -> axum::Router {
    axum::Router::new()
        .route("/ws", get(upgrade))
        .with_state(node)
}

async fn upgrade(
    State(node): State<Node>,
    headers: HeaderMap,
    extensions: Extensions,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let mut upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) if headers.contains_key(UPGRADE) => return rejection.into_response(),
        Err(_) => {
            let upgrade = [(UPGRADE, HeaderValue::from_static("websocket"))];
            let text = "expected a WebSocket handshake, got a plain request\n";
            return (StatusCode::UPGRADE_REQUIRED, upgrade, text).into_response();
        }
    };
    let config = node.config();
    if let Some(origin) = headers.get(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        if !config.allowed_origins.admit(origin, header(HOST)) {
            tracing::warn!(origin, "a page of another origin tried to connect");
            let text = "pages of this origin may not connect; see the allowed origins\n";
            return (StatusCode::FORBIDDEN, text).into_response();
        }
    }
    let Some(subprotocol) = Subprotocol::choose(&headers) else {
        let text = format!(
            "expected Sec-WebSocket-Protocol to offer one of: {}\n",
            Subprotocol::names()
        );
        return (StatusCode::BAD_REQUEST, text).into_response();
    };
    upgrade.set_selected_protocol(HeaderValue::from_static(subprotocol.name));
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0);
    let running = node.tasks().token();
    bounded(upgrade, config).on_upgrade(move |socket| async move {
        let largest = node.config().max_message_bytes;
        let (sender, receiver) = carrier::halves(socket, subprotocol, largest);
        let client = Client {
            peer,
            serializer: subprotocol.serializer,
            // Nobody says over WebSocket how much they take.
            largest: usize::MAX,
        };
        connection::serve(sender, receiver, node, client).await;
        drop(running);
    })
}

/// A connection that takes and keeps no more than it may.
fn bounded(upgrade: WebSocketUpgrade, config: &NodeConfig) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER + config.outbox_bytes.max(config.max_message_bytes))
        .max_message_size(config.max_message_bytes)
        .max_frame_size(config.max_message_bytes)
}
