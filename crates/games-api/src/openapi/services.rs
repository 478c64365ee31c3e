//! The paths beside the resources: logins, rewind, batches, changes, leases, and what there is.

use games_contract::Resource;
use serde_json::{Map, Value, json};

use super::{
    answers::{Answer, usual_headers},
    operation::{Operation, refer},
    records,
    schemas::row,
    tags, webhooks,
};
use crate::export::{Format, Table};

pub(super) fn paths() -> Map<String, Value> {
    let paths = [
        ("/apis/", root()),
        ("/apis/bulk/", bulk_root()),
        ("/apis/authcheck/", authcheck()),
        ("/apis/tickets/", tickets()),
        ("/apis/hooks/{id}/secret/", webhooks::secret()),
        ("/apis/users/{id}/export/", export()),
        ("/apis/users/{id}/erase/", erase()),
        ("/apis/runs/{id}/export/", run_tables()),
        ("/apis/runs/{id}/audit/", records::audit()),
        ("/rest-auth/login/", login()),
        ("/rest-auth/logout/", logout()),
        ("/rest-auth/user/", user()),
        ("/apis/scenarios/{id}/rewind/", rewind()),
        ("/apis/scenarios/{id}/history/", records::history()),
        ("/apis/batch/", batch()),
        ("/apis/changes/", changes()),
        ("/apis/leases/", leases()),
        ("/healthz", alive()),
        ("/readyz", ready()),
        ("/metrics", metrics()),
        ("/openapi.json", itself()),
    ];
    paths
        .into_iter()
        .map(|(path, item)| (path.to_owned(), item))
        .collect()
}

fn root() -> Value {
    let get = Operation::new("root", tags::OPERATION, "What there is")
        .about("The address of each collection, and of what is offered beyond the original games API: `changes`, `batch`, `leases`, `tickets`, `audit`, `history`.")
        .done(200, "Names and addresses.", refer("schemas/Links"));
    json!({"get": get.build()})
}

fn bulk_root() -> Value {
    let get = Operation::new(
        "bulkRoot",
        tags::MANY,
        "The collections that take many rows at once",
    )
    .done(200, "Names and addresses.", refer("schemas/Links"));
    json!({"get": get.build()})
}

fn alive() -> Value {
    let get = Operation::public("alive", tags::OPERATION, "Does the process answer?")
        .without_login()
        .text(200, "It does.");
    json!({"get": get.build()})
}

fn ready() -> Value {
    let get = Operation::public(
        "ready",
        tags::OPERATION,
        "Does the database answer as well?",
    )
    .without_login()
    .text(200, "It does.")
    .refused(Answer::Busy);
    json!({"get": get.build()})
}

fn metrics() -> Value {
    let get = Operation::new("metrics", tags::OPERATION, "How the service is doing, in numbers")
        .about("In the text format of Prometheus. For staff; on the machine itself, and not through a proxy, for everybody.")
        .text(200, "The numbers.");
    json!({"get": get.build()})
}

fn itself() -> Value {
    let get = Operation::public("openapi", tags::OPERATION, "This document")
        .without_login()
        .done(200, "OpenAPI 3.1.", json!({"type": "object"}));
    json!({"get": get.build()})
}

/// One whose body says who somebody is.
fn saying_who(id: &str, summary: &str) -> Operation {
    Operation::public(id, tags::LOGIN, summary)
        .without_login()
        .refused(Answer::TooMany)
        .refused(Answer::Failed)
        .refused(Answer::Busy)
}

fn authcheck() -> Value {
    let body = refer("schemas/AuthCheck");
    let post = saying_who("authcheck", "Is this the password of that user?")
        .about("A wrong password and a user who is not there answer alike. After ten wrong ones within a minute the account has to wait.")
        .json_or_form(body.clone(), &body)
        .done(200, "It is.", refer("schemas/AuthChecked"));
    json!({"post": post.build()})
}

fn tickets() -> Value {
    let body = refer("schemas/TicketRequest");
    let post = Operation::new("ticket", tags::LOGIN, "A text that stands for a user for a while")
        .about("For whoever asks; staff may name another user. A new password ends all tickets of that user.")
        .json_or_form(body.clone(), &body)
        .done(200, "The ticket.", refer("schemas/Ticket"));
    json!({"post": post.build()})
}

fn export() -> Value {
    let collection = Resource::User.collection();
    let get = Operation::new(
        "exportUser",
        collection,
        "Everything that is stored about a user",
    )
    .about("Without secrets. Staff only.")
    .refused(Answer::NotFound)
    .done(
        200,
        "Their rows, by what they are.",
        json!({"type": "object"}),
    );
    json!({"parameters": [refer("parameters/id")], "get": get.build()})
}

fn erase() -> Value {
    let collection = Resource::User.collection();
    let post = Operation::new("eraseUser", collection, "Take a person out of everything")
        .about(
            "What the class played stays and names nobody. Once more changes nothing. Staff only.",
        )
        .refused(Answer::Invalid)
        .refused(Answer::NotFound)
        .done(200, "How much named them.", refer("schemas/Erased"));
    json!({"parameters": [refer("parameters/id")], "post": post.build()})
}

