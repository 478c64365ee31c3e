//! The task that owns the router.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep, timeout};
use wamp::{Id, Message, Serializer, close};
use wamp_router::{
    Action, AskId, CloseReason, Full, Input, Listeners, Proof, Question, RealmConfig, Router, Slow,
    Verdict,
};

use super::Command;
use super::counts::{Tally, add};
use super::ids::SystemIds;
use super::line::{End, Parcel, Wire};
use super::oversize::{self, Instead};
use crate::carrier::Frame;
use crate::{Gate, NodeConfig, SlowReaders};

/// How many commands are taken up between two looks at the clock.
const BATCH: usize = 128;

/// How long the timer is set when nothing is due.
const IDLE: Duration = Duration::from_secs(3_600);

/// The router with everything around it.
pub(super) struct Actor {
    router: Router,
    config: Arc<NodeConfig>,
    gate: Arc<dyn Gate>,
    wires: HashMap<Id, Wire>,
    /// Sessions whose congestion the router has been told of.
    congested: BTreeSet<Id>,
    /// To hand to tasks that ask the gate. Weak, or the actor would keep itself alive.
    commands: mpsc::WeakSender<Command>,
    tally: Arc<Tally>,
    started: Instant,
    stopping: bool,
    /// What the router has decided and is not done yet.
    actions: VecDeque<Action>,
}

impl Actor {
    pub(super) fn new(
        config: Arc<NodeConfig>,
        gate: Arc<dyn Gate>,
        commands: mpsc::WeakSender<Command>,
        tally: Arc<Tally>,
    ) -> Self {
        let realm = RealmConfig {
            name: config.realm.clone(),
            auth_methods: config.auth_methods.clone(),
            disclosure: config.disclosure,
            history: config.history.clone(),
            // Time zero is now.
            epoch: config.date,
            limits: config.limits.clone(),
        };
        Self {
            router: Router::new(realm, Box::new(SystemIds::default())),
            config,
            gate,
            wires: HashMap::new(),
            congested: BTreeSet::new(),
            commands,
            tally,
            started: Instant::now(),
            stopping: false,
            actions: VecDeque::new(),
        }
    }

    /// Which topics somebody listens to.
    pub(super) fn listeners(&self) -> Listeners {
        self.router.listeners()
    }

