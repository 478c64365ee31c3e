//! Everybody signs in at the same moment: WebSocket clients that all connect at once, and how long it took until each was in.
//!
//! Standard input has a line for each, `<authid> <secret>`: a password, a ticket, or with `--sign` a WAMP-CRA secret. Everybody stays until
//! the last one is in; one who is refused ends the run. `cargo xtask bench logins` starts it.

use std::io::BufRead;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::sync::Barrier;
use tokio::time::Instant;
use wamp_transport::{ConnectOptions, connect};

/// Longer than anybody should have to wait.
const PATIENCE: Duration = Duration::from_secs(120);

/// Signs many users in at the same moment.
#[derive(Debug, Parser)]
struct Arguments {
    /// The WAMP router, for example ws://127.0.0.1:8080/ws.
    wamp: String,
    /// Signs the router's challenge (WAMP-CRA) instead of showing the secret.
    #[arg(long)]
    sign: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut clients = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (authid, secret) = line
            .split_once(' ')
            .context("expected lines of an authid and a secret")?;
        clients.push(options(authid, secret, arguments.sign));
    }
    let all: &'static Barrier = Box::leak(Box::new(Barrier::new(clients.len())));
    let url: &'static str = arguments.wamp.leak();
    let signing_in: Vec<_> = clients
        .into_iter()
        .map(|options| {
            tokio::spawn(async move {
                all.wait().await;
                let began = Instant::now();
                let signed_in = connect(url, options).await;
                let took = began.elapsed();
                // Nobody leaves before the last one is in, or refused.
                all.wait().await;
                signed_in.map(|_| took)
            })
        })
        .collect();
    let mut waits = Vec::with_capacity(signing_in.len());
    for one in signing_in {
        waits.push(one.await??);
    }
    waits.sort_unstable();
    let seconds = |at: usize| waits.get(at).map_or(0.0, Duration::as_secs_f64);
    let last = waits.len().saturating_sub(1);
    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    {
        println!("{:.2} {:.2}", seconds(last / 2), seconds(last));
    }
    Ok(())
}

fn options(authid: &str, secret: &str, sign: bool) -> ConnectOptions {
    let options = match sign {
        true => ConnectOptions::wampcra(authid, secret),
        false => ConnectOptions::ticket(authid, secret),
    };
    ConnectOptions {
        connect_timeout: PATIENCE,
        ..options
    }
}
