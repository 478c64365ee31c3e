//! What WELCOME says.

use serde_json::{Value, json};
use wamp::Dict;

use crate::{Disclosure, RealmConfig, SessionInfo};

/// The details of WELCOME for a session that has just joined.
pub(crate) fn details(config: &RealmConfig, info: &SessionInfo) -> Dict {
    let mut details = Dict::new();
    for (key, text) in [
        ("realm", &*config.name),
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
    details.insert("roles".to_owned(), roles(config));
    details
}

/// The features that work. Clients switch things on by what is announced here, so nothing may be
/// listed before it does.
fn roles(config: &RealmConfig) -> Value {
    let disclosure = config.disclosure != Disclosure::Never;
    json!({
        "broker": {"features": {
            "event_history": !config.history.is_empty(),
            "event_retention": config.limits.retained_events > 0,
            "pattern_based_subscription": true,
            "payload_passthru_mode": true,
            "publisher_exclusion": true,
            "publisher_identification": disclosure,
            "session_meta_api": true,
            "subscriber_blackwhite_listing": true,
            "subscription_meta_api": true,
        }},
        "dealer": {"features": {
            "call_canceling": true,
            "call_reroute": true,
            "call_timeout": true,
            "caller_identification": disclosure,
            "pattern_based_registration": true,
            "payload_passthru_mode": true,
            "progressive_call_invocations": true,
            "progressive_call_results": true,
            "registration_meta_api": true,
            "registration_revocation": true,
            "session_meta_api": true,
            "shared_registration": true,
            "testament_meta_api": config.limits.testaments > 0,
        }},
    })
}
