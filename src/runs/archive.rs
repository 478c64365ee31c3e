//! A run is put away, and taken out again. Its rows stay; only the service lets go of it.

use std::sync::Arc;

use games_client::Error;
use games_contract::Resource;
use serde_json::{Value, json};
use simpl::{Callback, Occasion, Rejected};

use crate::game::{Hosted, RunState};
use crate::refusal;
use crate::scopes::Row;
use crate::sight::Viewer;

impl RunState {
    /// Puts the run away: it is not active any more, and who plays in it finds it no more.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn archive(&mut self) -> Result<Value, Rejected> {
        self.change_run(|run| match run.is_active() {
            true => vec![("active", false.into())],
            false => Vec::new(),
        })
        .await?;
        if !self.hosted.inactive_runs {
            self.call_back_now(Callback::Stop, &Occasion::Plain).await;
            self.hosted.strike_run(self.run.run.pk);
        }
        Ok(Value::Null)
    }
}

impl Hosted {
    /// Takes a run out again that was put away, and answers which it is.
    ///
    /// # Errors
    /// There is no such run of this game, or the viewer does not lead it, which is answered alike; or it could not be stored.
    pub async fn unarchive(
        self: &Arc<Self>,
        viewer: Viewer,
        pk: u64,
        uri: &str,
    ) -> Result<Value, Rejected> {
        let failed = |error| refusal::not_stored("the change of the run", &error);
        let nothing = || Rejected::no_such_procedure(uri);
        let run = match self.client.get(Resource::Run, &pk.to_string()).await {
            Err(Error::NotFound { .. }) => return Err(nothing()),
            found => found.map_err(failed)?,
        };
        let game = self.catalogue.load().game.pk;
        let of_game = run.get("game").and_then(Value::as_u64) == Some(game);
        if !of_game || !self.led(viewer, pk).await.map_err(failed)? {
            return Err(nothing());
        }
        let run = Row::new(Resource::Run, run).ok_or_else(nothing)?;
        let run = match run.is_active() {
            true => run,
            false => {
                let stored = self.change(&run, "active", true.into()).await;
                let stored = stored.map_err(failed)?;
                Row::new(Resource::Run, stored).ok_or_else(nothing)?
            }
        };
        if self.run(pk).is_none() {
            let loaded = self.load_run(run).await;
            loaded.map_err(|error| refusal::not_loaded(&error))?;
        }
        Ok(json!({"run": pk}))
    }

    /// Does the viewer lead that run, which is not loaded?
    async fn led(&self, viewer: Viewer, run: u64) -> Result<bool, Error> {
        let Viewer::User { user, staff: false } = viewer else {
            return Ok(true);
        };
        let filters = [("run", run.to_string()), ("user", user.to_string())];
        let rows = self.client.list(Resource::RunUser, &filters).await;
        // Nobody is refused for being no user of the games API: they lead nothing.
        let rows = match rows {
            Err(Error::Refused { status: 400, .. }) => Vec::new(),
            rows => rows?,
        };
        let rows = rows
            .into_iter()
            .filter_map(|row| Row::new(Resource::RunUser, row));
        let mut rows = rows.filter(|row| row.reference("user") == Some(user) && row.is_active());
        Ok(rows.any(|row| row.is_leader() && !crate::sight::is_assistant(&row)))
    }
}
