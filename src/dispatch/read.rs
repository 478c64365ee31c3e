//! Reads: answered from snapshots, without troubling an actor.

use std::sync::Arc;

use games_contract::{Map, Resource};
use serde_json::{Value, json};
use simpl::Rejected;

use super::procedures::{GameProcedure, ScopeProcedure};
use super::{Next, Read};
use crate::game::{Hosted, Reached, RunActor};
use crate::scopes::{Owner, Row, RunView, node_json, scope_json};
use crate::sight::{Standing, Viewer, view};

/// A procedure of the game as a whole.
pub(super) fn of_game(game: &Arc<Hosted>, procedure: GameProcedure, viewer: Viewer) -> Read {
    let game = game.clone();
    Box::new(move || {
        let catalogue = game.catalogue.load();
        let rows = |rows: &[Row]| {
            Value::Array(
                rows.iter()
                    .map(|row| Value::Object(view(row, &game.online)))
                    .collect(),
            )
        };
        Some(match procedure {
            GameProcedure::GetPhases => rows(&catalogue.phases),
            GameProcedure::GetRoles => rows(&catalogue.roles),
            GameProcedure::GetSeats => seats(&game, viewer),
        })
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
    Value::Array(seats.collect())
}

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
#[expect(clippy::too_many_arguments, reason = "one call, taken apart once")]
pub(super) fn of_scope(
    game: &Arc<Hosted>,
    procedure: &ScopeProcedure,
    reached: &Reached,
    resource: Resource,
    pk: u64,
    args: &[Value],
    kwargs: &Map,
    viewer: Viewer,
) -> Result<Next, Rejected> {
    let argument = |name: &str| {
        args.first()
            .or_else(|| kwargs.get(name))
            .cloned()
            .unwrap_or(Value::Null)
    };
    let (game, reached) = (game.clone(), reached.clone());
    Ok(Next::Read(match procedure {
        ScopeProcedure::GetScope => Box::new(move || scope(&game, &reached, resource, pk)),
        ScopeProcedure::GetScopeTree => {
            let exclude = resources(&argument("exclude"))?;
            Box::new(move || tree(&game, &reached, resource, pk, &exclude, viewer))
        }
        ScopeProcedure::GetActiveRunusers => {
            let leaders_only = yes_or_no("excludePlayers", &argument("excludePlayers"))?;
            Box::new(move || Some(runusers(&game, &reached, resource, pk, leaders_only)))
        }
        ScopeProcedure::GetCurrentRunAndPhase => {
            Box::new(move || Some(run_and_phase(&game, &reached.run.view.load())))
        }
        ScopeProcedure::GetScenarios => Box::new(move || {
            let branch = reached.run.branch(Owner::RunUser(pk))?.view.load_full();
            let scenarios = branch
                .root
                .children
                .iter()
                .map(|child| node_json(child, &[], &game.online));
            Some(Value::Array(scenarios.collect()))
        }),
        ScopeProcedure::AdvancePhase
        | ScopeProcedure::RollbackPhase
        | ScopeProcedure::RetryStep
        | ScopeProcedure::Author(..) => Box::new(|| None),
    }))
}

fn resources(exclude: &Value) -> Result<Vec<Resource>, Rejected> {
    let refused = || {
        not_expected(
            "exclude",
            "a list of resource names, for example [\"world\"]",
            exclude,
        )
    };
    let names: Vec<&str> = match exclude {
        Value::Null => Vec::new(),
        Value::Array(names) => {
            let names: Option<_> = names.iter().map(Value::as_str).collect();
            names.ok_or_else(refused)?
        }
        _ => return Err(refused()),
    };
    // Unknown names exclude nothing, as in the original.
    Ok(names.into_iter().filter_map(Resource::from_name).collect())
}

fn yes_or_no(name: &str, argument: &Value) -> Result<bool, Rejected> {
    match argument {
        Value::Null => Ok(false),
        Value::Bool(yes) => Ok(*yes),
        _ => Err(not_expected(name, "true or false", argument)),
    }
}

fn not_expected(name: &str, expected: &'static str, got: &Value) -> Rejected {
    let message = format!("{name}: {expected} is expected, got {got}");
    Rejected::invalid_argument(message, expected, got.clone())
}

fn scope(game: &Hosted, reached: &Reached, resource: Resource, pk: u64) -> Option<Value> {
    let run = reached.run.view.load();
    let json = match resource {
        Resource::Run => scope_json(&run.run, &game.online),
        Resource::RunUser => scope_json(run.runusers.get(&pk)?, &game.online),
        _ => {
            let branch = reached.run.branch(reached.place.owner)?.view.load_full();
            scope_json(&branch.node(resource, pk)?.row, &game.online)
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
    match resource {
        Resource::Run => Some(run_tree(game, &reached.run, exclude, viewer)),
        Resource::RunUser => runuser_tree(game, &reached.run, pk, exclude),
        Resource::World => world_tree(game, &reached.run, pk, exclude),
        _ => {
            let branch = reached.run.branch(reached.place.owner)?.view.load_full();
            Some(node_json(branch.node(resource, pk)?, exclude, &game.online))
        }
    }
}

/// A run with the caller's own run user and the worlds the caller may see, in the order in which they were created.
fn run_tree(game: &Hosted, actor: &RunActor, exclude: &[Resource], viewer: Viewer) -> Value {
    let run = actor.view.load();
    let standing = Standing::of(viewer, &run);
    let mut children: Vec<(crate::scopes::Version, Value)> = Vec::new();
    if let Viewer::User { user, .. } = viewer
        && !exclude.contains(&Resource::RunUser)
        && let Some(own) = run.runuser_of(user)
    {
        children
            .extend(runuser_tree(game, actor, own.pk, exclude).map(|tree| (own.created(), tree)));
    }
    if !exclude.contains(&Resource::World) {
        for world in &run.worlds {
            let seen = standing
                .as_ref()
                .is_some_and(|standing| standing.reaches(Owner::World(*world), None));
            let Some(branch) = actor.branch(Owner::World(*world)).filter(|_| seen) else {
                continue;
            };
            let created = branch.view.load().root.row.created();
            children.extend(world_tree(game, actor, *world, exclude).map(|tree| (created, tree)));
        }
    }
    children.sort_by(|a, b| a.0.cmp(&b.0));
    let mut scope = scope_json(&run.run, &game.online);
    scope["children"] = children.into_iter().map(|(_, tree)| tree).collect();
    scope
}

fn runuser_tree(game: &Hosted, actor: &RunActor, pk: u64, exclude: &[Resource]) -> Option<Value> {
    let run = actor.view.load();
    let branch = actor.branch(Owner::RunUser(pk))?.view.load_full();
    let mut tree = node_json(&branch.root, exclude, &game.online);
    tree["data"] = Value::Object(view(run.runusers.get(&pk)?, &game.online));
    Some(tree)
}

/// A world's tree, with the `rev` that its events count from.
fn world_tree(game: &Hosted, actor: &RunActor, pk: u64, exclude: &[Resource]) -> Option<Value> {
    let branch = actor.branch(Owner::World(pk))?.view.load_full();
    let mut tree = node_json(&branch.root, exclude, &game.online);
    tree["rev"] = branch.rev.into();
    Some(tree)
}

fn run_and_phase(game: &Hosted, run: &RunView) -> Value {
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

/// The active run users of a scope: a run's, a world's, or one's own. A player sees those of the own world and the leaders.
fn runusers(
    game: &Hosted,
    reached: &Reached,
    resource: Resource,
    pk: u64,
    leaders_only: bool,
) -> Value {
    let run = reached.run.view.load();
    let of_scope = |row: &Row| match (resource, reached.place.owner) {
        (Resource::Run, _) | (_, Owner::Run) => true,
        (Resource::RunUser, _) => row.pk == pk,
        (_, Owner::World(world)) => row.reference("world") == Some(world),
        (_, Owner::RunUser(runuser)) => row.pk == runuser,
    };
    let seen = |row: &Row| match reached.standing {
        Standing::Player { runuser, world } => {
            row.pk == runuser
                || row.flag("leader")
                || (world.is_some() && row.reference("world") == world)
        }
        Standing::Leader | Standing::Staff => true,
    };
    let wanted = |row: &&Arc<Row>| {
        row.flag("active") && of_scope(row) && seen(row) && (!leaders_only || row.flag("leader"))
    };
    run.runusers
        .values()
        .filter(wanted)
        .map(|row| scope_json(row, &game.online))
        .collect()
}
