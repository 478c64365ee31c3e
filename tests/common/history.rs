//! What a games API keeps of rewinds.

use std::net::SocketAddr;

use serde_json::Value;

use super::ticket::ask;

/// What rewinds have taken out of play in a scenario.
pub(crate) async fn history(api: SocketAddr, scenario: &Value) -> Vec<Value> {
    let path = format!("scenarios/{scenario}/history/");
    let answer = ask(api, "GET", &path, "").await;
    answer.as_array().unwrap().clone()
}
