//! The schemas of the bodies that are no rows: errors, logins, rewinds, batches, changes, leases.

use games_contract::{
    Action, BATCH_GROUPS, BATCH_KEY, BATCH_OPERATIONS, LEASE_SECONDS, Resource, TICKET_SECONDS,
    TICKET_USUAL_SECONDS,
};
use serde_json::{Value, json};

use super::{operation::refer, records, webhooks};

/// Every one of them by name.
pub(super) fn all() -> Vec<(&'static str, Value)> {
    let mut all = errors();
    all.extend(logins());
    all.extend(tickets());
    all.extend(batches());
    all.extend(changes());
    all.extend(leases());
    all.extend(records::schemas());
    all.extend(webhooks::schemas());
    all.push(("Rewind", rewind()));
    all.push((
        "Links",
        json!({
            "type": "object",
            "description": "Names and addresses.",
            "additionalProperties": {"type": "string", "format": "uri"},
        }),
    ));
    all.push((
        "Metadata",
        json!({
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "description": {"type": "string"},
                "renders": {"type": "array", "items": {"type": "string"}},
                "parses": {"type": "array", "items": {"type": "string"}},
                "actions": {
                    "type": "object",
                    "description": "By method, what is known of each field; left out for who may not write.",
                    "additionalProperties": {"type": "object", "additionalProperties": {"type": "object"}},
                },
            },
            "required": ["name", "description", "renders", "parses"],
            "additionalProperties": false,
        }),
    ));
    all
}

fn errors() -> Vec<(&'static str, Value)> {
    let messages = json!({"type": "array", "items": {"type": "string"}});
    vec![
        (
            "Detail",
            json!({
                "type": "object",
                "description": "Why something is refused, in a sentence.",
                "properties": {
                    "detail": {"type": "string"},
                    "request_id": {
                        "type": "string",
                        "description": "Of a failure of the service (5xx): the request's name in the log.",
                    },
                },
                "required": ["detail"],
                "additionalProperties": false,
            }),
        ),
        (
            "FieldErrors",
            json!({
                "type": "object",
                "description": "Messages for each member that is wrong; those about the whole are under `non_field_errors`.",
                "additionalProperties": messages,
            }),
        ),
        (
            "Errors",
            json!({"anyOf": [refer("schemas/Detail"), refer("schemas/FieldErrors"), messages]}),
        ),
        (
            "BulkErrors",
            json!({
                "description": "Of a list of rows the errors of each in the same order, `{}` where there are none; otherwise as for one row.",
                "anyOf": [
                    refer("schemas/Errors"),
                    {"type": "array", "items": refer("schemas/FieldErrors")},
                ],
            }),
        ),
    ]
}

fn logins() -> Vec<(&'static str, Value)> {
    let password = json!({"type": "string", "minLength": 1, "writeOnly": true});
    vec![
        (
            "Login",
            json!({
                "type": "object",
                "properties": {
                    "username": {"type": "string", "minLength": 1, "description": "The e-mail address."},
                    "password": password,
                },
                "required": ["username", "password"],
            }),
        ),
        (
            "Key",
            json!({
                "type": "object",
                "properties": {"key": {"type": "string", "pattern": "^[0-9a-f]{40}$", "description": "The token."}},
                "required": ["key"],
                "additionalProperties": false,
            }),
        ),
        (
            "AuthCheck",
            json!({
                "type": "object",
                "description": "Who, by id or by e-mail address, and a password; or a ticket, which names its user by itself.",
                "properties": {
                    "authid": {"type": "integer", "format": "int64", "description": "The user's id."},
                    "email": {"type": "string", "description": "The user's e-mail address, where `authid` is not given."},
                    "password": password,
                    "ticket": {"type": "string", "description": "Instead of a password."},
                },
                "anyOf": [{"required": ["authid", "password"]}, {"required": ["email", "password"]}, {"required": ["ticket"]}],
            }),
        ),
        (
            "AuthChecked",
            json!({
                "type": "object",
                "properties": {
                    "authid": {"type": "integer", "format": "int64"},
                    "email": {"type": "string"},
                },
                "required": ["authid", "email"],
                "additionalProperties": false,
            }),
        ),
    ]
}

