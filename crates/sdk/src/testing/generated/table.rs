//! A generated game on the table: moves are made, and after each one it is looked at.

use serde_json::Value;

use super::finding::Cause;
use super::watch::caught;
use crate::bind;
use crate::bot::SILENT;
use crate::game::{Game, Role};
use crate::model::ErasedModel;
use crate::rejected::Rejected;
use crate::testing::TestWorld;
use crate::testing::rounds::Rounds;
use crate::turn::{PREVIOUS, RawTurn, Seat};

/// What a generated game begins with.
#[derive(Clone)]
pub(super) struct Setup {
    pub(super) game: Game,
    pub(super) seed: u64,
    /// None are the game's own.
    pub(super) options: Option<Value>,
    /// How many seats of each role are taken, in the order of roles.
    pub(super) seats: Vec<u32>,
}

impl Setup {
    /// A fresh world, in a phase that takes decisions.
    pub(super) fn world(&self) -> TestWorld {
        let roles = self.game.roles();
        let of = |wanted: &Role| {
            let mut counts = roles.iter().zip(&self.seats);
            counts.find_map(|(role, count)| (role == wanted).then_some(*count))
        };
        let mut world = TestWorld::seated(self.game.clone(), |role| of(role).unwrap_or(1));
        if let Some(options) = &self.options {
            world = world.with_options(options);
        }
        let world = world.with_seed(self.seed);
        let mut phases = self.game.phases().iter();
        if let Some(open) = phases.find(|phase| phase.accepts_decisions) {
            world.enter_phase(&open.name);
        }
        world
    }
}

/// What happens at the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Move {
    /// A player sends a decision for the period of that order.
    Submit {
        seat: usize,
        period: u32,
        decision: Value,
    },
    /// The time for the current period is over.
    TimeIsUp,
    /// The service is stopped and started, and another world plays before this one goes on.
    Restart,
}

impl Move {
    /// The order of the period that it is for; 0 where it is for none.
    pub(super) fn period(&self) -> u32 {
        match self {
            Self::Submit { period, .. } => *period,
            Self::TimeIsUp | Self::Restart => 0,
        }
    }

    /// In words.
    pub(super) fn told(&self, seats: &[Seat]) -> String {
        match self {
            Self::Submit {
                seat,
                period,
                decision,
            } => {
                let who = seats.get(*seat).map(who).unwrap_or_default();
                let mut decision = decision.to_string();
                if decision.len() > 200 {
                    let end = decision.floor_char_boundary(200);
                    decision.truncate(end);
                    decision.push('…');
                }
                format!("period {period}: {who} submits {decision}")
            }
            Self::TimeIsUp => "the time for the period is over".to_owned(),
            Self::Restart => {
                "the service is started again, and another world plays a period".to_owned()
            }
        }
    }
}

/// A seat for people.
pub(super) fn who(seat: &Seat) -> String {
    format!("{} ({})", seat.role, seat.email)
}

/// Something is wrong, which ends the game.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) cause: Cause,
    pub(super) seen: String,
}

impl Fault {
    pub(super) fn new(cause: Cause, seen: impl Into<String>) -> Self {
        let seen = seen.into();
        Self { cause, seen }
    }
}

/// What a game tells whoever watches it, before it begins it.
#[derive(Clone, Debug)]
pub(super) enum Doing {
    /// A new world.
    World,
    /// A move.
    Move(Move),
    /// Something else of the game, in words.
    Asking(String),
}

/// Takes what a game tells.
pub(super) type Tell<'a> = &'a dyn Fn(Doing);

