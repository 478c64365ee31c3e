//! `GET /metrics`: how the service is doing, for Prometheus.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{
    Api,
    login::{self, Peer},
};
use crate::{metrics, refusal::Refusal};

/// What a proxy adds: then the request comes from somewhere else, whatever address it comes from.
const FORWARDED: [HeaderName; 2] = [
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-forwarded-for"),
];

/// For whoever asks on this machine, and for staff from anywhere.
pub(super) async fn metrics(
    State(api): State<Api>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let forwarded = FORWARDED.iter().any(|name| headers.contains_key(name));
    if (forwarded || !peer.0.is_loopback()) && !login::viewer(&api, &headers, peer).await?.staff {
        return Err(Refusal::Forbidden);
    }
    let told = metrics::tell(
        &api.metrics,
        &api.storage,
        &api.accounts.passwords,
        &api.deliveries,
    );
    let kind = HeaderValue::from_static(metrics::MEDIA_TYPE);
    Ok(([(header::CONTENT_TYPE, kind)], told.await).into_response())
}
