//! A run's actor: the run itself, its run users, its phases.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use games_contract::Resource;
use serde_json::Value;
use simpl::{Call, Callback, Rejected, ScopeKind};

use super::branches::Branches;
use super::{Child, Hosted};
use crate::deadlines::look_at_limit;
use crate::handlers::{HandlerDesk, Next, Pending, Where, Work};
use crate::joining::Waiting;
use crate::mailbox::Mailbox;
use crate::refusal;
use crate::scopes::{Applied, Owner, Place, Row, RunView};
use crate::seating::Done;
use crate::sight::Audience;
use crate::turns::Submission;

/// The handle of a run's actor.
#[derive(Debug)]
pub struct RunActor {
    /// The run's pk.
    pub pk: u64,
    /// What readers see.
    pub view: Arc<ArcSwap<RunView>>,
    /// Its jobs.
    pub mailbox: Mailbox<RunState>,
    pub(super) branches: Branches,
    pub(super) hosted: Weak<Hosted>,
    pace: AtomicI64,
}

/// What a run's actor owns.
#[derive(Debug)]
pub struct RunState {
    /// The game.
    pub(crate) hosted: Arc<Hosted>,
    /// The run itself.
    pub(crate) run: RunView,
    /// What leaders had done lately, so that it is done once.
    pub done: Done,
    /// Who waits for a leader to let them in.
    pub(crate) waiting: Waiting,
    /// Of what the game is to be told.
    pub(crate) pending: Pending,
    view: Arc<ArcSwap<RunView>>,
}

/// A row that was taken in, and what it was before.
struct News {
    child: Child,
    before: Option<Arc<Row>>,
    now: Arc<Row>,
}

impl RunActor {
    /// An actor for `run`, with no branches yet.
    pub fn new(hosted: &Arc<Hosted>, run: &RunView) -> Arc<Self> {
        look_at_limit(&run.run);
        hosted.note_code(&run.run);
        let view = Arc::new(ArcSwap::from_pointee(run.clone()));
        let state = RunState {
            hosted: hosted.clone(),
            run: run.clone(),
            done: Done::default(),
            waiting: Waiting::new(hosted.joining.waiting),
            pending: Pending::default(),
            view: view.clone(),
        };
        let mailbox = Mailbox::new(state, hosted.limits.mailbox, hosted.tasks.clone());
        Arc::new(Self {
            pk: run.run.pk,
            view,
            mailbox,
            branches: Branches::default(),
            hosted: Arc::downgrade(hosted),
            pace: AtomicI64::default(),
        })
    }

    /// Gives everybody who plays alone an actor, where the game is for a single player.
    pub(super) fn wake_single_players(&self) {
        let game = self.hosted.upgrade().map(|hosted| hosted.game.clone());
        if !game.is_some_and(|game| game.is_single_player()) {
            return;
        }
        let run = self.view.load();
        let players = run.runusers.values();
        for player in players.filter(|row| row.is_active() && !row.is_leader()) {
            let _ = self.branch(Owner::RunUser(player.pk));
        }
    }

    /// The order of the last period that a table with a person has come to; 0 while none has.
    pub(crate) fn pace(&self) -> i64 {
        self.pace.load(Ordering::SeqCst)
    }

    /// Notes that a table with a person has come to the period of this order. True when none had before.
    pub(crate) fn raise_pace(&self, order: i64) -> bool {
        self.pace.fetch_max(order, Ordering::SeqCst) < order
    }
}

impl RunState {
    /// Takes in the run's row or a run user's, and tells everybody concerned.
    pub async fn absorb(&mut self, row: Row) {
        self.absorb_all(vec![row]).await;
    }

    /// Takes in rows of the run and of run users that were stored together: they are seen together, and then told one by one.
    pub async fn absorb_all(&mut self, rows: Vec<Row>) {
        let mut news = Vec::new();
        for row in rows {
            news.extend(self.take(row).await);
        }
        if news.is_empty() {
            return;
        }
        self.publish_view();
        for news in news {
            self.tell(news).await;
        }
    }

    async fn take(&mut self, row: Row) -> Option<News> {
        let (resource, pk) = (row.resource, row.pk);
        let before = self.held(resource, pk);
        let row = Arc::new(row);
        let child = match self.run.apply(row.clone()) {
            Applied::Added => Child::Added,
            Applied::Updated => Child::Updated,
            Applied::Known | Applied::Stale | Applied::Orphan => return None,
            Applied::Conflict => {
                let fresh = self.hosted.read_again(&row).await?;
                self.run.overwrite(fresh);
                Child::Updated
            }
        };
        let now = self.held(resource, pk)?;
        if resource == Resource::RunUser {
            let place = Place {
                run: self.run.run.pk,
                owner: Owner::RunUser(pk),
            };
            self.hosted.directory.enter(resource, pk, place);
        }
        Some(News { child, before, now })
    }

