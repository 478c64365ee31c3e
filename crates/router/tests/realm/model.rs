//! Random scripts of many sessions, compared with a model that is slow and obvious.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use wamp::MatchPolicy::{self, Exact, Prefix, Wildcard};
use wamp::uri;
use wamp_router::Input;

use crate::fixture::Realm;

/// One step of a script. Clients are numbered; numbers of sessions that have left mean new ones.
#[derive(Clone, Debug)]
enum Step {
    Subscribe(usize, MatchPolicy, String),
    Unsubscribe(usize, usize),
    Register(usize, MatchPolicy, String),
    Unregister(usize, usize),
    Publish(usize, String, bool),
    Call(usize, String),
    /// Answer one of the open invocations.
    Yield(usize),
    Leave(usize),
}

const CLIENTS: usize = 4;

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

fn step() -> impl Strategy<Value = Step> {
    let client = 0..CLIENTS;
    let pick = 0..8_usize;
    prop_oneof![
        3 => (client.clone(), pattern()).prop_map(|(c, (p, u))| Step::Subscribe(c, p, u)),
        1 => (client.clone(), pick.clone()).prop_map(|(c, n)| Step::Unsubscribe(c, n)),
        3 => (client.clone(), pattern()).prop_map(|(c, (p, u))| Step::Register(c, p, u)),
        1 => (client.clone(), pick.clone()).prop_map(|(c, n)| Step::Unregister(c, n)),
        4 => (client.clone(), topic(), any::<bool>()).prop_map(|(c, u, me)| Step::Publish(c, u, me)),
        4 => (client.clone(), topic()).prop_map(|(c, u)| Step::Call(c, u)),
        3 => pick.prop_map(Step::Yield),
        1 => client.prop_map(Step::Leave),
    ]
}

/// What the router should know, in plain lists.
#[derive(Default)]
struct Model {
    /// (client, policy, pattern)
    subscriptions: Vec<(usize, MatchPolicy, String)>,
    registrations: Vec<(usize, MatchPolicy, String)>,
    /// (caller, request, callee, invocation)
    calls: Vec<(usize, u64, usize, u64)>,
    /// Client → invocations it has been sent.
    invocations: BTreeMap<usize, u64>,
}

/// What a client should hear: a message with everything left out that the model does not foresee.
type Heard = Vec<(usize, Value)>;

impl Model {
    /// Whether a better pattern than `than` matches.
    fn rank(policy: MatchPolicy, pattern: &str) -> (u8, usize, Vec<bool>) {
        let literal = pattern.split('.').map(|part| !part.is_empty()).collect();
        match policy {
            Exact => (2, 0, vec![]),
            Prefix => (1, pattern.len(), vec![]),
            Wildcard => (0, 0, literal),
        }
    }

    fn callee(&self, procedure: &str) -> Option<usize> {
        let matching = self
            .registrations
            .iter()
            .filter(|(_, p, u)| uri::matches(*p, u, procedure));
        matching
            .max_by_key(|(_, p, u)| Self::rank(*p, u))
            .map(|found| found.0)
    }

    fn subscribe(&mut self, client: usize, policy: MatchPolicy, pattern: &str) -> Heard {
        let entry = (client, policy, pattern.to_owned());
        if !self.subscriptions.contains(&entry) {
            self.subscriptions.push(entry);
        }
        vec![(client, json!("SUBSCRIBED"))]
    }

    fn register(&mut self, client: usize, policy: MatchPolicy, pattern: &str) -> Heard {
        if self
            .registrations
            .iter()
            .any(|(_, p, u)| *p == policy && u == pattern)
        {
            return vec![(client, json!("wamp.error.procedure_already_exists"))];
        }
        self.registrations
            .push((client, policy, pattern.to_owned()));
        vec![(client, json!("REGISTERED"))]
    }

    fn publish(&self, client: usize, topic: &str, exclude_me: bool) -> Heard {
        let matching = self
            .subscriptions
            .iter()
            .filter(|(subscriber, policy, pattern)| {
                uri::matches(*policy, pattern, topic) && !(exclude_me && *subscriber == client)
            });
        let event = |policy| match policy {
            Exact => json!(["EVENT", null]),
            _ => json!(["EVENT", topic]),
        };
        matching
            .map(|(subscriber, policy, _)| (*subscriber, event(*policy)))
            .collect()
    }

    fn call(&mut self, client: usize, request: u64, procedure: &str) -> Heard {
        let Some(callee) = self.callee(procedure) else {
            return vec![(client, json!("wamp.error.no_such_procedure"))];
        };
        let count = self.invocations.entry(callee).or_default();
        *count += 1;
        self.calls.push((client, request, callee, *count));
        vec![(callee, json!(["INVOCATION", *count, request]))]
    }

