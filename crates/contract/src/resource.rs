//! The resources and their place in the tree.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Table, about, tables};

/// One kind of row that the games API keeps.
///
/// Tree: Game → {Phase, Role, Run}; Run → {World, RunUser}; World | RunUser → Scenario → Period → {Decision, Result}.
/// User and Hook stand outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// A set of rules, looked up by its slug.
    Game,
    /// A stage of a run.
    Phase,
    /// A part to play.
    Role,
    /// One class or session playing a game.
    Run,
    /// One table of players in a run.
    World,
    /// A user's membership in a run.
    RunUser,
    /// One play-through, of a world or of one run user.
    Scenario,
    /// One turn of a scenario.
    Period,
    /// What one seat submitted for a period.
    Decision,
    /// What the model produced for a period.
    Result,
    /// A person, or a service that logs in.
    User,
    /// A webhook subscription.
    Hook,
}

impl Resource {
    /// Every resource, parents before children.
    pub const ALL: [Self; 12] = [
        Self::User,
        Self::Game,
        Self::Phase,
        Self::Role,
        Self::Run,
        Self::World,
        Self::RunUser,
        Self::Scenario,
        Self::Period,
        Self::Decision,
        Self::Result,
        Self::Hook,
    ];

    /// The name in events, topics and scopes: `runuser`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Game => "game",
            Self::Phase => "phase",
            Self::Role => "role",
            Self::Run => "run",
            Self::World => "world",
            Self::RunUser => "runuser",
            Self::Scenario => "scenario",
            Self::Period => "period",
            Self::Decision => "decision",
            Self::Result => "result",
            Self::User => "user",
            Self::Hook => "hook",
        }
    }

    /// The name in paths: `runusers` of `/apis/runusers/`.
    #[must_use]
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Game => "games",
            Self::Phase => "phases",
            Self::Role => "roles",
            Self::Run => "runs",
            Self::World => "worlds",
            Self::RunUser => "runusers",
            Self::Scenario => "scenarios",
            Self::Period => "periods",
            Self::Decision => "decisions",
            Self::Result => "results",
            Self::User => "users",
            Self::Hook => "hooks",
        }
    }

    /// The resource of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name)
    }

    /// The resource of that [`collection`](Self::collection).
    #[must_use]
    pub fn from_collection(collection: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.collection() == collection)
    }

    /// What it hangs under in the tree, with the field that says so; a scenario has two, of which at least one is set.
    ///
    /// Deleting the parent deletes the row.
    #[must_use]
    pub const fn parents(self) -> &'static [(&'static str, Self)] {
        match self {
            Self::Game | Self::User | Self::Hook => &[],
            Self::Phase | Self::Role | Self::Run => &[("game", Self::Game)],
            Self::World | Self::RunUser => &[("run", Self::Run)],
            Self::Scenario => &[("world", Self::World), ("runuser", Self::RunUser)],
            Self::Period => &[("scenario", Self::Scenario)],
            Self::Decision | Self::Result => &[("period", Self::Period)],
        }
    }

    /// True for what lives below a run and so carries `run_active`.
    #[must_use]
    pub const fn below_run(self) -> bool {
        matches!(
            self,
            Self::World
                | Self::RunUser
                | Self::Scenario
                | Self::Period
                | Self::Decision
                | Self::Result
        )
    }

    /// The JSON member that addresses a row in a path: `slug` for games, `id` for everything else.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Game => "slug",
            _ => "id",
        }
    }

    /// What it is, in a sentence.
    #[must_use]
    pub const fn about(self) -> &'static str {
        about::of_resource(self)
    }

    /// Fields, constraints and filters.
    #[must_use]
    pub const fn table(self) -> &'static Table {
        tables::of(self)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_is_found_by_its_names() {
        for resource in Resource::ALL {
            assert_eq!(Resource::from_name(resource.name()), Some(resource));
            assert_eq!(
                Resource::from_collection(resource.collection()),
                Some(resource)
            );
            assert_eq!(
                serde_json::to_value(resource).unwrap(),
                resource.name(),
                "the serde name is the name in events"
            );
        }
        assert_eq!(Resource::from_name("runusers"), None);
    }

    #[test]
    fn parents_come_before_children_in_the_list_of_all() {
        let at = |r| Resource::ALL.iter().position(|x| *x == r);
        for resource in Resource::ALL {
            for (field, parent) in resource.parents() {
                assert!(at(*parent) < at(resource), "{resource}.{field}");
            }
        }
    }
}
