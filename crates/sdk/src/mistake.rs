//! What can be wrong in the description of a game, and how it is found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::bot::RANDOM;
use crate::callback::{Registered, is_hook};
use crate::environment::Environment;
use crate::game::{Phase, Role};
use crate::scope::ScopeKind;
use crate::time_limit::TimeLimit;

/// One mistake in the description of a game.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The slug cannot be part of a topic.
    #[error(
        "the slug {0:?} is not a word of a topic: use lower-case letters, digits and hyphens, beginning with a letter, at most 50"
    )]
    Slug(String),
    /// There is nobody to play.
    #[error("there are no roles: name at least one with .roles([\"Player\"])")]
    NoRoles,
    /// There is no stage to play in.
    #[error("there are no phases: name at least one with .phases([Phase::open(\"Play\")])")]
    NoPhases,
    /// There is a model, and never a decision for it.
    #[error("no phase accepts decisions: make one of them Phase::open(…)")]
    NoOpenPhase,
    /// Two roles have one name.
    #[error("the role {0:?} is named twice")]
    DuplicateRole(String),
    /// Two phases have one name.
    #[error("the phase {0:?} is named twice")]
    DuplicatePhase(String),
    /// A role or a phase has no name.
    #[error("a {0} has an empty name")]
    EmptyName(&'static str),
    /// A role's seats cannot be filled.
    #[error(
        "the role {role:?} has a minimum of {minimum} and a maximum of {maximum} seats: a maximum of at least 1 and no less than the minimum is expected"
    )]
    Seats {
        /// Name of the role.
        role: String,
        /// Its minimum.
        minimum: u32,
        /// Its maximum.
        maximum: u32,
    },
    /// Two procedures of a scope have one name.
    #[error(
        "the procedure {scope}.{name} is registered twice, as {first} and as {second}: give one of them another name"
    )]
    DuplicateProcedure {
        /// The kind of scope.
        scope: ScopeKind,
        /// The name.
        name: String,
        /// What was registered first.
        first: String,
        /// What was registered then.
        second: String,
    },
    /// A procedure's name cannot be part of a topic.
    #[error(
        "the procedure name {1:?} on a {0} is not a word of a topic: use lower-case letters, digits and underscores, beginning with a letter"
    )]
    ProcedureName(ScopeKind, String),
    /// A procedure's name is one of the service's own.
    #[error("the procedure {0}.{1} belongs to the service: choose another name")]
    ReservedProcedure(ScopeKind, String),
    /// A topic that the game listens to cannot be one.
    #[error(
        "the subscription to {1:?} on a {0} is not a word of a topic: use lower-case letters, digits and underscores, beginning with a letter"
    )]
    TopicName(ScopeKind, String),
    /// A topic that the game listens to is one of the service's own.
    #[error(
        "the topic {0}.{1} belongs to the service: choose another name, or .on_connected(…) and .on_disconnected(…) for those who come and go"
    )]
    ReservedTopic(ScopeKind, String),
    /// The game listens twice to one topic.
    #[error("the topic {0}.{1} is subscribed to twice: do both in one function")]
    DuplicateTopic(ScopeKind, String),
    /// There is no such change to be told of.
    #[error(
        "the hook {0:?} is no change of the games API: a resource at or below a run and what is done to it is expected, such as \"scenario.created\", \"runuser.changed\" or \"decision.deleted\"; that a run begins and ends is .on_start(…) and .on_stop(…)"
    )]
    HookName(String),
    /// The model says something else when it is asked again.
    #[error(
        "the game recalculates (Revision::Recalculate), but its model is not deterministic: the same turn stepped twice gave {first} and {second}; take chance from turn.rng(), time from nowhere, and order from turn.decisions(), not from a HashMap"
    )]
    NotDeterministic {
        /// What came of it first.
        first: String,
        /// What came of it then.
        second: String,
    },
    /// The default environment has no players.
    #[error(
        "the default environment seats nobody, so that nobody could try the game: give a role a minimum of at least 1 seat, or say who plays with .environment(…)"
    )]
    NobodySeated,
    /// A period would end at once, or never.
    #[error(
        "the time limit is {0} s: a period may take 1 to {longest} seconds",
        longest = TimeLimit::LONGEST
    )]
    TimeLimit(u32),
    /// There is nothing that a bot could decide.
    #[error(
        "there is the bot {0:?} and no model: a bot makes the decisions of what .model(…) registers"
    )]
    BotWithoutModel(String),
    /// A bot was written for another model.
    #[error("the bot {0:?} is one of another model than that of .model(…)")]
    BotOfAnotherModel(String),
    /// A bot cannot be called so.
    #[error(
        "the bot name {0:?} is not a word: use lower-case letters, digits and underscores, beginning with a letter"
    )]
    BotName(String),
    /// Two bots have one name.
    #[error("the bot {0:?} is registered twice: every game has the bot \"random\"")]
    DuplicateBot(String),
    /// There is nothing that a seat could have decided by default.
    #[error(
        "there is a time limit of {0} s and no model: only what .model(…) registers can be decided for a seat"
    )]
    TimeLimitWithoutModel(u32),
    /// The game would be over before it begins.
    #[error("the game has {0} periods: at least 1 is expected")]
    Periods(u32),
    /// There would be nothing that steps a period.
    #[error("the game has .periods({0}) and no model: only what .model(…) registers is stepped")]
    PeriodsWithoutModel(u32),
    /// Who plays alone would wait for others.
    #[error(
        "the game is for a single player and has {0}: one role with exactly one seat is expected"
    )]
    SinglePlayer(String),
    /// The default environment has a player in a role that the game has not.
    #[error(
        "the default environment has {email} in the role {role:?}, which the game has not: it has {known}"
    )]
    UnknownRole {
        /// Who has it.
        email: String,
        /// Name of the role.
        role: String,
        /// The roles of the game.
        known: String,
    },
}