    async fn tell(&mut self, News { child, before, now }: News) {
        self.hosted
            .announce(child, &now, &self.run, Owner::Run, None)
            .await;
        if now.resource == Resource::RunUser {
            if !now.is_active() && before.as_ref().is_some_and(|row| row.is_active()) {
                self.hosted.announce_farewell(&now, &self.run).await;
            }
            self.reseat(before.as_deref(), Some(&*now)).await;
            if child == Child::Added {
                self.somebody(Callback::RunUserCreated, &now);
            }
        }
        if now.resource == Resource::Run {
            self.hosted.note_code(&now);
            self.reveal(before.as_deref(), &now).await;
            self.keep_time(before.as_deref(), &now).await;
            let phase = |row: &Row| row.reference("phase");
            if let Some(before) = before.filter(|before| phase(before) != phase(&now)) {
                self.phase_changed(phase(&before), phase(&now));
            }
        }
    }

    /// After the run came to a phase that reveals, its branches show what the game has kept from others.
    async fn reveal(&self, before: Option<&Row>, now: &Row) {
        let reveals = |row: &Row| self.hosted.reveals(row);
        let is_revealed = reveals(now) && !before.is_some_and(reveals);
        let game = &self.hosted.game;
        if !is_revealed || !(game.has_parts() || game.keeps_decisions_secret()) {
            return;
        }
        let run = self.hosted.run(now.pk);
        for branch in run.iter().flat_map(|run| run.branches()) {
            branch
                .mailbox
                .post(|state| Box::pin(state.reveal_all()))
                .await;
        }
    }

    /// After the run came to another phase, or got another time limit, its worlds look at their time.
    async fn keep_time(&self, before: Option<&Row>, now: &Row) {
        let phase = |row: &Row| row.reference("phase");
        let limit = |row: &Row| row.data().pointer("/_turn/limit").cloned();
        let same = before.is_some_and(|row| (phase(row), limit(row)) == (phase(now), limit(now)));
        let Some(run) = self.hosted.run(now.pk).filter(|_| !same) else {
            return;
        };
        look_at_limit(now);
        run.wake_single_players();
        let alone = self.hosted.game.is_single_player();
        for branch in run.branches() {
            match branch.owner {
                Owner::World(_) => {
                    branch
                        .mailbox
                        .post(|state| Box::pin(state.keep_time()))
                        .await;
                }
                Owner::RunUser(_) if alone => {
                    branch.mailbox.post(|state| Box::pin(state.recover())).await;
                }
                Owner::Run | Owner::RunUser(_) => {}
            }
        }
    }

    fn held(&self, resource: Resource, pk: u64) -> Option<Arc<Row>> {
        match resource {
            Resource::Run => Some(self.run.run.clone()),
            _ => self.run.runusers.get(&pk).cloned(),
        }
    }

    /// After a run user has come, changed or gone: whom they left behind in a world hears of it, and where another seat is taken
    /// now, or a bot sits, a period may be complete.
    async fn reseat(&self, before: Option<&Row>, now: Option<&Row>) {
        let world = |row: Option<&Row>| row.and_then(|row| row.reference("world"));
        let (left, entered) = (world(before), world(now));
        if let (Some(left), Some(now)) = (left.filter(|left| Some(*left) != entered), now) {
            self.hosted.announce_move(now, &self.run, left).await;
        }
        let seat = |row: &Row| {
            let place = (row.reference("world"), row.reference("role"));
            let bot = row.data().pointer("/_turn/bot").cloned();
            (place, row.is_active(), row.is_leader(), bot)
        };
        if before.map(seat) == now.map(seat) {
            return;
        }
        let own = now.map(|row| Owner::RunUser(row.pk));
        let worlds: BTreeSet<u64> = left.into_iter().chain(entered).collect();
        let Some(run) = self.hosted.run(self.run.run.pk) else {
            return;
        };
        let alone = self.hosted.game.is_single_player();
        for owner in worlds.into_iter().map(Owner::World).chain(own) {
            let branch = match alone {
                true => run.branch(owner),
                false => run.acting(owner),
            };
            if let Some(branch) = branch {
                branch.mailbox.post(|state| Box::pin(state.recover())).await;
            }
        }
    }

    /// Notes a world of this run; `announced` is its row when others are to hear of it.
    pub async fn add_world(&mut self, pk: u64, announced: Option<Row>) {
        // Whichever of answer and change comes first tells of it.
        let is_new = self.run.worlds.insert(pk);
        if !is_new {
            return;
        }
        self.publish_view();
        if let Some(row) = announced {
            self.tell_of_world(row).await;
        }
    }

    /// Tells everybody concerned of a new world.
    pub(crate) async fn tell_of_world(&mut self, row: Row) {
        self.publish_view();
        self.hosted
            .announce(Child::Added, &row, &self.run, Owner::World(row.pk), None)
            .await;
    }

