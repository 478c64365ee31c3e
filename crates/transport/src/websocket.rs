//! WAMP over WebSocket: the endpoint, its connections, and a client.

pub(crate) mod client;
mod connection;
mod origin;

use std::net::SocketAddr;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, State, WebSocketUpgrade};
use axum::http::header::{HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::Node;

/// The subprotocols spoken here.
const SUBPROTOCOLS: &[&str] = &["wamp.2.json"];

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
    let Some(subprotocol) = choose_subprotocol(&headers) else {
        let text = format!(
            "expected Sec-WebSocket-Protocol to offer one of: {}\n",
            SUBPROTOCOLS.join(", ")
        );
        return (StatusCode::BAD_REQUEST, text).into_response();
    };
    upgrade.set_selected_protocol(HeaderValue::from_static(subprotocol));
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0);
    let running = node.tasks().token();
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER + config.outbox_bytes.max(config.max_message_bytes))
        .max_message_size(config.max_message_bytes)
        .max_frame_size(config.max_message_bytes)
        .on_upgrade(move |socket| async move {
            connection::serve(socket, node, peer).await;
            drop(running);
        })
}

/// The client's first that we speak.
fn choose_subprotocol(headers: &HeaderMap) -> Option<&'static str> {
    let offers = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offers = offers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim);
    offers.find_map(|offer| SUBPROTOCOLS.iter().find(|ours| **ours == offer).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitfall_1_the_first_subprotocol_of_the_client_that_we_speak_is_taken() {
        let choose = |offer: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(offer));
            choose_subprotocol(&headers)
        };
        assert_eq!(choose("wamp.2.json"), Some("wamp.2.json"));
        assert_eq!(choose("wamp.2.ubjson, wamp.2.json"), Some("wamp.2.json"));
        assert_eq!(choose("wamp.2.cbor"), None);
        assert_eq!(choose(""), None);
    }
}
