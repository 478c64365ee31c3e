//! Who asks: `Authorization: Basic` with e-mail address and password.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::Api;
use crate::{
    accounts::{Door, Viewer, Who},
    refusal::Refusal,
};

/// The address that a request came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = info.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        Ok(Self(address))
    }
}

/// The user who asks.
pub(super) async fn viewer(api: &Api, headers: &HeaderMap, peer: Peer) -> Result<Viewer, Refusal> {
    let (email, password) = credentials(headers)?;
    api.accounts
        .identify(Who::Email(email), password, Door::Basic, peer.0)
        .await?
        .ok_or(Refusal::Unauthenticated("Invalid username/password."))
}

fn credentials(headers: &HeaderMap) -> Result<(String, String), Refusal> {
    const NONE: Refusal = Refusal::Unauthenticated("Authentication credentials were not provided.");
    const BROKEN: Refusal =
        Refusal::Unauthenticated("Invalid basic header. Credentials not correctly base64 encoded.");
    let given = headers.get(header::AUTHORIZATION).ok_or(NONE)?;
    let given = given.to_str().map_err(|_| BROKEN)?.trim();
    let (scheme, rest) = given.split_once(' ').unwrap_or((given, ""));
    if scheme.eq_ignore_ascii_case("token") {
        return Err(Refusal::Unauthenticated("Invalid token."));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(NONE);
    }
    let bytes = STANDARD.decode(rest.trim()).map_err(|_| BROKEN)?;
    let text = String::from_utf8(bytes).map_err(|_| BROKEN)?;
    let (email, password) = text.split_once(':').ok_or(BROKEN)?;
    Ok((email.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Result<(String, String), Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        credentials(&headers)
    }

    #[test]
    fn a_password_may_hold_colons() {
        let header = format!("Basic {}", STANDARD.encode("p1@probe.edu:a:b"));
        let found = of(&header).unwrap();
        assert_eq!(found, ("p1@probe.edu".to_owned(), "a:b".to_owned()));
    }

    #[test]
    fn other_headers_are_refused_in_the_original_words() {
        for (header, words) in [
            ("Token 0123", "Invalid token."),
            (
                "Basic ???",
                "Invalid basic header. Credentials not correctly base64 encoded.",
            ),
            ("Digest x", "Authentication credentials were not provided."),
        ] {
            assert_eq!(of(header), Err(Refusal::Unauthenticated(words)));
        }
    }
}
