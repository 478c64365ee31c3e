//! What a period comes to: one value for the whole table, or a part for each seat besides, and what nobody sees.

use std::any::TypeId;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::turn::Seat;

/// An outcome in parts: what everybody at the table sees, what each seat sees alone, and what the game keeps to itself.
///
/// A seat's part is seen by that seat and by those who oversee the run, until a phase that [reveals](crate::Phase::reveals). What is
/// carried is seen by nobody; [`Turn::carried`](crate::Turn::carried) gives it to the next step. A game whose outcome is the same
/// for all has no need of this: any type that is JSON is an outcome.
///
/// ```
/// use simpl::prelude::*;
/// use simpl::testing::{TestWorld, json};
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Bid { bid: u32 }
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Price { price: u32 }
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Paid { paid: u32 }
///
/// struct Auction;
///
/// impl Model for Auction {
///     type Options = ();
///     type Decision = Bid;
///     type Outcome = Outcome<Price, Paid>;
///
///     fn step(&self, turn: &Turn<'_, Self>) -> Reply<Self::Outcome> {
///         let price = turn.decisions().map(|(_, bid)| bid.bid).max().unwrap_or(0);
///         let mut outcome = Outcome::new(Price { price });
///         for (seat, bid) in turn.decisions() {
///             outcome = outcome.tell(seat, Paid { paid: if bid.bid == price { price } else { 0 } });
///         }
///         Ok(outcome)
///     }
/// }
///
/// let game = Game::builder("auction").roles([Role::new("Bidder").seats(2, 9)]).phases([Phase::open("Play")]).model(Auction).build();
/// let world = TestWorld::new(game);
/// let bidders = world.players("Bidder");
/// for (bidder, bid) in bidders.iter().zip([3, 4]) {
///     world.call_as("period.submit_decision", Some(bidder.clone()), json!([bid])).unwrap();
/// }
/// assert_eq!(world.result(), Some(json!({"price": 4})));
/// assert_eq!(world.part(&bidders[0]), Some(json!({"paid": 0})));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<World, Part = (), Carried = ()> {
    /// What everybody at the table sees.
    pub world: World,
    parts: BTreeMap<u64, Part>,
    carried: Option<Carried>,
}

impl<World, Part, Carried> Outcome<World, Part, Carried> {
    /// An outcome that tells the table this, and no seat anything of its own.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self {
            world,
            parts: BTreeMap::new(),
            carried: None,
        }
    }

    /// The same, with what one seat sees alone.
    #[must_use]
    pub fn tell(mut self, seat: &Seat, part: Part) -> Self {
        self.parts.insert(seat.runuser, part);
        self
    }

    /// The same, with what the game keeps to itself until the next step.
    #[must_use]
    pub fn carry(mut self, carried: Carried) -> Self {
        self.carried = Some(carried);
        self
    }

    /// What a seat sees alone; none where it was told nothing, and none of other seats where a bot asks.
    #[must_use]
    pub fn part(&self, seat: &Seat) -> Option<&Part> {
        self.parts.get(&seat.runuser)
    }

    /// What the game has kept to itself; none where it kept nothing, and where a bot asks.
    #[must_use]
    pub fn carried(&self) -> Option<&Carried> {
        self.carried.as_ref()
    }
}

/// An outcome, taken apart.
#[derive(Debug)]
pub struct Apart<'o, O: Parts> {
    /// What everybody at the table sees.
    pub world: &'o O::World,
    /// What seats see alone, by run user.
    pub parts: Vec<(u64, &'o O::Part)>,
    /// What nobody sees.
    pub carried: Option<&'o O::Carried>,
}

/// What an outcome consists of: every type that is JSON is one, for the whole table, and [`Outcome`] is one in parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the outcome of a model",
    label = "not an outcome",
    note = "derive Serialize, Deserialize and JsonSchema for it, or use `Outcome<World, Part, Carried>` of types that have them"
)]
pub trait Parts: Sized + Send + Sync + 'static {
    /// What everybody at the table sees.
    type World: Serialize + DeserializeOwned + JsonSchema + 'static;
    /// What a seat sees alone.
    type Part: Serialize + DeserializeOwned + JsonSchema + 'static;
    /// What nobody sees.
    type Carried: Serialize + DeserializeOwned + 'static;

    /// Takes it apart.
    fn split(&self) -> Apart<'_, Self>;

    /// Puts it together again.
    fn join(
        world: Self::World,
        parts: BTreeMap<u64, Self::Part>,
        carried: Option<Self::Carried>,
    ) -> Self;

    /// Is there anything that a seat sees alone?
    #[must_use]
    fn has_parts() -> bool {
        TypeId::of::<Self::Part>() != TypeId::of::<()>()
    }
}

impl<T: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static> Parts for T {
    type World = T;
    type Part = ();
    type Carried = ();

    fn split(&self) -> Apart<'_, T> {
        Apart {
            world: self,
            parts: Vec::new(),
            carried: None,
        }
    }

    fn join(world: T, _: BTreeMap<u64, ()>, _: Option<()>) -> T {
        world
    }
}

impl<World, Part, Carried> Parts for Outcome<World, Part, Carried>
where
    World: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static,
    Part: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static,
    Carried: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    type World = World;
    type Part = Part;
    type Carried = Carried;

    fn split(&self) -> Apart<'_, Self> {
        let parts = self.parts.iter().map(|(runuser, part)| (*runuser, part));
        Apart {
            world: &self.world,
            parts: parts.collect(),
            carried: self.carried.as_ref(),
        }
    }

    fn join(world: World, parts: BTreeMap<u64, Part>, carried: Option<Carried>) -> Self {
        Self {
            world,
            parts,
            carried,
        }
    }
}