    fn leave(&mut self, client: usize) -> Heard {
        self.subscriptions.retain(|entry| entry.0 != client);
        self.registrations.retain(|entry| entry.0 != client);
        self.invocations.remove(&client);
        let calls = std::mem::take(&mut self.calls);
        let (over, open) = calls
            .into_iter()
            .partition(|call| call.0 == client || call.2 == client);
        self.calls = open;
        let over: Vec<_> = over;
        let waiting = over.into_iter().filter(|call| call.0 != client);
        waiting
            .map(|call| (call.0, json!(["wamp.error.canceled", call.1])))
            .collect()
    }
}

/// The same abridgement of what was really heard.
fn abridge(message: &Value) -> Value {
    match message[0].as_u64().unwrap() {
        33 => json!("SUBSCRIBED"),
        35 => json!("UNSUBSCRIBED"),
        65 => json!("REGISTERED"),
        67 => json!("UNREGISTERED"),
        36 => json!(["EVENT", message[3]["topic"]]),
        50 => json!(["RESULT", message[1], message[3][0]]),
        68 => json!(["INVOCATION", message[1], message[4][0]]),
        8 if message[4] == "wamp.error.canceled" => json!([message[4], message[2]]),
        8 => message[4].clone(),
        _ => message.clone(),
    }
}

/// The real ids that belong to the entries of the model, in the order in which they were made.
#[derive(Default)]
struct Real {
    subscriptions: BTreeMap<(usize, MatchPolicy, String), u64>,
    registrations: BTreeMap<(MatchPolicy, String), u64>,
}

fn run(script: &[Step]) -> Result<(), TestCaseError> {
    let mut realm = Realm::new();
    let mut model = Model::default();
    let mut real = Real::default();
    let mut clients: Vec<u64> = (0..CLIENTS)
        .map(|n| realm.login(&format!("c{n}")))
        .collect();
    let mut request = 0;
    for step in script {
        request += 1;
        let mut expected = Heard::new();
        match step {
            Step::Subscribe(client, policy, pattern) => {
                let options = json!({"match": policy.as_str()});
                realm.say(clients[*client], json!([32, request, options, pattern]));
                expected = model.subscribe(*client, *policy, pattern);
            }
            Step::Unsubscribe(client, pick) => {
                let mine = model
                    .subscriptions
                    .iter()
                    .filter(|entry| entry.0 == *client);
                let mine: Vec<_> = mine.cloned().collect();
                let Some(entry) = mine.get(*pick) else {
                    continue;
                };
                realm.say(
                    clients[*client],
                    json!([34, request, real.subscriptions[entry]]),
                );
                model.subscriptions.retain(|other| other != entry);
                expected.push((*client, json!("UNSUBSCRIBED")));
            }
            Step::Register(client, policy, pattern) => {
                let options = json!({"match": policy.as_str()});
                realm.say(clients[*client], json!([64, request, options, pattern]));
                expected = model.register(*client, *policy, pattern);
            }
            Step::Unregister(client, pick) => {
                let mine = model
                    .registrations
                    .iter()
                    .filter(|entry| entry.0 == *client);
                let mine: Vec<_> = mine.cloned().collect();
                let Some((_, policy, pattern)) = mine.get(*pick) else {
                    continue;
                };
                let id = real.registrations[&(*policy, pattern.clone())];
                realm.say(clients[*client], json!([66, request, id]));
                model
                    .registrations
                    .retain(|(_, p, u)| (p, u) != (policy, pattern));
                expected.push((*client, json!("UNREGISTERED")));
            }
            Step::Publish(client, topic, exclude_me) => {
                let options = json!({"exclude_me": exclude_me});
                realm.say(clients[*client], json!([16, request, options, topic]));
                expected = model.publish(*client, topic, *exclude_me);
            }
            Step::Call(client, procedure) => {
                realm.say(
                    clients[*client],
                    json!([48, request, {}, procedure, [request]]),
                );
                expected = model.call(*client, request, procedure);
            }
            Step::Yield(pick) => {
                if *pick >= model.calls.len() {
                    continue;
                }
                let (caller, call, callee, invocation) = model.calls.remove(*pick);
                realm.say(clients[callee], json!([70, invocation, {}, [invocation]]));
                expected.push((caller, json!(["RESULT", call, invocation])));
            }
            Step::Leave(client) => {
                realm.tell(clients[*client], Input::Closed);
                expected = model.leave(*client);
                clients[*client] = realm.login(&format!("c{client}"));
            }
        }
        let mut heard = Heard::new();
        for (client, session) in clients.iter().enumerate() {
            for message in realm.hear(*session) {
                match (step, message[0].as_u64()) {
                    (Step::Subscribe(_, policy, pattern), Some(33)) => {
                        let key = (client, *policy, pattern.clone());
                        real.subscriptions.insert(key, message[2].as_u64().unwrap());
                    }
                    (Step::Register(_, policy, pattern), Some(65)) => {
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
    fn a_realm_delivers_what_the_naive_model_says(script in vec(step(), 1..60)) {
        run(&script)?;
    }
}