    /// Takes a run user or a world away and tells everybody concerned; `last` is the row as it was.
    pub async fn remove(&mut self, last: Row) {
        let before = self.run.remove(last.resource, last.pk);
        self.publish_view();
        // The end of a world is for those who could see it.
        let owner = match last.resource {
            Resource::World => Owner::World(last.pk),
            _ => Owner::Run,
        };
        self.hosted
            .announce(Child::Removed, &last, &self.run, owner, None)
            .await;
        self.reseat(before.as_deref(), None).await;
        if last.resource == Resource::RunUser {
            self.somebody(Callback::RunUserDeleted, &last);
        }
    }

    /// A user's names or e-mail address changed: their run user shows the new ones.
    pub async fn rename(&mut self, user: &Row) {
        let own = |row: &&Arc<Row>| row.reference("user") == Some(user.pk);
        let Some(runuser) = self.run.runusers.values().find(own).cloned() else {
            return;
        };
        let (mut renamed, mut names) = (runuser.members(), user.members());
        for member in ["email", "first_name", "last_name"] {
            if let Some(value) = names.swap_remove(member) {
                renamed.insert(member.to_owned(), value);
            }
        }
        let row = Row::new(Resource::RunUser, renamed);
        let Some(row) = row.filter(|row| !row.says_the_same(&runuser)) else {
            return;
        };
        self.run.overwrite(row.clone());
        self.publish_view();
        self.hosted
            .announce(Child::Updated, &row, &self.run, Owner::Run, None)
            .await;
    }

    /// Tells where the run stands, to those who may have missed something.
    pub async fn tell_again(&self) {
        let run = &self.run;
        self.hosted
            .announce(Child::Updated, &run.run, run, Owner::Run, None)
            .await;
    }

    /// Tells a run user's presence on the scopes in `on`.
    pub async fn tell_presence(&self, runuser: u64, on: &[(Resource, u64)]) {
        let Some(row) = self.run.runusers.get(&runuser) else {
            return;
        };
        let seen_by = Audience::of_row(row, &self.run, Owner::Run);
        for scope in on {
            let seen_by = match *scope {
                (Resource::RunUser, pk) => seen_by.on_runuser(&self.run, pk),
                _ => seen_by.clone(),
            };
            self.hosted
                .publish_child(Child::Updated, *scope, row, None, &seen_by)
                .await;
        }
    }

    /// Moves the run to the phase before (−1) or after (1) the present one. When it returns, every world has finished what was
    /// submitted before.
    ///
    /// # Errors
    /// There is no such phase, or the games API did not store it.
    pub async fn move_phase(&mut self, step: isize) -> Result<Value, Rejected> {
        let catalogue = self.hosted.catalogue.load_full();
        let key = self.run.run.pk.to_string();
        // What is stored is the whole row, and somebody else may have changed it a moment ago.
        let stored = self.hosted.client.get(Resource::Run, &key).await;
        let stored = stored.map_err(|error| refusal::not_stored("the phase", &error))?;
        let Some(run) = Row::new(Resource::Run, stored) else {
            return Err(refusal::gone("run"));
        };
        let current = run.reference("phase");
        let Some(next) = catalogue.neighbour(current, step) else {
            let name = current
                .and_then(|pk| catalogue.phase(pk))
                .map_or(Cow::default(), |phase| phase.text("name"));
            let side = if step > 0 { "after" } else { "before" };
            return Err(refusal::no_phase(self.run.run.pk, side, &name));
        };
        let stored = self.hosted.change(&run, "phase", next.pk.into()).await;
        let stored = stored.map_err(|error| refusal::not_stored("the phase", &error))?;
        if let Some(row) = Row::new(Resource::Run, stored) {
            self.absorb(row).await;
        }
        // Decisions accepted under the old phase are filed before the leader hears that it is over.
        if let Some(run) = self.hosted.run(self.run.run.pk) {
            for branch in run.branches() {
                branch.mailbox.settled().await;
            }
        }
        // The game has been told when the leader hears that it is done.
        self.call_back().await;
        Ok(Value::Null)
    }

    /// Runs a handler of the run's own procedures.
    ///
    /// # Errors
    /// What the handler refused, or why it could not run.
    pub async fn handle(&mut self, submission: Submission) -> Result<Value, Rejected> {
        let run = self.run.run.pk;
        let place = Where::Actor {
            run,
            owner: Owner::Run,
        };
        let (desk, wishes) =
            HandlerDesk::new(&self.hosted, place, submission.viewer, ScopeKind::Run);
        let mut call = Call::new(submission.scope, submission.pk, run, desk);
        call.args = submission.args;
        call.kwargs = submission.kwargs;
        let limit = self.hosted.limits.handler;
        let mut work = Work::new("a procedure", submission.handler, call, wishes, limit);
        loop {
            match work.next().await {
                Next::Wish(wish) => self.grant(wish).await,
                Next::Done(reply) => return reply,
            }
        }
    }

    fn publish_view(&self) {
        self.view.store(Arc::new(self.run.clone()));
    }
}
