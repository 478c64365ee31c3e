//! Where the time of a period stands, as it is stored in `data._turn` of the period.
//!
//! | members | meaning |
//! | --- | --- |
//! | none | there is no limit, or the time has not begun |
//! | `deadline` | it runs until then (RFC 3339, UTC) |
//! | `paused`, `left` | it stands still, by the `leader` or because of the run's `phase`, with so many seconds left |
//! | `deadline`, `waits` | it was over then, and the period is still open: `waits` says why |
//! | `deadline`, `over` | the period was ended then, by its `deadline` or by a `leader` |

use std::time::Duration;

use games_contract::Map;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::scopes::Row;
use crate::scopes::service_state::with_turn;

/// Where the time of a period stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Time {
    /// There is no limit, or the time has not begun.
    Unlimited,
    /// It runs.
    Running {
        /// When it is over.
        until: OffsetDateTime,
    },
    /// It stands still.
    Paused {
        /// How much is left of it.
        left: Duration,
        /// What stopped it.
        by: Pausing,
    },
    /// It is over, and the period is still open: decisions are taken.
    Waiting {
        /// When it was over.
        since: OffsetDateTime,
        /// Why nothing was decided for anybody.
        why: Waits,
    },
    /// The period was ended, and something counts for every seat.
    Over {
        /// When.
        at: OffsetDateTime,
        /// What ended it.
        by: Ended,
    },
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// Its word in `data._turn`.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            fn of(value: &Value) -> Option<Self> {
                match value.as_str()? {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// What stopped the time of a period.
    Pausing {
        /// A leader.
        Leader = "leader",
        /// The run's phase takes no decisions.
        Phase = "phase",
    }
}

words! {
    /// What ended a period.
    Ended {
        /// Its time was over.
        Deadline = "deadline",
        /// A leader ended it.
        Leader = "leader",
    }
}

words! {
    /// Why a period whose time is over is still open.
    Waits {
        /// The limit says so.
        Wait = "wait",
        /// Nobody has decided in this period, nor in the one before: nobody is there to play with.
        Absent = "absent",
        /// The service was away when it was over, for longer than the grace.
        Late = "late",
        /// A role has too few players.
        Players = "players",
        /// There is nothing that could count for a seat.
        Undecided = "undecided",
    }
}

impl Time {
    /// Where a stored period stands. What cannot be read is as if it were not there.
    #[must_use]
    pub fn of(period: &Row) -> Self {
        let Some(turn) = period.data().get("_turn") else {
            return Self::Unlimited;
        };
        if let Some(by) = turn.get("paused").and_then(Pausing::of) {
            let left = turn.get("left").and_then(Value::as_f64);
            let left = left.and_then(|left| Duration::try_from_secs_f64(left).ok());
            return Self::Paused {
                left: left.unwrap_or_default(),
                by,
            };
        }
        let Some(at) = turn.get("deadline").and_then(moment) else {
            return Self::Unlimited;
        };
        if let Some(why) = turn.get("waits").and_then(Waits::of) {
            Self::Waiting { since: at, why }
        } else if let Some(by) = turn.get("over").and_then(Ended::of) {
            Self::Over { at, by }
        } else {
            Self::Running { until: at }
        }
    }

    /// Its members of `_turn`.
    #[must_use]
    pub fn members(self) -> Map {
        let members = match self {
            Self::Unlimited => json!({}),
            Self::Running { until } => json!({"deadline": written(until)}),
            Self::Paused { left, by } => {
                // Nobody plays by fractions of a millisecond.
                let left = (left.as_secs_f64() * 1_000.0).round() / 1_000.0;
                json!({"paused": by.word(), "left": left})
            }
            Self::Waiting { since, why } => {
                json!({"deadline": written(since), "waits": why.word()})
            }
            Self::Over { at, by } => json!({"deadline": written(at), "over": by.word()}),
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// The data of a period whose time stands here from now on, with everything else that is in it.
    #[must_use]
    pub fn into_data(self, held: &Value) -> Value {
        with_turn(held, |turn| {
            turn.retain(|name, _| {
                !["deadline", "paused", "left", "waits", "over"].contains(&name.as_str())
            });
            turn.extend(self.members());
        })
    }
}

/// A moment as it is stored and told: RFC 3339 in UTC, to the millisecond.
#[must_use]
pub fn written(at: OffsetDateTime) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.to_offset(time::UtcOffset::UTC)
        .format(format)
        .unwrap_or_default()
}

fn moment(value: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value.as_str()?, &Rfc3339).ok()
}

/// How long it is from `now` until `then`; nothing when that is over.
#[must_use]
pub(super) fn between(now: OffsetDateTime, then: OffsetDateTime) -> Duration {
    Duration::try_from(then - now).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use games_contract::Resource;
    use time::macros::datetime;

    use super::*;

    fn row(data: &Value) -> Row {
        let json = json!({"id": 17, "order": 1, "data": data});
        crate::scopes::row(Resource::Period, json)
    }

    #[test]
    fn the_time_of_a_period_comes_back_from_its_row_and_leaves_the_rest_alone() {
        let at = datetime!(2026-11-21 10:00:30.250 UTC);
        let left = Duration::from_millis(12_345);
        let held = json!({"market": 3, "_turn": {"deadline": "x", "waits": "late", "failed": 1},
            "_private": {"keys": ["k"]}});
        for time in [
            Time::Unlimited,
            Time::Running { until: at },
            Time::Paused {
                left,
                by: Pausing::Phase,
            },
            Time::Waiting {
                since: at,
                why: Waits::Absent,
            },
            Time::Over {
                at,
                by: Ended::Leader,
            },
        ] {
            let data = time.into_data(&held);
            assert_eq!(Time::of(&row(&data)), time, "{data}");
            assert_eq!(data["_turn"]["failed"], 1);
            assert_eq!(
                (&data["market"], &data["_private"]),
                (&held["market"], &held["_private"])
            );
        }
        let data = Time::Running { until: at }.into_data(&Value::Null);
        assert_eq!(
            data,
            json!({"_turn": {"deadline": "2026-11-21T10:00:30.250Z"}})
        );
    }

    #[test]
    fn what_cannot_be_read_is_no_time() {
        for turn in [
            json!(5),
            json!({"deadline": "soon"}),
            json!({"paused": "cat"}),
        ] {
            let row = row(&json!({ "_turn": turn }));
            assert_eq!(Time::of(&row), Time::Unlimited, "{turn}");
        }
        let odd = row(&json!({"_turn": {"paused": "leader", "left": -1}}));
        let nothing = Time::Paused {
            left: Duration::ZERO,
            by: Pausing::Leader,
        };
        assert_eq!(Time::of(&odd), nothing);
    }

    #[test]
    fn what_is_over_is_nothing_away() {
        let now = datetime!(2026-11-21 10:00:30 UTC);
        let later = now + Duration::from_secs(5);
        assert_eq!(between(now, later), Duration::from_secs(5));
        assert_eq!(between(later, now), Duration::ZERO);
    }
}