fn tickets() -> Vec<(&'static str, Value)> {
    vec![
        (
            "TicketRequest",
            json!({
                "type": "object",
                "properties": {
                    "seconds": {
                        "type": "integer",
                        "minimum": TICKET_SECONDS.start(),
                        "maximum": TICKET_SECONDS.end(),
                        "default": TICKET_USUAL_SECONDS,
                        "description": "How long it is to be good for.",
                    },
                    "user": {"type": "integer", "format": "int64", "description": "Whom it is to stand for; whoever asks, unless staff say otherwise."},
                },
            }),
        ),
        (
            "Ticket",
            json!({
                "type": "object",
                "properties": {
                    "ticket": {"type": "string", "description": "For `Authorization: Ticket …`, `/apis/authcheck/`, and as WAMP ticket."},
                    "expires": {"type": "string", "format": "date-time"},
                },
                "required": ["ticket", "expires"],
                "additionalProperties": false,
            }),
        ),
        (
            "Erased",
            json!({
                "type": "object",
                "properties": {
                    "user": {"type": "integer", "format": "int64", "description": "Their number, which they keep."},
                    "rows": {"type": "integer", "minimum": 0, "description": "Rows of their runs whose data named them."},
                    "records": {"type": "integer", "minimum": 0, "description": "Changes, answers kept for batches, lines of audit logs and rows that were taken back, that named them."},
                },
                "required": ["user", "rows", "records"],
                "additionalProperties": false,
            }),
        ),
    ]
}

fn rewind() -> Value {
    json!({
        "type": "object",
        "description": "Which period is to be the last, and what of it goes too.",
        "properties": {
            "last_period_order": {"type": "integer", "default": 0, "description": "The order of a period of this scenario."},
            "delete_last_period_decisions": {"type": "boolean", "default": true},
            "delete_last_period_results": {"type": "boolean", "default": true},
            "keep": {"type": "boolean", "default": false, "description": "Keep what goes as history."},
        },
    })
}

/// The resources that batches write.
fn batched() -> Vec<&'static str> {
    let all = Resource::ALL.into_iter();
    all.filter(|resource| crate::batch::writes(*resource))
        .map(Resource::name)
        .collect()
}