fn run_tables() -> Value {
    let one_of = |name: &str, about: &str, names: Vec<&str>| json!({"name": name, "in": "query", "description": about, "schema": {"type": "string", "enum": names}});
    let tables = Table::ALL.map(Table::name).to_vec();
    let formats = Format::ALL.map(Format::name).to_vec();
    let content = Format::ALL.map(|format| {
        let essence = format.media_type().split(';').next().unwrap_or_default();
        let schema = match format {
            Format::Json => json!({"type": "array", "items": {"type": "object"}}),
            Format::Csv => json!({"type": "string"}),
            Format::Xlsx => json!({}),
        };
        (essence.to_owned(), json!({ "schema": schema }))
    });
    let file = json!({
        "description": "The file.",
        "headers": usual_headers(),
        "content": content.into_iter().collect::<Map<String, Value>>(),
    });
    let get = Operation::new("exportRun", Resource::Run.collection(), "A run as tables")
        .about("One row for each decision, result, run user or player, with a column for each member of their data; the same rows in every format. All of it is seen at one moment. For staff, and for those who lead the run or look on as assistants.")
        .parameters(vec![
            one_of("table", "Which table; left out, all of them as sheets of one workbook.", tables),
            one_of("format", "How it is written; left out, what `Accept` says, else CSV for one table and XLSX for all.", formats),
        ])
        .refused(Answer::Invalid)
        .refused(Answer::NotFound)
        .answer(200, file);
    json!({"parameters": [refer("parameters/id")], "get": get.build()})
}

fn login() -> Value {
    let body = refer("schemas/Login");
    let post = saying_who("login", "A token for a password")
        .about("Each login has a token of its own; `/rest-auth/logout/` ends it.")
        .json_or_form(body.clone(), &body)
        .done(200, "The token.", refer("schemas/Key"));
    json!({"post": post.build()})
}

fn logout() -> Value {
    let post = Operation::new("logout", tags::LOGIN, "Give a token back")
        .about("The token that is shown is worth nothing from then on; with a password, all tokens of that user are.")
        .done(200, "It is done, also for who was not logged in.", refer("schemas/Detail"));
    json!({"post": post.build()})
}

fn user() -> Value {
    let get = Operation::new("whoAmI", tags::LOGIN, "The user who asks")
        .refused(Answer::NotFound)
        .done(200, "Their row.", row(Resource::User));
    json!({"get": get.build()})
}

fn rewind() -> Value {
    let body = refer("schemas/Rewind");
    let post = Operation::new("rewindScenario", Resource::Scenario.collection(), "Take a scenario back to one of its periods")
        .about("Deletes the later periods and, unless the body says otherwise, the decisions and results of the one that stays. Where the scenario has no such period nothing is deleted.")
        .json_or_form(body.clone(), &body)
        .refused(Answer::NotFound)
        .done_without_a_word("It is done.");
    json!({"parameters": [refer("parameters/id")], "post": post.build()})
}

fn batch() -> Value {
    let post = Operation::new("batch", tags::SERVICE, "Groups of writes")
        .about("Each group is done as a whole or not at all, one group's refusal leaves the others alone, and all share one commit to disk. Staff only.")
        .json(refer("schemas/Batch"))
        .done(200, "What became of each group, in the same order.", refer("schemas/BatchResult"));
    json!({"post": post.build()})
}

fn changes() -> Value {
    let parameter = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "query", "description": about, "schema": schema});
    let number = || json!({"type": "integer", "minimum": 0});
    let text = || json!({"type": "string"});
    let gone = json!({
        "description": "The cursor means nothing here any more: load everything again.",
        "content": {"application/json": {"schema": refer("schemas/Gone")}},
    });
    let get = Operation::new("changes", tags::SERVICE, "What has changed since a cursor")
        .about("Waits for a change when there is none yet, at most a minute. Without `after` it answers at once with the cursor to begin from. Staff only.")
        .parameters(vec![
            parameter("after", "The cursor of the last answer.", number()),
            parameter("epoch", "The epoch of the last answer; refused with 410 in another database.", text()),
            parameter("game_slug", "Only changes of this game, and of users.", text()),
            parameter("wait", "Seconds to wait for a change, at most 60.", json!({"type": "integer", "minimum": 0, "default": 0})),
        ])
        .refused(Answer::Invalid)
        .answer(410, gone)
        .done(200, "The changes in order, and the cursor to go on from.", refer("schemas/Changes"));
    json!({"get": get.build()})
}

fn leases() -> Value {
    let held = json!({
        "description": "Somebody else holds the game.",
        "content": {"application/json": {"schema": refer("schemas/Detail")}},
    });
    let post = Operation::new("lease", tags::SERVICE, "Take, renew or give back the lease of a game")
        .about("One model service serves a game at a time. What is written under the fence of a lease is refused once somebody else has taken the game. Staff only.")
        .json(refer("schemas/LeaseRequest"))
        .answer(409, held)
        .done(200, "The lease as it stands.", refer("schemas/Lease"))
        .done_without_a_word("It was given back.");
    json!({"post": post.build()})
}
