//! Reads of scopes: answered from snapshots, without troubling an actor.

use std::sync::Arc;

use games_contract::Resource;
use serde_json::{Value, json};
use simpl::Rejected;

use super::Next;
use super::arguments::Arguments;
use super::procedures::ScopeProcedure;
use crate::game::{Hosted, Reached, RunActor};
use crate::scopes::{Owner, Row, RunView, Version, node_json, scope_json, scope_seen};
use crate::sight::{Lens, Standing, Viewer, view};

/// A procedure of a phase or role; `None` when there is no such scope.
pub(super) fn of_catalogue(
    game: &Arc<Hosted>,
    procedure: &ScopeProcedure,
    resource: Resource,
    pk: u64,
) -> Option<Next> {
    let catalogue = game.catalogue.load();
    let rows = if resource == Resource::Phase {
        &catalogue.phases
    } else {
        &catalogue.roles
    };
    let mut scope = scope_json(rows.iter().find(|row| row.pk == pk)?, &game.online);
    if *procedure == ScopeProcedure::GetScopeTree {
        scope["children"] = json!([]);
    }
    Some(Next::Reply(scope))
}

/// A procedure of a scope at or below a run.
pub(super) fn of_scope(
    game: &Arc<Hosted>,
    procedure: &ScopeProcedure,
    reached: &Reached,
    (resource, pk): (Resource, u64),
    arguments: &Arguments,
    viewer: Viewer,
) -> Result<Next, Rejected> {
    let (game, reached) = (game.clone(), reached.clone());
    Ok(Next::Read(match procedure {
        ScopeProcedure::GetScope => Box::new(move || scope(&game, &reached, resource, pk)),
        ScopeProcedure::GetScopeTree => {
            let exclude = arguments.resources("exclude")?;
            Box::new(move || tree(&game, &reached, resource, pk, &exclude, viewer))
        }
        ScopeProcedure::GetActiveRunusers => {
            let leaders_only = arguments.yes_or_no("excludePlayers")?;
            Box::new(move || {
                let run = reached.run.view.load();
                let of_scope = |row: &Row| match (resource, reached.place.owner) {
                    (Resource::Run, _) | (_, Owner::Run) => true,
                    (Resource::RunUser, _) => row.pk == pk,
                    (_, Owner::World(world)) => row.reference("world") == Some(world),
                    (_, Owner::RunUser(runuser)) => row.pk == runuser,
                };
                let found = runusers(&game, &run, &reached.standing, leaders_only, of_scope);
                Some(found.into())
            })
        }
        ScopeProcedure::GetCurrentRunAndPhase => {
            Box::new(move || Some(run_and_phase(&game, &reached.run.view.load())))
        }
        ScopeProcedure::GetRunData => {
            let with_scenarios = arguments.yes_or_no("includePlayerScenarios")?;
            Box::new(move || Some(run_data(&game, &reached, with_scenarios, viewer)))
        }
        ScopeProcedure::GetScenarios => Box::new(move || {
            let run = reached.run.view.load();
            let lens = Lens::new(&game, Some(&reached.standing), &run);
            let scenarios = scenarios(&lens, &reached.run, pk)?;
            Some(scenarios.into_iter().map(|(_, tree)| tree).collect())
        }),
        ScopeProcedure::AdvancePhase
        | ScopeProcedure::RollbackPhase
        | ScopeProcedure::RetryStep
        | ScopeProcedure::Extend
        | ScopeProcedure::Pause
        | ScopeProcedure::Resume
        | ScopeProcedure::Force
        | ScopeProcedure::AddBots
        | ScopeProcedure::RemoveBots
        | ScopeProcedure::Start
        | ScopeProcedure::Assign
        | ScopeProcedure::MovePlayer
        | ScopeProcedure::MergeWorlds
        | ScopeProcedure::DissolveWorld
        | ScopeProcedure::SetUp
        | ScopeProcedure::Archive
        | ScopeProcedure::Unarchive
        | ScopeProcedure::Rewind
        | ScopeProcedure::Branch
        | ScopeProcedure::Message
        | ScopeProcedure::GetAudit
        | ScopeProcedure::OpenJoining
        | ScopeProcedure::CloseJoining
        | ScopeProcedure::GetJoining
        | ScopeProcedure::Approve
        | ScopeProcedure::Refuse
        | ScopeProcedure::ImportRoster
        | ScopeProcedure::GetLinks
        | ScopeProcedure::Author(..) => Box::new(|| None),
    }))
}

fn scope(game: &Hosted, reached: &Reached, resource: Resource, pk: u64) -> Option<Value> {
    let run = reached.run.view.load();
    let json = match resource {
        Resource::Run => scope_json(&run.run, &game.online),
        Resource::RunUser => scope_json(run.runusers.get(&pk)?, &game.online),
        _ => {
            let branch = reached.run.snapshot(reached.place.owner)?;
            let parent = branch.parent(resource, pk);
            let parent = parent.and_then(|(resource, pk)| branch.node(resource, pk));
            let lens = Lens::new(game, Some(&reached.standing), &run);
            let node = branch.node(resource, pk)?;
            let scope = scope_seen(&node.row, parent.map(AsRef::as_ref), &lens);
            match resource {
                Resource::Period => game.with_now(scope, node),
                _ => scope,
            }
        }
    };
    Some(json)
}

