//! `GET /metrics`: what the router has done, in the text format of Prometheus.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use games_api::{Exposition, Kind, METRICS_MEDIA_TYPE};
use wamp_transport::{Counts, Node};

/// What a proxy adds: then the request comes from somewhere else, whatever address it comes from.
const FORWARDED: [&str; 2] = ["forwarded", "x-forwarded-for"];

/// `GET /metrics`, for whoever asks on this machine.
pub fn route(node: Node) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(node)
}

async fn metrics(
    State(node): State<Node>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
    if forwarded || !peer.ip().is_loopback() {
        let text = "the figures are for whoever asks on the router's own machine\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let mut text = Exposition::default();
    tell(&mut text, &node.counts());
    (
        [(header::CONTENT_TYPE, METRICS_MEDIA_TYPE)],
        text.into_text(),
    )
        .into_response()
}

/// Adds the numbers of a realm's router.
pub(crate) fn tell(text: &mut Exposition, counts: &Counts) {
    for (name, kind, help, number) in [
        (
            "wamp_sessions",
            Kind::Gauge,
            "Sessions now, those still shaking hands included.",
            counts.sessions,
        ),
        (
            "wamp_tasks",
            Kind::Gauge,
            "Tasks now: the router's own, and those of connections.",
            counts.tasks,
        ),
        (
            "wamp_sessions_joined_total",
            Kind::Counter,
            "Sessions that have joined the realm.",
            counts.joined,
        ),
        (
            "wamp_sessions_left_total",
            Kind::Counter,
            "Sessions that had joined and have left.",
            counts.left,
        ),
        (
            "wamp_messages_received_total",
            Kind::Counter,
            "Messages that sessions have sent.",
            counts.messages_in,
        ),
        (
            "wamp_messages_queued_total",
            Kind::Counter,
            "Messages that were queued for sessions.",
            counts.messages_out,
        ),
        (
            "wamp_events_dropped_total",
            Kind::Counter,
            "Events dropped because their subscriber was behind.",
            counts.events_dropped,
        ),
        (
            "wamp_sessions_closed_slow_total",
            Kind::Counter,
            "Sessions closed because they did not take what they were sent.",
            counts.slow_closed,
        ),
    ] {
        text.single(name, kind, help, number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_a_kind_and_says_what_it_counts() {
        let counts = Counts {
            sessions: 3,
            joined: 7,
            ..Counts::default()
        };
        let mut text = Exposition::default();
        tell(&mut text, &counts);
        let told = text.into_text();
        assert!(told.contains("# TYPE wamp_sessions gauge\nwamp_sessions 3\n"));
        assert!(told.contains("\nwamp_sessions_joined_total 7\n"));
        let lines = told.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(told.lines().count(), 3 * lines);
    }
}
