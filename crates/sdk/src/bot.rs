//! Bots: players that are part of the game.
//!
//! A bot sits in one seat and sees what a person there would see. Every game with a model has the bot [`RANDOM`].

mod random;

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::Value;

use crate::finite;
use crate::game::Game;
use crate::model::Model;
use crate::rejected::Rejected;
use crate::rng::Rng;
use crate::turn::{RawTurn, Turn};

pub(crate) use random::Random;

/// The name of the bot that every game has: any decision that the rules allow.
pub const RANDOM: &str = "random";

/// The code of the refusal of a bot that has nothing to decide.
pub(crate) const SILENT: &str = "bot_silent";

/// A player that is part of the game, registered with [`GameBuilder::bot`](crate::GameBuilder::bot). A function is one, too:
///
/// ```
/// # use simpl::prelude::*;
/// # #[derive(Serialize, Deserialize, JsonSchema)]
/// # struct Bid { bid: u32 }
/// # struct Auction;
/// # impl Model for Auction {
/// #     type Options = (); type Decision = Bid; type Outcome = u32;
/// #     fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> { Ok(turn.decisions().map(|(_, bid)| bid.bid).sum()) }
/// # }
/// /// Bids a little more than everybody did together.
/// fn eager(turn: &Turn<'_, Auction>, rng: &mut Rng) -> Option<Bid> {
///     let before = turn.previous().copied().unwrap_or(0);
///     Some(Bid { bid: before + u32::try_from(rng.below(10)).ok()? })
/// }
///
/// let game = Game::builder("auction").roles(["Bidder"]).phases([Phase::open("Play")]).model(Auction).bot("eager", eager).build();
/// assert_eq!(game.bots().collect::<Vec<_>>(), ["eager", "random"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no bot of the model `{M}`",
    label = "not a bot",
    note = "a bot is `fn(turn: &Turn<'_, {M}>, rng: &mut Rng) -> Option<Decision>`, where `Decision` is that of the model"
)]
pub trait Bot<M: Model>: Send + Sync + 'static {
    /// What it decides for the seat [`Turn::seat`]; nothing leaves the seat silent, and the world waits. Quick, and the same for the
    /// same turn: chance comes from `rng`. It is checked like a decision of a person.
    fn decide(&self, turn: &Turn<'_, M>, rng: &mut Rng) -> Option<M::Decision>;
}

impl<M: Model, F> Bot<M> for F
where
    F: Fn(&Turn<'_, M>, &mut Rng) -> Option<M::Decision> + Send + Sync + 'static,
{
    fn decide(&self, turn: &Turn<'_, M>, rng: &mut Rng) -> Option<M::Decision> {
        self(turn, rng)
    }
}

/// A [`Bot`] without its types.
pub(crate) trait ErasedBot: Send + Sync {
    /// The JSON of what it decides. May panic.
    fn decide(&self, turn: &RawTurn, rng: &mut Rng) -> Result<Option<Value>, Rejected>;
}

struct Typed<M, B> {
    bot: B,
    model: PhantomData<fn() -> M>,
}

impl<M: Model, B: Bot<M>> ErasedBot for Typed<M, B> {
    fn decide(&self, turn: &RawTurn, rng: &mut Rng) -> Result<Option<Value>, Rejected> {
        let decision = self.bot.decide(&Turn::new(turn)?, rng);
        decision
            .map(|decision| finite::to_json(&decision, "its decision"))
            .transpose()
    }
}

/// A bot as its game knows it.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// The type of the model that it plays.
    pub(crate) model: TypeId,
    bot: Arc<dyn ErasedBot>,
}

impl Named {
    pub(crate) fn new<M: Model>(name: &str, bot: impl Bot<M>) -> Self {
        let model = PhantomData;
        Self::erased::<M>(name, Typed { bot, model })
    }

    pub(crate) fn erased<M: Model>(name: &str, bot: impl ErasedBot + 'static) -> Self {
        Self {
            name: name.to_owned(),
            model: TypeId::of::<M>(),
            bot: Arc::new(bot),
        }
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bot").field(&self.name).finish()
    }
}

impl Game {
    /// The names of its bots: the game's own as they were registered, then [`RANDOM`]. None where it has no model.
    pub fn bots(&self) -> impl Iterator<Item = &str> {
        self.bots.iter().map(|bot| bot.name.as_str())
    }

    /// The bot that plays where nobody says which: the first.
    #[must_use]
    pub fn default_bot(&self) -> Option<&str> {
        self.bots().next()
    }

    /// The JSON of what a bot decides for the seat of `turn`, checked like a decision of a person. It sees of the turn what the
    /// seat may see. Game code is asked, which may panic and may never end: the caller has to see to that.
    ///
    /// # Errors
    /// There is no such bot, it has nothing to decide, or the rules are against what it decided.
    pub fn bot_decides(&self, bot: &str, turn: &RawTurn) -> Result<Value, Rejected> {
        let found = self.bots.iter().find(|named| named.name == bot);
        let (Some(named), Some(model)) = (found, self.model()) else {
            return Err(self.no_bot(bot));
        };
        let seen = self.as_seen(bot, turn);
        let mut rng = Rng::new(seen.seed);
        let about = format!("the bot {bot}");
        let decided = named.bot.decide(&seen, &mut rng);
        let decision = decided.map_err(|no| no.about(&about))?.ok_or_else(|| {
            let role = turn.seat.as_ref().map_or("", |seat| &seat.role);
            let message = format!("the bot {bot} has nothing to decide as {role}: choose another bot, or have a person play");
            Rejected::because(message).with(SILENT, "a decision", Value::Null)
        })?;
        let checked = model.check(turn, &decision);
        checked.map_err(|no| no.about(&format!("what the bot {bot} decided does not count")))?;
        Ok(decision)
    }

    /// That the game has no such bot, and which it has.
    #[must_use]
    pub fn no_bot(&self, bot: &str) -> Rejected {
        let names: Vec<&str> = self.bots().collect();
        let message = match names.as_slice() {
            [] => "this game has no bots, because it has no model".to_owned(),
            names => format!("this game has no bot {bot:?}: it has {}", names.join(", ")),
        };
        Rejected::invalid_argument(message, names, bot)
    }

    /// A turn as a bot in its seat sees it: without what is hidden from the seat, and with a seed of its own, since that of the turn
    /// would tell what chance has in store.
    fn as_seen(&self, bot: &str, turn: &RawTurn) -> RawTurn {
        let mut seen = turn.clone();
        let own = turn.seat.as_ref().map_or(0, |seat| seat.runuser);
        // The random bot looks at nothing; only the game's check does, which may know it all.
        if bot != RANDOM {
            if self.hides_decisions() {
                seen.decisions.retain(|(seat, _)| seat.runuser == own);
            }
            seen.parts.retain(|(runuser, _)| *runuser == own);
            seen.carried = None;
        }
        let words = bot.bytes().map(u64::from);
        let salts = std::iter::once(own).chain(words);
        seen.seed = salts.fold(turn.seed, |seed, salt| Rng::new(seed ^ salt).bits());
        seen
    }
}
