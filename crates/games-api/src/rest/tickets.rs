//! `POST /apis/tickets/`: a text that stands for a user for a while.

use axum::{
    body::Body as Stream,
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use games_contract::{TICKET_SECONDS, TICKET_USUAL_SECONDS};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    Api, answer, body,
    collection::options,
    login::{self, Credentials, Peer},
};
use crate::{clock::timestamp, refusal::Refusal, rows};

const METHODS: &str = "POST, OPTIONS";

pub(super) async fn tickets(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
    stream: Stream,
) -> Result<Response, Refusal> {
    let viewer = login::viewer(&api, &headers, peer).await?;
    match method {
        Method::POST => {}
        Method::OPTIONS => return Ok(options(METHODS)),
        other => return Err(Refusal::Method(other.to_string(), METHODS)),
    }
    let sent = body::read(&headers, stream).await?.members;
    let seconds = seconds(sent.get("seconds"))?;
    let user = match sent.get("user") {
        None | Some(Value::Null) => viewer.id,
        Some(sent) => rows::pk_of(sent)
            .ok_or_else(|| Refusal::field("user", "A valid integer is required."))?,
    };
    if user != viewer.id && !viewer.staff {
        return Err(Refusal::Forbidden);
    }
    // A ticket buys no further ticket that outlives it.
    let latest = match login::credentials(&headers)? {
        Credentials::Ticket(ticket) => api.accounts.bearer(&ticket).await?.map(|(_, end)| end),
        Credentials::Basic { .. } | Credentials::Token(_) => None,
    };
    let made = api.accounts.ticket(user, seconds, latest).await?;
    let Some((ticket, expires)) = made else {
        let words = format!("Expected an active user, got {user}.");
        return Err(Refusal::field("user", words));
    };
    let expires = OffsetDateTime::from_unix_timestamp(expires)
        .map_err(|error| Refusal::Failed(error.to_string()))?;
    let made = json!({"ticket": ticket, "expires": timestamp(expires)});
    Ok(answer::json_of(StatusCode::OK, &made))
}

fn seconds(sent: Option<&Value>) -> Result<i64, Refusal> {
    let seconds = match sent {
        None | Some(Value::Null) => Some(TICKET_USUAL_SECONDS),
        Some(sent) => rows::pk_of(sent).and_then(|seconds| u64::try_from(seconds).ok()),
    };
    let seconds = seconds.filter(|seconds| TICKET_SECONDS.contains(seconds));
    let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
    seconds.ok_or_else(|| {
        let (least, most) = (TICKET_SECONDS.start(), TICKET_SECONDS.end());
        let got = sent.unwrap_or(&Value::Null);
        let words = format!("Expected a whole number from {least} to {most}, got {got}.");
        Refusal::field("seconds", words)
    })
}
