//! The chapters into which the document is divided.

use games_contract::Resource;
use serde_json::{Value, json};

pub(super) const LOGIN: &str = "login";
pub(super) const MANY: &str = "many rows";
pub(super) const SERVICE: &str = "model service";
pub(super) const OPERATION: &str = "operation";

pub(super) fn all() -> Value {
    let resources = Resource::ALL.map(|resource| tag(resource.collection(), resource.about()));
    let others = [
        (LOGIN, "Who somebody is, and tokens instead of passwords."),
        (MANY, "Many rows in one request, all of them or none."),
        (
            SERVICE,
            "What a model service uses beyond the resources: changes as a stream, groups of writes, leases of games.",
        ),
        (OPERATION, "What there is, and whether it is well."),
    ];
    let others = others.map(|(name, about)| tag(name, about));
    resources.into_iter().chain(others).collect()
}

fn tag(name: &str, about: &str) -> Value {
    json!({"name": name, "description": about})
}
