//! Everything that a check or a step may look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bind;
use crate::model::Model;
use crate::outcome::Parts;
use crate::rejected::{Rejected, Reply};
use crate::rng::Rng;

/// What a refusal is about when the outcome of the period before cannot be read.
pub(crate) const PREVIOUS: &str = "the stored result of the period before";

/// A run user's place in a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Primary key of the run user.
    pub runuser: u64,
    /// Primary key of the user.
    pub user: u64,
    /// Name of the role.
    pub role: String,
    /// Primary key of the role.
    pub role_pk: u64,
    /// The user's e-mail address.
    pub email: String,
    /// The user's name, for people to read.
    pub name: String,
}

/// A turn as the service knows it: stored JSON, not yet the game's types.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawTurn {
    /// Whose decision is being checked, or asked for; none in a step.
    pub seat: Option<Seat>,
    /// Every seat of the scenario, in order of run user.
    pub seats: Vec<Seat>,
    /// The decisions stored for this period so far, in order of run user.
    pub decisions: Vec<(Seat, Value)>,
    /// The result of the period before this one, as the whole table sees it; in the first, what the game began with.
    pub previous: Option<Value>,
    /// What seats saw of it alone, by the pk of the run user.
    pub parts: Vec<(u64, Value)>,
    /// What nobody saw of it.
    pub carried: Option<Value>,
    /// The run's options.
    pub options: Value,
    /// The seed of this period's randomness: the same whenever the period is stepped again.
    pub seed: u64,
    /// The period's order, from 1; 0 at the start of the game.
    pub period: u32,
}

/// A turn in the game's own types.
///
/// A check sees the decisions made so far, a step all of them. Two steps over equal turns must give equal outcomes:
/// chance comes from [`seed`](Self::seed), and there is no clock.
#[derive(Debug)]
pub struct Turn<'a, M: Model> {
    raw: &'a RawTurn,
    decisions: Vec<(&'a Seat, M::Decision)>,
    previous: Option<M::Outcome>,
    options: M::Options,
}

impl<'a, M: Model> Turn<'a, M> {
    /// Reads the stored JSON into the game's types.
    ///
    /// # Errors
    /// Names what cannot be read: a stored decision, the earlier outcome or the options.
    pub fn new(raw: &'a RawTurn) -> Reply<Self> {
        let decisions = raw.decisions.iter().map(|(seat, data)| {
            let decision = bind::stored(data).map_err(|e| {
                e.about(&format!(
                    "the stored decision of {} ({})",
                    seat.email, seat.role
                ))
            })?;
            Ok((seat, decision))
        });
        // A run without options may have been stored with none at all.
        let none = Value::Object(Map::new());
        let options = if raw.options.is_null() {
            &none
        } else {
            &raw.options
        };
        Ok(Self {
            raw,
            decisions: decisions.collect::<Reply<_>>()?,
            previous: before::<M>(raw)?,
            options: bind::stored(options).map_err(|e| e.about("the run's options"))?,
        })
    }

    /// Whose decision is being checked, or asked for; none in a step.
    #[must_use]
    pub fn seat(&self) -> Option<&'a Seat> {
        self.raw.seat.as_ref()
    }

    /// The role of that seat; empty in a step.
    #[must_use]
    pub fn role(&self) -> &'a str {
        self.seat().map_or("", |seat| seat.role.as_str())
    }

    /// Every seat of the scenario, whether it has decided or not.
    #[must_use]
    pub fn seats(&self) -> &'a [Seat] {
        &self.raw.seats
    }

    /// The decisions of this period with their seats, in order of run user.
    pub fn decisions(&self) -> impl Iterator<Item = (&'a Seat, &M::Decision)> {
        self.decisions
            .iter()
            .map(|(seat, decision)| (*seat, decision))
    }

    /// The decision of a role; of its first seat, where the role has several.
    ///
    /// # Errors
    /// That role has not decided, or there is no such role.
    pub fn by(&self, role: &str) -> Reply<&M::Decision> {
        let found = self.decisions.iter().find(|(seat, _)| seat.role == role);
        found.map(|(_, decision)| decision).ok_or_else(|| {
            let message = format!(
                "there is no decision by {role} in period {}",
                self.raw.period
            );
            Rejected::because(message).with(
                "missing_decision",
                format!("a decision by {role}"),
                Value::Null,
            )
        })
    }

    /// The outcome of the period before this one; in the first, what [`Model::start`] gave, if anything.
    #[must_use]
    pub fn previous(&self) -> Option<&M::Outcome> {
        self.previous.as_ref()
    }

    /// What a seat saw alone of the period before this one, or at the start.
    #[must_use]
    pub fn part(&self, seat: &Seat) -> Option<&<M::Outcome as Parts>::Part> {
        let mut own = self.previous()?.split().parts.into_iter();
        own.find_map(|(runuser, part)| (runuser == seat.runuser).then_some(part))
    }

    /// What the game has carried on from the period before this one, or from the start. A bot gets none of it.
    #[must_use]
    pub fn carried(&self) -> Option<&<M::Outcome as Parts>::Carried> {
        self.previous()?.split().carried
    }

    /// The run's options.
    #[must_use]
    pub fn options(&self) -> &M::Options {
        &self.options
    }

    /// The seed of this period's randomness: the same whenever the period is stepped again.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.raw.seed
    }

    /// The randomness of this period: the same numbers whenever the period is stepped again.
    #[must_use]
    pub fn rng(&self) -> Rng {
        Rng::new(self.raw.seed)
    }

    /// The period's order, from 1; 0 at the start of the game.
    #[must_use]
    pub fn period(&self) -> u32 {
        self.raw.period
    }
}

/// The outcome before a turn, put together from what is stored of it.
fn before<M: Model>(raw: &RawTurn) -> Reply<Option<M::Outcome>> {
    type World<M> = <<M as Model>::Outcome as Parts>::World;
    type Part<M> = <<M as Model>::Outcome as Parts>::Part;
    let about = |e: Rejected| e.about("the stored result of the period before");
    let Some(world) = &raw.previous else {
        return Ok(None);
    };
    let world: World<M> = bind::stored(world).map_err(about)?;
    let parts = raw.parts.iter().map(|(runuser, part)| {
        let part: Part<M> = bind::stored(part).map_err(about)?;
        Ok((*runuser, part))
    });
    let parts: BTreeMap<u64, Part<M>> = parts.collect::<Reply<_>>()?;
    let carried = raw.carried.as_ref().map(bind::stored).transpose();
    Ok(Some(M::Outcome::join(
        world,
        parts,
        carried.map_err(about)?,
    )))
}
