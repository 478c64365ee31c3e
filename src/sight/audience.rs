//! Who hears of a change: decided when it is published, whatever anybody has subscribed to.

use std::collections::BTreeSet;
use std::sync::Arc;

use games_contract::Resource;

use super::is_of_seat;
use crate::scopes::{Owner, Row, RunView};

/// Those who are to hear something: users by what they are in a run, and staff by the role of their sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The authids of users.
    pub users: BTreeSet<String>,
    /// What staff hear of it.
    pub staff: Staff,
}

/// What sessions with staff's rights hear of something that is told to users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staff {
    /// They hear it, too.
    Too,
    /// They are told otherwise, even those who are among the users.
    Otherwise,
    /// They hear it when they are among the users.
    AsUsers,
}

impl Audience {
    /// Those who may see what `owner` owns in `run`.
    #[must_use]
    pub fn of(run: &RunView, owner: Owner) -> Self {
        let authids = |rows: &mut dyn Iterator<Item = &Arc<Row>>| -> BTreeSet<String> {
            rows.filter_map(|row| authid(row)).collect()
        };
        let mut users = match owner {
            Owner::Run => authids(&mut run.runusers.values().filter(|row| row.is_active())),
            Owner::World(world) => authids(&mut run.players_of(world)),
            Owner::RunUser(pk) => authids(
                &mut run
                    .runusers
                    .get(&pk)
                    .filter(|row| row.is_active())
                    .into_iter(),
            ),
        };
        users.append(&mut authids(&mut run.leaders()));
        Self {
            users,
            staff: Staff::Too,
        }
    }

    /// Those who oversee `run`.
    #[must_use]
    pub fn of_leaders(run: &RunView) -> Self {
        Self {
            users: run.leaders().filter_map(|row| authid(row)).collect(),
            staff: Staff::Too,
        }
    }

    /// Those who may see a row that lives in `owner`. A leader's run user is seen by everybody in the run, a player's by whoever shares
    /// a world with it: as [`super::Standing::sees`] has it.
    #[must_use]
    pub fn of_row(row: &Row, run: &RunView, owner: Owner) -> Self {
        let owner = match row.resource {
            Resource::RunUser if row.is_leader() => Owner::Run,
            Resource::RunUser => row
                .reference("world")
                .map_or(Owner::RunUser(row.pk), Owner::World),
            _ => owner,
        };
        Self::of(run, owner)
    }

    /// One user alone.
    #[must_use]
    pub fn user_of(runuser: &Row) -> Self {
        Self {
            users: authid(runuser).into_iter().collect(),
            staff: Staff::AsUsers,
        }
    }

    /// Of these, those whom the topic of one run user concerns: that user, leaders and staff.
    #[must_use]
    pub fn on_runuser(&self, run: &RunView, runuser: u64) -> Self {
        self.only(run, |row| row.pk == runuser || row.is_leader())
    }

    /// Of these, one run user alone.
    #[must_use]
    pub fn only_runuser(&self, run: &RunView, runuser: u64) -> Self {
        Self {
            staff: Staff::AsUsers,
            ..self.only(run, |row| row.pk == runuser)
        }
    }

    /// These and others.
    #[must_use]
    pub fn with(mut self, mut others: Self) -> Self {
        self.users.append(&mut others.users);
        self
    }

    /// Of these, those who may read a decision before its period is stepped, or what a seat was told alone, and those who may only know
    /// that it is there.
    #[must_use]
    pub fn split(&self, row: &Row, run: &RunView) -> (Self, Self) {
        let may = self.only(run, |user| user.is_leader() || is_of_seat(user, row, run));
        let others = Self {
            users: self.users.difference(&may.users).cloned().collect(),
            staff: Staff::Otherwise,
        };
        (may, others)
    }

    /// Those among the users whose active run user is so.
    fn only(&self, run: &RunView, so: impl Fn(&Row) -> bool) -> Self {
        let is_so = |authid: &&String| {
            let user = authid.parse().ok();
            let row = user.and_then(|user| run.runuser_of(user));
            row.is_some_and(|row| so(row))
        };
        Self {
            users: self.users.iter().filter(is_so).cloned().collect(),
            staff: self.staff,
        }
    }
}

fn authid(runuser: &Row) -> Option<String> {
    Some(runuser.reference("user")?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scopes::row;
    use serde_json::json;

    /// A leader 6, players 7 and 8 at one table, 9 at another, 5 who is not active, and a leader 4 who is not.
    fn class() -> RunView {
        let mut run = RunView::new(row(Resource::Run, json!({"id": 5})));
        for (pk, user, world, leader, active) in [
            (1, 6, None, true, true),
            (2, 7, Some(10), false, true),
            (3, 8, Some(10), false, true),
            (4, 9, Some(11), false, true),
            (5, 5, Some(10), false, false),
            (6, 4, None, true, false),
        ] {
            let json = json!({"id": pk, "user": user, "world": world, "role": pk, "leader": leader, "active": active});
            run.apply(row(Resource::RunUser, json));
        }
        run
    }

    fn names(audience: &Audience) -> Vec<&str> {
        audience.users.iter().map(String::as_str).collect()
    }

    #[test]
    fn a_world_is_for_its_active_players_and_the_active_leaders() {
        let run = class();
        assert_eq!(
            names(&Audience::of(&run, Owner::World(10))),
            ["6", "7", "8"]
        );
        assert_eq!(names(&Audience::of(&run, Owner::RunUser(4))), ["6", "9"]);
        assert_eq!(names(&Audience::of(&run, Owner::Run)), ["6", "7", "8", "9"]);
        assert_eq!(Audience::of(&run, Owner::Run).staff, Staff::Too);
    }

    #[test]
    fn a_leader_is_seen_by_the_run_and_a_player_by_the_table() {
        let run = class();
        let seen = |pk| {
            let audience = Audience::of_row(&run.runusers[&pk], &run, Owner::Run);
            names(&audience)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(seen(1), ["6", "7", "8", "9"]);
        assert_eq!(seen(2), ["6", "7", "8"]);
        assert_eq!(seen(5), ["6", "7", "8"], "who is not active hears nothing");
    }

    #[test]
    fn a_run_users_topic_and_an_open_decision_are_for_the_one_and_for_leaders() {
        let run = class();
        let table = Audience::of(&run, Owner::World(10));
        assert_eq!(names(&table.on_runuser(&run, 2)), ["6", "7"]);
        let decision = row(
            Resource::Decision,
            json!({"id": 1, "name": "decision", "role": 3}),
        );
        let (may, others) = table.split(&decision, &run);
        assert_eq!((names(&may), may.staff), (vec!["6", "8"], Staff::Too));
        assert_eq!(
            (names(&others), others.staff),
            (vec!["7"], Staff::Otherwise)
        );
    }
}
