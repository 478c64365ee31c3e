//! The kinds of live node that a game's procedures hang on.

use std::fmt;

/// A resource as a live node.
///
/// The name is the `<resource>` part of a topic: `<root topic>.model.<resource>.<pk>.<procedure>`; the game itself has no pk there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// The game itself, with all its runs.
    Game,
    /// One class or session.
    Run,
    /// One table of players.
    World,
    /// A user's membership in a run.
    RunUser,
    /// One play-through.
    Scenario,
    /// One turn.
    Period,
    /// What one seat submitted for a period; it has no procedures of the game's own.
    Decision,
    /// What the model produced for a period; it has no procedures of the game's own.
    Result,
}

impl ScopeKind {
    /// Every kind, from the outermost to the innermost.
    pub const ALL: [Self; 8] = [
        Self::Game,
        Self::Run,
        Self::World,
        Self::RunUser,
        Self::Scenario,
        Self::Period,
        Self::Decision,
        Self::Result,
    ];

    /// The word used in topics and by the games API: `run`, `world`, `runuser`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Game => "game",
            Self::Run => "run",
            Self::World => "world",
            Self::RunUser => "runuser",
            Self::Scenario => "scenario",
            Self::Period => "period",
            Self::Decision => "decision",
            Self::Result => "result",
        }
    }

    /// The kind of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for ScopeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a handler is registered on, as types that the compiler checks: scopes, and the occasions of callbacks.
///
/// They are spelt like the word in `#[rpc(period)]` or `#[on(start)]`, because the compiler prints them in its messages.
#[allow(non_camel_case_types)]
pub mod on {
    use super::ScopeKind;
    use crate::callback::Callback;

    /// What a handler runs on, as a type.
    pub trait Scope: Send + Sync + 'static {
        /// The kind of scope.
        const KIND: ScopeKind;
    }

    /// Something at or below a run: everything but the game itself.
    #[diagnostic::on_unimplemented(
        message = "a handler on `{Self}` belongs to no run",
        note = "the runs of a game are `GameScope::runs`"
    )]
    pub trait InRun: Scope {}

    /// A scope that somebody calls or publishes to: there is a caller, and there are arguments.
    #[diagnostic::on_unimplemented(
        message = "nobody calls a handler on `{Self}`: it has no caller and no arguments",
        note = "a callback takes `Run`; `ChangePhase` where the phase changes, `RunUser` where somebody comes or goes, `Changed` in a hook"
    )]
    pub trait Called: Scope {}

    /// An occasion on which the service calls the game.
    pub trait Occasion: InRun {
        /// The same as a value.
        const CALLBACK: Callback;
    }

    macro_rules! scopes {
        ($($(#[$doc:meta])* $name:ident $kind:ident;)*) => {$(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;
            impl Scope for $name {
                const KIND: ScopeKind = ScopeKind::$kind;
            }
            impl Called for $name {}
        )*};
    }

    scopes! {
        /// On the game itself.
        game Game;
        /// On a run.
        run Run;
        /// On a world.
        world World;
        /// On a run user.
        runuser RunUser;
        /// On a scenario.
        scenario Scenario;
        /// On a period.
        period Period;
    }

    impl InRun for run {}
    impl InRun for world {}
    impl InRun for runuser {}
    impl InRun for scenario {}
    impl InRun for period {}

    macro_rules! occasions {
        ($($(#[$doc:meta])* $name:ident $callback:ident;)*) => {$(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;
            impl Scope for $name {
                const KIND: ScopeKind = ScopeKind::Run;
            }
            impl InRun for $name {}
            impl Occasion for $name {
                const CALLBACK: Callback = Callback::$callback;
            }
        )*};
    }

    occasions! {
        /// A run has come to its next phase.
        advance_phase AdvancePhase;
        /// A run has gone back to the phase before.
        rollback_phase RollbackPhase;
        /// Somebody new is in a run.
        runuser_created RunUserCreated;
        /// Somebody is in a run no more.
        runuser_deleted RunUserDeleted;
        /// A run has been loaded, and can be played.
        start Start;
        /// A run is about to be left: the service stops, or the run is put away.
        stop Stop;
        /// Somebody of a run is there.
        connected Connected;
        /// Somebody of a run has gone: their last session has ended.
        disconnected Disconnected;
    }

    /// The games API has told of a change.
    #[derive(Clone, Copy, Debug)]
    pub struct hook;
    impl Scope for hook {
        const KIND: ScopeKind = ScopeKind::Run;
    }
    impl InRun for hook {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_own_name_and_no_other() {
        for kind in ScopeKind::ALL {
            assert_eq!(ScopeKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(ScopeKind::from_name("Period"), None);
    }
}
