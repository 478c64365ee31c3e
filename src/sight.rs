//! Who sees what: the one place that decides which content of a scope leaves the service, and to whom.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use games_contract::{Map, Resource};
use serde_json::Value;
use tokio::sync::Notify;

use crate::game::Hosted;
use crate::scopes::{Node, Owner, Row, RunView};

/// Who asks: a user of the games API, or the service itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// A user, by pk.
    User {
        /// The user's pk.
        user: u64,
        /// May see and do everything.
        staff: bool,
    },
    /// A session of this process.
    Service,
}

/// What the viewer is in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Leads it.
    Leader,
    /// Plays in it; the pks of the run user and of its world.
    Player {
        /// The run user's pk.
        runuser: u64,
        /// The world's pk, when the player is seated.
        world: Option<u64>,
    },
    /// Staff, or the service itself.
    Staff,
}

impl Standing {
    /// What `viewer` is in `run`; `None` for a stranger.
    #[must_use]
    pub fn of(viewer: Viewer, run: &RunView) -> Option<Self> {
        let Viewer::User { user, staff } = viewer else {
            return Some(Self::Staff);
        };
        match run.runuser_of(user) {
            Some(runuser) if runuser.is_leader() => Some(Self::Leader),
            Some(runuser) => Some(Self::Player {
                runuser: runuser.pk,
                world: runuser.reference("world"),
            }),
            None => staff.then_some(Self::Staff),
        }
    }

    /// May they lead: change phases, see every world?
    #[must_use]
    pub fn leads(&self) -> bool {
        matches!(self, Self::Leader | Self::Staff)
    }

    /// May they see this run user? A player sees those of the own world and the leaders.
    #[must_use]
    pub fn sees(&self, row: &Row) -> bool {
        match self {
            Self::Player { runuser, world } => {
                row.pk == *runuser
                    || row.is_leader()
                    || (world.is_some() && row.reference("world") == *world)
            }
            Self::Leader | Self::Staff => true,
        }
    }

    /// May they reach what `owner` owns? `runuser` is the addressed run user, when it is one.
    #[must_use]
    pub fn reaches(&self, owner: Owner, runuser: Option<u64>) -> bool {
        let Self::Player {
            runuser: own,
            world,
        } = self
        else {
            return true;
        };
        match owner {
            Owner::Run => runuser.is_none_or(|addressed| addressed == *own),
            Owner::World(pk) => *world == Some(pk),
            Owner::RunUser(pk) => pk == *own,
        }
    }
}

/// The content of a row that leaves the service: without secrets, and with `online` for a run user.
#[must_use]
pub fn view(row: &Row, online: &Online) -> Map {
    let mut json = row.json.clone();
    if let Some(Value::Object(data)) = json.get_mut("data") {
        data.shift_remove("_private");
    }
    if row.resource == Resource::RunUser {
        let here = row
            .reference("user")
            .is_some_and(|user| online.is_online(user));
        json.insert("online".to_owned(), here.into());
    }
    json
}

/// A decision as those see it who may not know it yet: that it is there, and nothing of what it says.
#[must_use]
pub fn veiled(row: &Row, online: &Online) -> Map {
    let mut json = view(row, online);
    json.insert("data".to_owned(), Value::Object(Map::new()));
    json
}

/// How somebody sees the rows of a run.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'a> {
    online: &'a Online,
    /// Who looks, and at which run, where the game hides decisions until their period is stepped.
    pending: Option<(Option<&'a Standing>, &'a RunView)>,
}

impl<'a> Lens<'a> {
    /// The eyes of `standing` on `run` of `game`.
    #[must_use]
    pub fn new(game: &'a Hosted, standing: Option<&'a Standing>, run: &'a RunView) -> Self {
        let hides = game.game.hides_decisions();
        Self {
            online: &game.online,
            pending: hides.then_some((standing, run)),
        }
    }

    /// The content of a row below `parent`, which says whether a decision's period is stepped.
    #[must_use]
    pub fn view(&self, row: &Row, parent: Option<&Node>) -> Map {
        let hidden = row.resource == Resource::Decision
            && parent.is_some_and(|period| !period.is_stepped())
            && self
                .pending
                .is_some_and(|(standing, run)| !reads_pending(standing, row, run));
        if hidden {
            veiled(row, self.online)
        } else {
            view(row, self.online)
        }
    }
}

/// May they read a decision before its period is stepped? Those in other seats may not.
fn reads_pending(standing: Option<&Standing>, decision: &Row, run: &RunView) -> bool {
    match standing {
        None => false,
        Some(Standing::Leader | Standing::Staff) => true,
        Some(Standing::Player { runuser, .. }) => {
            let player = run.runusers.get(runuser);
            player.is_some_and(|player| decided(player, decision))
        }
    }
}

/// The authids among `audience` who may read a decision before its period is stepped.
#[must_use]
pub fn readers_of_pending(
    decision: &Row,
    run: &RunView,
    audience: &BTreeSet<String>,
) -> BTreeSet<String> {
    let reads = |authid: &&String| {
        let user = authid.parse().ok();
        let row = user.and_then(|user| run.runuser_of(user));
        row.is_none_or(|row| row.is_leader() || decided(row, decision))
    };
    audience.iter().filter(reads).cloned().collect()
}

