//! How long a period may take, and what counts for a seat that has not decided by then.

use std::fmt;

/// The time that a world has for a period. It begins when the period opens, and the service keeps it: nothing depends on the
/// clocks of players.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    /// How long a period is open, in seconds: 1 to [`TimeLimit::LONGEST`].
    pub seconds: u32,
    /// What counts for a seat that has not decided when the time is over.
    pub then: Overdue,
}

impl TimeLimit {
    /// The longest time for a period, in seconds: 30 days.
    pub const LONGEST: u32 = 30 * 24 * 60 * 60;
}

/// What counts for a seat that has not decided in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// What [`Model::default_decision`](crate::Model::default_decision) says; where it says nothing, the world waits for its leader.
    Default,
    /// What the seat decided in the period before; the default where it decided nothing, or where that is against the rules now.
    Last,
    /// What [`Game::default_bot`](crate::Game::default_bot) decides; where it is silent, the world waits for its leader.
    Bot,
    /// Nothing: the period is stepped without the seat, which is not among [`Turn::decisions`](crate::Turn::decisions) then.
    Skip,
    /// Nothing: the world waits until the seat decides, or its leader ends the period.
    Wait,
}

impl Overdue {
    /// Every one of them.
    pub const ALL: [Self; 5] = [Self::Default, Self::Last, Self::Bot, Self::Skip, Self::Wait];

    /// Its word in settings, in a run's data and in calls.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Last => "last",
            Self::Bot => "bot",
            Self::Skip => "skip",
            Self::Wait => "wait",
        }
    }

    /// The one of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|overdue| overdue.name() == name)
    }
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
