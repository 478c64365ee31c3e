//! Who sees what: the one place that decides which content of a scope leaves the service, and to whom.

mod audience;
mod online;

use games_contract::{Map, Resource, RowText};
use serde_json::Value;

use crate::game::Hosted;
use crate::scopes::service_state::PRIVATE;
use crate::scopes::{Node, Owner, Row, RunView};

pub use audience::{Audience, Staff};
pub use online::Online;

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

impl Viewer {
    /// The user's pk; none for the service itself.
    #[must_use]
    pub const fn user(self) -> Option<u64> {
        match self {
            Self::User { user, .. } => Some(user),
            Self::Service => None,
        }
    }
}

/// What the viewer is in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they may see and do.
    pub rank: Rank,
    /// Where they play, if they do. Staff may have a seat, too.
    pub seat: Option<OwnSeat>,
}

/// What somebody may see and do in a run, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Sees and does what belongs to their seat.
    Player,
    /// A leader whose run user has `"assistant": true` in its data: sees the run and changes nothing.
    Assistant,
    /// Leads it.
    Leader,
    /// Staff, or the service itself.
    Staff,
}

/// The run user that somebody plays as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnSeat {
    /// The run user's pk.
    pub runuser: u64,
    /// The world's pk, when they are seated at a table.
    pub world: Option<u64>,
}

impl Standing {
    /// What `viewer` is in `run`; `None` for a stranger. A run user that is not active counts for nothing.
    #[must_use]
    pub fn of(viewer: Viewer, run: &RunView) -> Option<Self> {
        let Viewer::User { user, staff } = viewer else {
            return Some(Self {
                rank: Rank::Staff,
                seat: None,
            });
        };
        let runuser = run.runuser_of(user);
        let own = runuser.map(|row| match row.is_leader() {
            true if is_assistant(row) => Rank::Assistant,
            true => Rank::Leader,
            false => Rank::Player,
        });
        let seat = runuser.filter(|row| !row.is_leader());
        Some(Self {
            rank: own.max(staff.then_some(Rank::Staff))?,
            seat: seat.map(|row| OwnSeat {
                runuser: row.pk,
                world: row.reference("world"),
            }),
        })
    }

    /// May they lead: change phases, have a step tried again?
    #[must_use]
    pub fn leads(&self) -> bool {
        self.rank >= Rank::Leader
    }

    /// May they see the whole run?
    #[must_use]
    pub fn oversees(&self) -> bool {
        self.rank >= Rank::Assistant
    }

    /// May they see this run user? A player sees those of the own world and the leaders.
    #[must_use]
    pub fn sees(&self, row: &Row) -> bool {
        self.oversees()
            || row.is_leader()
            || self.seat.is_some_and(|OwnSeat { runuser, world }| {
                row.pk == runuser || (world.is_some() && row.reference("world") == world)
            })
    }

    /// May they reach what `owner` owns? `runuser` is the addressed run user, when it is one.
    #[must_use]
    pub fn reaches(&self, owner: Owner, runuser: Option<u64>) -> bool {
        self.oversees()
            || self.seat.is_some_and(|seat| match owner {
                Owner::Run => runuser.is_none_or(|addressed| addressed == seat.runuser),
                Owner::World(pk) => seat.world == Some(pk),
                Owner::RunUser(pk) => pk == seat.runuser,
            })
    }
}

/// Is it the run user of a leader who only looks on?
pub(crate) fn is_assistant(runuser: &Row) -> bool {
    runuser.data().get("assistant") == Some(&Value::Bool(true))
}

/// The content of a row that leaves the service: without secrets, and with `online` for a run user.
#[must_use]
pub fn view(row: &Row, online: &Online) -> Map {
    let mut json = row.members();
    if let Some(Value::Object(data)) = json.get_mut("data") {
        data.shift_remove(PRIVATE);
    }
    if row.resource == Resource::RunUser {
        let here = row
            .reference("user")
            .is_some_and(|user| online.is_online(user));
        json.insert("online".to_owned(), here.into());
    }
    json
}

/// As [`view`], to be written at once: most rows leave as they are held.
#[must_use]
pub fn written(row: &Row, online: &Online) -> RowText {
    if row.has_secrets() || row.resource == Resource::RunUser {
        view(row, online).into()
    } else {
        row.json().clone()
    }
}

/// A decision, or what another seat was told alone, as those see it who may not know it: that it is there, and nothing of what it says.
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
    /// Who looks, and at which run.
    eyes: Eyes<'a>,
    /// The game hides decisions until their period is stepped.
    hides_decisions: bool,
    /// The run's phase does not reveal what the game keeps from others.
    keeps: Keeps,
}

/// What a game keeps from others at the table, in the phase that its run is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeps {
    /// Decisions, though their period is stepped.
    pub decisions: bool,
    /// What seats are told alone.
    pub parts: bool,
}

/// Who looks, and at which run.
#[derive(Clone, Copy, Debug)]
struct Eyes<'a> {
    standing: Option<&'a Standing>,
    run: &'a RunView,
}

impl<'a> Lens<'a> {
    /// The eyes of `standing` on `run` of `game`.
    #[must_use]
    pub fn new(game: &'a Hosted, standing: Option<&'a Standing>, run: &'a RunView) -> Self {
        Self {
            online: &game.online,
            eyes: Eyes { standing, run },
            hides_decisions: game.game.hides_decisions(),
            keeps: game.keeps(run),
        }
    }

    /// The content of a row below `parent`, which says whether a decision's period is stepped.
    #[must_use]
    pub fn view(&self, row: &Row, parent: Option<&Node>) -> Map {
        let is_closed = match row.resource {
            Resource::Decision => {
                let is_open = parent.is_some_and(|period| !period.is_stepped());
                self.keeps.decisions || (self.hides_decisions && is_open)
            }
            Resource::Result => self.keeps.parts && is_part(row),
            _ => false,
        };
        if is_closed && !self.eyes.read(row) {
            veiled(row, self.online)
        } else {
            view(row, self.online)
        }
    }
}