/// Is it this player's seat that the decision was made in? Where a role has several seats, the decision's name says whose it is.
fn decided(player: &Row, decision: &Row) -> bool {
    let named = decision.text("name").strip_prefix("decision.");
    match named.and_then(|pk| pk.parse::<u64>().ok()) {
        Some(pk) if decision.reference("role") == player.reference("role") => player.pk == pk,
        _ => decision.reference("role") == player.reference("role"),
    }
}

/// The authids of the users who may see what `owner` owns in `run`.
#[must_use]
pub fn audience(run: &RunView, owner: Owner, online: &Online) -> BTreeSet<String> {
    let players: Vec<&Row> = match owner {
        Owner::Run => run
            .runusers
            .values()
            .filter(|r| r.is_active())
            .map(AsRef::as_ref)
            .collect(),
        Owner::World(world) => run.players_of(world).map(AsRef::as_ref).collect(),
        Owner::RunUser(pk) => run
            .runusers
            .get(&pk)
            .filter(|r| r.is_active())
            .map(AsRef::as_ref)
            .into_iter()
            .collect(),
    };
    let leaders = run.leaders().map(AsRef::as_ref);
    let users = players
        .into_iter()
        .chain(leaders)
        .filter_map(|r| r.reference("user"));
    users
        .map(|user| user.to_string())
        .chain(online.staff())
        .collect()
}

/// Which users have a session, and which of them are staff.
///
/// A user is offline only when their last session has ended.
#[derive(Debug, Default)]
pub struct Online {
    state: Mutex<Sessions>,
    turned: Notify,
}

#[derive(Debug, Default)]
struct Sessions {
    count: HashMap<u64, usize>,
    staff: HashSet<u64>,
    left: HashSet<u64>,
}

impl Online {
    /// A session of `user` has begun.
    pub fn joined(&self, user: u64, staff: bool) {
        let mut state = self.lock();
        *state.count.entry(user).or_default() += 1;
        state.left.remove(&user);
        if staff {
            state.staff.insert(user);
        }
    }

    /// A session of `user` has ended.
    pub fn left(&self, user: u64) {
        let mut state = self.lock();
        let Some(count) = state.count.get_mut(&user) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            state.count.remove(&user);
            state.staff.remove(&user);
            state.left.insert(user);
            drop(state);
            self.turned.notify_one();
        }
    }

    /// Has this user a session?
    #[must_use]
    pub fn is_online(&self, user: u64) -> bool {
        self.lock().count.contains_key(&user)
    }

    /// The authids of the staff who are here.
    #[must_use]
    pub fn staff(&self) -> Vec<String> {
        self.lock().staff.iter().map(u64::to_string).collect()
    }

    /// Waits until users have gone offline, and says which.
    pub async fn gone(&self) -> Vec<u64> {
        loop {
            let left: Vec<u64> = self.lock().left.drain().collect();
            if !left.is_empty() {
                return left;
            }
            self.turned.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(resource: Resource, json: Value) -> Row {
        let Value::Object(json) = json else {
            panic!("a row is an object")
        };
        Row::new(resource, json).unwrap()
    }

    fn class() -> RunView {
        let mut run = RunView::new(row(Resource::Run, json!({"id": 5})));
        for (pk, user, world, leader) in [
            (1, 6, None, true),
            (2, 7, Some(10), false),
            (3, 8, Some(11), false),
        ] {
            let json =
                json!({"id": pk, "user": user, "world": world, "leader": leader, "active": true});
            run.apply(row(Resource::RunUser, json));
        }
        run
    }

    fn standing(user: u64) -> Option<Standing> {
        Standing::of(Viewer::User { user, staff: false }, &class())
    }

    #[test]
    fn a_player_reaches_the_own_world_and_the_own_run_user_and_no_other() {
        let player = standing(7).unwrap();
        assert!(player.reaches(Owner::World(10), None));
        assert!(!player.reaches(Owner::World(11), None));
        assert!(player.reaches(Owner::Run, Some(2)));
        assert!(!player.reaches(Owner::Run, Some(3)));
        assert!(!player.reaches(Owner::RunUser(3), None));
        assert!(player.reaches(Owner::Run, None));
        assert!(!player.leads());
    }

    #[test]
    fn a_leader_reaches_every_world_and_a_stranger_none() {
        assert!(standing(6).unwrap().reaches(Owner::World(11), None));
        assert_eq!(standing(99), None);
        let staff = Standing::of(
            Viewer::User {
                user: 99,
                staff: true,
            },
            &class(),
        );
        assert_eq!(staff, Some(Standing::Staff));
    }

    #[test]
    fn the_audience_of_a_world_is_its_players_the_leaders_and_staff() {
        let online = Online::default();
        online.joined(1, true);
        online.joined(8, false);
        let seen = audience(&class(), Owner::World(10), &online);
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["1", "6", "7"]);
    }

    #[test]
    fn secrets_stay_inside() {
        let row = row(
            Resource::Run,
            json!({"id": 5, "data": {"_private": {"seed": 7}, "_turn": {}, "a": 1}}),
        );
        assert_eq!(
            view(&row, &Online::default())["data"],
            json!({"_turn": {}, "a": 1})
        );
    }

    #[tokio::test]
    async fn a_user_is_offline_only_when_the_last_session_has_ended() {
        let online = Online::default();
        online.joined(7, false);
        online.joined(7, false);
        online.left(7);
        assert!(online.is_online(7));
        online.left(7);
        assert!(!online.is_online(7));
        assert_eq!(online.gone().await, [7]);
    }
}
