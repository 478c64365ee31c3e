//! A realm with a clock that the test turns.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use wamp::{Dict, Id, Message, Secret, Serializer, cra};
use wamp_router::{
    Action, Admission, AskId, AuthMethod, CloseReason, Ids, Input, Introduction, Limits,
    Permission, Proof, Question, RealmConfig, Router, Verdict,
};

/// Ids 1001, 1002, …
struct Counter(Id);

impl Ids for Counter {
    fn draw(&mut self) -> Id {
        self.0 += 1;
        self.0
    }
}

/// A realm, what its clients have heard, and what it has asked.
pub(crate) struct Realm {
    pub(crate) router: Router,
    pub(crate) now: Duration,
    /// Whether questions are answered by [`gate`] at once, or kept in `asked`.
    pub(crate) gate_open: bool,
    pub(crate) asked: Vec<(AskId, Id, Question)>,
    pub(crate) joined: Vec<String>,
    pub(crate) left: Vec<String>,
    /// To whom something was sent, in order.
    pub(crate) sent_to: Vec<Id>,
    heard: HashMap<Id, Vec<Value>>,
    closed: HashMap<Id, CloseReason>,
}

impl Realm {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        let config = RealmConfig {
            name: "realm1".to_owned(),
            auth_methods: vec![AuthMethod::Ticket, AuthMethod::Anonymous],
            limits,
            ..RealmConfig::default()
        };
        Self::of(config)
    }

    pub(crate) fn of(config: RealmConfig) -> Self {
        Self::drawing(Box::new(Counter(1_000)), config)
    }

    /// With ids from there.
    pub(crate) fn drawing(ids: Box<dyn Ids>, config: RealmConfig) -> Self {
        Self {
            router: Router::new(config, ids),
            now: Duration::ZERO,
            gate_open: true,
            asked: Vec::new(),
            joined: Vec::new(),
            left: Vec::new(),
            sent_to: Vec::new(),
            heard: HashMap::new(),
            closed: HashMap::new(),
        }
    }

    pub(crate) fn open(&mut self) -> Id {
        self.router.open(self.now, None).unwrap()
    }

    /// A trusted session.
    pub(crate) fn join(&mut self, authid: &str) -> Id {
        let (session, actions) = self.router.join(self.now, authid, "service");
        self.carry_out(actions);
        session
    }

    /// A client with role `player` that has been welcomed.
    pub(crate) fn login(&mut self, authid: &str) -> Id {
        let session = self.open();
        self.hello(
            session,
            json!({"authmethods": ["ticket"], "authid": authid}),
        );
        self.say(session, json!([5, "right", {}]));
        assert_eq!(self.hear(session).last().unwrap()[0], 2);
        session
    }

    /// The same, with features that it announces by role.
    pub(crate) fn login_with(&mut self, authid: &str, roles: Value) -> Id {
        let session = self.open();
        let details = json!({"authmethods": ["ticket"], "authid": authid, "roles": roles});
        self.say(session, json!([1, "realm1", details]));
        self.say(session, json!([5, "right", {}]));
        assert_eq!(self.hear(session).last().unwrap()[0], 2);
        session
    }

    pub(crate) fn hello(&mut self, session: Id, mut details: Value) {
        details["roles"] = json!({"caller": {}, "callee": {}, "publisher": {}, "subscriber": {}});
        self.say(session, json!([1, "realm1", details]));
    }

    pub(crate) fn say(&mut self, session: Id, message: Value) {
        let text = Bytes::from(message.to_string());
        let message = Serializer::Json.decode(&text).unwrap();
        self.tell(session, Input::Message(message));
    }

    pub(crate) fn tell(&mut self, session: Id, input: Input) {
        let actions = self.router.handle(self.now, session, input);
        self.carry_out(actions);
    }

    /// What a session has heard since it was last asked for.
    pub(crate) fn hear(&mut self, session: Id) -> Vec<Value> {
        self.heard.remove(&session).unwrap_or_default()
    }

    /// The one thing a session has heard.
    pub(crate) fn hear_one(&mut self, session: Id) -> Value {
        let mut heard = self.hear(session);
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.remove(0)
    }

    /// The error URI and sentence of the one ERROR that a session has heard.
    pub(crate) fn hear_error(&mut self, session: Id) -> (String, String) {
        let error = self.hear_one(session);
        assert_eq!(error[0], 8, "{error}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&error[4]), text(&error[5][0]))
    }

    /// Subscribes, and returns the subscription.
    pub(crate) fn subscribe(&mut self, session: Id, policy: &str, topic: &str) -> Id {
        self.say(session, json!([32, 1, {"match": policy}, topic]));
        let answer = self.hear_one(session);
        assert_eq!(answer[0], 33, "{answer}");
        answer[2].as_u64().unwrap()
    }

    /// Registers, and returns the registration.
    pub(crate) fn register(&mut self, session: Id, policy: &str, procedure: &str) -> Id {
        self.say(session, json!([64, 1, {"match": policy}, procedure]));
        let answer = self.hear_one(session);
        assert_eq!(answer[0], 65, "{answer}");
        answer[2].as_u64().unwrap()
    }

    pub(crate) fn closed(&self, session: Id) -> Option<CloseReason> {
        self.closed.get(&session).copied()
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        let actions = self.router.tick(self.now);
        self.carry_out(actions);
    }

    /// Answers the question asked first.
    pub(crate) fn answer(&mut self, verdict: Option<Verdict>) {
        let (ask, session, _) = self.asked.remove(0);
        self.tell(session, Input::Answer { ask, verdict });
    }

    pub(crate) fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send { session, message } => self.deliver(session, &message),
                Action::Broadcast { sessions, message } => {
                    assert!(!sessions.is_empty());
                    for session in sessions {
                        self.deliver(session, &message);
                    }
                }
                Action::Close { session, reason } => {
                    self.closed.insert(session, reason);
                }
                Action::Ask {
                    id,
                    session,
                    question,
                } => {
                    let verdict = gate(&question);
                    self.asked.push((id, session, question));
                    if self.gate_open {
                        self.answer(Some(verdict));
                    }
                }
                Action::Joined(info) => self.joined.push(info.authid.clone()),
                Action::Left(info) => self.left.push(info.authid.clone()),
            }
        }
    }

    fn deliver(&mut self, session: Id, message: &Message) {
        assert!(
            !self.closed.contains_key(&session),
            "nothing is sent after the end: {message:?}"
        );
        let value = serde_json::from_slice(&Serializer::Json.encode(message)).unwrap();
        self.heard.entry(session).or_default().push(value);
        self.sent_to.push(session);
    }
}

