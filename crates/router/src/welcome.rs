//! What WELCOME says.

use serde_json::{Value, json};
use wamp::Dict;

use crate::SessionInfo;

/// The details of WELCOME for a session that has just joined.
pub(crate) fn details(realm: &str, info: &SessionInfo) -> Dict {
    let mut details = Dict::new();
    for (key, text) in [
        ("realm", realm),
        ("authid", &info.authid),
        ("authrole", &info.authrole),
        ("authmethod", &info.authmethod),
        ("authprovider", &info.authprovider),
    ] {
        details.insert(key.to_owned(), Value::from(text));
    }
    if !info.extra.is_empty() {
        details.insert("authextra".to_owned(), Value::Object(info.extra.clone()));
    }
    details.insert("roles".to_owned(), roles());
    details
}

/// The features that work. Clients switch things on by what is announced here, so nothing may be
/// listed before it does.
fn roles() -> Value {
    json!({
        "broker": {"features": {
            "pattern_based_subscription": true,
            "publisher_exclusion": true,
            "publisher_identification": true,
            "session_meta_api": true,
            "subscriber_blackwhite_listing": true,
            "subscription_meta_api": true,
        }},
        "dealer": {"features": {
            "call_timeout": true,
            "caller_identification": true,
            "pattern_based_registration": true,
            "registration_meta_api": true,
            "session_meta_api": true,
        }},
    })
}
