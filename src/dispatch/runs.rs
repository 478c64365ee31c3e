//! Runs as lecturers have them: `create_run` and `get_runs` of the game, `set_up`, `archive` and `unarchive` of a run.

use std::sync::Arc;

use serde_json::{Value, json};
use simpl::Rejected;

use super::arguments::Arguments;
use super::call::key;
use super::caller::{leaders, posted};
use super::procedures::ScopeProcedure;
use super::{Dispatcher, Invocation, Next};
use crate::game::{Hosted, Reached};
use crate::refusal;
use crate::runs::{Listed, Terms};

impl Dispatcher {
    pub(super) fn create_run(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let mut named = arguments.kwargs.clone();
        if let Some(name) = arguments.args.first() {
            named.insert("name".to_owned(), name.clone());
        }
        let phase = named.get("phase").cloned().unwrap_or_default();
        let key = key(named.get("_key"))?;
        let (caller, viewer) = (self.caller(game, invocation), invocation.viewer);
        let hosted = game.clone();
        let queued = game.desk.try_post(move |()| {
            Box::pin(async move {
                // Whoever may not make a run is told so, whatever is wrong with it.
                let allowed = hosted.may_create_runs(viewer).await;
                let terms = allowed.and_then(|()| Terms::read(&hosted.game, &named, &["phase"]));
                let made = match terms {
                    Ok(terms) => {
                        hosted
                            .create_run(viewer, terms, &phase, key.as_deref())
                            .await
                    }
                    Err(refused) => Err(refused),
                };
                caller.hears(made).await;
            })
        });
        posted(queued)
    }

    pub(super) fn get_runs(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let listed = match arguments.yes_or_no("archived")? {
            true => Listed::All,
            false => Listed::Active,
        };
        let (caller, viewer) = (self.caller(game, invocation), invocation.viewer);
        let game = game.clone();
        self.tasks.spawn(async move {
            let runs = game.runs_of(viewer, listed).await;
            let runs = runs.map_err(|error| refusal::not_read("the runs", &error));
            caller.hears(runs.map(Value::from)).await;
        });
        Ok(Next::Queued)
    }

    /// What leaders do with a run that is loaded.
    pub(super) fn lead_run(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        procedure: &ScopeProcedure,
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        leaders(reached, "change it")?;
        let caller = self.caller(game, invocation);
        let mailbox = &reached.run.mailbox;
        let queued = match procedure {
            ScopeProcedure::SetUp => {
                let terms = Terms::read(&game.game, &arguments.kwargs, &[])?;
                mailbox.try_post(move |state| {
                    Box::pin(async move {
                        let told = state.set_up(terms).await;
                        caller.hears(told).await;
                    })
                })
            }
            ScopeProcedure::Archive => mailbox.try_post(move |state| {
                Box::pin(async move {
                    let told = state.archive().await;
                    caller.hears(told).await;
                })
            }),
            // It is here already.
            _ => return Ok(Next::Reply(json!({"run": reached.run.pk}))),
        };
        posted(queued)
    }

    /// A run that is not loaded is taken out again.
    pub(super) fn unarchive(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        run: u64,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let (caller, viewer) = (self.caller(game, invocation), invocation.viewer);
        let hosted = game.clone();
        let uri = invocation.uri.clone();
        let queued = game.desk.try_post(move |()| {
            Box::pin(async move {
                let told = hosted.unarchive(viewer, run, &uri).await;
                caller.hears(told).await;
            })
        });
        posted(queued)
    }
}