    /// Works until nobody can send commands any more, or until everybody has left after a shutdown.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut timer = Box::pin(sleep(IDLE));
        while !(self.stopping && self.router.session_count() == 0) {
            tokio::select! {
                biased;
                count = commands.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        break;
                    }
                }
                () = &mut timer => timer.as_mut().reset(Instant::now() + IDLE),
            }
            let now = self.started.elapsed();
            self.note_relief(now);
            for command in batch.drain(..) {
                self.obey(now, command);
            }
            let sessions = self.router.session_count() as u64;
            self.tally.sessions.store(sessions, Ordering::Relaxed);
            if self.router.next_deadline().is_some_and(|at| at <= now) {
                let actions = self.router.tick(now);
                self.carry_out(now, actions);
            }
            self.set_timer(timer.as_mut());
        }
    }

    /// Sets the timer to the next deadline if it would ring too late; ringing early does no harm.
    fn set_timer(&self, timer: Pin<&mut Sleep>) {
        if let Some(at) = self.router.next_deadline() {
            let at = self.started + at;
            if at < timer.deadline() {
                timer.reset(at);
            }
        }
    }

    fn obey(&mut self, now: Duration, command: Command) {
        match command {
            Command::Open {
                peer,
                outbox,
                reply,
            } => {
                let opened = self.router.open(now, peer);
                if let Ok(session) = opened {
                    self.wires.insert(session, Wire::new(End::Socket(outbox)));
                }
                // A connection that went away meanwhile will not miss its id, and tell us nothing.
                if let Err(Ok(session)) = reply.send(opened) {
                    self.tell(now, session, Input::Closed);
                    self.wires.remove(&session);
                }
            }
            Command::Join {
                authid,
                authrole,
                delivery,
                reply,
            } => {
                if self.stopping {
                    let _ = reply.send(Err(Full));
                    return;
                }
                let (session, actions) = self.router.join(now, &authid, &authrole);
                self.wires
                    .insert(session, Wire::new(End::Process(delivery)));
                self.carry_out(now, actions);
                if reply.send(Ok(session)).is_err() {
                    self.lose(now, session);
                }
            }
            Command::Message {
                session,
                message,
                credit,
            } => {
                add(&self.tally.messages_in, 1);
                if let (Some(credit), Some(wire)) = (credit, self.wires.get_mut(&session)) {
                    wire.credits.push_back(credit);
                }
                self.tell(now, session, Input::Message(message));
                self.return_credits(session);
            }
            Command::Violation { session, what } => {
                self.tell(now, session, Input::Violation(what));
            }
            Command::Closed { session } => self.lose(now, session),
            Command::Answer {
                session,
                ask,
                verdict,
            } => {
                self.tell(now, session, Input::Answer { ask, verdict });
                self.return_credits(session);
            }
            Command::CloseUser { authid, reply } => {
                let (count, actions) = self.router.close_user(now, &authid);
                self.carry_out(now, actions);
                // Whoever asked may have stopped waiting; the sessions are closed all the same.
                let _ = reply.send(count);
            }
            Command::Offer(methods) => self.router.offer(methods),
            Command::Shutdown => {
                self.stopping = true;
                let actions = self.router.shutdown(now);
                self.carry_out(now, actions);
            }
        }
    }

    fn tell(&mut self, now: Duration, session: Id, input: Input) {
        let actions = self.router.handle(now, session, input);
        self.carry_out(now, actions);
    }

    /// The other end of a session is gone.
    fn lose(&mut self, now: Duration, session: Id) {
        self.wires.remove(&session);
        self.congested.remove(&session);
        self.tell(now, session, Input::Closed);
    }

    /// A session's messages that no longer wait in the router count no more.
    fn return_credits(&mut self, session: Id) {
        let waiting = self.router.waiting(session);
        if let Some(wire) = self.wires.get_mut(&session) {
            let done = wire.credits.len().saturating_sub(waiting);
            wire.credits.drain(..done);
        }
    }

    fn carry_out(&mut self, now: Duration, actions: Vec<Action>) {
        self.actions.extend(actions);
        while let Some(action) = self.actions.pop_front() {
            match action {
                Action::Send { session, message } => self.send(now, session, message),
                Action::Broadcast { sessions, message } => {
                    self.broadcast(now, &sessions, &message);
                }
                Action::Close { session, reason } => self.close(session, reason),
                Action::Ask {
                    id,
                    session,
                    question,
                } => self.ask(now, id, session, question),
                Action::Joined(info) => {
                    tracing::debug!(session = info.id, authid = info.authid, "joined");
                    add(&self.tally.joined, 1);
                    self.notify(|gate| gate.joined(&info));
                }
                Action::Left(info) => {
                    tracing::debug!(session = info.id, authid = info.authid, "left");
                    add(&self.tally.left, 1);
                    self.notify(|gate| gate.left(&info));
                }
            }
        }
    }

    fn send(&mut self, now: Duration, session: Id, message: Message) {
        if self.drops(now, session, &message) {
            return;
        }
        let Some(wire) = self.wires.get(&session) else {
            return;
        };
        add(&self.tally.messages_out, 1);
        match &wire.end {
            End::Socket(outbox) => {
                let frame = Frame::of(outbox.serializer, &message);
                if frame.len() > outbox.largest {
                    return self.spare(now, session, &message);
                }
                outbox.push(Parcel::Frame(frame));
            }
            End::Process(delivery) => {
                if !delivery.deliver(message) {
                    return self.lose_later(now, session);
                }
            }
        }
        self.note_load(now, session);
    }

    /// Sends the same message to many: written once in each serializer that somebody needs it in.
    fn broadcast(&mut self, now: Duration, sessions: &[Id], message: &Message) {
        add(&self.tally.messages_out, sessions.len());
        let mut frames: [Option<Frame>; Serializer::ALL.len()] = Default::default();
        for session in sessions {
            if self.drops(now, *session, message) {
                continue;
            }
            let Some(wire) = self.wires.get(session) else {
                continue;
            };
            match &wire.end {
                End::Socket(outbox) => {
                    let serializer = outbox.serializer;
                    let frame = frames[serializer as usize]
                        .get_or_insert_with(|| Frame::of(serializer, message));
                    if frame.len() > outbox.largest {
                        self.spare(now, *session, message);
                        continue;
                    }
                    outbox.push(Parcel::Frame(frame.clone()));
                }
                End::Process(delivery) => {
                    delivery.deliver(message.clone());
                }
            }
            self.note_load(now, *session);
        }
    }

    /// Whether a message is an event that is dropped, as its receiver is behind and the realm would rather lose events than sessions.
    fn drops(&mut self, now: Duration, session: Id, message: &Message) -> bool {
        let Message::Event { .. } = message else {
            return false;
        };
        let behind = |wire: &&mut Wire| wire.congested && matches!(wire.end, End::Socket(_));
        if self.config.slow_readers != SlowReaders::Drop {
            return false;
        }
        let Some(wire) = self.wires.get_mut(&session).filter(behind) else {
            return false;
        };
        wire.dropped += 1;
        add(&self.tally.events_dropped, 1);
        if wire.dropped == 1 {
            tracing::warn!(session, "events for a session that is behind are dropped");
            let more = self
                .router
                .handle(now, session, Input::Slow(Slow::Dropping));
            self.actions.extend(more);
        }
        true
    }

    /// Does what can be done instead of sending a message that is larger than its receiver takes.
    fn spare(&mut self, now: Duration, session: Id, message: &Message) {
        match oversize::instead(message) {
            Instead::Send(message) => self.actions.push_back(Action::Send { session, message }),
            Instead::Hear(message) => {
                let more = self.router.handle(now, session, Input::Message(message));
                self.actions.extend(more);
            }
            Instead::Drop => {
                tracing::warn!(session, "an event is larger than its subscriber takes");
            }
            Instead::Close(abort) => {
                tracing::warn!(session, kind = %message.kind(), "a session takes too little to be in the realm");
                if let Some(Wire {
                    end: End::Socket(outbox),
                    ..
                }) = self.wires.get(&session)
                {
                    outbox.push(Parcel::Frame(Frame::of(outbox.serializer, &abort)));
                    outbox.push(Parcel::Close(CloseReason::Refused));
                }
                self.lose_later(now, session);
            }
        }
    }

    fn close(&mut self, session: Id, reason: CloseReason) {
        self.congested.remove(&session);
        let Some(wire) = self.wires.remove(&session) else {
            return;
        };
        match wire.end {
            End::Socket(outbox) => outbox.push(Parcel::Close(reason)),
            End::Process(delivery) => delivery.close(close::GOODBYE_AND_OUT),
        }
    }

    /// After something was queued: tells the router when that is too much, and gives up on a
    /// session that does not take what it is sent.
    fn note_load(&mut self, now: Duration, session: Id) {
        let Some(wire) = self.wires.get_mut(&session) else {
            return;
        };
        let held = wire.held();
        if held > self.config.outbox_bytes {
            let limit = self.config.outbox_bytes;
            tracing::warn!(
                session,
                held,
                limit,
                "closing a session that reads too slowly"
            );
            add(&self.tally.slow_closed, 1);
            let more = self.router.handle(now, session, Input::Slow(Slow::Closed));
            self.actions.extend(more);
            match &wire.end {
                End::Socket(outbox) => outbox.cut(),
                End::Process(delivery) => delivery.close("more waits for this session than may"),
            }
            self.lose_later(now, session);
        } else if held > self.config.outbox_bytes / 2 && !wire.congested {
            wire.congested = true;
            self.congested.insert(session);
            tracing::warn!(
                session,
                held,
                "a session is behind; calls to it are refused"
            );
            let more = self.router.handle(now, session, Input::Congested(true));
            self.actions.extend(more);
        }
    }

    /// Tells the router of sessions that have caught up.
    fn note_relief(&mut self, now: Duration) {
        let low = self.config.outbox_bytes / 4;
        let (wires, router) = (&mut self.wires, &mut self.router);
        let mut told = Vec::new();
        self.congested.retain(|session| {
            let Some(wire) = wires.get_mut(session) else {
                return false;
            };
            wire.congested = wire.held() > low;
            if !wire.congested {
                // Relief alone leads to nothing that would have to be done.
                router.handle(now, *session, Input::Congested(false));
                let dropped = std::mem::take(&mut wire.dropped);
                if dropped > 0 {
                    tracing::warn!(session, dropped, "a session takes events again");
                    let slow = Slow::CaughtUp { dropped };
                    told.extend(router.handle(now, *session, Input::Slow(slow)));
                }
            }
            wire.congested
        });
        self.carry_out(now, told);
    }

    /// Gives a session up in the middle of carrying out actions.
    fn lose_later(&mut self, now: Duration, session: Id) {
        self.wires.remove(&session);
        self.congested.remove(&session);
        let more = self.router.handle(now, session, Input::Closed);
        self.actions.extend(more);
    }

    /// Tells the gate something. A gate that panics must not take the router with it.
    fn notify(&self, tell: impl FnOnce(&dyn Gate)) {
        let told = catch_unwind(AssertUnwindSafe(|| tell(&*self.gate)));
        if told.is_err() {
            tracing::error!("the gate panicked when told who has come or gone");
        }
    }

    /// Asks the gate. What it knows without waiting is taken up at once; otherwise a task waits.
    fn ask(&mut self, now: Duration, ask: AskId, session: Id, question: Question) {
        let gate = Arc::clone(&self.gate);
        // A proof may take long to check: not here, where everybody waits for it.
        let at_once = match &question {
            Question::Authenticate(claim) => matches!(claim.proof, Proof::Anonymous),
            Question::Challenge(_) | Question::Authorize(_) => true,
        };
        let limit = self.config.limits.patience(&question);
        let find_out = async move {
            Some(match question {
                Question::Challenge(introduction) => {
                    Verdict::Challenge(gate.challenge(introduction).await?)
                }
                Question::Authenticate(claim) => Verdict::Admission(gate.authenticate(claim).await),
                Question::Authorize(request) => Verdict::Permission(gate.authorize(request).await),
            })
        };
        let mut verdict = Box::pin(AssertUnwindSafe(find_out).catch_unwind());
        if at_once && let Some(found) = (&mut verdict).now_or_never() {
            let verdict = found.ok().flatten();
            let more = self
                .router
                .handle(now, session, Input::Answer { ask, verdict });
            self.actions.extend(more);
            return;
        }
        let Some(commands) = self.commands.upgrade() else {
            return;
        };
        tokio::spawn(async move {
            // The router has its own limit, and by then it no longer waits.
            let Ok(found) = timeout(limit, verdict).await else {
                return;
            };
            let answer = Command::Answer {
                session,
                ask,
                verdict: found.ok().flatten(),
            };
            // A router that has stopped needs no answer.
            let _ = commands.send(answer).await;
        });
    }
}
