//! The game's maths: what an author writes, and the same as the service calls it.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::{Call, ErasedHandler};
use crate::outcome::{Apart, Parts};
use crate::turn::{RawTurn, Seat, Turn};
use crate::{bind, finite, rejected::Rejected, rejected::Reply, schema};

/// The rules of a game in which every seat decides and then the world moves one period on.
///
/// No network, no clock, no `async`: a step is a function of its [`Turn`].
pub trait Model: Sized + Send + Sync + 'static {
    /// A run's parameters, set when it is created; `()` for none.
    type Options: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// What a seat submits: the procedure's arguments, the stored JSON and the form, all in one.
    type Decision: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// What a period comes to: a type that is JSON, seen by the whole table, or an [`Outcome`](crate::Outcome) in parts.
    type Outcome: Parts;

    /// What the table, and each seat, sees before the first period, and what is carried into it: [`Turn::previous`] gives it there.
    /// Asked when the first period opens, and again with all seats when somebody sits down before it is stepped; the turn has seats,
    /// options and randomness of its own, no decisions, and 0 as its period. `None`, as long as a game says nothing else.
    fn start(&self, turn: &Turn<'_, Self>) -> Option<Self::Outcome> {
        let _ = turn;
        None
    }

    /// Says no to a decision before it is stored. What the limits of its fields do not allow is refused before.
    ///
    /// # Errors
    /// The decision is against the rules; the player reads why.
    fn check(&self, turn: &Turn<'_, Self>, decision: &Self::Decision) -> Reply<()> {
        let _ = (turn, decision);
        Ok(())
    }

    /// What counts for a seat that has not decided when the time for the period is over; [`Turn::seat`] says which one it is. It is
    /// checked like a decision of the player. `None`, as long as a game says nothing else: nothing can count, and the world waits.
    fn default_decision(&self, turn: &Turn<'_, Self>) -> Option<Self::Decision> {
        let _ = turn;
        None
    }

    /// Turns the decisions of a period into its outcome.
    ///
    /// # Errors
    /// The period cannot be stepped; the scenario stops, and its leader and players read why.
    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Self::Outcome>;

    /// Whether the game ends with this outcome: no next period begins, and no decision is taken any more. `false`, as long as a game
    /// says nothing else; a length that everybody may know is told with [`GameBuilder::periods`](crate::GameBuilder::periods).
    fn over(&self, turn: &Turn<'_, Self>, outcome: &Self::Outcome) -> bool {
        let _ = (turn, outcome);
        false
    }

    /// The points that a seat has made in this period, for the gradebook, which adds them up; asked once the period has been stepped.
    /// Players do not see them: what they are to know belongs into the outcome. `None`, as long as a game says nothing else: no
    /// points.
    fn score(&self, turn: &Turn<'_, Self>, seat: &Seat, outcome: &Self::Outcome) -> Option<f64> {
        let _ = (turn, seat, outcome);
        None
    }
}

/// What a step, or the start of a game, has come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stepped {
    /// The JSON of the outcome, as the whole table sees it.
    pub outcome: Value,
    /// The JSON that seats see alone, by the pk of the run user, in their order.
    pub parts: Vec<(u64, Value)>,
    /// The JSON that nobody sees.
    pub carried: Option<Value>,
    /// Whether the game ends with it.
    pub over: bool,
    /// The points of those seats that have any, by the pk of the run user; all of them finite.
    pub scores: Vec<(u64, f64)>,
}

/// A [`Model`] without its types, as the service calls it. Every method may panic: the caller has to catch it.
pub trait ErasedModel: Send + Sync {
    /// Says no to a decision before it is stored.
    ///
    /// # Errors
    /// As [`Model::check`]; also a decision beyond the limits of its schema, and one, or a turn, that is not of the game's types.
    fn check(&self, turn: &RawTurn, decision: &Value) -> Result<(), Rejected>;

    /// The JSON of what counts for the turn's seat when it has not decided in time; `None` where the game has nothing to say.
    ///
    /// # Errors
    /// A turn that is not of the game's types, and a decision that JSON cannot hold.
    fn default_decision(&self, turn: &RawTurn) -> Result<Option<Value>, Rejected>;

    /// What the table and the seats see before the first period; `None` where the game has nothing to say.
    ///
    /// # Errors
    /// A turn that is not of the game's types, and what JSON cannot hold.
    fn start(&self, turn: &RawTurn) -> Result<Option<Stepped>, Rejected>;

    /// Turns the decisions of a period into the JSON of its outcome, in which every number is finite, with what it is worth to each
    /// seat.
    ///
    /// # Errors
    /// As [`Model::step`]; also a turn that is not of the game's types, an outcome that JSON cannot hold, and points that are no number.
    fn step(&self, turn: &RawTurn) -> Result<Stepped, Rejected>;

    /// Says no to options that a run cannot have.
    ///
    /// # Errors
    /// They are not of the game's type, or beyond the limits of its schema.
    fn check_options(&self, options: &Value) -> Result<(), Rejected>;

    /// The JSON Schema of a decision.
    fn decision_schema(&self) -> &Value;

    /// The JSON Schema of an outcome, as the whole table sees it.
    fn outcome_schema(&self) -> &Value;

    /// The JSON Schema of what a seat sees alone; `None` where an outcome has no such parts.
    fn part_schema(&self) -> Option<&Value>;

