//! The paths of the resources: lists, rows, and many rows at once.

use games_contract::{FilterKind, PAGE_SIZE, Resource};
use serde_json::{Map, Value, json};

use super::{
    answers::Answer,
    operation::{Operation, refer},
    schemas::{differs_in_bulk, name, row, written},
    tags,
};
use crate::{rest::LARGEST_PAGE, rows};

pub(super) fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    for resource in Resource::ALL {
        let collection = resource.collection();
        paths.insert(format!("/apis/{collection}/"), list_and_create(resource));
        let key = resource.key();
        paths.insert(format!("/apis/{collection}/{{{key}}}/"), one(resource));
        if rows::in_bulk(resource) {
            paths.insert(format!("/apis/bulk/{collection}/"), bulk(resource));
            paths.insert(
                format!("/apis/bulk/{collection}/{{{key}}}/"),
                bulk_row(resource),
            );
        }
    }
    paths
}

/// The parameters that many paths share, by name.
pub(super) fn parameters() -> Value {
    json!({
        "id": {
            "name": "id",
            "in": "path",
            "required": true,
            "description": "The row's primary key.",
            "schema": {"type": "integer", "format": "int64", "minimum": 1},
        },
        "slug": {
            "name": "slug",
            "in": "path",
            "required": true,
            "description": "The game's slug.",
            "schema": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$", "maxLength": 250},
        },
        "page": {
            "name": "page",
            "in": "query",
            "description": "Which page, from 1; 404 beyond the last one.",
            "schema": {"type": "integer", "minimum": 1, "default": 1},
        },
        "page_size": {
            "name": "page_size",
            "in": "query",
            "description": format!("Rows in a page; 0 and what is no number are {PAGE_SIZE}, more than {LARGEST_PAGE} is {LARGEST_PAGE}."),
            "schema": {"type": "integer", "minimum": 0, "default": PAGE_SIZE},
        },
    })
}

fn named(verb: &str, resource: Resource, many: bool) -> String {
    if many {
        let collection = resource.collection();
        let (first, rest) = collection.split_at(1);
        return format!("{verb}{}{rest}", first.to_ascii_uppercase());
    }
    format!("{verb}{}", name(resource))
}

fn list_and_create(resource: Resource) -> Value {
    let (tag, word) = (resource.collection(), resource.name());
    let mut create = Operation::new(
        &named("create", resource, false),
        tag,
        &format!("Create a {word}"),
    );
    let mut created = row(resource);
    if resource == Resource::Hook {
        create = create.about(
            "`event` is `<slug>.*`, `user.*` or one event; `url` is told of each such change, as under webhooks. The same subscription once more is no second one and answers only with what was sent; it enables one that was disabled.",
        );
        let known = json!({
            "type": "object",
            "properties": {"event": {"type": "string"}, "url": {"type": "string"}},
            "required": ["event", "url"],
            "additionalProperties": false,
        });
        created = json!({"anyOf": [created, known]});
    }
    create = create
        .json_or_form(written(resource, "Write"), &written(resource, "Form"))
        .done(201, "The row as it is now.", created);
    if resource == Resource::Hook {
        create = create.header(201, "Location");
    }
    json!({
        "get": list(&named("list", resource, true), tag, resource).build(),
        "post": create.build(),
        "options": described(&named("describe", resource, true), tag, "collection").build(),
    })
}

fn described(id: &str, tag: &str, what: &str) -> Operation {
    Operation::new(id, tag, &format!("What this {what} does"))
        .about("Its methods are in the header `Allow`.")
        .done(
            200,
            "Its name, formats and fields.",
            refer("schemas/Metadata"),
        )
        .header(200, "Allow")
}

fn list(id: &str, tag: &str, resource: Resource) -> Operation {
    let mut parameters = filters(resource);
    parameters.push(ordering(resource));
    parameters.extend(["page", "page_size"].map(|name| refer(&format!("parameters/{name}"))));
    let rows = json!({"type": "array", "items": row(resource)});
    Operation::new(id, tag, &format!("List {}", resource.collection()))
        .parameters(parameters)
        .refused(Answer::Invalid)
        .refused(Answer::NotFound)
        .done(200, "A page of rows.", rows)
        .header(200, "Link")
}

