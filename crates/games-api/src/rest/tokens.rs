//! `/rest-auth/`: a token for a password, who holds it, and giving it back.

use axum::{
    body::Body as Stream,
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use games_contract::Resource;
use serde_json::{Value, json};

use super::{
    Api, answer, body,
    collection::options,
    login::{self, Credentials, Peer},
};
use crate::{
    accounts::{Door, Who, tickets, tokens},
    refusal::Refusal,
    rows,
};

const POST: &str = "POST, OPTIONS";
const GET: &str = "GET, HEAD, OPTIONS";

/// `POST /rest-auth/login/`: a token for an e-mail address, called `username` here, and its password.
pub(super) async fn login(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
    stream: Stream,
) -> Result<Response, Refusal> {
    match method {
        Method::POST => {}
        Method::OPTIONS => return Ok(options(POST)),
        other => return Err(Refusal::Method(other.to_string(), POST)),
    }
    let sent = body::read(&headers, stream).await?.members;
    let text = |name: &str| match sent.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let Some(password) = text("password") else {
        return Err(Refusal::field("password", "This field is required."));
    };
    let Some(email) = text("username") else {
        return Err(Refusal::row(r#"Must include "username" and "password"."#));
    };
    let who = Who::Email(email.trim().to_owned());
    let viewer = api
        .accounts
        .identify(who, password, Door::Login, peer.0)
        .await?
        .ok_or_else(|| Refusal::row("Unable to log in with provided credentials."))?;
    let token = tokens::generate().map_err(Refusal::Failed)?;
    let kept = token.clone();
    api.storage
        .writer
        .write(move |write| tokens::add(write, viewer.id, &kept).map_err(Refusal::from))
        .await?;
    Ok(answer::json_of(StatusCode::OK, &json!({ "key": token })))
}

/// `GET /rest-auth/user/`: the user who asks.
pub(super) async fn user(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let viewer = login::viewer(&api, &headers, peer).await?;
    match method {
        Method::GET | Method::HEAD => {}
        Method::OPTIONS => return Ok(options(GET)),
        other => return Err(Refusal::Method(other.to_string(), GET)),
    }
    let rights = api.rights(&viewer);
    let user = api
        .storage
        .readers
        .read(move |connection| {
            let user = rows::read(connection, Resource::User, viewer.id)?;
            user.ok_or_else(Refusal::no_row)
        })
        .await?;
    Ok(answer::json_of(
        StatusCode::OK,
        &rights.shown(Resource::User, user),
    ))
}

/// `POST /rest-auth/logout/`: the token that was shown is worth nothing from now on; with a ticket, every
/// ticket of that user; with a password, all of both. Nobody is logged out as well.
pub(super) async fn logout(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    match method {
        Method::POST => {}
        Method::OPTIONS => return Ok(options(POST)),
        other => return Err(Refusal::Method(other.to_string(), POST)),
    }
    if headers.contains_key(axum::http::header::AUTHORIZATION) {
        let shown = login::credentials(&headers)?;
        let user = login::viewer(&api, &headers, peer).await?.id;
        api.storage
            .writer
            .write(move |write| match shown {
                Credentials::Token(token) => {
                    tokens::remove(write, &token)?;
                    Ok::<_, Refusal>(())
                }
                Credentials::Ticket(_) => Ok(tickets::end_all(write, user)?),
                Credentials::Basic { .. } => {
                    tokens::remove_all(write, user)?;
                    Ok(tickets::end_all(write, user)?)
                }
            })
            .await?;
        api.accounts.forget(user);
    }
    let body = json!({"detail": "Successfully logged out."});
    Ok(answer::json_of(StatusCode::OK, &body))
}
