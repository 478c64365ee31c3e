//! The procedures of a game, registered by pattern: one registration for a procedure of a resource, not one for each scope.

use games_contract::Resource;
use simpl::ScopeKind;
use wamp::MatchPolicy;

use crate::game::Hosted;

/// What a registration is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Procedure {
    /// `<root>.ready`: the game is loaded.
    Ready,
    /// `<root>.model.game.<name>`.
    Game(GameProcedure),
    /// The same, of the game's author.
    Own(String),
    /// `<root>.model.<resource>.<pk>.<name>`.
    Scope(ScopeProcedure),
}

/// A procedure of the game as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GameProcedure {
    /// The game's phases, as REST shows them.
    GetPhases,
    /// The game's roles, as REST shows them.
    GetRoles,
    /// What decisions, results and options look like.
    GetSchema,
    /// The caller's own active run users in the loaded runs.
    GetSeats,
    /// Everything the caller may see, by resource and pk.
    ListScopes,
    /// The game with everything below it that the caller may see.
    GetScopeTree,
    /// The run users of every run, as far as the caller may see them.
    GetActiveRunusers,
    /// The caller's run, and its phase.
    GetCurrentRunAndPhase,
    /// The runs that the caller leads or assists in.
    GetRuns,
    /// A new run, led by the caller.
    CreateRun,
}

/// A procedure of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeProcedure {
    /// The scope without its children.
    GetScope,
    /// The scope with everything below it that the caller may see.
    GetScopeTree,
    /// The run users of the scope.
    GetActiveRunusers,
    /// The run above the scope, and its phase.
    GetCurrentRunAndPhase,
    /// A run's tree, its run users and their own scenarios.
    GetRunData,
    /// The trees of a run user's own scenarios.
    GetScenarios,
    /// On to the next phase.
    AdvancePhase,
    /// Back to the phase before.
    RollbackPhase,
    /// A scenario's failed step once more.
    RetryStep,
    /// More time for the open periods of the scope.
    Extend,
    /// Their time stands still.
    Pause,
    /// It goes on.
    Resume,
    /// They end now.
    Force,
    /// Bots decide in some seats.
    AddBots,
    /// People do again.
    RemoveBots,
    /// A run begins, with everybody who waits in a seat.
    Start,
    /// Everybody who waits gets a seat.
    Assign,
    /// A player gets another seat.
    MovePlayer,
    /// Several worlds become one.
    MergeWorlds,
    /// A world is taken away.
    DissolveWorld,
    /// A run gets other terms.
    SetUp,
    /// A run is put away.
    Archive,
    /// It is taken out again.
    Unarchive,
    /// Back to one of their periods.
    Rewind,
    /// A what-if copy of a world.
    Branch,
    /// A text for everybody in the run, or at the world's table.
    Message,
    /// What leaders have done.
    GetAudit,
    /// A run is joined under a code, or on other terms.
    OpenJoining,
    /// Nobody new joins it.
    CloseJoining,
    /// How joining stands.
    GetJoining,
    /// People who wait are let in.
    Approve,
    /// They are turned away.
    Refuse,
    /// Everybody on a roster comes into the run.
    ImportRoster,
    /// The personal links of those who came so.
    GetLinks,
    /// A procedure of the game's author.
    Author(ScopeKind, String),
}

impl ScopeProcedure {
    /// Are its texts there to be read by others, so that they are recorded?
    pub(super) const fn speaks(&self) -> bool {
        matches!(self, Self::Force | Self::Branch | Self::Message)
    }
}

impl GameProcedure {
    const ALL: [Self; 10] = [
        Self::GetPhases,
        Self::GetRoles,
        Self::GetSchema,
        Self::GetSeats,
        Self::ListScopes,
        Self::GetScopeTree,
        Self::GetActiveRunusers,
        Self::GetCurrentRunAndPhase,
        Self::GetRuns,
        Self::CreateRun,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::GetPhases => "get_phases",
            Self::GetRoles => "get_roles",
            Self::GetSchema => "get_schema",
            Self::GetSeats => "get_seats",
            Self::ListScopes => "list_scopes",
            Self::GetScopeTree => "get_scope_tree",
            Self::GetActiveRunusers => "get_active_runusers",
            Self::GetCurrentRunAndPhase => "get_current_run_and_phase",
            Self::GetRuns => "get_runs",
            Self::CreateRun => "create_run",
        }
    }
}

/// The resources at or below a run.
const SCOPES: [Resource; 7] = [
    Resource::Run,
    Resource::World,
    Resource::RunUser,
    Resource::Scenario,
    Resource::Period,
    Resource::Decision,
    Resource::Result,
];

