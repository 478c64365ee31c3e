//! One player: as a browser, connects again whenever the connection is gone, reads where the world is, and sends again what was not
//! acknowledged.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use wamp_transport::{
    CallError, ConnectOptions, Inbound, Inbox, MatchPolicy, Payload, Session, connect,
};

use crate::{Outside, ledger::Ledger, program::PATIENCE, school::Seat};

const ROOT: &str = "world.simpl.sims.div.model";
/// As browsers do, a player waits a moment before they try again.
const PAUSE: Duration = Duration::from_millis(25);

/// What a player has.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    pub(crate) seat: Arc<Seat>,
    pub(crate) url: String,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) outside: watch::Receiver<Outside>,
}

/// Why a visit ended.
enum End {
    /// Play is over.
    Closed,
    /// The connection is gone, or was cut.
    Gone,
}

/// A period that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    order: i64,
    period: u64,
}

/// Plays until play comes to an end.
pub(crate) async fn play(mut player: Player) {
    // The round that was waited for when the connection went: it ends once, however often it is looked for.
    let mut last = None;
    loop {
        let cuts = player.outside.borrow().cuts;
        let mut outside = player.outside.clone();
        let in_turn = player.seat.user as usize;
        let cut = outside.wait_for(|now| now.cuts > cuts && (in_turn + now.cuts).is_multiple_of(3));
        let end = tokio::select! {
            end = player.visit(&mut last) => end,
            // The socket closes in the middle of whatever was under way.
            _ = cut => End::Gone,
        };
        if matches!(end, End::Closed) {
            return;
        }
        sleep(PAUSE).await;
    }
}

impl Player {
    /// From one connection to its end.
    async fn visit(&mut self, last: &mut Option<Open>) -> End {
        let options = ConnectOptions {
            connect_timeout: PATIENCE,
            ..ConnectOptions::ticket(self.seat.user.to_string(), self.seat.ticket.clone())
        };
        let Ok((session, mut inbox)) = connect(&self.url, options).await else {
            return End::Gone;
        };
        let topic = format!("{ROOT}.world.{}.add_child", self.seat.world);
        if session.subscribe(&topic, MatchPolicy::Exact).await.is_err() {
            return End::Gone;
        }
        let Some(mut open) = self.look(&session).await else {
            return End::Gone;
        };
        loop {
            if let Some(before) = last.replace(open)
                && before < open
                && self.seat.role == 0
            {
                self.ledger.ended(self.seat.number);
            }
            let closing = self.outside.borrow().closing;
            if !self.ledger.begins(self.seat.number, open.order, closing) {
                return End::Closed;
            }
            if !self.submit(&session, open.period).await {
                return End::Gone;
            }
            match timeout(PATIENCE, next(&mut inbox, open)).await {
                Ok(Some(next)) => open = next,
                Ok(None) => return End::Gone,
                Err(_) => panic!("{:?} waits for ever after {open:?}", self.seat),
            }
        }
    }

    /// The period that is open; nothing when that cannot be read.
    async fn look(&self, session: &Session) -> Option<Open> {
        let tree = format!("{ROOT}.world.{}.get_scope_tree", self.seat.world);
        let tree = session.call(&tree, Payload::empty()).await.ok()?;
        let tree = tree.args().unwrap();
        let periods = tree[0]["children"][0]["children"].as_array().unwrap();
        periods.iter().map(|period| opened(&period["data"])).max()
    }

    /// Sends the decision until it is acknowledged; false when the connection is gone.
    async fn submit(&self, session: &Session, period: u64) -> bool {
        let procedure = format!("{ROOT}.period.{period}.submit_decision");
        let args = [json!(Seat::operand(self.seat.role, period))];
        let key = json!({"_key": format!("{period}.{}", self.seat.role)});
        loop {
            let decision = Payload::json(&args, &key).unwrap();
            match session.call(&procedure, decision).await {
                Ok(reply) => {
                    assert_eq!(reply.args().unwrap(), ["ok"]);
                    self.ledger.acknowledge(period, self.seat.role);
                    return true;
                }
                Err(CallError::Refused(why)) => {
                    self.ledger.send_again(why.to_string());
                    sleep(PAUSE).await;
                }
                Err(why) => {
                    self.ledger.send_again(why.to_string());
                    return false;
                }
            }
        }
    }
}

fn opened(period: &Value) -> Open {
    Open {
        order: period["order"].as_i64().unwrap(),
        period: period["id"].as_u64().unwrap(),
    }
}

/// The next period that is opened after `open`; nothing when the connection is gone.
async fn next(inbox: &mut Inbox, open: Open) -> Option<Open> {
    loop {
        let Some(Inbound::Event { payload, .. }) = inbox.recv().await else {
            return None;
        };
        let args = payload.args().unwrap();
        if args[1] == "period" {
            let opened = opened(&args[2]);
            if opened > open {
                return Some(opened);
            }
        }
    }
}
