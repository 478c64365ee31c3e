//! A class that plays div as fast as it can, over WebSockets, and what it saw: rounds a second, and how long players waited.
//!
//! It is a program of its own so that a profile of the service does not show it. [`seed`] makes the class through the games
//! API, [`table`] plays one world, [`figures`] sums up. Every result is checked: a wrong quotient ends the run.
//!
//! Prints `counting` when it begins to count, and the figures in the end.
//!
//! Deliberately absent: starting the service, and reading what it used (`cargo xtask bench rounds` does both).

#![expect(clippy::print_stdout, reason = "this is what the program is for")]

mod figures;
mod seed;
mod table;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep_until};
use url::Url;

use figures::Figures;
use seed::Class;
use table::Table;

/// Logins at once: passwords cost the service a hash each, the first time.
const LOGINS: usize = 8;

/// Plays div at many tables at once, as fast as the service lets it.
#[derive(Debug, Parser)]
struct Arguments {
    /// The games API, ending in `/apis/`.
    #[arg(long)]
    api: Url,
    /// Its staff user, and the password.
    #[arg(long, default_value = "simpl@simpl.world")]
    user: String,
    #[arg(long, default_value = "simpl")]
    password: String,
    /// The WAMP router, for example ws://127.0.0.1:8080/ws. Without it the class is only made.
    #[arg(long)]
    wamp: Option<String>,
    /// Worlds of two players each.
    #[arg(long, default_value_t = 200)]
    worlds: usize,
    /// How long to play before counting, in seconds.
    #[arg(long, default_value_t = 2)]
    warm_up: u64,
    /// How long to count, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let class = seed::class(
        &arguments.api,
        &arguments.user,
        &arguments.password,
        arguments.worlds,
    );
    let class = class.await.context("making the class")?;
    if let Some(wamp) = &arguments.wamp {
        let tables = sit_down(wamp, class).await?;
        let (rounds, waits) = play(tables, &arguments).await?;
        let figures = Figures::of(rounds, waits, Duration::from_secs(arguments.seconds));
        println!("{figures}");
    }
    Ok(())
}

async fn sit_down(wamp: &str, class: Class) -> Result<Vec<Table>> {
    stream::iter(class.worlds)
        .map(|world| Table::open(wamp, world))
        .buffer_unordered(LOGINS)
        .try_collect()
        .await
}

/// Rounds that ended while it was counted, and how long each player waited for the result after the last decision.
async fn play(tables: Vec<Table>, arguments: &Arguments) -> Result<(usize, Vec<Duration>)> {
    let from = Instant::now() + Duration::from_secs(arguments.warm_up);
    let to = from + Duration::from_secs(arguments.seconds);
    let playing: Vec<_> = tables
        .into_iter()
        .map(|table| tokio::spawn(Arc::new(table).play(from, to)))
        .collect();
    sleep_until(from).await;
    println!("counting");
    let (mut rounds, mut waits) = (0, Vec::new());
    for table in playing {
        let (played, mut waited) = table.await??;
        rounds += played;
        waits.append(&mut waited);
    }
    Ok((rounds, waits))
}