/// A world at play.
pub(super) struct Table<'a> {
    setup: &'a Setup,
    model: &'a dyn ErasedModel,
    tell: Tell<'a>,
    pub(super) world: TestWorld,
    /// What another world plays while the service is stopped.
    meanwhile: &'a [Move],
    /// Whether bots and defaults are looked at, too.
    thorough: bool,
    /// The last period in which they were.
    looked_at: u32,
    pub(super) taken: u64,
    pub(super) refused: u64,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        setup: &'a Setup,
        model: &'a dyn ErasedModel,
        meanwhile: &'a [Move],
        thorough: bool,
        tell: Tell<'a>,
    ) -> Self {
        tell(Doing::World);
        Self {
            setup,
            model,
            tell,
            world: setup.world(),
            meanwhile,
            thorough,
            looked_at: 0,
            taken: 0,
            refused: 0,
        }
    }

    pub(super) fn rounds(&self) -> &Rounds {
        self.world.rounds()
    }

    /// The turn of the current period, for the decision of a seat.
    pub(super) fn turn(&self, seat: &Seat) -> RawTurn {
        let mut turn = self.rounds().turn(self.world.order());
        turn.seat = Some(seat.clone());
        turn
    }

    /// Makes a move, and says whether it was taken.
    pub(super) fn make(&mut self, this: &Move) -> Result<bool, Fault> {
        if self.thorough {
            self.look_at_silent_seats()?;
        }
        (self.tell)(Doing::Move(this.clone()));
        let made = caught(|| self.made(this));
        let taken = made.map_err(|panic| Fault::new(Cause::Panicked, panic))?;
        match taken {
            true => self.taken += 1,
            false => self.refused += 1,
        }
        self.look_at_steps(this)?;
        Ok(taken)
    }

    fn made(&mut self, this: &Move) -> bool {
        match this {
            Move::Submit {
                seat,
                period,
                decision,
            } => {
                let seat = &self.rounds().seats[*seat];
                let submitted = self.world.submit_in(*period, seat, decision.clone());
                submitted.is_ok()
            }
            Move::TimeIsUp => self.world.time_is_up().is_ok(),
            Move::Restart => {
                let other = Setup {
                    seed: !self.setup.seed,
                    ..self.setup.clone()
                };
                let mut other = Table::new_quietly(&other, self.model, self.tell);
                for this in self.meanwhile {
                    other.made(this);
                }
                self.world = self.world.restarted();
                true
            }
        }
    }

    fn new_quietly<'b>(setup: &'b Setup, model: &'b dyn ErasedModel, tell: Tell<'b>) -> Table<'b> {
        Table {
            setup,
            model,
            tell,
            world: setup.world(),
            meanwhile: &[],
            thorough: false,
            looked_at: 0,
            taken: 0,
            refused: 0,
        }
    }

    /// Has a step failed, or come to what nobody can go on with?
    fn look_at_steps(&self, after: &Move) -> Result<(), Fault> {
        let order = self.world.order();
        if let Some(no) = self.world.failure() {
            let (cause, about) = match is_unreadable(&no) {
                true => (Cause::Unreadable, "cannot be stepped"),
                false => (Cause::Forbidden, "was decided in full, and its step failed"),
            };
            return Err(Fault::new(cause, format!("period {order} {about}: {no}")));
        }
        let period = match after {
            Move::Submit { period, .. } => *period,
            Move::TimeIsUp | Move::Restart => order,
        };
        let Some(outcome) = self.rounds().round(period).and_then(|round| round.result) else {
            return Ok(());
        };
        if !self.thorough {
            return Ok(());
        }
        let schema = self.model.outcome_schema();
        let limits = bind::within(schema, &outcome, "the outcome");
        limits.map_err(|no| Fault::new(Cause::BeyondSchema, format!("period {period}: {no}")))?;
        let turn = self.rounds().turn_after(period);
        let Some((seat, decision)) = self.rounds().turn(period).decisions.into_iter().next() else {
            return Ok(());
        };
        let turn = RawTurn {
            seat: Some(seat),
            ..turn
        };
        // What the check says about the decision is of no interest, nor is a panic in a period that is not played.
        match caught(|| self.model.check(&turn, &decision)) {
            Ok(Err(no)) if is_unreadable(&no) => Err(Fault::new(
                Cause::Unreadable,
                format!("that of period {period} is {outcome}, and then: {no}"),
            )),
            _ => Ok(()),
        }
    }

    /// Once in each period: what would count for the seats that are silent, and what bots would decide.
    pub(super) fn look_at_silent_seats(&mut self) -> Result<(), Fault> {
        let order = self.world.order();
        if self.looked_at >= order {
            return Ok(());
        }
        self.looked_at = order;
        for seat in &self.rounds().seats {
            let turn = self.turn(seat);
            let place = format!("as {} in period {order}", who(seat));
            for bot in self.setup.game.bots() {
                (self.tell)(Doing::Asking(format!("the bot {bot} {place}")));
                self.look_at_bot(bot, &turn, &place)?;
            }
            (self.tell)(Doing::Asking(format!("`default_decision` {place}")));
            self.look_at_default(&turn, &place)?;
        }
        Ok(())
    }

    fn look_at_bot(&self, bot: &str, turn: &RawTurn, place: &str) -> Result<(), Fault> {
        let ask = || {
            let decided = caught(|| self.setup.game.bot_decides(bot, turn));
            decided.map_err(|panic| {
                Fault::new(
                    Cause::Panicked,
                    format!("{panic}, when the bot {bot} was asked {place}"),
                )
            })
        };
        match (ask()?, ask()?) {
            (Err(no), _) if no.code() == SILENT => Ok(()),
            (Err(no), _) => Err(Fault::new(Cause::BotAgainstRules, format!("{place}, {no}"))),
            (first, second) if first != second => {
                let shown = |decided: Result<Value, Rejected>| {
                    decided.map_or_else(|no| no.message(), |decision| decision.to_string())
                };
                let seen = format!(
                    "{place}, the bot {bot} decides {} and, asked again, {}",
                    shown(first),
                    shown(second)
                );
                Err(Fault::new(Cause::OwnChance, seen))
            }
            _ => Ok(()),
        }
    }

    fn look_at_default(&self, turn: &RawTurn, place: &str) -> Result<(), Fault> {
        let asked = caught(|| {
            let decision = self.model.default_decision(turn)?;
            let Some(decision) = decision else {
                return Ok(());
            };
            let checked = self.model.check(turn, &decision);
            checked.map_err(|no| no.about(&format!("{decision} does not count")))
        });
        let panicked = |panic| {
            Fault::new(
                Cause::Panicked,
                format!("{panic}, when `default_decision` was asked {place}"),
            )
        };
        asked
            .map_err(panicked)?
            .map_err(|no| Fault::new(Cause::DefaultRefused, format!("{place}, {no}")))
    }
}

fn is_unreadable(no: &Rejected) -> bool {
    no.message().starts_with(PREVIOUS)
}