    /// The JSON Schema of a run's options.
    fn options_schema(&self) -> &Value;
}

impl fmt::Debug for dyn ErasedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Model")
    }
}

/// The one implementation of [`ErasedModel`].
pub(crate) struct Typed<M> {
    model: M,
    decision: Value,
    outcome: Value,
    part: Option<Value>,
    options: Value,
}

impl<M: Model> Typed<M> {
    pub(crate) fn new(model: M) -> Self {
        Self {
            model,
            decision: schema::of_input::<M::Decision>(),
            outcome: schema::of_output::<<M::Outcome as Parts>::World>(),
            part: M::Outcome::has_parts().then(schema::of_output::<<M::Outcome as Parts>::Part>),
            options: schema::of_input::<M::Options>(),
        }
    }

    /// Is a decision, and the JSON of it, within limits and rules?
    fn allows(&self, turn: &RawTurn, decision: &M::Decision, json: &Value) -> Reply<()> {
        bind::within(&self.decision, json, "the decision")?;
        self.model.check(&Turn::new(turn)?, decision)
    }

    /// An outcome as JSON; parts only of those who sit at the table.
    fn written(turn: &Turn<'_, M>, outcome: &M::Outcome) -> Reply<Stepped> {
        let Apart {
            world,
            parts,
            carried,
        } = outcome.split();
        let seated = |runuser| turn.seats().iter().find(|seat| seat.runuser == runuser);
        let parts = parts.into_iter().filter_map(|(runuser, part)| {
            let what = format!("what {} sees alone", seated(runuser)?.role);
            Some(finite::to_json(part, &what).map(|part| (runuser, part)))
        });
        let parts = match M::Outcome::has_parts() {
            true => parts.collect::<Result<_, _>>()?,
            false => Vec::new(),
        };
        Ok(Stepped {
            outcome: finite::to_json(world, "the outcome")?,
            parts,
            carried: carried
                .map(|carried| finite::to_json(carried, "what is carried"))
                .transpose()?,
            ..Stepped::default()
        })
    }
}

impl<M: Model> ErasedModel for Typed<M> {
    fn check(&self, turn: &RawTurn, decision: &Value) -> Result<(), Rejected> {
        self.allows(turn, &bind::stored(decision)?, decision)
    }

    fn default_decision(&self, turn: &RawTurn) -> Result<Option<Value>, Rejected> {
        let decision = self.model.default_decision(&Turn::new(turn)?);
        decision
            .map(|decision| finite::to_json(&decision, "the default decision"))
            .transpose()
    }

    fn start(&self, turn: &RawTurn) -> Result<Option<Stepped>, Rejected> {
        let turn = Turn::new(turn)?;
        let outcome = self.model.start(&turn);
        outcome
            .map(|outcome| Self::written(&turn, &outcome))
            .transpose()
            .map_err(|no| no.about("the start of the game"))
    }

    fn step(&self, turn: &RawTurn) -> Result<Stepped, Rejected> {
        let turn = Turn::new(turn)?;
        let outcome = self.model.step(&turn)?;
        let scores = turn.seats().iter().filter_map(|seat| {
            let points = self.model.score(&turn, seat, &outcome)?;
            Some(finite_points(seat, points).map(|points| (seat.runuser, points)))
        });
        Ok(Stepped {
            scores: scores.collect::<Result<_, _>>()?,
            over: self.model.over(&turn, &outcome),
            ..Self::written(&turn, &outcome)?
        })
    }

    fn check_options(&self, options: &Value) -> Result<(), Rejected> {
        let about = |no: Rejected| no.about("the options");
        let options: M::Options = bind::stored(options).map_err(about)?;
        let options = finite::to_json(&options, "the options")?;
        bind::within(&self.options, &options, "the options").map_err(about)
    }

    fn decision_schema(&self) -> &Value {
        &self.decision
    }

    fn outcome_schema(&self) -> &Value {
        &self.outcome
    }

    fn part_schema(&self) -> Option<&Value> {
        self.part.as_ref()
    }

    fn options_schema(&self) -> &Value {
        &self.options
    }
}

fn finite_points(seat: &Seat, points: f64) -> Result<f64, Rejected> {
    if points.is_finite() {
        return Ok(points);
    }
    let message = format!(
        "the points of {} ({}) are {points}: a finite number is expected",
        seat.email, seat.role
    );
    let got = points.to_string();
    Err(Rejected::internal(message).with("not_finite", "a finite number", got))
}

/// The procedure `period.submit_decision` of a game with a model: bind, check, store, answer `"ok"`.
pub(crate) fn submit_decision<M: Model>(model: Arc<Typed<M>>) -> ErasedHandler {
    Arc::new(move |call: Call| {
        let model = Arc::clone(&model);
        Box::pin(async move {
            let player = call.player.ok_or_else(Rejected::not_a_player)?;
            let mut turn = call.turn.ok_or_else(|| {
                Rejected::internal("this period cannot be read at the moment: try again")
            })?;
            let decision: M::Decision = bind::arguments(&call.args, &call.kwargs)?;
            let data = finite::to_json(&decision, "the decision")?;
            turn.seat = Some(player.0.clone());
            model.allows(&turn, &decision, &data)?;
            call.desk.decide(call.pk, &player, data).await?;
            Ok(Value::from("ok"))
        })
    })
}