impl Eyes<'_> {
    /// May they read a decision before its period is stepped, or what a seat was told alone? Those in other seats may not.
    fn read(self, row: &Row) -> bool {
        self.standing.is_some_and(|standing| {
            let seat = standing.seat;
            let player = seat.and_then(|seat| self.run.runusers.get(&seat.runuser));
            standing.oversees() || player.is_some_and(|player| is_of_seat(player, row, self.run))
        })
    }
}

impl Hosted {
    /// What the game keeps from others at the table, unless the phase of this run reveals it.
    #[must_use]
    pub fn keeps(&self, run: &RunView) -> Keeps {
        let (decisions, parts) = (self.game.keeps_decisions_secret(), self.game.has_parts());
        let closed = (decisions || parts) && !self.reveals(&run.run);
        Keeps {
            decisions: closed && decisions,
            parts: closed && parts,
        }
    }

    /// Does everybody at a table see what the game keeps from others, as the phase of this run has it?
    #[must_use]
    pub fn reveals(&self, run: &Row) -> bool {
        let catalogue = self.catalogue.load();
        let phase = run.reference("phase").and_then(|pk| catalogue.phase(pk));
        let name = phase.map(|phase| phase.text("name"));
        let mut phases = self.game.phases().iter();
        phases.any(|phase| phase.reveals && name.as_ref().is_some_and(|name| *name == phase.name))
    }
}

/// Is it what one seat was told, where a game tells seats something of their own?
#[must_use]
pub fn is_part(row: &Row) -> bool {
    row.resource == Resource::Result && row.reference("role").is_some()
}

/// Is it this player's seat that the decision was made in, or that was told this? Where a role has several seats, the row's name says
/// whose it is; where it has one, that is the first of those who have the role at the table.
fn is_of_seat(player: &Row, row: &Row, run: &RunView) -> bool {
    let role = player.reference("role");
    // Who plays alone reaches no rows but their own.
    if role.is_none() && player.reference("world").is_none() {
        return true;
    }
    if row.reference("role") != role {
        return false;
    }
    let name = row.text("name");
    let named = name.split_once('.');
    match named.and_then(|(_, pk)| pk.parse::<u64>().ok()) {
        Some(pk) => player.pk == pk,
        None => player.reference("world").is_none_or(|world| {
            let mut there = run.players_of(world);
            let first = there.find(|other| other.reference("role") == role && !other.is_leader());
            first.is_none_or(|first| first.pk == player.pk)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scopes::row;
    use serde_json::json;

    fn class() -> RunView {
        let mut run = RunView::new(row(Resource::Run, json!({"id": 5})));
        for (pk, user, world, leader, assistant) in [
            (1, 6, None, true, false),
            (2, 7, Some(10), false, false),
            // The mark of an assistant means nothing on a player.
            (3, 8, Some(11), false, true),
            (4, 9, None, true, true),
        ] {
            let json = json!({"id": pk, "user": user, "world": world, "leader": leader, "active": true,
                "data": {"assistant": assistant}});
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
        assert_eq!(staff.map(|staff| staff.rank), Some(Rank::Staff));
    }

    #[test]
    fn an_assistant_sees_the_run_and_leads_nothing() {
        let assistant = standing(9).unwrap();
        assert_eq!(assistant.rank, Rank::Assistant);
        assert!(assistant.reaches(Owner::World(11), None));
        assert!(assistant.sees(&class().runusers[&3]));
        assert!(!assistant.leads());
    }

    #[test]
    fn whose_run_user_is_not_active_is_a_stranger_player_and_leader_alike() {
        for (user, pk) in [(6, 1), (7, 2), (9, 4)] {
            let mut run = class();
            let mut left = run.runusers[&pk].members();
            left.insert("active".to_owned(), false.into());
            run.overwrite(row(Resource::RunUser, left.into()));
            let viewer = |staff| Viewer::User { user, staff };
            assert_eq!(Standing::of(viewer(false), &run), None);
            let staff = Standing::of(viewer(true), &run).unwrap();
            assert_eq!((staff.rank, staff.seat), (Rank::Staff, None));
        }
    }

    #[test]
    fn staff_who_play_have_a_seat_and_the_rights_of_staff() {
        let viewer = Viewer::User {
            user: 7,
            staff: true,
        };
        let playing = Standing::of(viewer, &class()).unwrap();
        assert_eq!(playing.rank, Rank::Staff);
        let seat = OwnSeat {
            runuser: 2,
            world: Some(10),
        };
        assert_eq!(playing.seat, Some(seat));
        assert!(playing.reaches(Owner::World(11), None));
    }

    #[test]
    fn secrets_stay_inside() {
        let secrets = row(
            Resource::Run,
            json!({"id": 5, "data": {"_private": {"seed": 7}, "_turn": {}, "a": 1}}),
        );
        let seen = json!({"id": 5, "data": {"_turn": {}, "a": 1}});
        let online = Online::default();
        assert_eq!(Value::Object(view(&secrets, &online)), seen);
        assert_eq!(written(&secrets, &online).as_str(), seen.to_string());
        let open = row(Resource::Run, seen.clone());
        assert_eq!(written(&open, &online), *open.json());
    }

    #[test]
    fn a_run_user_is_told_with_whether_they_are_online() {
        let online = Online::default();
        let told = written(&class().runusers[&2], &online).members().unwrap();
        assert_eq!(told["online"], false);
        assert_eq!(told, view(&class().runusers[&2], &online));
    }
}
