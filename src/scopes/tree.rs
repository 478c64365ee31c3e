//! Scopes as JSON, shaped as the original's: `{pk, data, resource_name}` and, in a tree, `children`.

use games_contract::{Map, Resource};
use serde_json::Value;

use super::branch::Node;
use super::row::Row;
use crate::sight::{Lens, Online, view};

/// One scope without its children.
#[must_use]
pub fn scope_json(row: &Row, online: &Online) -> Value {
    shaped(row, view(row, online))
}

/// One scope of a branch without its children, as `lens` sees it below `parent`.
#[must_use]
pub fn scope_seen(row: &Row, parent: Option<&Node>, lens: &Lens<'_>) -> Value {
    shaped(row, lens.view(row, parent))
}

/// A scope with everything below it, without the resources in `exclude`, as `lens` sees it.
#[must_use]
pub fn node_json(node: &Node, exclude: &[Resource], lens: &Lens<'_>) -> Value {
    below(node, None, exclude, lens)
}

fn below(node: &Node, parent: Option<&Node>, exclude: &[Resource], lens: &Lens<'_>) -> Value {
    let children: Vec<Value> = node
        .children
        .iter()
        .filter(|child| !exclude.contains(&child.row.resource))
        .map(|child| below(child, Some(node), exclude, lens))
        .collect();
    let mut scope = scope_seen(&node.row, parent, lens);
    scope["children"] = Value::Array(children);
    scope
}

fn shaped(row: &Row, data: Map) -> Value {
    Value::Object(Map::from_iter([
        ("pk".to_owned(), row.pk.into()),
        ("data".to_owned(), Value::Object(data)),
        ("resource_name".to_owned(), row.resource.name().into()),
    ]))
}
