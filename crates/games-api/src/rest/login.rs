//! Who asks: `Authorization: Basic` with e-mail address and password, `Authorization: Token` or `Authorization: Ticket`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Api, observe};
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

/// What somebody shows to be who they are.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    /// E-mail address and password.
    Basic { email: String, password: String },
    /// A token.
    Token(String),
    /// A ticket.
    Ticket(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// The user who asks.
pub(super) async fn viewer(api: &Api, headers: &HeaderMap, peer: Peer) -> Result<Viewer, Refusal> {
    let shown = match credentials(headers) {
        Ok(shown) => shown,
        Err(refusal) => {
            api.accounts.stranger(peer.0)?;
            return Err(refusal);
        }
    };
    let viewer = match shown {
        Credentials::Basic { email, password } => {
            let who = Who::Email(email);
            let found = api.accounts.identify(who, password, Door::Basic, peer.0);
            let words = "Invalid username/password.";
            found.await?.ok_or(Refusal::Unauthenticated(words))?
        }
        Credentials::Token(token) => {
            let holder = api.accounts.holder(token).await?;
            known(api, peer, holder, "Invalid token.")?
        }
        Credentials::Ticket(ticket) => {
            let bearer = api.accounts.bearer(&ticket).await?;
            known(
                api,
                peer,
                bearer.map(|(viewer, _)| viewer),
                "Invalid ticket.",
            )?
        }
    };
    observe::asked_by(viewer.id);
    Ok(viewer)
}

/// Whom a token or a ticket stands for; one that stands for nobody is counted.
fn known(
    api: &Api,
    peer: Peer,
    found: Option<Viewer>,
    words: &'static str,
) -> Result<Viewer, Refusal> {
    if found.is_none() {
        api.accounts.stranger(peer.0)?;
    }
    found.ok_or(Refusal::Unauthenticated(words))
}

/// What the `Authorization` header shows.
pub(super) fn credentials(headers: &HeaderMap) -> Result<Credentials, Refusal> {
    const NONE: Refusal = Refusal::Unauthenticated("Authentication credentials were not provided.");
    const BROKEN: Refusal =
        Refusal::Unauthenticated("Invalid basic header. Credentials not correctly base64 encoded.");
    let given = headers.get(header::AUTHORIZATION).ok_or(NONE)?;
    let given = given.to_str().map_err(|_| BROKEN)?.trim();
    let (scheme, rest) = given.split_once(' ').unwrap_or((given, ""));
    if scheme.eq_ignore_ascii_case("token") {
        return token(rest.trim()).map_err(Refusal::Unauthenticated);
    }
    if scheme.eq_ignore_ascii_case("ticket") {
        return Ok(Credentials::Ticket(rest.trim().to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(NONE);
    }
    let bytes = STANDARD.decode(rest.trim()).map_err(|_| BROKEN)?;
    let text = String::from_utf8(bytes).map_err(|_| BROKEN)?;
    let (email, password) = text.split_once(':').ok_or(BROKEN)?;
    Ok(Credentials::Basic {
        email: email.to_owned(),
        password: password.to_owned(),
    })
}

fn token(text: &str) -> Result<Credentials, &'static str> {
    if text.is_empty() {
        return Err("Invalid token header. No credentials provided.");
    }
    if text.contains(char::is_whitespace) {
        return Err("Invalid token header. Token string should not contain spaces.");
    }
    Ok(Credentials::Token(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Result<Credentials, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        credentials(&headers)
    }

    #[test]
    fn a_password_may_hold_colons() {
        let header = format!("Basic {}", STANDARD.encode("p1@probe.edu:a:b"));
        let found = of(&header).unwrap();
        let expected = Credentials::Basic {
            email: "p1@probe.edu".to_owned(),
            password: "a:b".to_owned(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_token_is_taken_as_it_is() {
        assert_eq!(of("Token 0123"), Ok(Credentials::Token("0123".to_owned())));
        let ticket = Credentials::Ticket("simpl-ticket-1.5".to_owned());
        assert_eq!(of("Ticket simpl-ticket-1.5"), Ok(ticket));
    }

    #[test]
    fn other_headers_are_refused_in_the_original_words() {
        for (header, words) in [
            ("Token", "Invalid token header. No credentials provided."),
            (
                "Token 01 23",
                "Invalid token header. Token string should not contain spaces.",
            ),
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
