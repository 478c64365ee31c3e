//! `modelservice dev --watch`: builds, serves, and when the sources change does so again.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context;
use console::style;
use tokio::time::Instant;

use super::signal::Signals;
use crate::watch::{BuildState, Built, Changes, Serving, Sources, WatchError, build};

/// What it prints before each line of its own.
const NAME: &str = "watch         ";

/// The program of a project, as it is built and served.
#[derive(Debug)]
struct Watch<'a> {
    sources: Sources,
    profile: &'a str,
    /// What the program is told at each start: `dev …`, without the address.
    arguments: Vec<OsString>,
    /// Where it is to listen; from the first start on where that one does, so that players find the next.
    listen: Option<OsString>,
    serving: Option<Serving>,
}

/// Builds and serves the project around the current folder until it is to stop. The program is called with `arguments`
/// and listens at `listen`.
pub(super) async fn run(
    arguments: Vec<OsString>,
    listen: Option<SocketAddr>,
    profile: &str,
) -> anyhow::Result<()> {
    let here = Path::new(".").canonicalize();
    let sources = Sources::around(&here.context("the current folder cannot be read")?)?;
    let mut changes = Changes::of(&sources)?;
    let mut stop = pin!(Signals::listen()?.stop_wished());
    let mut watch = Watch {
        sources,
        profile,
        arguments,
        listen: listen.map(|listen| listen.to_string().into()),
        serving: None,
    };
    eprintln!(
        "{NAME} {} is being built; the first time takes a few minutes",
        watch.sources.folder().display()
    );
    let outcome = tokio::select! {
        () = &mut stop => Ok(()),
        ended = watch.begin(&mut changes) => ended,
    };
    if let Some(serving) = watch.serving {
        serving.stop().await;
    }
    outcome
}

impl Watch<'_> {
    /// Never returns, but for an error before anything is served.
    async fn begin(&mut self, changes: &mut Changes) -> anyhow::Result<()> {
        while !self.renew(changes, None).await? {
            changes.next().await;
        }
        loop {
            self.wait(changes).await;
            let since = Instant::now();
            if let Err(error) = self.renew(changes, Some(since)).await {
                eprintln!(
                    "{NAME} {} {error}",
                    style("error:").red().bold().for_stderr()
                );
            }
        }
    }

    /// Returns at the next change.
    async fn wait(&mut self, changes: &mut Changes) {
        if let Some(serving) = &mut self.serving {
            tokio::select! {
                () = changes.next() => return,
                status = serving.ended() => {
                    let status = status.map(|status| format!(" ({status})"));
                    eprintln!("{NAME} the game has ended{}; it is started again at the next change", status.unwrap_or_default());
                }
            }
            self.serving = None;
        }
        changes.next().await;
    }

    /// Builds the sources and has the new program take over; false when they do not compile, and the one before goes on.
    async fn renew(
        &mut self,
        changes: &mut Changes,
        since: Option<Instant>,
    ) -> Result<bool, WatchError> {
        let colours = console::colors_enabled_stderr();
        self.tell(BuildState::Building).await;
        let program = loop {
            let built = build(&self.sources, self.profile, colours, |line| {
                eprintln!("{line}");
            });
            let built = built.await;
            if changes.is_pending() {
                changes.next().await;
                continue;
            }
            match built? {
                Built::Program(program) => break program,
                Built::Broken(error) => {
                    let broken = style("broken").red().bold().for_stderr();
                    let goes_on = match &self.serving {
                        Some(serving) => format!("the one before goes on at {}", serving.address()),
                        None => "it is built again at the next change".to_owned(),
                    };
                    self.tell(BuildState::Broken { error }).await;
                    eprintln!("{NAME} {broken}: {goes_on}");
                    return Ok(false);
                }
            }
        };
        if let Some(before) = self.serving.take() {
            before.stop().await;
        }
        let mut arguments = self.arguments.clone();
        if let Some(listen) = &self.listen {
            arguments.extend(["--listen".into(), listen.clone()]);
        }
        let serving = Serving::start(&program, &arguments).await?;
        println!("ready {}", serving.address());
        if let Some(since) = since {
            let took = round(since.elapsed());
            eprintln!("{NAME} changed in {took:?}");
        }
        self.listen = host_and_port(serving.address()).map(Into::into);
        self.serving = Some(serving);
        Ok(true)
    }

    async fn tell(&mut self, state: BuildState) {
        if let Some(serving) = &mut self.serving {
            serving.tell(&state).await;
        }
    }
}

/// `127.0.0.1:8080` of `http://127.0.0.1:8080/`.
fn host_and_port(address: &str) -> Option<&str> {
    Some(address.split_once("://")?.1.trim_end_matches('/'))
}

fn round(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
