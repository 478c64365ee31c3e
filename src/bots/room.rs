//! Where a game's bots think: off the async threads, a few at a time, each for a limited time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use simpl::{RawTurn, Rejected};
use tokio::sync::Semaphore;

use crate::game::Hosted;
use crate::refusal;
use crate::turns::Stuck;

/// How many bots of a game think at a time. One takes microseconds; one that never ends takes a thread with it.
const AT_A_TIME: usize = 4;
/// How long one may take, where no shorter time is set for the code of games.
const LONGEST: Duration = Duration::from_secs(5);

/// Where the bots of one game think.
#[derive(Debug)]
pub struct Room {
    chairs: Semaphore,
    /// Those that never ended.
    stuck: Stuck,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            chairs: Semaphore::new(AT_A_TIME),
            stuck: Stuck::default(),
        }
    }
}

impl Room {
    /// A leader wants bots that never ended to be tried again.
    pub fn forget(&self) {
        self.stuck.forget();
    }
}

impl Hosted {
    /// What the bot decides for the seat of `turn`. A panic and a bot that never ends are refusals like any other.
    pub(super) async fn bot_decides(
        self: &Arc<Self>,
        bot: String,
        turn: RawTurn,
    ) -> Result<Value, Rejected> {
        let room = &self.bots;
        // Nobody closes it.
        let _chair = room.chairs.acquire().await;
        if room.stuck.is_suspended() {
            return Err(suspended());
        }
        let what = format!("the bot {bot}");
        let hosted = self.clone();
        let thinking = tokio::task::spawn_blocking(move || {
            catch_unwind(AssertUnwindSafe(|| hosted.game.bot_decides(&bot, &turn)))
        });
        let limit = self.limits.handler.min(LONGEST);
        match tokio::time::timeout(limit, thinking).await {
            Ok(Ok(Ok(decided))) => decided,
            Ok(Ok(Err(_)) | Err(_)) => Err(refusal::panicked(&what)),
            Err(_) => {
                if room.stuck.note() {
                    tracing::error!(
                        game = self.slug,
                        "a second bot did not end in time; no bot of this game is asked until a leader asks for another try"
                    );
                }
                Err(refusal::too_slow(&what, limit))
            }
        }
    }
}

fn suspended() -> Rejected {
    Rejected::internal(
        "two bots of this game did not end in time, so none is asked until a leader adds bots again or has a step tried again",
    )
    .with(SUSPENDED, "a bot that decides in time", "none")
}

/// The code of a refusal that is no fault of the bot asked.
pub(super) const SUSPENDED: &str = "bots_suspended";
