//! `/openapi.json`: what the games API speaks, for people and for the programs that read OpenAPI 3.1.
//!
//! Resources, fields and filters come from the contract's tables, so that the document cannot differ from what is done; what is
//! described here by hand are the paths around them.

mod answers;
mod bodies;
mod operation;
mod records;
mod resources;
mod schemas;
mod services;
mod tags;
mod webhooks;

use std::sync::LazyLock;

use axum::body::Bytes;
use serde_json::{Value, json};

/// What a reader has to know before anything else.
const ABOUT: &str = "Keeps games, runs, worlds, decisions and people for turn-based simulations, and tells others what has changed.\n\n\
The tree: a game has phases, roles and runs; a run has worlds and run users; a world or a run user has scenarios; a scenario has periods; \
a period has decisions and results. Deleting a row deletes what is below it.\n\n\
Lists are plain arrays in pages; the header `Link` leads to the next and the previous one. Unknown parameters are ignored. \
PUT replaces a row, PATCH changes the members that it names; members that a row does not have are ignored. \
Bodies are JSON or forms, in which every value is text. Every path that answers GET answers HEAD, and every path below `/apis/` answers \
OPTIONS with what it does. Times are RFC 3339 in UTC with six digits; `updated` is a row's version and grows with every change.";

/// The document as it is served. It holds nothing that depends on the installation.
pub(crate) fn document() -> Bytes {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| build().to_string().into());
    DOCUMENT.clone()
}

fn build() -> Value {
    let mut paths = resources::paths();
    paths.extend(services::paths());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Games API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Games, runs, worlds, decisions and people of turn-based simulations.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".", "description": "The server that sent this document."}],
        "security": [{"basic": []}, {"token": []}, {"ticket": []}],
        "tags": tags::all(),
        "paths": paths,
        "webhooks": webhooks::all(),
        "components": {
            "securitySchemes": {
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "E-mail address and password.",
                },
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Token ` and the key that `/rest-auth/login/` gives.",
                },
                "ticket": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Ticket ` and the text that `/apis/tickets/` gives, for as long as it is good.",
                },
            },
            "schemas": schemas::all(),
            "responses": answers::all(),
            "headers": answers::headers(),
            "parameters": resources::parameters(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `see` with every object in the document.
    fn walk(value: &Value, see: &mut impl FnMut(&serde_json::Map<String, Value>)) {
        match value {
            Value::Object(members) => {
                see(members);
                members.values().for_each(|member| walk(member, see));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, see)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_everything_is_referred_to() {
        let document = build();
        let mut used = std::collections::BTreeSet::new();
        walk(&document, &mut |object| {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
                used.insert(pointer.to_owned());
            }
        });
        for kind in ["schemas", "responses", "headers", "parameters"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                let pointer = format!("/components/{kind}/{name}");
                assert!(used.contains(&pointer), "nothing refers to {pointer}");
            }
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_a_summary_and_a_tag_that_is_explained() {
        let document = build();
        let tags: Vec<&Value> = document["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| &tag["name"])
            .collect();
        let mut names = std::collections::BTreeSet::new();
        let items = ["paths", "webhooks"].map(|place| document[place].as_object().unwrap());
        for (path, item) in items.into_iter().flatten() {
            for (method, operation) in item.as_object().unwrap() {
                if method == "parameters" {
                    continue;
                }
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name.to_owned()), "{name} twice");
                assert!(operation["summary"].is_string(), "{method} {path}");
                assert!(tags.contains(&&operation["tags"][0]), "{method} {path}");
                assert!(operation["responses"].is_object(), "{method} {path}");
            }
        }
        assert!(
            names.contains("listRunusers") && names.contains("rewindScenario"),
            "{names:?}"
        );
    }

    #[test]
    fn every_resource_has_its_fields_and_filters_in_the_document() {
        let document = build();
        for resource in games_contract::Resource::ALL {
            let table = resource.table();
            let row = &document["components"]["schemas"][schemas::name(resource)];
            let shown: Vec<&String> = row["properties"].as_object().unwrap().keys().collect();
            let fields = table.fields.iter().filter(|field| !field.write_only);
            assert_eq!(shown, fields.map(|field| field.name).collect::<Vec<_>>());
            let list = &document["paths"][format!("/apis/{}/", resource.collection())]["get"];
            let parameters = list["parameters"].to_string();
            for filter in table.filters {
                assert!(
                    parameters.contains(&format!(r#""name":"{}""#, filter.name)),
                    "{resource}?{}",
                    filter.name
                );
            }
        }
    }
}
