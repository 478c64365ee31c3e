//! The runs that somebody leads or looks on at.

use std::collections::BTreeSet;

use games_client::Error;
use games_contract::Resource;
use serde_json::{Value, json};

use crate::game::{Hosted, RunActor};
use crate::scopes::{Owner, Row, scope_json};
use crate::seating::is_dissolved;
use crate::sight::{Rank, Standing, Viewer};

/// Which runs are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Those that are active.
    Active,
    /// Those that were put away, too.
    All,
}

impl Hosted {
    /// The runs that the viewer leads or assists in, of staff all of them: each as a scope with how many worlds, players and people who
    /// wait it has, and whether it was put away.
    ///
    /// # Errors
    /// The games API, which knows the runs that were put away, does not answer.
    pub async fn runs_of(&self, viewer: Viewer, listed: Listed) -> Result<Vec<Value>, Error> {
        let mut told = Vec::new();
        let mut seen = BTreeSet::new();
        for run in self.runs() {
            let view = run.view.load();
            let standing = Standing::of(viewer, &view);
            let active = view.run.is_active() || listed == Listed::All;
            if active && standing.is_some_and(|standing| standing.rank >= Rank::Assistant) {
                told.push((view.run.pk, self.told(&run)));
            }
            seen.insert(view.run.pk);
        }
        if listed == Listed::All {
            for row in self.put_away(viewer).await? {
                if seen.insert(row.pk) {
                    let mut scope = scope_json(&row, &self.online);
                    scope["archived"] = true.into();
                    told.push((row.pk, scope));
                }
            }
        }
        told.sort_by_key(|(pk, _)| *pk);
        Ok(told.into_iter().map(|(_, told)| told).collect())
    }

    fn told(&self, run: &RunActor) -> Value {
        let view = run.view.load();
        let mut scope = scope_json(&view.run, &self.online);
        let worlds = run.branches().into_iter().filter(|branch| {
            let is_world = matches!(branch.owner, Owner::World(_));
            is_world && !is_dissolved(&branch.view.load().root.row)
        });
        let players = view.runusers.values();
        let players = players.filter(|row| row.is_active() && !row.is_leader());
        let (seated, waiting): (Vec<_>, Vec<_>) =
            players.partition(|row| row.reference("world").is_some());
        scope["archived"] = (!view.run.is_active()).into();
        scope["worlds"] = worlds.count().into();
        scope["players"] = (seated.len() + waiting.len()).into();
        scope["waiting"] = waiting.len().into();
        scope
    }

    /// The runs of this game that were put away and that the viewer leads or assists in.
    async fn put_away(&self, viewer: Viewer) -> Result<Vec<Row>, Error> {
        let of_game = [
            ("game_slug", self.slug.clone()),
            ("active", "false".to_owned()),
        ];
        let own = match viewer {
            Viewer::User { user, staff: false } => {
                let leading = [
                    ("user", user.to_string()),
                    ("leader", "true".to_owned()),
                    ("active", "true".to_owned()),
                ];
                let rows = match self.client.list(Resource::RunUser, &leading).await {
                    Err(Error::Refused { status: 400, .. }) => Vec::new(),
                    rows => rows?,
                };
                let runs = rows.iter().filter(|row| {
                    row.get("user").and_then(Value::as_u64) == Some(user)
                        && row.get("leader") == Some(&json!(true))
                });
                Some(
                    runs.filter_map(|row| row.get("run")?.as_u64())
                        .collect::<BTreeSet<_>>(),
                )
            }
            _ => None,
        };
        if own.as_ref().is_some_and(BTreeSet::is_empty) {
            return Ok(Vec::new());
        }
        let rows = self.client.list(Resource::Run, &of_game).await?;
        let rows = rows
            .into_iter()
            .filter_map(|row| Row::new(Resource::Run, row));
        let rows = rows.filter(|row| own.as_ref().is_none_or(|own| own.contains(&row.pk)));
        Ok(rows.collect())
    }
}
