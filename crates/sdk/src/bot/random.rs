//! The bot that plays anything the rules allow: within the schema of a decision, until the game's check takes it.

use std::sync::Arc;

use serde_json::Value;

use super::ErasedBot;
use crate::model::{ErasedModel, Model, Typed};
use crate::rejected::Rejected;
use crate::rng::Rng;
use crate::schema::any;
use crate::turn::RawTurn;

/// How often it tries before it is silent.
const ATTEMPTS: usize = 100;

/// The bot [`RANDOM`](super::RANDOM) of a model.
pub(crate) struct Random<M>(pub(crate) Arc<Typed<M>>);

impl<M: Model> ErasedBot for Random<M> {
    fn decide(&self, turn: &RawTurn, rng: &mut Rng) -> Result<Option<Value>, Rejected> {
        let schema = self.0.decision_schema();
        for _ in 0..ATTEMPTS {
            let Some(decision) = any(schema, rng) else {
                return Ok(None);
            };
            if self.0.check(turn, &decision).is_ok() {
                return Ok(Some(decision));
            }
        }
        Ok(None)
    }
}
