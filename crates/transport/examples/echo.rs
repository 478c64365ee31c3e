//! A WebSocket that says back what it hears, for conformance suites: `cargo xtask soak websocket` starts it.
//!
//! It prints its address, and takes messages of up to 32 MiB, because suites send larger ones than a router should take. All else is as a
//! router is configured when nobody says otherwise.
#![allow(clippy::print_stdout, reason = "the address is for whoever started it")]

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use wamp_transport::{NodeConfig, echo_route};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let config = NodeConfig {
        max_message_bytes: 32 << 20,
        ..NodeConfig::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ready ws://{}/echo", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            println!("small messages may be late: {error}");
        }
    });
    axum::serve(listener, echo_route(config)).await
}
