//! The kinds of live node that a game's procedures hang on.

use std::fmt;

/// A resource with procedures of the game's own.
///
/// The name is the `<resource>` part of a topic: `<root topic>.model.<resource>.<pk>.<procedure>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// One class or session.
    Run,
    /// One table of players.
    World,
    /// One play-through.
    Scenario,
    /// One turn.
    Period,
}

impl ScopeKind {
    /// Every kind, from the outermost to the innermost.
    pub const ALL: [Self; 4] = [Self::Run, Self::World, Self::Scenario, Self::Period];

    /// The word used in topics and by the games API: `run`, `world`, `scenario` or `period`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::World => "world",
            Self::Scenario => "scenario",
            Self::Period => "period",
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

/// The scopes as types: what a handler is registered on, checked by the compiler.
///
/// They are spelt like the word in `#[rpc(period)]`, because the compiler prints them in its messages.
#[allow(non_camel_case_types)]
pub mod on {
    use super::ScopeKind;

    /// A scope as a type.
    pub trait Scope: Send + Sync + 'static {
        /// The same as a value.
        const KIND: ScopeKind;
    }

    /// On a period.
    #[derive(Clone, Copy, Debug)]
    pub struct period;
    /// On a world.
    #[derive(Clone, Copy, Debug)]
    pub struct world;
    /// On a run.
    #[derive(Clone, Copy, Debug)]
    pub struct run;

    impl Scope for period {
        const KIND: ScopeKind = ScopeKind::Period;
    }
    impl Scope for world {
        const KIND: ScopeKind = ScopeKind::World;
    }
    impl Scope for run {
        const KIND: ScopeKind = ScopeKind::Run;
    }
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