fn filters(resource: Resource) -> Vec<Value> {
    let filters = resource.table().filters.iter();
    filters
        .map(|filter| {
            let (schema, about) = match filter.kind {
                FilterKind::Text => (
                    json!({"type": "string"}),
                    format!("Only those whose `{}` is this.", filter.name),
                ),
                FilterKind::Boolean => (
                    json!({"type": "boolean"}),
                    format!(
                        "Only those whose `{}` is this; what is no flag is ignored.",
                        filter.name
                    ),
                ),
                FilterKind::RunActive => (
                    json!({"type": "boolean"}),
                    "Only those below an active run, or below one that is not.".to_owned(),
                ),
                FilterKind::Number => (
                    json!({"type": "integer"}),
                    format!("Only those whose `{}` is this number.", filter.name),
                ),
                FilterKind::Reference(to) => (
                    json!({"type": "integer"}),
                    format!("Only those of this {to}, which has to exist."),
                ),
                FilterKind::GameSlug => (
                    json!({"type": "string"}),
                    "Only those of the game with this slug.".to_owned(),
                ),
                FilterKind::Run => (
                    json!({"type": "integer"}),
                    "Only those below this run.".to_owned(),
                ),
                FilterKind::WorldRun => (
                    json!({"type": "integer"}),
                    "Only those below worlds of this run, which has to exist.".to_owned(),
                ),
                FilterKind::RunUserRun => (
                    json!({"type": "integer"}),
                    "Only those below run users of this run, which has to exist.".to_owned(),
                ),
            };
            json!({"name": filter.name, "in": "query", "description": about, "schema": schema})
        })
        .collect()
}

fn ordering(resource: Resource) -> Value {
    let names: Vec<&str> = resource
        .table()
        .orderings()
        .map(|field| field.name)
        .collect();
    json!({
        "name": "ordering",
        "in": "query",
        "description": format!("Fields to sort by, separated by commas, each with `-` before it for the greatest first: {}.", names.join(", ")),
        "schema": {"type": "string"},
        "example": "-created",
    })
}

fn one(resource: Resource) -> Value {
    let (tag, word) = (resource.collection(), resource.name());
    let operation = |verb: &str, summary: &str| {
        Operation::new(
            &named(verb, resource, false),
            tag,
            &format!("{summary} {word}"),
        )
        .refused(Answer::NotFound)
    };
    let written = |operation: Operation, how| {
        operation
            .json_or_form(written(resource, how), &written(resource, "Form"))
            .done(200, "The row as it is now.", row(resource))
            .build()
    };
    json!({
        "parameters": [refer(&format!("parameters/{}", resource.key()))],
        "get": operation("read", "Read a").done(200, "The row.", row(resource)).build(),
        "put": written(
            operation("replace", "Replace a")
                .about("Required members have to be there; the others keep their value when they are left out, but a role becomes null."),
            "Write",
        ),
        "patch": written(operation("change", "Change the named members of a"), "Change"),
        "delete": operation("delete", "Delete a")
            .about("With everything below it.")
            .done_without_a_word("It is gone.")
            .build(),
        "options": described(&named("describe", resource, false), tag, "row").refused(Answer::NotFound).build(),
    })
}

fn bulk(resource: Resource) -> Value {
    let collection = resource.collection();
    let new = written(
        resource,
        if differs_in_bulk(resource) {
            "BulkWrite"
        } else {
            "Write"
        },
    );
    let (rows, many) = (
        json!({"type": "array", "items": row(resource)}),
        json!({"type": "array", "items": new}),
    );
    let wrong = json!({
        "description": "Nothing is done; why, for each row.",
        "content": {"application/json": {"schema": refer("schemas/BulkErrors")}},
    });
    let create = Operation::new(
        &named("bulkCreate", resource, true),
        tags::MANY,
        &format!("Create {collection}"),
    )
    .about("One row or a list of them: all are created, or none.")
    .json_or_form(json!({"anyOf": [new, many]}), &written(resource, "Form"))
    .done(
        201,
        "The rows as they are now, in the same order.",
        json!({"anyOf": [row(resource), rows]}),
    )
    .answer(400, wrong);
    let delete = Operation::new(&named("bulkDelete", resource, true), tags::MANY, &format!("Delete the {collection} that the filters select"))
        .about("With everything below them. At least one filter has to have a value: a request that would delete everything is refused.")
        .parameters(filters(resource))
        .refused(Answer::Invalid)
        .done_without_a_word("They are gone.");
    json!({
        "get": list(&named("bulkList", resource, true), tags::MANY, resource)
            .about("As the list of the collection; of decisions and results the role comes last.")
            .build(),
        "post": create.build(),
        "delete": delete.build(),
    })
}

fn bulk_row(resource: Resource) -> Value {
    let read = Operation::new(
        &named("bulkRead", resource, false),
        tags::MANY,
        &format!("Read a {resource}"),
    )
    .refused(Answer::NotFound)
    .done(200, "The row.", row(resource));
    json!({
        "parameters": [refer(&format!("parameters/{}", resource.key()))],
        "get": read.build(),
    })
}
