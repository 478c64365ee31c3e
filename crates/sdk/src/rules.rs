//! The rules of a game as one function, for games that need nothing else of a [`Model`].

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::builder::GameBuilder;
use crate::model::Model;
use crate::outcome::Parts;
use crate::rejected::Reply;
use crate::turn::Turn;

/// The [`Model`] of a game that is one function, from the decisions `D` of a period to its outcome `O`.
///
/// [`GameBuilder::step`] makes it; an author meets the name in the function's argument, `turn: &Turn<'_, Rules<D, O>>`. A game
/// that has options, or says no to decisions in words of its own, is an `impl Model`: the function becomes its method `step`.
pub struct Rules<D, O>
where
    D: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static,
    O: Parts,
{
    step: fn(&Turn<'_, Self>) -> Reply<O>,
}

impl<D, O> Model for Rules<D, O>
where
    D: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static,
    O: Parts,
{
    type Options = ();
    type Decision = D;
    type Outcome = O;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<O> {
        (self.step)(turn)
    }
}

impl<D, O> fmt::Debug for Rules<D, O>
where
    D: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static,
    O: Parts,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rules")
    }
}

impl GameBuilder {
    /// The maths as one function: as [`model`](Self::model), for a game that only steps.
    ///
    /// ```
    /// use simpl::prelude::*;
    ///
    /// #[data]
    /// struct Bid {
    ///     /// What you offer.
    ///     price: f64,
    /// }
    ///
    /// #[data]
    /// struct Sale {
    ///     /// The highest offer.
    ///     price: f64,
    /// }
    ///
    /// fn step(turn: &Turn<'_, Rules<Bid, Sale>>) -> Reply<Sale> {
    ///     let price = turn.decisions().map(|(_, bid)| bid.price).fold(0.0, f64::max);
    ///     Ok(Sale { price })
    /// }
    ///
    /// let game = Game::builder("auction").roles([Role::new("Bidder").seats(2, 9)]).step(step).build();
    /// assert!(game.model().is_some());
    /// ```
    pub fn step<D, O>(self, step: fn(&Turn<'_, Rules<D, O>>) -> Reply<O>) -> Self
    where
        D: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static,
        O: Parts,
    {
        self.model(Rules { step })
    }
}
