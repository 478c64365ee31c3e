//! `POST /apis/authcheck/`: is this the password, or a ticket, of that user?

use axum::{
    body::Body as Stream,
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use super::{Api, answer, body, collection::options, login::Peer};
use crate::{
    accounts::{Door, Viewer, Who},
    refusal::Refusal,
};

const METHODS: &str = "POST, OPTIONS";

pub(super) async fn authcheck(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
    stream: Stream,
) -> Result<Response, Refusal> {
    match method {
        Method::POST => {}
        Method::OPTIONS => return Ok(options(METHODS)),
        other => return Err(Refusal::Method(other.to_string(), METHODS)),
    }
    let sent = body::read(&headers, stream).await?.members;
    let named = match (sent.get("authid"), sent.get("email")) {
        (Some(id), _) if !id.is_null() => Some(Who::Id(number(id)?)),
        (_, Some(Value::String(email))) => Some(Who::Email(email.clone())),
        _ => None,
    };
    if let Some(Value::String(ticket)) = sent.get("ticket") {
        let bearer = api.accounts.bearer(ticket).await?.map(|(user, _)| user);
        if bearer.is_none() {
            api.accounts.stranger(peer.0)?;
        }
        return told(bearer.filter(|user| named.is_none_or(|named| named.is(user))));
    }
    let Some(who) = named else {
        return Err(Refusal::row("'authid' or 'email' must be set"));
    };
    let password = match sent.get("password") {
        Some(Value::String(password)) => password.clone(),
        Some(Value::Number(password)) => password.to_string(),
        _ => return Err(Refusal::field("password", "This field is required.")),
    };
    let found = api
        .accounts
        .identify(who, password, Door::Authcheck, peer.0)
        .await?;
    told(found)
}

fn told(found: Option<Viewer>) -> Result<Response, Refusal> {
    match found {
        Some(user) => {
            let body = json!({"authid": user.id, "email": user.email});
            Ok(answer::json_of(StatusCode::OK, &body))
        }
        // Somebody unknown is answered like a wrong password: who has an account is nobody's business.
        None => Err(Refusal::Invalid(json!([
            "Unable to log in with provided credentials."
        ]))),
    }
}

fn number(id: &Value) -> Result<i64, Refusal> {
    let number = match id {
        Value::Number(id) => id.as_i64(),
        Value::String(id) => id.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Refusal::field("authid", "A valid integer is required."))
}
