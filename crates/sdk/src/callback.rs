//! Occasions on which the service calls the game: phases, people who come and go, runs that begin and end, changes in the games API.

use std::fmt;

use crate::call::ErasedHandler;
use crate::game::Game;
use crate::row::Row;
use crate::scope::ScopeKind;

/// An occasion on which the service calls the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Callback {
    /// A run has come to its next phase.
    AdvancePhase,
    /// A run has gone back to the phase before.
    RollbackPhase,
    /// Somebody new is in a run.
    RunUserCreated,
    /// Somebody is in a run no more.
    RunUserDeleted,
    /// A run has been loaded, and can be played.
    Start,
    /// A run is about to be left.
    Stop,
    /// Somebody of a run is there.
    Connected,
    /// Somebody of a run has gone.
    Disconnected,
}

impl Callback {
    /// The builder's word for it: `on_advance_phase`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AdvancePhase => "on_advance_phase",
            Self::RollbackPhase => "on_rollback_phase",
            Self::RunUserCreated => "on_runuser_created",
            Self::RunUserDeleted => "on_runuser_deleted",
            Self::Start => "on_start",
            Self::Stop => "on_stop",
            Self::Connected => "on_connected",
            Self::Disconnected => "on_disconnected",
        }
    }
}

impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// From which phase a run has come to which: an argument of what runs on `advance_phase` and `rollback_phase`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePhase {
    /// Name of the phase before; none where the run had none.
    pub from: Option<String>,
    /// Name of the phase that the run is in now.
    pub to: String,
}

/// What was done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Created,
    /// It changed.
    Changed,
    /// It is gone.
    Deleted,
}

impl Action {
    /// The word in the name of a hook.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Created, Self::Changed, Self::Deleted];
        all.into_iter().find(|action| action.name() == name)
    }
}

/// A change of which the games API has told: an argument of a hook.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// What was done.
    pub action: Action,
    /// The row as it is now; as it was last, where it is gone.
    pub row: Row,
}

/// Why the service calls the game, beside a call that somebody has made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Occasion {
    /// The run has come to another phase.
    Phase(ChangePhase),
    /// Somebody has come or gone.
    RunUser(Row),
    /// The games API has told of a change.
    Changed(Changed),
    /// Something else has begun or ended.
    Plain,
}

/// What a game has registered beside its procedures.
#[derive(Clone, Default)]
pub(crate) struct Registered {
    pub(crate) callbacks: Vec<(Callback, ErasedHandler)>,
    /// By the name of the change: `scenario.created`.
    pub(crate) hooks: Vec<(String, ErasedHandler)>,
    /// By scope and the last word of the topic.
    pub(crate) subscriptions: Vec<(ScopeKind, String, ErasedHandler)>,
}

/// Is it the name of a change at or below a run, as `scenario.created`? That a run begins and ends is told otherwise.
pub(crate) fn is_hook(name: &str) -> bool {
    let Some((resource, action)) = name.split_once('.') else {
        return false;
    };
    match (ScopeKind::from_name(resource), Action::from_name(action)) {
        (None | Some(ScopeKind::Game), _) | (_, None) => false,
        (Some(ScopeKind::Run), Some(action)) => action == Action::Changed,
        _ => true,
    }
}

impl Game {
    /// What is called on an occasion, in the order of registration.
    pub fn callbacks(&self, occasion: Callback) -> impl Iterator<Item = &ErasedHandler> {
        let all = self.registered.callbacks.iter();
        all.filter(move |(on, _)| *on == occasion)
            .map(|(_, handler)| handler)
    }

    /// What is called when the games API has told of a change of that kind.
    pub fn hooks(&self, kind: ScopeKind, action: Action) -> impl Iterator<Item = &ErasedHandler> {
        let name = format!("{kind}.{}", action.name());
        let all = self.registered.hooks.iter();
        all.filter(move |(on, _)| *on == name)
            .map(|(_, handler)| handler)
    }

    /// Has the game any hook at all?
    #[must_use]
    pub fn has_hooks(&self) -> bool {
        !self.registered.hooks.is_empty()
    }

    /// The topics of scopes that the game listens to: front ends may publish to these.
    pub fn subscriptions(&self) -> impl Iterator<Item = (ScopeKind, &str)> {
        let all = self.registered.subscriptions.iter();
        all.map(|(kind, name, _)| (*kind, name.as_str()))
    }

    /// What is called when somebody publishes to a topic of a scope.
    #[must_use]
    pub fn subscription(&self, scope: ScopeKind, name: &str) -> Option<&ErasedHandler> {
        let mut all = self.registered.subscriptions.iter();
        let found = all.find(|(kind, topic, _)| (*kind, topic.as_str()) == (scope, name));
        found.map(|(_, _, handler)| handler)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_names_a_resource_of_a_run_and_what_was_done_to_it() {
        for name in ["scenario.created", "runuser.deleted", "run.changed"] {
            assert!(is_hook(name), "{name}");
        }
        for name in [
            "scenario",
            "scenario.made",
            "game.changed",
            "run.created",
            "run.deleted",
            "user.created",
            "",
        ] {
            assert!(!is_hook(name), "{name}");
        }
    }
}