/// Every mistake in the description of one game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    /// The game's slug.
    pub game: String,
    /// What is wrong; never empty.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the game {:?} cannot be built", self.game)?;
        self.mistakes
            .iter()
            .try_for_each(|mistake| write!(f, "\n  - {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

/// Procedures that every scope has from the service, so that a game cannot have its own of that name.
const RESERVED: [&str; 36] = [
    "add_bots",
    "advance_phase",
    "approve",
    "archive",
    "assign",
    "branch",
    "close_joining",
    "connected",
    "disconnected",
    "dissolve_world",
    "extend",
    "force",
    "get_active_runusers",
    "get_audit",
    "get_current_run_and_phase",
    "get_joining",
    "get_links",
    "get_run_data",
    "get_scenarios",
    "get_scope",
    "get_scope_tree",
    "import_roster",
    "merge_worlds",
    "message",
    "move_player",
    "open_joining",
    "pause",
    "refuse",
    "remove_bots",
    "resume",
    "retry_step",
    "rewind",
    "rollback_phase",
    "set_up",
    "start",
    "unarchive",
];

/// Procedures that the game itself has from the service, beside those of every scope.
const RESERVED_OF_GAME: [&str; 8] = [
    "create_run",
    "get_phases",
    "get_roles",
    "get_runs",
    "get_schema",
    "get_seats",
    "list_scopes",
    "webhook_forward",
];

/// Topics on which the service listens or publishes itself.
const RESERVED_TOPICS: [&str; 9] = [
    "add_child",
    "connected",
    "disconnected",
    "hello_game",
    "joining",
    "message",
    "remove_child",
    "update_child",
    "webhook_forward",
];

/// A procedure, and what answers it.
#[derive(Clone, Debug)]
pub(crate) struct Procedure {
    pub(crate) scope: ScopeKind,
    pub(crate) name: String,
    /// The function, as its author calls it.
    pub(crate) handler: &'static str,
}

/// What a builder has been told.
pub(crate) struct Description<'a> {
    pub(crate) slug: &'a str,
    pub(crate) roles: &'a [Role],
    pub(crate) phases: &'a [Phase],
    pub(crate) has_model: bool,
    /// The game's own bots, and whether each plays its model.
    pub(crate) bots: Vec<(&'a str, bool)>,
    pub(crate) time_limit: Option<TimeLimit>,
    pub(crate) periods: Option<u32>,
    pub(crate) single_player: bool,
    pub(crate) procedures: Vec<&'a Procedure>,
    pub(crate) registered: &'a Registered,
    pub(crate) environment: &'a Environment,
}

impl Description<'_> {
    /// Every mistake, in the order of the description.
    pub(crate) fn mistakes(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        if !is_word(self.slug, '-') || self.slug.len() > 50 {
            found.push(Mistake::Slug(self.slug.to_owned()));
        }
        self.role_mistakes(&mut found);
        self.phase_mistakes(&mut found);
        self.procedure_mistakes(&mut found);
        self.topic_mistakes(&mut found);
        self.time_mistakes(&mut found);
        self.length_mistakes(&mut found);
        self.bot_mistakes(&mut found);
        self.environment_mistakes(&mut found);
        found
    }

    fn environment_mistakes(&self, found: &mut Vec<Mistake>) {
        let mut seats = self.environment.seats().peekable();
        // A game without roles has been told so.
        if seats.peek().is_none() && !self.roles.is_empty() {
            found.push(Mistake::NobodySeated);
        }
        let known: Vec<&str> = self.roles.iter().map(|role| role.name.as_str()).collect();
        for seat in seats.filter(|seat| !known.contains(&seat.role.as_str())) {
            found.push(Mistake::UnknownRole {
                email: seat.account.email.clone(),
                role: seat.role.clone(),
                known: known.join(", "),
            });
        }
    }

    fn topic_mistakes(&self, found: &mut Vec<Mistake>) {
        let mut names = BTreeSet::new();
        for (kind, topic, _) in &self.registered.subscriptions {
            let named = || (*kind, topic.clone());
            if !is_word(topic, '_') {
                let (kind, topic) = named();
                found.push(Mistake::TopicName(kind, topic));
            } else if RESERVED_TOPICS.contains(&topic.as_str()) {
                let (kind, topic) = named();
                found.push(Mistake::ReservedTopic(kind, topic));
            } else if !names.insert((kind, topic)) {
                let (kind, topic) = named();
                found.push(Mistake::DuplicateTopic(kind, topic));
            }
        }
        let hooks = self.registered.hooks.iter();
        let wrong = hooks.filter(|(name, _)| !is_hook(name));
        found.extend(wrong.map(|(name, _)| Mistake::HookName(name.clone())));
    }

    fn role_mistakes(&self, found: &mut Vec<Mistake>) {
        if self.roles.is_empty() {
            found.push(Mistake::NoRoles);
        }
        let mut names = BTreeSet::new();
        for Role {
            name,
            minimum,
            maximum,
        } in self.roles
        {
            if name.trim().is_empty() {
                found.push(Mistake::EmptyName("role"));
            } else if !names.insert(name) {
                found.push(Mistake::DuplicateRole(name.clone()));
            }
            if *maximum == 0 || minimum > maximum {
                found.push(Mistake::Seats {
                    role: name.clone(),
                    minimum: *minimum,
                    maximum: *maximum,
                });
            }
        }
        if self.single_player {
            match self.roles {
                [role] if (role.minimum, role.maximum) == (1, 1) => {}
                [role] => found.push(Mistake::SinglePlayer(format!(
                    "{} to {} seats of {}",
                    role.minimum, role.maximum, role.name
                ))),
                roles => found.push(Mistake::SinglePlayer(format!("{} roles", roles.len()))),
            }
        }
    }

    fn phase_mistakes(&self, found: &mut Vec<Mistake>) {
        if self.phases.is_empty() {
            found.push(Mistake::NoPhases);
        } else if self.has_model && !self.phases.iter().any(|phase| phase.accepts_decisions) {
            found.push(Mistake::NoOpenPhase);
        }
        let mut names = BTreeSet::new();
        for Phase { name, .. } in self.phases {
            if name.trim().is_empty() {
                found.push(Mistake::EmptyName("phase"));
            } else if !names.insert(name) {
                found.push(Mistake::DuplicatePhase(name.clone()));
            }
        }
    }

    fn time_mistakes(&self, found: &mut Vec<Mistake>) {
        let Some(TimeLimit { seconds, .. }) = self.time_limit else {
            return;
        };
        if !(1..=TimeLimit::LONGEST).contains(&seconds) {
            found.push(Mistake::TimeLimit(seconds));
        }
        if !self.has_model {
            found.push(Mistake::TimeLimitWithoutModel(seconds));
        }
    }

    fn length_mistakes(&self, found: &mut Vec<Mistake>) {
        match self.periods {
            Some(0) => found.push(Mistake::Periods(0)),
            Some(periods) if !self.has_model => found.push(Mistake::PeriodsWithoutModel(periods)),
            _ => {}
        }
    }

    fn bot_mistakes(&self, found: &mut Vec<Mistake>) {
        let mut names = BTreeSet::from([RANDOM]);
        for &(name, of_model) in &self.bots {
            if !is_word(name, '_') {
                found.push(Mistake::BotName(name.to_owned()));
            } else if !names.insert(name) {
                found.push(Mistake::DuplicateBot(name.to_owned()));
            }
            if !self.has_model {
                found.push(Mistake::BotWithoutModel(name.to_owned()));
            } else if !of_model {
                found.push(Mistake::BotOfAnotherModel(name.to_owned()));
            }
        }
    }

    fn procedure_mistakes(&self, found: &mut Vec<Mistake>) {
        let mut names = BTreeMap::new();
        for Procedure {
            scope,
            name,
            handler,
        } in self.procedures.iter().copied()
        {
            let of_game = *scope == ScopeKind::Game && RESERVED_OF_GAME.contains(&name.as_str());
            if !is_word(name, '_') {
                found.push(Mistake::ProcedureName(*scope, name.clone()));
            } else if of_game || RESERVED.contains(&name.as_str()) {
                found.push(Mistake::ReservedProcedure(*scope, name.clone()));
            } else if let Some(first) = names.insert((scope, name), handler) {
                found.push(Mistake::DuplicateProcedure {
                    scope: *scope,
                    name: name.clone(),
                    first: (*first).to_owned(),
                    second: (*handler).to_owned(),
                });
            }
        }
    }
}

/// Lower-case letters, digits and one more character, beginning with a letter.
pub(crate) fn is_word(text: &str, joiner: char) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joiner)
}
