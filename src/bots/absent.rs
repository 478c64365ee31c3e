//! A rule puts bots in: a run may say that a seat that was silent for so many periods in a row is played by a bot from then on.

use std::collections::BTreeSet;

use games_contract::Resource;
use simpl::Seat;

use super::play::Deciding;
use super::seat;
use crate::deadlines::{bot_after, is_players};
use crate::game::BranchState;
use crate::scopes::Node;
use crate::turns::{Table, before};

impl BranchState {
    /// Time was over in the period of this order: has the run seat bots for those who have been silent for too long. Where that fails it
    /// is done after the next period.
    pub(crate) fn seat_bots_for_the_silent(&self, scenario: u64, order: i64) {
        let run = self.run();
        let Some(after) = bot_after(&run.run) else {
            return;
        };
        let Some(scenario) = self.branch.node(Resource::Scenario, scenario) else {
            return;
        };
        let has_bot = |seat: &Seat| {
            let row = run.runusers.get(&seat.runuser);
            row.is_none_or(|row| seat::of(row).is_some())
        };
        let silent: BTreeSet<u64> = self.with_table(|table| {
            let seats = table.seats.iter().filter(|seat| !has_bot(seat));
            let seats = seats.filter(|seat| silent_since(table, scenario, order, seat) >= after);
            seats.map(|seat| seat.runuser).collect()
        });
        if !silent.is_empty() {
            self.change_seats(silent, Deciding::Bots);
        }
    }
}

/// For how many periods in a row, up to that of this order, something was decided for the seat and not by it.
fn silent_since(table: &Table<'_>, scenario: &Node, order: i64, seat: &Seat) -> u32 {
    let last = before(scenario, order + 1);
    let periods = std::iter::successors(last, |period| before(scenario, period.row.order()));
    let silent = periods.take_while(|period| {
        let decision = table.decision(period, seat);
        decision.is_some_and(|decision| !is_players(decision))
    });
    u32::try_from(silent.count()).unwrap_or(u32::MAX)
}
