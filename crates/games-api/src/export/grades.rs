//! What each player did, for a gradebook: how many periods they decided themselves, and how many were decided for them.

use std::collections::HashMap;

use super::{
    Reading, Sheets, Table,
    cell::Cell,
    members::Data,
    moves::PERSON,
    names,
    number::number,
    scores::Scores,
    seats::{Place, Seats},
};
use crate::refusal::Refusal;
use games_contract::BOTS_DOMAIN;

const COLUMNS: [&str; 10] = [
    "external_id",
    "email",
    "first_name",
    "last_name",
    "world",
    "role",
    "periods_by_self",
    "periods_by_default",
    "periods_by_bot",
    "score",
];
const PLAYERS: &str = r#"SELECT m."id", m."data", u."external_id", u."email", u."first_name", u."last_name", w."name", r."name"
    FROM "runuser" AS m
    JOIN "user" AS u ON u."id" = m."user"
    LEFT JOIN "world" AS w ON w."id" = m."world"
    LEFT JOIN "role" AS r ON r."id" = m."role"
    WHERE m."run" = $1 AND NOT m."leader" ORDER BY m."id""#;
/// Period by period.
const DECIDED: &str = r#"SELECT p."id", s."runuser", s."world", t."role", t."name", t."data"
    FROM "period" AS p
    JOIN "scenario" AS s ON s."id" = p."scenario"
    JOIN "decision" AS t ON t."period" = p."id"
    WHERE p."run" = $1 ORDER BY p."id""#;
/// What a bot's decisions are marked with.
const BOT: &str = "bot";

/// Who decided a period. The later ones count where a period has several decisions of one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// What a game says where nobody has decided in time.
    Default,
    Bot,
    Themselves,
}

impl By {
    fn of(mark: Option<&str>) -> Self {
        match mark {
            None | Some(PERSON) => Self::Themselves,
            Some(BOT) => Self::Bot,
            Some(_) => Self::Default,
        }
    }
}

/// How many periods were decided by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    themselves: i64,
    default: i64,
    bot: i64,
}

/// The counts of all players, filled period by period.
#[derive(Debug, Default)]
struct Counts {
    of: HashMap<i64, Count>,
    period: i64,
    /// Who has decided in this period.
    decided: HashMap<i64, By>,
}

impl Counts {
    fn note(&mut self, period: i64, runuser: i64, by: By) {
        if period != self.period {
            self.close();
            self.period = period;
        }
        let known = self.decided.entry(runuser).or_insert(by);
        *known = by.max(*known);
    }

    /// Counts the period that has come to its end.
    fn close(&mut self) {
        for (runuser, by) in self.decided.drain() {
            let count = self.of.entry(runuser).or_default();
            match by {
                By::Themselves => count.themselves += 1,
                By::Default => count.default += 1,
                By::Bot => count.bot += 1,
            }
        }
    }
}

/// Writes the players, without leaders and without users made for bots, in the order of their numbers.
pub(super) fn write(reading: &mut Reading<'_>, to: &mut dyn Sheets) -> Result<(), Refusal> {
    let seats = Seats::read(reading)?;
    let mut counts = Counts::default();
    reading.each(DECIDED, |row| {
        let seat = seats.at(Place {
            alone: row[1].integer(),
            world: row[2].integer(),
            role: row[3].integer(),
            name: row[4].text().unwrap_or_default(),
        });
        if let Some(seat) = seat {
            let by = Data::of(row[5].text().unwrap_or_default()).made_by();
            let period = row[0].integer().unwrap_or_default();
            counts.note(period, seat.runuser, By::of(by.as_deref()));
        }
        Ok(())
    })?;
    counts.close();
    let scores = Scores::read(reading)?;
    to.begin(Table::Grades, &names(&COLUMNS))?;
    reading.each(PLAYERS, |row| {
        if is_bots(row[3].text().unwrap_or_default()) {
            return Ok(());
        }
        let runuser = row[0].integer().unwrap_or_default();
        let count = counts.of.get(&runuser).copied().unwrap_or_default();
        let mut cells = vec![number(&row[2], &row[1])];
        cells.extend(row[3..].iter().map(Cell::of));
        cells.extend([count.themselves, count.default, count.bot].map(Cell::Integer));
        cells.push(scores.of(runuser, row[1].text().unwrap_or_default()));
        to.row(&cells)
    })
}

/// Is it the address of a user that was made for a bot? Nobody grades those.
fn is_bots(email: &str) -> bool {
    let domain = email.rsplit('@').next();
    domain == Some(BOTS_DOMAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_counts_once_for_each_player_and_for_themselves_if_they_did_anything() {
        let mut counts = Counts::default();
        for (period, runuser, mark) in [
            (1, 7, None),
            (1, 8, Some("bot")),
            (1, 8, Some("default")),
            (2, 7, Some("default")),
            (2, 7, Some("person")),
            (3, 7, Some("last")),
        ] {
            counts.note(period, runuser, By::of(mark));
        }
        counts.close();
        let count = |themselves, default, bot| Count {
            themselves,
            default,
            bot,
        };
        assert_eq!(counts.of[&7], count(2, 1, 0));
        assert_eq!(counts.of[&8], count(0, 0, 1));
    }
}
