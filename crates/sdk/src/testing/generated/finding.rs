//! What generated games find: the cause, what was seen of it, and how to see it again.

use std::fmt;

/// What is wrong with a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// `check` and the limits let decisions through that `step` fails on, or makes numbers of that are not finite.
    Forbidden,
    /// Code of the game panics.
    Panicked,
    /// Code of the game does not come to an end.
    Endless,
    /// The same decisions with the same seed come to something else: a clock, or randomness other than the turn's.
    OwnChance,
    /// What was played before, here or in another world, changes an outcome: something is kept between steps.
    KeepsState,
    /// The same decisions, arriving in another order, come to something else.
    ArrivalOrder,
    /// A decision that arrives a second time changes the outcome.
    CountsTwice,
    /// A period that is stepped again comes to something else than one that was played so from the start.
    Recalculated,
    /// An outcome that the game's own type cannot read back.
    Unreadable,
    /// An outcome beyond the limits of its own schema.
    BeyondSchema,
    /// A bot decides what the rules do not allow.
    BotAgainstRules,
    /// What counts for a silent seat is against the rules.
    DefaultRefused,
    /// The kit has found no decision that the rules take, and no bot of the game has one.
    Stuck,
}

impl Cause {
    /// The cause in a sentence, without a full stop.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Forbidden => "the rules let a decision through that the step cannot take",
            Self::Panicked => "the game panics",
            Self::Endless => "the game does not come to an end",
            Self::OwnChance => "the game reads a clock, or has randomness of its own",
            Self::KeepsState => "the game keeps something between steps",
            Self::ArrivalOrder => "the outcome depends on the order in which the decisions arrive",
            Self::CountsTwice => "a decision that arrives twice changes the outcome",
            Self::Recalculated => {
                "a period that is stepped again comes to something else than one played so from the start"
            }
            Self::Unreadable => "an outcome cannot be read back",
            Self::BeyondSchema => "an outcome is not what its schema says",
            Self::BotAgainstRules => "a bot decides against the rules",
            Self::DefaultRefused => "the default decision is against the rules",
            Self::Stuck => "no decision was found that the rules take",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Forbidden => {
                "have `check` say no to it, or give the field a limit: #[schemars(range(min = …, max = …))]"
            }
            Self::Panicked => {
                "have `check` say no to what cannot be stepped, and return Err(Rejected::because(…)) where something can fail"
            }
            Self::Endless => "look for a loop that does not end for these decisions",
            Self::OwnChance => {
                "take chance from turn.rng() and time from turn.period(); a HashMap has an order of its own, a BTreeMap has not"
            }
            Self::KeepsState => {
                "keep nothing in the model or in a static: one model serves all worlds. What the next period needs belongs into the outcome, where turn.previous() finds it"
            }
            Self::ArrivalOrder => {
                "work from turn.decisions(), which come in the order of seats, and note nothing down in `check`"
            }
            Self::CountsTwice => {
                "note nothing down in `check`: a front end may send a decision again, and the last one counts"
            }
            Self::Recalculated => {
                "make the outcome of turn.decisions(), turn.previous(), turn.options() and turn.rng() alone, or leave out Revision::Recalculate"
            }
            Self::Unreadable => {
                "make sure that what Serialize writes Deserialize reads: the next period gets it as turn.previous()"
            }
            Self::BeyondSchema => "correct the limits of the outcome's fields, or the step",
            Self::BotAgainstRules => {
                "have the bot decide within `check` and the limits, or nothing at all"
            }
            Self::DefaultRefused => "have `default_decision` return what `check` takes, or None",
            Self::Stuck => {
                "give fields limits, or choices, so that a legal decision can be guessed; or write a bot that knows one"
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// Something that is wrong with a game, and how it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub cause: Cause,
    /// What was seen of it: where, what was expected and what came.
    pub seen: String,
    /// What was played, as short as it could be made, one line for each move.
    pub moves: Vec<String>,
    /// The seed that plays this game again as the first.
    pub seed: u64,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.cause, self.seen)?;
        if !self.moves.is_empty() {
            writeln!(f, "  played:")?;
        }
        for line in &self.moves {
            writeln!(f, "    {line}")?;
        }
        writeln!(f, "  what to do: {}", self.cause.advice())?;
        write!(f, "  again: one game with the seed {}", self.seed)
    }
}

impl std::error::Error for Finding {}

/// What was played, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Report {
    /// The game's slug.
    pub game: String,
    /// The seed of the first generated game; each next one has the next number.
    pub seed: u64,
    /// Generated games played, each of them in several ways.
    pub games: u32,
    /// Periods stepped in them, played for the first time.
    pub periods: u64,
    /// Decisions that were taken in them.
    pub taken: u64,
    /// Decisions that were refused in them.
    pub refused: u64,
    /// The first thing that was found to be wrong.
    pub finding: Option<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} generated games with {} periods, {} decisions taken and {} refused, from the seed {}",
            self.game, self.games, self.periods, self.taken, self.refused, self.seed
        )?;
        match &self.finding {
            Some(finding) => write!(f, "\n{finding}"),
            None => write!(f, ": nothing found"),
        }
    }
}
