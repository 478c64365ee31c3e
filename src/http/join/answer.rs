//! Answers in JSON, and the status that each refusal has.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use simpl::Rejected;

/// Bodies hold what lets people in: nobody on the way keeps them.
const HEADERS: [(header::HeaderName, &str); 3] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// An answer as a browser gets it: the value, or `{error, code, expected, got}`.
pub(super) fn answer(outcome: Result<Value, Rejected>) -> Response {
    let (status, body, wait) = match outcome {
        Ok(value) => (StatusCode::OK, value, None),
        Err(rejected) => {
            let mut body = json!({"error": rejected.message()});
            if let Value::Object(members) = &mut body {
                members.extend(rejected.kwargs());
            }
            let wait = match rejected.code() {
                "too_many" => body["got"].as_u64(),
                "unavailable" | "busy" => Some(2),
                _ => None,
            };
            (status(rejected.code()), body, wait)
        }
    };
    let mut response = (status, HEADERS, Json(body)).into_response();
    if let Some(seconds) = wait {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn status(code: &str) -> StatusCode {
    match code {
        "invalid_argument" | "student_number" => StatusCode::BAD_REQUEST,
        "wrong_password" => StatusCode::UNAUTHORIZED,
        "unknown_code" | "wrong_link" => StatusCode::NOT_FOUND,
        "name_taken" => StatusCode::CONFLICT,
        "too_many" => StatusCode::TOO_MANY_REQUESTS,
        "unavailable" | "unknown" | "busy" | "gone" | "taken_over" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        "internal_error" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::FORBIDDEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_by_nobody_and_says_when_to_try_again() {
        let refused = crate::joining::refusal::too_many(17);
        let response = answer(Err(refused));
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "17");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let response = answer(Ok(json!({})));
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}
