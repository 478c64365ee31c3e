//! Procedures of the game as a whole. Each of them shows the caller what the caller may see of the loaded runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use games_contract::{Map, Resource};
use serde_json::{Value, json};
use simpl::{Game, Rejected};

use super::Next;
use super::arguments::Arguments;
use super::procedures::GameProcedure;
use super::read::{run_and_phase, run_tree, runusers};
use crate::game::{Hosted, RunActor};
use crate::scopes::{Owner, Row, scope_json};
use crate::sight::{Lens, Standing, Viewer, view};

/// The resources of `list_scopes`, in its order.
const LISTED: [Resource; 9] = [
    Resource::Phase,
    Resource::Role,
    Resource::Run,
    Resource::World,
    Resource::RunUser,
    Resource::Scenario,
    Resource::Period,
    Resource::Decision,
    Resource::Result,
];

/// Prepares what a procedure of the game answers.
pub(super) fn of_game(
    game: &Arc<Hosted>,
    procedure: GameProcedure,
    arguments: &Arguments,
    viewer: Viewer,
) -> Result<Next, Rejected> {
    let game = game.clone();
    Ok(Next::Read(match procedure {
        GameProcedure::GetPhases => {
            Box::new(move || Some(rows(&game, &game.catalogue.load().phases)))
        }
        GameProcedure::GetRoles => {
            Box::new(move || Some(rows(&game, &game.catalogue.load().roles)))
        }
        GameProcedure::GetSchema => Box::new(move || Some(schema(&game.game))),
        GameProcedure::GetSeats => Box::new(move || Some(seats(&game, viewer))),
        GameProcedure::ListScopes => Box::new(move || Some(list(&game, viewer))),
        GameProcedure::GetScopeTree => {
            let exclude = arguments.resources("exclude")?;
            Box::new(move || Some(tree(&game, &exclude, viewer)))
        }
        GameProcedure::GetActiveRunusers => {
            let leaders_only = arguments.yes_or_no("excludePlayers")?;
            Box::new(move || {
                let runs = runs_of(&game, viewer);
                let all = runs.iter().flat_map(|(run, standing)| {
                    runusers(&game, &run.view.load(), standing, leaders_only, |_| true)
                });
                Some(all.collect())
            })
        }
        GameProcedure::GetCurrentRunAndPhase => Box::new(move || Some(current(&game, viewer))),
        GameProcedure::GetRuns | GameProcedure::CreateRun => Box::new(|| None),
    }))
}

/// The loaded runs that the viewer may know of, by pk, and what the viewer is there.
fn runs_of(game: &Hosted, viewer: Viewer) -> Vec<(Arc<RunActor>, Standing)> {
    let runs = game.runs().into_iter();
    runs.filter_map(|run| {
        let standing = Standing::of(viewer, &run.view.load())?;
        Some((run, standing))
    })
    .collect()
}

fn rows(game: &Hosted, rows: &[Row]) -> Value {
    rows.iter().map(|row| view(row, &game.online)).collect()
}

/// What the game is made of, for whoever makes a form of it: the JSON Schema of a decision, a result and a run's options (null without a
/// model), roles, phases and bots.
fn schema(game: &Game) -> Value {
    let model = game.model();
    let roles = game
        .roles()
        .iter()
        .map(|role| json!({"name": role.name, "minimum": role.minimum, "maximum": role.maximum}));
    let phases = game
        .phases()
        .iter()
        .map(|phase| json!({"name": phase.name, "accepts_decisions": phase.accepts_decisions, "reveals": phase.reveals}));
    json!({
        "slug": game.slug(),
        "title": game.title(),
        "decision": model.map(|model| model.decision_schema()),
        "result": model.map(|model| model.outcome_schema()),
        "part": model.and_then(|model| model.part_schema()),
        "options": model.map(|model| model.options_schema()),
        "roles": roles.collect::<Vec<_>>(),
        "phases": phases.collect::<Vec<_>>(),
        "bots": game.bots().collect::<Vec<_>>(),
        "periods": game.periods(),
        "single_player": game.is_single_player(),
    })
}

