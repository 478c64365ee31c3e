//! A lecturer makes a run.

use std::sync::Arc;

use games_client::{Error, Map, Operation};
use games_contract::Resource;
use serde_json::{Value, json};
use simpl::Rejected;

use super::Terms;
use super::terms::options;
use crate::game::Hosted;
use crate::refusal;
use crate::scopes::Row;
use crate::sight::Viewer;
use crate::turns::once;

impl Hosted {
    /// Makes a run on these terms, loads it, and answers its pk and that of the maker's run user, who leads it. What was made under `key`
    /// is not made again. Who may is a matter of [`may_create_runs`](Self::may_create_runs).
    ///
    /// # Errors
    /// The viewer is no user, the terms are not complete, or it could not be stored.
    pub async fn create_run(
        self: &Arc<Self>,
        viewer: Viewer,
        terms: Terms,
        phase: &Value,
        key: Option<&str>,
    ) -> Result<Value, Rejected> {
        let Viewer::User { user, .. } = viewer else {
            return Err(refusal::lecturers_only("make a run"));
        };
        if let Some(made) = key.and_then(|key| self.made_under(user, key)) {
            return Ok(made);
        }
        let run = self.new_run(terms, phase, key)?;
        let leader = json!({"run": {"ref": 0}, "user": user, "leader": true});
        let creates = [(Resource::Run, run), (Resource::RunUser, object(leader))];
        let operations = creates.map(|(resource, row)| Operation::Create { resource, row });
        let (mut rows, done) = self.write_all(operations.into()).await;
        done.map_err(|error| refusal::not_stored("the run", &error))?;
        let leader = rows.pop().and_then(|row| Row::new(Resource::RunUser, row));
        let run = rows.pop().and_then(|row| Row::new(Resource::Run, row));
        let (Some(run), Some(leader)) = (run, leader) else {
            return Err(Rejected::internal(
                "the run was made, but the games API did not show it: look at the list of runs",
            ));
        };
        let made = json!({"run": run.pk, "runuser": leader.pk});
        let loaded = self.load_run(run).await;
        loaded.map_err(|error| refusal::not_loaded(&error))?;
        Ok(made)
    }

    /// Makes sure that the viewer may make runs.
    ///
    /// # Errors
    /// They are neither lecturer nor staff, or the games API, which knows, does not answer.
    pub async fn may_create_runs(&self, viewer: Viewer) -> Result<(), Rejected> {
        match viewer {
            Viewer::User { staff: true, .. } => Ok(()),
            Viewer::User { user, .. } if self.is_lecturer(user).await? => Ok(()),
            _ => Err(refusal::lecturers_only("make a run")),
        }
    }

    /// A run that is about to be made, as a row. It waits for its start in the game's first phase where that takes no decisions, else
    /// in none.
    fn new_run(&self, terms: Terms, phase: &Value, key: Option<&str>) -> Result<Map, Rejected> {
        let name = terms.name.clone().ok_or_else(|| {
            let expected = "a text of 1 to 100 characters";
            let message = format!("name: {expected} is expected, got null");
            Rejected::invalid_argument(message, expected, Value::Null)
        })?;
        if terms.options.is_none() {
            options(&self.game, &Value::Null)?;
        }
        let catalogue = self.catalogue.load();
        let phase = match phase {
            Value::Null => {
                let first = catalogue.phases.first();
                let open = catalogue.first_open(&self.game).map(|row| row.pk);
                first.filter(|first| Some(first.pk) != open)
            }
            named => Some(catalogue.phase_named(named).ok_or_else(|| {
                let names = catalogue.phases.iter().map(|phase| phase.text("name"));
                let expected =
                    format!("one of the phases {}", names.collect::<Vec<_>>().join(", "));
                let message = format!("phase: {expected} is expected, got {named}");
                Rejected::invalid_argument(message, expected, named.clone())
            })?),
        };
        let seed = seed().map_err(|error| refusal::not_stored("the run", &error))?;
        let mut data = terms.into_data(&json!({"_private": {"seed": seed}}));
        if let Some(key) = key {
            once::note(&mut data, key);
        }
        let phase = phase.map(|row| row.pk);
        let game = catalogue.game.pk;
        Ok(object(
            json!({"game": game, "name": name, "phase": phase, "data": data}),
        ))
    }

    /// What was answered when this user made a run under that key.
    fn made_under(&self, user: u64, key: &str) -> Option<Value> {
        self.runs().into_iter().find_map(|run| {
            let run = run.view.load();
            let leader = run.runuser_of(user).filter(|row| row.is_leader())?;
            let made = once::knows(run.run.data(), key);
            made.then(|| json!({"run": run.run.pk, "runuser": leader.pk}))
        })
    }

    /// May this user make runs? Only ours knows lecturers; of the original's users only staff may.
    async fn is_lecturer(&self, user: u64) -> Result<bool, Rejected> {
        if self.groups.is_none() {
            return Ok(false);
        }
        let filters = [
            ("id", user.to_string()),
            ("is_lecturer", "true".to_owned()),
            ("is_active", "true".to_owned()),
        ];
        let found = self.client.list(Resource::User, &filters).await;
        let found = found.map_err(|error| refusal::not_read("who is a lecturer", &error))?;
        Ok(found.iter().any(|row| row.get("id") == Some(&user.into())))
    }
}

/// What chance grows from in a run: nobody can guess it.
pub(crate) fn seed() -> Result<String, Error> {
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(|error| Error::Config {
        expected: "randomness from the system",
        got: error.to_string(),
    })?;
    Ok(seed.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn object(json: Value) -> Map {
    match json {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
