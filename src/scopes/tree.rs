//! Scopes as JSON, shaped as the original's: `{pk, data, resource_name}` and, in a tree, `children`.

use games_contract::Resource;
use serde_json::{Value, json};

use super::branch::Node;
use super::row::Row;
use crate::sight::{Online, view};

/// One scope without its children.
#[must_use]
pub fn scope_json(row: &Row, online: &Online) -> Value {
    json!({"pk": row.pk, "data": view(row, online), "resource_name": row.resource.name()})
}

/// A scope with everything below it, without the resources in `exclude`.
#[must_use]
pub fn node_json(node: &Node, exclude: &[Resource], online: &Online) -> Value {
    let children: Vec<Value> = node
        .children
        .iter()
        .filter(|child| !exclude.contains(&child.row.resource))
        .map(|child| node_json(child, exclude, online))
        .collect();
    let mut scope = scope_json(&node.row, online);
    scope["children"] = Value::Array(children);
    scope
}