fn seats(game: &Hosted, viewer: Viewer) -> Value {
    let Viewer::User { user, .. } = viewer else {
        return json!([]);
    };
    let seats = game.runs().into_iter().filter_map(|run| {
        let run = run.view.load();
        run.runuser_of(user)
            .map(|row| scope_json(row, &game.online))
    });
    seats.collect()
}

/// The run in which the caller has a seat, the newest where there are several, with its phase; nulls where there is none.
fn current(game: &Hosted, viewer: Viewer) -> Value {
    let Viewer::User { user, .. } = viewer else {
        return json!({"run": null, "phase": null});
    };
    let runs = game.runs().into_iter().map(|run| run.view.load_full());
    let own = runs.filter(|run| run.runuser_of(user).is_some());
    own.max_by_key(|run| (run.run.created(), run.run.pk))
        .map_or_else(
            || json!({"run": null, "phase": null}),
            |run| run_and_phase(game, &run),
        )
}

/// The game with its roles, its phases and the viewer's runs, in the order in which they were created.
fn tree(game: &Hosted, exclude: &[Resource], viewer: Viewer) -> Value {
    let catalogue = game.catalogue.load();
    let leaves = catalogue.roles.iter().chain(&catalogue.phases);
    let mut children: Vec<_> = leaves
        .map(|row| {
            let mut scope = scope_json(row, &game.online);
            scope["children"] = json!([]);
            (row.created(), row.resource, scope)
        })
        .collect();
    children.extend(runs_of(game, viewer).iter().map(|(run, _)| {
        let created = run.view.load().run.created();
        let tree = run_tree(game, run, exclude, viewer);
        (created, Resource::Run, tree)
    }));
    children.retain(|(_, resource, _)| !exclude.contains(resource));
    children.sort_by_key(|(created, ..)| *created);
    let mut scope = scope_json(&catalogue.game, &game.online);
    scope["children"] = children.into_iter().map(|(.., tree)| tree).collect();
    scope
}

/// Every scope that the viewer may see, by resource and pk.
fn list(game: &Hosted, viewer: Viewer) -> Value {
    let mut found: BTreeMap<(Resource, u64), Map> = BTreeMap::new();
    let mut note = |row: &Row, content: Map| {
        found.insert((row.resource, row.pk), content);
    };
    let open = |row: &Row| view(row, &game.online);
    let catalogue = game.catalogue.load();
    catalogue
        .phases
        .iter()
        .chain(&catalogue.roles)
        .for_each(|row| note(row, open(row)));
    for (run, standing) in runs_of(game, viewer) {
        let held = run.view.load();
        note(&held.run, open(&held.run));
        let lens = Lens::new(game, Some(&standing), &held);
        let seen = held.runusers.values().filter(|row| standing.sees(row));
        seen.for_each(|row| note(row, open(row)));
        for branch in run.branches() {
            let own = match branch.owner {
                Owner::RunUser(pk) => Some(pk),
                _ => None,
            };
            if standing.reaches(branch.owner, own) {
                let branch = branch.view.load_full();
                let rows = branch.rows();
                // A run user's row is the run's, and has been noted.
                let below = rows.iter().filter(|row| row.resource != Resource::RunUser);
                below.for_each(|row| {
                    let parent = branch.parent(row.resource, row.pk);
                    let parent = parent.and_then(|(resource, pk)| branch.node(resource, pk));
                    note(row, lens.view(row, parent.map(AsRef::as_ref)));
                });
            }
        }
    }
    let mut listed: Map = LISTED
        .iter()
        .map(|resource| (resource.name().to_owned(), json!({})))
        .collect();
    for ((resource, pk), row) in found {
        listed[resource.name()][pk.to_string()] = row.into();
    }
    listed.into()
}