impl Procedure {
    /// The URI of a procedure that is registered exactly.
    #[must_use]
    pub fn uri(&self, game: &Hosted) -> String {
        match self {
            Self::Ready => format!("{}.ready", game.root),
            Self::Game(procedure) => format!("{}.model.game.{}", game.root, procedure.name()),
            Self::Own(name) => format!("{}.model.game.{name}", game.root),
            Self::Scope(_) => String::new(),
        }
    }
}

/// Everything a game offers: URI or pattern, how it matches, what it is for.
#[must_use]
pub(super) fn of(game: &Hosted) -> Vec<(String, MatchPolicy, Procedure)> {
    let exact = std::iter::once(Procedure::Ready).chain(GameProcedure::ALL.map(Procedure::Game));
    let exact = exact.map(|procedure| (procedure.uri(game), MatchPolicy::Exact, procedure));
    let pattern = |resource: &str, name: &str, procedure: ScopeProcedure| {
        (
            format!("{}.model.{resource}..{name}", game.root),
            MatchPolicy::Wildcard,
            Procedure::Scope(procedure),
        )
    };
    let mut all: Vec<_> = exact.collect();
    for resource in SCOPES.iter().chain(&[Resource::Phase, Resource::Role]) {
        all.push(pattern(
            resource.name(),
            "get_scope",
            ScopeProcedure::GetScope,
        ));
        all.push(pattern(
            resource.name(),
            "get_scope_tree",
            ScopeProcedure::GetScopeTree,
        ));
    }
    for resource in SCOPES {
        all.push(pattern(
            resource.name(),
            "get_active_runusers",
            ScopeProcedure::GetActiveRunusers,
        ));
        all.push(pattern(
            resource.name(),
            "get_current_run_and_phase",
            ScopeProcedure::GetCurrentRunAndPhase,
        ));
    }
    all.push(pattern(
        "runuser",
        "get_scenarios",
        ScopeProcedure::GetScenarios,
    ));
    all.push(pattern("run", "get_run_data", ScopeProcedure::GetRunData));
    all.push(pattern(
        "run",
        "advance_phase",
        ScopeProcedure::AdvancePhase,
    ));
    all.push(pattern(
        "run",
        "rollback_phase",
        ScopeProcedure::RollbackPhase,
    ));
    all.push(pattern("scenario", "retry_step", ScopeProcedure::RetryStep));
    for resource in ["run", "world", "scenario"] {
        all.push(pattern(resource, "extend", ScopeProcedure::Extend));
        all.push(pattern(resource, "pause", ScopeProcedure::Pause));
        all.push(pattern(resource, "resume", ScopeProcedure::Resume));
        all.push(pattern(resource, "force", ScopeProcedure::Force));
        all.push(pattern(resource, "rewind", ScopeProcedure::Rewind));
    }
    all.push(pattern("world", "branch", ScopeProcedure::Branch));
    for resource in ["run", "world"] {
        all.push(pattern(resource, "message", ScopeProcedure::Message));
        all.push(pattern(resource, "get_audit", ScopeProcedure::GetAudit));
    }
    for resource in ["run", "world"] {
        all.push(pattern(resource, "add_bots", ScopeProcedure::AddBots));
    }
    for resource in ["run", "world", "runuser"] {
        all.push(pattern(resource, "remove_bots", ScopeProcedure::RemoveBots));
    }
    for (name, procedure) in [
        ("start", ScopeProcedure::Start),
        ("assign", ScopeProcedure::Assign),
        ("move_player", ScopeProcedure::MovePlayer),
        ("merge_worlds", ScopeProcedure::MergeWorlds),
        ("dissolve_world", ScopeProcedure::DissolveWorld),
        ("set_up", ScopeProcedure::SetUp),
        ("archive", ScopeProcedure::Archive),
        ("unarchive", ScopeProcedure::Unarchive),
        ("open_joining", ScopeProcedure::OpenJoining),
        ("close_joining", ScopeProcedure::CloseJoining),
        ("get_joining", ScopeProcedure::GetJoining),
        ("approve", ScopeProcedure::Approve),
        ("refuse", ScopeProcedure::Refuse),
        ("import_roster", ScopeProcedure::ImportRoster),
        ("get_links", ScopeProcedure::GetLinks),
    ] {
        all.push(pattern("run", name, procedure));
    }
    for (scope, name) in game.game.procedures() {
        if scope == ScopeKind::Game {
            let own = Procedure::Own(name.to_owned());
            all.push((own.uri(game), MatchPolicy::Exact, own));
            continue;
        }
        all.push(pattern(
            scope.name(),
            name,
            ScopeProcedure::Author(scope, name.to_owned()),
        ));
    }
    all
}
