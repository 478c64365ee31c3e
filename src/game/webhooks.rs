//! Changes made in a games API without a change stream, such as the original: it calls back for each of them.
//!
//! Callbacks come in no order, and one that does not arrive is never repeated. So a row whose parents are not here brings them along,
//! and everything is read again when the games API was away or callbacks found no room.

use std::sync::Arc;
use std::time::Duration;

use games_client::Error;
use games_contract::{Action, Change, Map, Resource, RowText};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::Hosted;
use super::changes::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::scopes::Row;

/// How many callbacks may wait for one game.
const WAITING: usize = 4_096;
/// How often a games API that does not call is asked whether it is there.
const LOOK: Duration = Duration::from_secs(10);

/// Where callbacks of one game are handed in.
#[derive(Clone, Debug)]
pub struct Callbacks {
    slug: String,
    changes: mpsc::Sender<Change<RowText>>,
    /// Counts the callbacks that found no room.
    missed: watch::Sender<u64>,
}

/// Where they come out.
#[derive(Debug)]
pub struct Called {
    changes: mpsc::Receiver<Change<RowText>>,
    missed: watch::Receiver<u64>,
}

/// A way for the callbacks of the game of that slug.
#[must_use]
pub fn callbacks(slug: &str) -> (Callbacks, Called) {
    let (sender, changes) = mpsc::channel(WAITING);
    let (missing, missed) = watch::channel(0);
    let callbacks = Callbacks {
        slug: slug.to_owned(),
        changes: sender,
        missed: missing,
    };
    (callbacks, Called { changes, missed })
}

impl Callbacks {
    /// Hands a change in, if it concerns this game. Never waits: what finds no room has everything read again.
    pub fn hand_in(&self, change: &Change<RowText>) {
        let concerns = change.game.as_ref().is_none_or(|game| *game == self.slug);
        if concerns && self.changes.try_send(change.clone()).is_err() {
            self.missed.send_modify(|missed| *missed += 1);
        }
    }
}

impl Hosted {
    /// Asks the games API to call `url` for every change of this game and of users. Asking twice is asking once.
    ///
    /// # Errors
    /// The games API does not answer, or does not take hooks from this account.
    pub async fn ask_for_callbacks(&self, url: &str) -> Result<(), Error> {
        for event in [format!("{}.*", self.slug), "user.*".to_owned()] {
            let hook = Map::from_iter([
                ("event".to_owned(), Value::from(event)),
                ("url".to_owned(), Value::from(url)),
            ]);
            self.client.create(Resource::Hook, &hook).await?;
        }
        Ok(())
    }

    /// Takes in what the games API calls back until the service stops; `following` says whether it answers.
    pub async fn follow_callbacks(
        self: Arc<Self>,
        url: String,
        mut called: Called,
        following: watch::Sender<bool>,
    ) {
        let mut away = FIRST_PAUSE;
        let mut there = true;
        loop {
            let asked = if there {
                tokio::select! {
                    () = self.stop.cancelled() => return,
                    Some(change) = called.changes.recv() => self.take_callback(change).await,
                    Ok(()) = called.missed.changed() => {
                        tracing::warn!(game = self.slug, "more callbacks came than may wait; everything is read again");
                        self.catch_up(&url).await
                    }
                    () = sleep(LOOK) => self.client.announcement().await.map(drop),
                }
            } else {
                // What was called back meanwhile waits: alone it would not make up for what was not.
                tokio::select! {
                    () = self.stop.cancelled() => return,
                    () = sleep(away) => away = (away * 2).min(LONGEST_PAUSE),
                }
                self.catch_up(&url).await
            };
            match &asked {
                Ok(()) if there => {}
                Ok(()) => {
                    tracing::info!(game = self.slug, "the games API answers again");
                    away = FIRST_PAUSE;
                }
                Err(error) if there => {
                    tracing::warn!(game = self.slug, %error, "the games API is away; decisions are refused until it answers");
                }
                Err(_) => {}
            }
            there = asked.is_ok();
            following.send_replace(there);
        }
    }

    /// Reads everything again, after asking for callbacks: what changes meanwhile is called back.
    async fn catch_up(self: &Arc<Self>, url: &str) -> Result<(), Error> {
        self.ask_for_callbacks(url).await?;
        self.read_all_again().await
    }

    /// Takes in one change, its parents first where they are not here. A change that could not be taken in is made up for when the
    /// games API answers again.
    async fn take_callback(self: &Arc<Self>, change: Change<RowText>) -> Result<(), Error> {
        if change.action != Action::Deleted
            && let Some(row) = Row::new(change.resource, change.data.clone())
        {
            for parent in self.missing_parents(&row).await? {
                self.take(parent).await?;
            }
        }
        self.take(change).await
    }

    /// The rows above `row` that are not here, the uppermost first; none when it belongs to no loaded run.
    async fn missing_parents(&self, row: &Row) -> Result<Vec<Change<RowText>>, Error> {
        let mut missing = Vec::new();
        let mut at = row.clone();
        loop {
            let mut parents = at.resource.parents().iter();
            let parent =
                parents.find_map(|(member, parent)| Some((*parent, at.reference(member)?)));
            let Some((resource, pk)) = parent else {
                return Ok(Vec::new());
            };
            match resource {
                Resource::Game => return Ok(Vec::new()),
                Resource::Run if self.run(pk).is_none() => return Ok(Vec::new()),
                _ if self.directory.place(resource, pk).is_some() => break,
                _ => {}
            }
            let found = match self.client.get(resource, &pk.to_string()).await {
                // It is gone already, and the row with it.
                Err(Error::NotFound { .. }) => return Ok(Vec::new()),
                found => found?,
            };
            let Some(found) = Row::new(resource, found) else {
                return Ok(Vec::new());
            };
            missing.push(Change {
                cursor: 0,
                game: Some(self.slug.clone()),
                resource,
                action: Action::Created,
                data: found.json().clone(),
            });
            at = found;
        }
        missing.reverse();
        Ok(missing)
    }
}