fn tree(
    game: &Hosted,
    reached: &Reached,
    resource: Resource,
    pk: u64,
    exclude: &[Resource],
    viewer: Viewer,
) -> Option<Value> {
    let run = reached.run.view.load();
    let lens = Lens::new(game, Some(&reached.standing), &run);
    match resource {
        Resource::Run => Some(run_tree(game, &reached.run, exclude, viewer)),
        Resource::RunUser => runuser_tree(game, &reached.run, pk, exclude, &lens),
        Resource::World => world_tree(game, &reached.run, pk, exclude, &lens),
        // A decision is seen as its period allows.
        Resource::Decision => {
            let mut scope = scope(game, reached, resource, pk)?;
            scope["children"] = json!([]);
            Some(scope)
        }
        _ => {
            let branch = reached.run.snapshot(reached.place.owner)?;
            let node = branch.node(resource, pk)?;
            Some(game.with_now(node_json(node, exclude, &lens), node))
        }
    }
}

/// A run with the caller's own run user and the worlds the caller may see, in the order in which they were created.
pub(super) fn run_tree(
    game: &Hosted,
    actor: &RunActor,
    exclude: &[Resource],
    viewer: Viewer,
) -> Value {
    let run = actor.view.load();
    let standing = Standing::of(viewer, &run);
    let lens = Lens::new(game, standing.as_ref(), &run);
    let mut children: Vec<(Version, Value)> = Vec::new();
    if let Viewer::User { user, .. } = viewer
        && !exclude.contains(&Resource::RunUser)
        && let Some(own) = run.runuser_of(user)
    {
        let tree = runuser_tree(game, actor, own.pk, exclude, &lens);
        children.extend(tree.map(|tree| (own.created(), tree)));
    }
    if !exclude.contains(&Resource::World) {
        for world in &run.worlds {
            let seen = standing
                .as_ref()
                .is_some_and(|standing| standing.reaches(Owner::World(*world), None));
            let Some(branch) = actor.snapshot(Owner::World(*world)).filter(|_| seen) else {
                continue;
            };
            let created = branch.root.row.created();
            let tree = world_tree(game, actor, *world, exclude, &lens);
            children.extend(tree.map(|tree| (created, tree)));
        }
    }
    children.sort_by_key(|(created, _)| *created);
    let mut scope = scope_json(&run.run, &game.online);
    scope["children"] = children.into_iter().map(|(_, tree)| tree).collect();
    scope
}

fn runuser_tree(
    game: &Hosted,
    actor: &RunActor,
    pk: u64,
    exclude: &[Resource],
    lens: &Lens<'_>,
) -> Option<Value> {
    let run = actor.view.load();
    let branch = actor.snapshot(Owner::RunUser(pk))?;
    let mut tree = node_json(&branch.root, exclude, lens);
    tree["data"] = Value::Object(view(run.runusers.get(&pk)?, &game.online));
    Some(tree)
}

/// A world's tree, with the `rev` that its events count from, and the time of the service where it plays against time.
fn world_tree(
    game: &Hosted,
    actor: &RunActor,
    pk: u64,
    exclude: &[Resource],
    lens: &Lens<'_>,
) -> Option<Value> {
    let branch = actor.snapshot(Owner::World(pk))?;
    let mut tree = node_json(&branch.root, exclude, lens);
    tree["rev"] = branch.rev.into();
    Some(game.with_now(tree, &branch.root))
}

pub(super) fn run_and_phase(game: &Hosted, run: &RunView) -> Value {
    let catalogue = game.catalogue.load();
    let phase = run
        .run
        .reference("phase")
        .and_then(|pk| catalogue.phase(pk));
    json!({
        "run": scope_json(&run.run, &game.online),
        "phase": phase.map(|phase| scope_json(phase, &game.online)),
    })
}

/// The active run users of a run that belong to a scope and that the caller may see, by pk.
pub(super) fn runusers(
    game: &Hosted,
    run: &RunView,
    standing: &Standing,
    leaders_only: bool,
    of_scope: impl Fn(&Row) -> bool,
) -> Vec<Value> {
    run.runusers
        .values()
        .filter(|row| row.is_active() && of_scope(row) && standing.sees(row))
        .filter(|row| !leaders_only || row.is_leader())
        .map(|row| scope_json(row, &game.online))
        .collect()
}

/// The trees of a run user's own scenarios, each with when it was created; `None` when there is no such run user.
fn scenarios(lens: &Lens<'_>, actor: &RunActor, runuser: u64) -> Option<Vec<(Version, Value)>> {
    let branch = actor.snapshot(Owner::RunUser(runuser))?;
    let trees = branch.root.children.iter().map(|child| {
        let tree = node_json(child, &[], lens);
        (child.row.created(), tree)
    });
    Some(trees.collect())
}

/// Everything that a leader's page shows of a run: its tree, its run users, and on request the scenarios of single players.
fn run_data(game: &Hosted, reached: &Reached, with_scenarios: bool, viewer: Viewer) -> Value {
    let run = reached.run.view.load();
    let mut data = run_tree(game, &reached.run, &[], viewer);
    data["runusers"] = runusers(game, &run, &reached.standing, false, |_| true).into();
    let mut trees = Vec::new();
    let lens = Lens::new(game, Some(&reached.standing), &run);
    if with_scenarios {
        let reached_too = |pk: &&u64| reached.standing.reaches(Owner::RunUser(**pk), Some(**pk));
        for pk in run.runusers.keys().filter(reached_too) {
            trees.extend(scenarios(&lens, &reached.run, *pk).unwrap_or_default());
        }
        trees.sort_by_key(|(created, _)| *created);
    }
    data["player_scenarios"] = trees.into_iter().map(|(_, tree)| tree).collect();
    data
}