/// What a client is to sign.
pub(crate) fn challenge_for(introduction: &Introduction) -> Dict {
    let challenge = cra::Challenge {
        authid: introduction.authid.clone(),
        authrole: "player".to_owned(),
        authprovider: "test".to_owned(),
        session: introduction.session,
        nonce: format!("nonce of {}", introduction.session),
        timestamp: "2026-11-21T09:06:17.265Z".to_owned(),
    };
    challenge.extra()
}

/// Lets in whose ticket or secret is `right`, and forbids what begins with `forbidden`.
pub(crate) fn gate(question: &Question) -> Verdict {
    match question {
        Question::Challenge(introduction) => Verdict::Challenge(challenge_for(introduction)),
        Question::Authenticate(claim) => Verdict::Admission(match &claim.proof {
            Proof::Ticket { authid, ticket } if ticket.reveal() == "right" => welcome(authid),
            Proof::Anonymous => welcome("guest"),
            Proof::WampCra {
                authid,
                challenge,
                signature,
            } => {
                let text = challenge[cra::CHALLENGE].as_str().unwrap_or_default();
                if cra::verify(&Secret::from("right"), text, signature) {
                    welcome(authid)
                } else {
                    Admission::Deny {
                        reason: "wamp.error.not_authorized".to_owned(),
                        message: "WAMP-CRA signature is invalid".to_owned(),
                    }
                }
            }
            _ => Admission::Deny {
                reason: "wamp.error.not_authorized".to_owned(),
                message: "unknown user or wrong password".to_owned(),
            },
        }),
        Question::Authorize(request) if request.uri.starts_with("forbidden") => {
            Verdict::Permission(Permission::Forbid {
                error: "wamp.error.not_authorized".to_owned(),
                message: format!(
                    "{:?} of <{}> is not for you",
                    request.operation, request.uri
                ),
            })
        }
        Question::Authorize(_) => allow(),
    }
}

pub(crate) fn allow() -> Verdict {
    Verdict::Permission(Permission::Allow)
}

pub(crate) fn welcome(authid: &str) -> Admission {
    Admission::Welcome {
        authid: authid.to_owned(),
        authrole: "player".to_owned(),
        authprovider: "test".to_owned(),
        extra: Dict::new(),
    }
}
