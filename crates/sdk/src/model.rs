//! The game's maths: what an author writes, and the same as the service calls it.

use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::{Call, ErasedHandler};
use crate::turn::{RawTurn, Turn};
use crate::{bind, finite, rejected::Rejected, rejected::Reply};

/// The rules of a game in which every seat decides and then the world moves one period on.
///
/// No network, no clock, no `async`: a step is a function of its [`Turn`].
pub trait Model: Sized + Send + Sync + 'static {
    /// A run's parameters, set when it is created; `()` for none.
    type Options: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// What a seat submits: the procedure's arguments, the stored JSON and the form, all in one.
    type Decision: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// What a period comes to.
    type Outcome: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;

    /// Says no to a decision before it is stored.
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
}

/// A [`Model`] without its types, as the service calls it. Every method may panic: the caller has to catch it.
pub trait ErasedModel: Send + Sync {
    /// Says no to a decision before it is stored.
    ///
    /// # Errors
    /// As [`Model::check`]; also a decision, or a turn, that is not of the game's types.
    fn check(&self, turn: &RawTurn, decision: &Value) -> Result<(), Rejected>;

    /// The JSON of what counts for the turn's seat when it has not decided in time; `None` where the game has nothing to say.
    ///
    /// # Errors
    /// A turn that is not of the game's types, and a decision that JSON cannot hold.
    fn default_decision(&self, turn: &RawTurn) -> Result<Option<Value>, Rejected>;

    /// Turns the decisions of a period into the JSON of its outcome, in which every number is finite.
    ///
    /// # Errors
    /// As [`Model::step`]; also a turn that is not of the game's types, and an outcome that JSON cannot hold.
    fn step(&self, turn: &RawTurn) -> Result<Value, Rejected>;

    /// The JSON Schema of a decision.
    fn decision_schema(&self) -> Value;

    /// The JSON Schema of an outcome.
    fn outcome_schema(&self) -> Value;
}

impl fmt::Debug for dyn ErasedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Model")
    }
}

/// The one implementation of [`ErasedModel`].
pub(crate) struct Typed<M>(pub(crate) M);

impl<M: Model> ErasedModel for Typed<M> {
    fn check(&self, turn: &RawTurn, decision: &Value) -> Result<(), Rejected> {
        self.0.check(&Turn::new(turn)?, &bind::stored(decision)?)
    }

    fn default_decision(&self, turn: &RawTurn) -> Result<Option<Value>, Rejected> {
        let decision = self.0.default_decision(&Turn::new(turn)?);
        decision
            .map(|decision| finite::to_json(&decision, "the default decision"))
            .transpose()
    }

    fn step(&self, turn: &RawTurn) -> Result<Value, Rejected> {
        finite::to_json(&self.0.step(&Turn::new(turn)?)?, "the outcome")
    }

    fn decision_schema(&self) -> Value {
        schema_for!(M::Decision).to_value()
    }

    fn outcome_schema(&self) -> Value {
        schema_for!(M::Outcome).to_value()
    }
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
            model.0.check(&Turn::new(&turn)?, &decision)?;
            call.desk.decide(call.pk, &player, data).await?;
            Ok(Value::from("ok"))
        })
    })
}