fn batches() -> Vec<(&'static str, Value)> {
    let version = json!({
        "type": "string",
        "description": "Done only while the row's `updated` is this; otherwise the group is refused with 412 and shown the row.",
    });
    let row = json!({
        "type": "object",
        "description": "The fields. One that leads to another row may be `{\"ref\": n}`: the row that operation `n` of this group, counted from 0, has written.",
    });
    let operation = |op: &str, about: &str, has: &[&str]| {
        let mut properties = json!({
            "op": {"const": op},
            "resource": {"type": "string", "enum": batched()},
        });
        for name in has {
            properties[*name] = match *name {
                "pk" => refer("schemas/Target"),
                "row" => row.clone(),
                _ => version.clone(),
            };
        }
        let named = has.iter().filter(|name| **name != "if_updated");
        let required: Vec<&str> = ["op", "resource"]
            .into_iter()
            .chain(named.copied())
            .collect();
        json!({
            "type": "object",
            "title": op,
            "description": about,
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    vec![
        (
            "Batch",
            json!({
                "type": "object",
                "description": format!("At most {BATCH_GROUPS} groups with {BATCH_OPERATIONS} operations together."),
                "properties": {"groups": {"type": "array", "items": refer("schemas/Group"), "maxItems": BATCH_GROUPS}},
                "required": ["groups"],
            }),
        ),
        (
            "Group",
            json!({
                "type": "object",
                "description": "Operations that are done in order, all of them or none.",
                "properties": {
                    "key": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": BATCH_KEY,
                        "description": "Names the group: one that was done under this key within the last day is answered as then and not done again.",
                    },
                    "fence": {
                        "type": ["integer", "null"],
                        "minimum": 0,
                        "description": "The fence of the lease under which this is written; refused with 409 once somebody else has taken the game.",
                    },
                    "operations": {"type": "array", "items": refer("schemas/Operation")},
                },
                "required": ["key", "operations"],
                "additionalProperties": false,
            }),
        ),
        (
            "Operation",
            json!({
                "oneOf": [
                    operation("create", "Creates a row.", &["row"]),
                    operation("update", "Changes the named fields of a row.", &["pk", "row", "if_updated"]),
                    operation("upsert", "Changes the row with the same unique fields, or creates it.", &["row", "if_updated"]),
                    operation("delete", "Deletes a row and everything below it.", &["pk", "if_updated"]),
                    records::rewind(),
                    records::record(),
                ],
            }),
        ),
        (
            "Target",
            json!({
                "anyOf": [
                    {"type": "integer", "format": "int64", "minimum": 0, "description": "The primary key."},
                    {
                        "type": "object",
                        "description": "The row that an earlier operation of the group has written.",
                        "properties": {"ref": {"type": "integer", "minimum": 0}},
                        "required": ["ref"],
                    },
                ],
            }),
        ),
        (
            "BatchResult",
            json!({
                "type": "object",
                "properties": {"groups": {"type": "array", "items": refer("schemas/GroupResult")}},
                "required": ["groups"],
                "additionalProperties": false,
            }),
        ),
        (
            "GroupResult",
            json!({
                "type": "object",
                "description": "What became of a group.",
                "properties": {
                    "key": {"type": "string"},
                    "status": {
                        "type": "integer",
                        "enum": [200, 400, 404, 409, 412, 422, 500, 503],
                        "description": "200 when it is done; otherwise nothing of it is.",
                    },
                    "rows": {"type": "array", "items": {"type": "object"}, "description": "The rows after each operation; of a deleted row its last state."},
                    "operation": {"type": "integer", "minimum": 0, "description": "Which operation was refused, from 0; left out when the group as a whole was."},
                    "error": {"description": "Why, as the operation alone would be answered."},
                },
                "required": ["key", "status"],
                "additionalProperties": false,
            }),
        ),
    ]
}

fn changes() -> Vec<(&'static str, Value)> {
    let cursor = json!({"type": "integer", "format": "int64", "minimum": 0, "description": "A place in the order of all changes; grows, may skip numbers."});
    let actions = [Action::Created, Action::Changed, Action::Deleted]
        .map(Action::name)
        .join(", ");
    vec![
        (
            "Changes",
            json!({
                "type": "object",
                "properties": {
                    "cursor": cursor,
                    "epoch": {"type": "string", "description": "Which database this is; a cursor of another one means nothing here."},
                    "changes": {"type": "array", "items": refer("schemas/Change")},
                },
                "required": ["cursor", "epoch", "changes"],
                "additionalProperties": false,
            }),
        ),
        (
            "Change",
            json!({
                "type": "object",
                "description": "One row that was created, changed or deleted.",
                "properties": {
                    "cursor": cursor,
                    "event": {"type": "string", "description": format!("`<slug>.<resource>.<action>` or `user.<action>`; the actions are {actions}.")},
                    "data": {"type": "object", "description": "The row, also when it was deleted; of a user only `id`, `email`, `first_name` and `last_name`."},
                },
                "required": ["cursor", "event", "data"],
                "additionalProperties": false,
            }),
        ),
        (
            "Gone",
            json!({
                "type": "object",
                "description": "The cursor means nothing here any more: load everything again and go on from this one.",
                "properties": {"detail": {"type": "string"}, "cursor": cursor, "epoch": {"type": "string"}},
                "required": ["detail", "cursor", "epoch"],
                "additionalProperties": false,
            }),
        ),
    ]
}

fn leases() -> Vec<(&'static str, Value)> {
    let fence = json!({"type": "integer", "format": "int64", "minimum": 0, "description": "The number of a lease; grows with every one."});
    let seconds = json!({"type": "integer", "minimum": LEASE_SECONDS.start(), "maximum": LEASE_SECONDS.end(), "description": "For how long, unless it is renewed."});
    let game = json!({"type": "string", "description": "The game's slug."});
    let holder = json!({"type": "string", "minLength": 1, "maxLength": 200, "description": "Who holds the game: one name for one process."});
    let action = |name: &str, about: &str, members: &[(&str, &Value)]| {
        let mut properties = json!({"action": {"const": name}});
        let mut required = vec!["action"];
        for (member, schema) in members {
            properties[*member] = (*schema).clone();
            required.push(member);
        }
        json!({
            "type": "object",
            "title": name,
            "description": about,
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    vec![
        (
            "LeaseRequest",
            json!({
                "oneOf": [
                    action("take", "Takes a game that nobody else holds.", &[("game", &game), ("holder", &holder), ("seconds", &seconds)]),
                    action("renew", "Holds it for longer.", &[("fence", &fence), ("seconds", &seconds)]),
                    action("release", "Gives it back.", &[("fence", &fence)]),
                ],
            }),
        ),
        (
            "Lease",
            json!({
                "type": "object",
                "properties": {
                    "fence": fence,
                    "game": game,
                    "holder": holder,
                    "expires": {"type": "string", "format": "date-time", "description": "Afterwards somebody else may take the game."},
                },
                "required": ["fence", "game", "holder", "expires"],
                "additionalProperties": false,
            }),
        ),
    ]
}
