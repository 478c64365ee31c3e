//! Random scripts of many sessions, compared with a model that is slow and obvious.

mod naive;

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use wamp::MatchPolicy::{self, Exact, Prefix, Wildcard};
use wamp_router::{HistoryRule, Input, Limits, RealmConfig};

use crate::fixture::Realm;
use naive::{Heard, Model, Published};

/// One step of a script. Clients are numbered; numbers of sessions that have left mean new ones. Calls are picked among the open ones.
#[derive(Clone, Debug)]
enum Step {
    Subscribe(usize, MatchPolicy, String, bool),
    Unsubscribe(usize, usize),
    Register(usize, MatchPolicy, String, &'static str, bool),
    Unregister(usize, usize),
    /// By whom, to what, to oneself as well, to one only, to all but one, to be retained.
    Publish(usize, String, bool, Option<usize>, Option<usize>, bool),
    Testament(usize, String),
    Events(usize),
    /// By whom, to what, whether the result and the call itself may come in parts, within so many seconds.
    Call(usize, String, bool, bool, Option<u64>),
    /// One that was begun in parts, open or not; whether still more follows.
    CallOn(usize, bool),
    /// So many seconds.
    Pass(u64),
    Yield(usize),
    Progress(usize),
    Unavailable(usize),
    Cancel(usize, &'static str),
    Leave(usize),
}

const CLIENTS: usize = 4;

/// How many seconds a call may take.
const LONGEST: u64 = 20;

/// How many events are kept.
const KEPT: usize = 3;

fn pattern() -> impl Strategy<Value = (MatchPolicy, String)> {
    prop_oneof![
        topic().prop_map(|uri| (Exact, uri)),
        "([ab]\\.){0,2}[ab]?".prop_map(|uri| (Prefix, uri)),
        "[ab]?(\\.[ab]?){1,2}".prop_map(|uri| (Wildcard, uri)),
    ]
}

fn topic() -> impl Strategy<Value = String> {
    "[ab](\\.[ab]){0,2}"
}

/// What several are likely to offer in the same way.
const SHARED: [(MatchPolicy, &str, &str); 3] = [
    (Exact, "a", "roundrobin"),
    (Exact, "b.a", "first"),
    (Prefix, "b", "last"),
];

/// A procedure, one of the shared ones more often than not.
fn procedure() -> impl Strategy<Value = String> {
    let shared = prop::sample::select(&["a", "b.a", "b.b"]);
    prop_oneof![topic(), shared.prop_map(str::to_owned)]
}

fn step() -> impl Strategy<Value = Step> {
    let client = || 0..CLIENTS;
    let pick = || 0..6_usize;
    let invoke = prop::sample::select(&["single", "first", "last", "roundrobin", "roundrobin"]);
    let mode = prop::sample::select(&["skip", "kill", "killnowait"]);
    let one = || prop::option::weighted(0.2, client());
    let publication = (
        client(),
        topic(),
        any::<bool>(),
        one(),
        one(),
        any::<bool>(),
    );
    let seconds = prop::sample::select(&[None, Some(0), Some(5), Some(1_000)]);
    let in_parts = prop::bool::weighted(0.3);
    let call = (client(), procedure(), any::<bool>(), in_parts, seconds);
    let offer = (client(), pattern(), invoke, prop::bool::weighted(0.1));
    let share = (client(), prop::sample::select(&SHARED));
    prop_oneof![
        3 => (client(), pattern(), any::<bool>()).prop_map(|(c, (p, u), r)| Step::Subscribe(c, p, u, r)),
        1 => (client(), pick()).prop_map(|(c, n)| Step::Unsubscribe(c, n)),
        4 => offer.prop_map(|(c, (p, u), invoke, force)| Step::Register(c, p, u, invoke, force)),
        4 => share.prop_map(|(c, (p, u, invoke))| Step::Register(c, p, u.to_owned(), invoke, false)),
        1 => (client(), pick()).prop_map(|(c, n)| Step::Unregister(c, n)),
        5 => publication.prop_map(|(c, u, me, only, but, retain)| Step::Publish(c, u, me, only, but, retain)),
        1 => (client(), topic()).prop_map(|(c, u)| Step::Testament(c, u)),
        1 => client().prop_map(Step::Events),
        8 => call.prop_map(|(c, u, p, more, t)| Step::Call(c, u, p, more, t)),
        3 => (pick(), any::<bool>()).prop_map(|(n, more)| Step::CallOn(n, more)),
        1 => (1..20_u64).prop_map(Step::Pass),
        2 => pick().prop_map(Step::Yield),
        1 => pick().prop_map(Step::Progress),
        3 => pick().prop_map(Step::Unavailable),
        3 => (pick(), mode).prop_map(|(n, mode)| Step::Cancel(n, mode)),
        1 => client().prop_map(Step::Leave),
    ]
}

/// The same abridgement of what was really heard as the model makes.
fn abridge(message: &Value) -> Value {
    match message[0].as_u64().unwrap() {
        33 => json!("SUBSCRIBED"),
        35 => json!("UNSUBSCRIBED"),
        65 => json!("REGISTERED"),
        67 if message[1] == 0 => json!("REVOKED"),
        67 => json!("UNREGISTERED"),
        36 if message[3]["retained"] == true => {
            json!(["RETAINED", message[3]["topic"], message[4][0]])
        }
        36 => json!(["EVENT", message[3]["topic"], message[4][0]]),
        50 if message[2]["progress"] == true => json!(["PROGRESS", message[1], message[3][0]]),
        50 => json!(["RESULT", message[1], message[3][0]]),
        68 => {
            let more = message[3]["progress"] == true;
            json!(["INVOCATION", message[1], message[4][0], more])
        }
        69 => json!(["INTERRUPT", message[1], message[2]["mode"]]),
        8 if message[4] == "wamp.error.canceled"
            || message[4] == "wamp.error.timeout"
            || message[4] == "wamp.error.no_available_callee" =>
        {
            json!([message[4], message[2]])
        }
        8 => message[4].clone(),
        _ => message.clone(),
    }
}

/// The real ids that belong to the entries of the model.
#[derive(Default)]
struct Real {
    /// The subscription whose events are kept.
    history: u64,
    subscriptions: BTreeMap<(usize, MatchPolicy, String), u64>,
    registrations: BTreeMap<(MatchPolicy, String), u64>,
}

/// A client that can do everything.
fn login(realm: &mut Realm, number: usize) -> u64 {
    let features = json!({"features": {
        "call_canceling": true, "registration_revocation": true,
        "progressive_call_invocations": true, "progressive_call_results": true,
    }});
    realm.login_with(
        &format!("c{number}"),
        json!({"caller": features, "callee": features}),
    )
}

/// Does one step in both; what the model foresees is returned, or `None` when there is nothing to do it to.
fn take(
    step: &Step,
    request: u64,
    realm: &mut Realm,
    model: &mut Model,
    real: &Real,
    clients: &mut [u64],
) -> Option<Heard> {
    Some(match step {
        Step::Subscribe(client, policy, pattern, retained) => {
            let options = json!({"match": policy.as_str(), "get_retained": retained});
            realm.say(clients[*client], json!([32, request, options, pattern]));
            model.subscribe(*client, *policy, pattern, *retained)
        }
        Step::Unsubscribe(client, pick) => {
            let mut mine = model.subscriptions.iter().filter(|e| e.0 == *client);
            let entry = mine.nth(*pick)?.clone();
            let id = real.subscriptions[&entry];
            realm.say(clients[*client], json!([34, request, id]));
            model.subscriptions.retain(|other| *other != entry);
            vec![(*client, json!("UNSUBSCRIBED"))]
        }
        Step::Register(client, policy, pattern, invoke, force) => {
            let options =
                json!({"match": policy.as_str(), "invoke": invoke, "force_reregister": force});
            realm.say(clients[*client], json!([64, request, options, pattern]));
            model.register(*client, *policy, pattern, invoke, *force)
        }
        Step::Unregister(client, pick) => {
            let mine = model.registrations.iter();
            let mut mine = mine.filter(|there| there.callees.iter().any(|(_, c)| c == client));
            let there = mine.nth(*pick)?;
            let (policy, pattern) = (there.policy, there.pattern.clone());
            let id = real.registrations[&(policy, pattern.clone())];
            realm.say(clients[*client], json!([66, request, id]));
            model.unregister(*client, policy, &pattern);
            vec![(*client, json!("UNREGISTERED"))]
        }
        Step::Publish(client, topic, exclude_me, only, but, retain) => {
            let mut options = json!({"exclude_me": exclude_me, "retain": retain});
            if let Some(only) = only {
                options["eligible_authid"] = json!([format!("c{only}")]);
            }
            if let Some(but) = but {
                options["exclude_authid"] = json!([format!("c{but}")]);
            }
            realm.say(
                clients[*client],
                json!([16, request, options, topic, [request]]),
            );
            model.publish(Published {
                by: Some(*client),
                topic: topic.clone(),
                number: request,
                exclude_me: *exclude_me,
                eligible: *only,
                excluded: *but,
                retain: *retain,
            })
        }
        Step::Testament(client, topic) => {
            let testament = json!([topic, [request]]);
            let call = json!([48, request, {}, "wamp.session.add_testament", testament]);
            realm.say(clients[*client], call);
            model.testament(*client, topic, request)
        }
        Step::Events(client) => {
            let call = json!([
                48,
                request,
                {},
                "wamp.subscription.get_events",
                [real.history]
            ]);
            realm.say(clients[*client], call);
            let found = realm.hear_one(clients[*client])[3][0].clone();
            let found = found.as_array().unwrap().iter();
            let found: Value = found.map(|event| event["args"][0].clone()).collect();
            assert_eq!(found, model.events(*client, KEPT));
            Heard::new()
        }
        Step::Call(client, procedure, progress, parts, seconds) => {
            let mut options = json!({"receive_progress": progress, "progress": parts});
            if let Some(seconds) = seconds {
                options["timeout"] = json!(seconds * 1_000);
            }
            let call = json!([48, request, options, procedure, [request]]);
            realm.say(clients[*client], call);
            let seconds = seconds.filter(|seconds| *seconds > 0);
            let seconds = seconds.map_or(LONGEST, |seconds| seconds.min(LONGEST));
            model.call(*client, request, procedure, *progress, *parts, seconds)
        }
        Step::CallOn(pick, more) => {
            let (caller, begun) = *model.begun.get(*pick)?;
            // Where it goes was said when it was begun.
            let call = json!([48, begun, {"progress": more}, "elsewhere", [request]]);
            realm.say(clients[caller], call);
            model.call_on(*pick, request, *more)
        }
        Step::Pass(seconds) => {
            realm.pass(Duration::from_secs(*seconds));
            model.pass(*seconds)
        }
        Step::Yield(pick) => {
            let call = model.calls.get(*pick)?.clone();
            let number = call.invocation;
            realm.say(clients[call.callee], json!([70, number, {}, [number]]));
            model.calls.remove(*pick);
            vec![(call.caller, json!(["RESULT", call.request, number]))]
        }
        Step::Progress(pick) => {
            let call = model.calls.get(*pick)?;
            let number = call.invocation;
            let part = json!([70, number, {"progress": true}, [number]]);
            realm.say(clients[call.callee], part);
            let heard = (call.caller, json!(["PROGRESS", call.request, number]));
            call.progress.then_some(heard).into_iter().collect()
        }
        Step::Unavailable(pick) => {
            let call = model.calls.get(*pick)?;
            let error = json!([8, 68, call.invocation, {}, "wamp.error.unavailable"]);
            realm.say(clients[call.callee], error);
            model.unavailable(*pick)
        }
        Step::Cancel(pick, mode) => {
            let call = model.calls.get(*pick)?;
            let cancel = json!([49, call.request, {"mode": mode}]);
            realm.say(clients[call.caller], cancel);
            model.cancel(*pick, mode)
        }
        Step::Leave(client) => {
            realm.tell(clients[*client], Input::Closed);
            clients[*client] = login(realm, *client);
            model.leave(*client)
        }
    })
}

fn run(script: &[Step]) -> Result<(), TestCaseError> {
    let mut realm = Realm::of(RealmConfig {
        history: vec![HistoryRule {
            topic: "a.".to_owned(),
            match_policy: Prefix,
            events: KEPT,
            bytes: 1 << 20,
        }],
        limits: Limits {
            testaments: 100,
            call_timeout: Duration::from_secs(LONGEST),
            ..Limits::default()
        },
        ..RealmConfig::default()
    });
    let mut model = Model::default();
    let mut real = Real::default();
    let asker = realm.join("asker");
    let lookup = json!(["a.", {"match": "prefix"}]);
    realm.say(
        asker,
        json!([48, 1, {}, "wamp.subscription.lookup", lookup]),
    );
    real.history = realm.hear_one(asker)[3][0].as_u64().unwrap();
    realm.tell(asker, Input::Closed);
    let mut clients: Vec<u64> = (0..CLIENTS).map(|n| login(&mut realm, n)).collect();
    let mut request = 0;
    for step in script {
        request += 1;
        let done = take(step, request, &mut realm, &mut model, &real, &mut clients);
        let Some(expected) = done else {
            continue;
        };
        let mut heard = Heard::new();
        for (client, session) in clients.iter().enumerate() {
            for message in realm.hear(*session) {
                match (step, message[0].as_u64()) {
                    (Step::Subscribe(_, policy, pattern, _), Some(33)) => {
                        let key = (client, *policy, pattern.clone());
                        real.subscriptions.insert(key, message[2].as_u64().unwrap());
                    }
                    (Step::Register(_, policy, pattern, ..), Some(65)) => {
                        let key = (*policy, pattern.clone());
                        real.registrations.insert(key, message[2].as_u64().unwrap());
                    }
                    _ => {}
                }
                heard.push((client, abridge(&message)));
            }
        }
        // Who hears first of one publication is nobody's business.
        let sorted = |mut list: Heard| {
            list.sort_by_key(|(client, message)| (*client, message.to_string()));
            list
        };
        prop_assert_eq!(sorted(heard), sorted(expected), "{:?}", step);
    }
    for session in clients {
        realm.tell(session, Input::Closed);
    }
    prop_assert_eq!(realm.router.session_count(), 0);
    prop_assert_eq!(realm.router.next_deadline(), None);
    Ok(())
}

proptest! {
    #[test]
    fn a_realm_delivers_what_the_naive_model_says(script in vec(step(), 1..120)) {
        run(&script)?;
    }
}
