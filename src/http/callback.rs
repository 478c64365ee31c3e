//! `POST /callback`: where a games API without a change stream tells what has changed.
//!
//! Callbacks of the original are not signed, so the address it is given ends in a key, and without that nothing is taken in.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::post;
use games_contract::{Change, RowText};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::game::Callbacks;
use crate::settings::Secret;

/// What the route needs.
#[derive(Clone, Debug)]
pub struct Callback {
    /// What the address ends in, after its question mark.
    pub key: Secret,
    /// The games that are followed.
    pub games: Vec<Callbacks>,
}

/// The body of a callback.
#[derive(Deserialize)]
struct Body {
    event: String,
    data: RowText,
}

type Answer = (StatusCode, String);

/// The route for callbacks.
pub fn route(callback: Callback) -> Router {
    Router::new()
        .route("/callback", post(take))
        .with_state(callback)
}

async fn take(State(callback): State<Callback>, RawQuery(key): RawQuery, body: Bytes) -> Answer {
    let key = key.unwrap_or_default();
    if !bool::from(key.as_bytes().ct_eq(callback.key.0.as_bytes())) {
        let told = "expected the key that service.callback_url ends in, got none or another\n";
        return (StatusCode::FORBIDDEN, told.to_owned());
    }
    let change = serde_json::from_slice::<Body>(&body)
        .map_err(|error| error.to_string())
        .and_then(|body| {
            Change::from_event(&body.event, body.data).map_err(|error| error.to_string())
        });
    match change {
        Ok(change) => {
            for game in &callback.games {
                game.hand_in(&change);
            }
            (StatusCode::ACCEPTED, "OK".to_owned())
        }
        Err(reason) => {
            tracing::warn!(reason, "a callback could not be read");
            let told = format!(
                "expected {{\"event\": \"<slug>.<model>.<created|changed|deleted>\", \"data\": {{…}}}}: {reason}\n"
            );
            (StatusCode::BAD_REQUEST, told)
        }
    }
}
