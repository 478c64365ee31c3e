//! What a subscription is told, and how its receiver knows who tells it.

use games_contract::{Action, Resource, SIGNATURE_HEADER};
use serde_json::{Value, json};

use super::{
    answers::Answer,
    operation::{Operation, refer},
};

/// How deliveries go.
const ABOUT: &str = "Sent for each change that the subscription's `event` names, in the order of the changes. Any 2xx within 5 seconds is a \
delivery; redirects are not followed. What fails is sent again, after 1 second at first and 1 minute at most, and holds back the later \
changes of that subscription; `ref` tells a delivery that comes twice. After 24 hours of failures the subscription is disabled, which its \
`last_error` says, until it is written. The address may be any that the service can reach, this machine included: only staff subscribe.";
/// How the signature is made.
const SIGNED: &str = "`t=<seconds since 1970>,v1=<64 hexadecimal digits>`: the HMAC-SHA256 of `<t>.<body>` with the text of the \
subscription's secret as its key. Compare in constant time, and refuse what was signed more than some minutes ago.";

/// The secret of a subscription, as a path.
pub(super) fn secret() -> Value {
    let tag = Resource::Hook.collection();
    let operation = |id: &str, summary: &str| {
        Operation::new(id, tag, summary)
            .refused(Answer::NotFound)
            .done(200, "The secret.", refer("schemas/Secret"))
    };
    let read = operation(
        "readHookSecret",
        "What the deliveries of a subscription are signed with",
    )
    .about("For its owner.");
    let renew = operation("renewHookSecret", "Give a subscription another secret")
        .about("Deliveries are signed with it from then on, also those that are made again.");
    json!({
        "parameters": [refer("parameters/id")],
        "get": read.build(),
        "post": renew.build(),
    })
}

/// What is posted to the address of a subscription.
pub(super) fn all() -> Value {
    let answers = json!({
        "2XX": {"description": "It has arrived."},
        "default": {"description": "It is sent again. The beginning of the answer is shown to the subscription's owner."},
    });
    let post = json!({
        "operationId": "change",
        "tags": [Resource::Hook.collection()],
        "summary": "Something has changed",
        "description": ABOUT,
        "security": [],
        "parameters": [{
            "name": SIGNATURE_HEADER,
            "in": "header",
            "required": true,
            "description": SIGNED,
            "schema": {"type": "string", "pattern": "^t=[0-9]+,v1=[0-9a-f]{64}$"},
        }],
        "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": refer("schemas/Delivery")}},
        },
        "responses": answers,
    });
    json!({"change": {"post": post}})
}

/// The schemas of both.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let actions: Vec<&str> = [Action::Created, Action::Changed, Action::Deleted]
        .map(Action::name)
        .to_vec();
    let delivery = json!({
        "type": "object",
        "properties": {
            "event": {
                "type": "string",
                "description": format!("`<slug>.<resource>.<action>`, or `user.<action>`; the action is one of {}.", actions.join(", ")),
            },
            "ref": {
                "type": "string",
                "format": "uuid",
                "description": "Names the change; the same when it is sent again.",
            },
            "data": {
                "type": "object",
                "description": "The row as REST shows it, also when it is deleted; of a user only id, address and names.",
            },
        },
        "required": ["event", "ref", "data"],
    });
    let secret = json!({
        "type": "object",
        "properties": {"secret": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "required": ["secret"],
        "additionalProperties": false,
    });
    vec![("Delivery", delivery), ("Secret", secret)]
}
