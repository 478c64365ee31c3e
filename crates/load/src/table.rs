//! One world at play: two players who submit as soon as a period is open.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout};
use wamp_transport::{ConnectOptions, Inbound, Inbox, MatchPolicy, Payload, Session, connect};

use crate::seed::{PASSWORD, World};

const ROOT: &str = "world.simpl.sims.div.model";
/// The longest wait for anything before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the last round may take after the end.
const LAST: Duration = Duration::from_secs(2);

/// A world with both players at it.
#[derive(Debug)]
pub(crate) struct Table {
    world: World,
    players: [tokio::sync::Mutex<(Session, Inbox)>; 2],
    /// When the last decision for a period was sent, and by whom: of two periods, as one player may be a round ahead.
    last: Mutex<BTreeMap<u64, (Instant, usize)>>,
}

/// Rounds ended while it was counted, and waits.
pub(crate) type Played = (usize, Vec<Duration>);

impl Table {
    pub(crate) async fn open(wamp: &str, world: World) -> Result<Self> {
        let first = sit(wamp, world.users[0], world.pk).await?;
        let second = sit(wamp, world.users[1], world.pk).await?;
        Ok(Self {
            world,
            players: [first.into(), second.into()],
            last: Mutex::default(),
        })
    }

    /// Plays until `to`; what ends after `from` is counted.
    pub(crate) async fn play(self: Arc<Self>, from: Instant, to: Instant) -> Result<Played> {
        let (first, second) = tokio::try_join!(
            tokio::spawn(self.clone().seat(0, from, to)),
            tokio::spawn(self.clone().seat(1, from, to))
        )?;
        let ((rounds, mut waits), (_, mut others)) = (first?, second?);
        waits.append(&mut others);
        Ok((rounds, waits))
    }

    async fn seat(self: Arc<Self>, seat: usize, from: Instant, to: Instant) -> Result<Played> {
        let mut player = self.players[seat].lock().await;
        let (session, inbox) = &mut *player;
        let mut period = self.world.period;
        let (mut rounds, mut waits) = (0, Vec::new());
        // 2, 4, 6, … divided by 2: each period's result can be told from every other.
        let mut quotient = 1.0;
        while Instant::now() < to {
            let operand = if seat == 0 { 2.0 * quotient } else { 2.0 };
            self.sends(period, seat);
            let submit = format!("{ROOT}.period.{period}.submit_decision");
            let reply = session.call(&submit, Payload::from_args(&[json!(operand)]));
            let reply = reply
                .await
                .map_err(|error| anyhow!("period {period}: {error}"))?;
            ensure!(reply.args()? == ["ok"], "expected ok, got {reply:?}");
            let result = tokio::select! {
                result = next(inbox, "result") => result?,
                // The other one may have left the table when the time was up.
                () = sleep_until(to + LAST) => break,
            };
            ensure!(
                result["period"] == period && result["data"]["quotient"] == quotient,
                "expected {quotient} for period {period}, got {result}"
            );
            let now = Instant::now();
            if now >= from && now < to {
                rounds += 1;
                waits.extend(self.waited(period, seat, now));
            }
            period = next(inbox, "period").await?["id"]
                .as_u64()
                .context("a period has an id")?;
            quotient += 1.0;
        }
        Ok((rounds, waits))
    }
}

impl Table {
    fn lasts(&self) -> MutexGuard<'_, BTreeMap<u64, (Instant, usize)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a seat sends its decision now.
    fn sends(&self, period: u64, seat: usize) {
        let mut lasts = self.lasts();
        lasts.insert(period, (Instant::now(), seat));
        while lasts.len() > 2 {
            lasts.pop_first();
        }
    }

    /// How long a seat has waited since the other one sent the last decision; none for the seat that sent it.
    fn waited(&self, period: u64, seat: usize, now: Instant) -> Option<Duration> {
        let (sent, by) = *self.lasts().get(&period)?;
        (by != seat).then(|| now - sent)
    }
}

async fn sit(wamp: &str, user: u64, world: u64) -> Result<(Session, Inbox)> {
    let options = ConnectOptions {
        connect_timeout: PATIENCE,
        ..ConnectOptions::ticket(user.to_string(), PASSWORD)
    };
    let (session, inbox) = connect(wamp, options).await?;
    let topic = format!("{ROOT}.world.{world}.add_child");
    session
        .subscribe(&topic, MatchPolicy::Exact)
        .await
        .map_err(|error| anyhow!("subscribing to {topic}: {error}"))?;
    Ok((session, inbox))
}

/// The JSON of the next row of that resource that is told.
async fn next(inbox: &mut Inbox, resource: &str) -> Result<Value> {
    loop {
        let inbound = timeout(PATIENCE, inbox.recv()).await;
        let inbound = inbound.with_context(|| format!("no {resource} was told"))?;
        match inbound {
            Some(Inbound::Event { payload, .. }) => {
                let mut args = payload.args()?;
                if args.get(1).is_some_and(|name| name == resource) {
                    return Ok(args.swap_remove(2));
                }
            }
            Some(Inbound::Closed { reason }) => bail!("the session was closed: {reason}"),
            other => bail!("expected an event, got {other:?}"),
        }
    }
}
