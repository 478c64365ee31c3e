//! Reading a game's active runs from the games API, and leaving them again.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::StreamExt;
use games_client::Error;
use games_contract::{Resource, RowText};
use simpl::{Callback, Occasion};

use super::run::RunActor;
use super::{Catalogue, Hosted};
use crate::scopes::{Branch, Owner, Place, Row, RunView};

/// How many runs are read from the games API at a time.
const RUNS_AT_A_TIME: usize = 4;

/// A game could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The games API has no game of that slug.
    #[error(
        "the games API has no game `{slug}`; create it with `modelservice create-default-env --game {game}`, or name another slug in the settings ([game.{game}] slug)"
    )]
    NoGame {
        /// The slug that was asked for.
        slug: String,
        /// The game's own name.
        game: String,
    },
    /// The games API did not answer as it should.
    #[error(transparent)]
    Api(#[from] Error),
}

impl Hosted {
    /// Reads game, phases and roles of `slug`.
    ///
    /// # Errors
    /// The game is not there, or the games API does not answer.
    pub async fn catalogue(
        client: &games_client::GamesClient,
        slug: &str,
        game: &str,
    ) -> Result<Catalogue, LoadError> {
        Catalogue::read(client, slug)
            .await
            .map_err(|error| match error {
                Error::NotFound { .. } => LoadError::NoGame {
                    slug: slug.to_owned(),
                    game: game.to_owned(),
                },
                other => LoadError::Api(other),
            })
    }

    /// Loads every active run with everything below it, or every run where the settings say so, and forgets the others.
    ///
    /// # Errors
    /// The games API does not answer.
    pub async fn load(self: &Arc<Self>) -> Result<(), Error> {
        let mut filters = vec![("game_slug", self.slug.clone())];
        if !self.inactive_runs {
            filters.push(("active", "true".to_owned()));
        }
        let runs = self.client.list(Resource::Run, &filters).await?;
        let runs = runs
            .into_iter()
            .filter_map(|run| Row::new(Resource::Run, run));
        let runs: Vec<Row> = runs.collect();
        let wanted: HashSet<u64> = runs.iter().map(|run| run.pk).collect();
        let mut loading = futures_util::stream::iter(runs)
            .map(|run| self.load_run(run))
            .buffer_unordered(RUNS_AT_A_TIME);
        while let Some(loaded) = loading.next().await {
            loaded?;
        }
        for run in self.runs() {
            if !wanted.contains(&run.pk) {
                self.strike_run(run.pk);
            }
        }
        Ok(())
    }

    /// Loads one run. What was held of it goes on serving until the new is there.
    ///
    /// # Errors
    /// The games API does not answer.
    pub async fn load_run(self: &Arc<Self>, run: Row) -> Result<(), Error> {
        let pk = run.pk;
        let of_run = [("run", pk.to_string())];
        let (worlds, runusers, scenarios, periods, decisions, results) = tokio::try_join!(
            self.client.list_texts(Resource::World, &of_run),
            self.client.list_texts(Resource::RunUser, &of_run),
            self.client.list_texts(Resource::Scenario, &of_run),
            self.client.list_texts(Resource::Period, &of_run),
            self.client.list_texts(Resource::Decision, &of_run),
            self.client.list_texts(Resource::Result, &of_run),
        )?;
        let mut view = RunView::new(run);
        let rows = |resource, list: Vec<RowText>| {
            list.into_iter()
                .filter_map(move |json| Row::new(resource, json))
        };
        let worlds: Vec<Row> = rows(Resource::World, worlds).collect();
        view.worlds.extend(worlds.iter().map(|world| world.pk));
        let mut branches: Vec<(Owner, Branch)> = Vec::new();
        // Beyond every number that was told before: whoever has stayed on the router since then sees a gap, and reads.
        let milliseconds = self.clock.now().unix_timestamp_nanos() / 1_000_000;
        let rev = u64::try_from(milliseconds).unwrap_or_default();
        for world in worlds {
            let owner = Owner::World(world.pk);
            let mut branch = Branch::new(world);
            branch.rev = rev;
            branches.push((owner, branch));
        }
        for runuser in rows(Resource::RunUser, runusers).map(Arc::new) {
            branches.push((Owner::RunUser(runuser.pk), Branch::new(runuser.clone())));
            view.apply(runuser);
        }
        let below = rows(Resource::Scenario, scenarios)
            .chain(rows(Resource::Period, periods))
            .chain(rows(Resource::Decision, decisions))
            .chain(rows(Resource::Result, results));
        place_below(&mut branches, below);

        let actor = RunActor::new(self, &view);
        let mut present: HashSet<(Resource, u64)> = HashSet::from([(Resource::Run, pk)]);
        for (owner, branch) in branches {
            present.extend(branch.rows().iter().map(|row| (row.resource, row.pk)));
            match owner {
                Owner::RunUser(_) if branch.root.children.is_empty() => {
                    actor.enter_quiet(self, branch.root.row.clone());
                }
                _ => actor.enter(self, owner, branch),
            }
        }
        self.enter_run(actor.clone());
        let place = Place {
            run: pk,
            owner: Owner::Run,
        };
        self.directory.enter(Resource::Run, pk, place);
        self.directory.keep_of_run(pk, &present);
        actor.wake_single_players();
        for branch in actor.branches() {
            branch.mailbox.post(|state| Box::pin(state.recover())).await;
        }
        if self.listens(Callback::Start) {
            actor
                .mailbox
                .post(|state| {
                    Box::pin(async move {
                        state.call_back_now(Callback::Start, &Occasion::Plain).await;
                    })
                })
                .await;
        }
        Ok(())
    }

    /// Reads one row again; `None`, with a line in the log, when that fails.
    pub async fn read_again(&self, row: &Row) -> Option<Row> {
        match self.client.get(row.resource, &row.pk.to_string()).await {
            Ok(json) => Row::new(row.resource, json),
            Err(error) => {
                tracing::warn!(resource = %row.resource, pk = row.pk, %error, "a row could not be read again");
                None
            }
        }
    }
}

/// Hangs rows, parents first, into the branches they belong to.
fn place_below(branches: &mut [(Owner, Branch)], rows: impl Iterator<Item = Row>) {
    let mut owners: std::collections::HashMap<(Resource, u64), usize> = branches
        .iter()
        .enumerate()
        .map(|(at, (_, branch))| (branch.key(), at))
        .collect();
    for row in rows {
        let key = (row.resource, row.pk);
        let parent = row
            .resource
            .parents()
            .iter()
            .find_map(|(member, parent)| owners.get(&(*parent, row.reference(member)?)));
        if let Some(&at) = parent {
            owners.insert(key, at);
            branches[at].1.apply(row);
        }
    }
}
