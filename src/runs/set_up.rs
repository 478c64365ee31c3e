//! A leader sets up a run that is there: other terms, and options as long as nobody has played with the old ones.

use games_contract::Resource;
use serde_json::{Value, json};
use simpl::Rejected;

use super::Terms;
use crate::game::RunState;
use crate::refusal;
use crate::scopes::Row;
use crate::seating::{ATTEMPTS, Members, is_outdated, update};

impl RunState {
    /// Sets the run up on other terms; what they do not say stays as it is.
    ///
    /// # Errors
    /// The options change and a period was opened with the present ones, or it could not be stored.
    pub async fn set_up(&mut self, terms: Terms) -> Result<Value, Rejected> {
        let held = self.run.run.data().get("options");
        let held = held
            .filter(|held| !held.is_null())
            .cloned()
            .unwrap_or_else(|| json!({}));
        if terms
            .options
            .as_ref()
            .is_some_and(|options| *options != held)
            && self.has_periods()
        {
            return Err(Rejected::because(
                "options: they are fixed, because a period was opened with them: make another run for others",
            )
            .with("frozen", "a run without periods", "one that is played"));
        }
        self.change_run(|run| {
            let mut members: Members = Vec::new();
            members.extend(terms.name.clone().map(|name| ("name", name.into())));
            let data = terms.clone().into_data(run.data());
            if data != *run.data() {
                members.push(("data", data));
            }
            members
        })
        .await?;
        Ok(Value::Null)
    }

    fn has_periods(&self) -> bool {
        let Some(run) = self.hosted.run(self.run.run.pk) else {
            return false;
        };
        run.branches().iter().any(|branch| {
            let view = branch.view.load();
            let mut scenarios = view.root.children.iter();
            scenarios.any(|scenario| scenario.rows(Resource::Period).next().is_some())
        })
    }

    /// Stores new members of the run's row; nothing when there are none. Where somebody else has changed the row they are worked out
    /// again from what is there then.
    pub(super) async fn change_run(
        &mut self,
        change: impl Fn(&Row) -> Members + Send + Sync,
    ) -> Result<(), Rejected> {
        let failed = |error| refusal::not_stored("the change of the run", &error);
        let mut attempt = 1;
        loop {
            let members = change(&self.run.run);
            if members.is_empty() {
                return Ok(());
            }
            let written = update(&self.run.run, members);
            match self.hosted.write_all(vec![written]).await {
                (rows, Ok(())) => {
                    for row in rows
                        .into_iter()
                        .filter_map(|row| Row::new(Resource::Run, row))
                    {
                        self.absorb(row).await;
                    }
                    return Ok(());
                }
                (_, Err(error)) if attempt < ATTEMPTS && is_outdated(&error) => {
                    attempt += 1;
                    self.read_members().await.map_err(failed)?;
                }
                (_, Err(error)) => return Err(failed(error)),
            }
        }
    }
}
