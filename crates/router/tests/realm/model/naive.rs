//! What a realm should do, in plain lists.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wamp::MatchPolicy::{self, Exact, Prefix, Wildcard};
use wamp::uri;

/// What clients should hear: messages with everything left out that the model does not foresee.
pub(super) type Heard = Vec<(usize, Value)>;

/// What the router should know. Clients are numbered.
#[derive(Default)]
pub(super) struct Model {
    /// (client, policy, pattern)
    pub(super) subscriptions: Vec<(usize, MatchPolicy, String)>,
    /// What was published with `retain`, newest last.
    retained: Vec<Published>,
    /// What was published to topics whose events are kept, newest last.
    history: Vec<Published>,
    /// (client, topic, number)
    testaments: Vec<(usize, String, u64)>,
    pub(super) registrations: Vec<Registration>,
    pub(super) calls: Vec<Call>,
    /// (client, request) of calls of which their caller has more to say, open or not.
    pub(super) begun: Vec<(usize, u64)>,
    /// Client → invocations it has been sent.
    invocations: BTreeMap<usize, u64>,
    /// How many registrations and callees there have been.
    count: u64,
    /// Seconds that have passed.
    now: u64,
}

/// Something that was published.
#[derive(Clone, Debug)]
pub(super) struct Published {
    /// `None` when whoever it was has left.
    pub(super) by: Option<usize>,
    pub(super) topic: String,
    pub(super) number: u64,
    pub(super) exclude_me: bool,
    /// For this client only.
    pub(super) eligible: Option<usize>,
    /// Not for this one.
    pub(super) excluded: Option<usize>,
    pub(super) retain: bool,
}

impl Published {
    fn is_for(&self, client: usize) -> bool {
        self.admits(client) && !(self.exclude_me && self.by == Some(client))
    }

    /// Whether the lists do.
    fn admits(&self, client: usize) -> bool {
        self.eligible.is_none_or(|only| only == client) && self.excluded != Some(client)
    }
}

pub(super) struct Registration {
    number: u64,
    pub(super) policy: MatchPolicy,
    pub(super) pattern: String,
    invoke: &'static str,
    /// (when it came, client), in this order.
    pub(super) callees: Vec<(u64, usize)>,
    /// When the callee that was called last had come.
    called: u64,
}

#[derive(Clone)]
pub(super) struct Call {
    pub(super) caller: usize,
    pub(super) request: u64,
    pub(super) callee: usize,
    pub(super) invocation: u64,
    /// Whether the caller takes progress.
    pub(super) progress: bool,
    /// Whether it was begun in parts; such a call is for one callee.
    parts: bool,
    interrupted: bool,
    /// When its time is over.
    until: u64,
    /// The registration, where there were other callees than this one; and who has been tried in vain.
    shared: Option<(u64, Vec<usize>)>,
}

impl Registration {
    fn rank(&self) -> (u8, usize, Vec<bool>) {
        let literal = self.pattern.split('.').map(|part| !part.is_empty());
        match self.policy {
            Exact => (2, 0, vec![]),
            Prefix => (1, self.pattern.len(), vec![]),
            Wildcard => (0, 0, literal.collect()),
        }
    }

    /// Who gets a call that those have not taken.
    fn next(&mut self, tried: &[usize]) -> Option<usize> {
        let free = self.callees.iter().filter(|(_, c)| !tried.contains(c));
        let free: Vec<_> = free.copied().collect();
        let chosen = match self.invoke {
            "last" => free.last(),
            "roundrobin" => {
                let later = free.iter().find(|(came, _)| *came > self.called);
                later.or(free.first())
            }
            _ => free.first(),
        };
        let (came, client) = *chosen?;
        self.called = came;
        Some(client)
    }
}

impl Model {
    pub(super) fn subscribe(
        &mut self,
        client: usize,
        policy: MatchPolicy,
        pattern: &str,
        get_retained: bool,
    ) -> Heard {
        let entry = (client, policy, pattern.to_owned());
        if !self.subscriptions.contains(&entry) {
            self.subscriptions.push(entry);
        }
        let mut heard = vec![(client, json!("SUBSCRIBED"))];
        let mut last = BTreeMap::new();
        for published in self.retained.iter().filter(|_| get_retained) {
            if published.is_for(client) && uri::matches(policy, pattern, &published.topic) {
                last.insert(&*published.topic, published.number);
            }
        }
        let events = last.iter().map(|(topic, number)| {
            let topic = (policy != Exact).then_some(topic);
            (client, json!(["RETAINED", topic, number]))
        });
        heard.extend(events);
        heard
    }

    /// The numbers of the last of what a client may see of the topics below `a.`.
    pub(super) fn events(&self, client: usize, kept: usize) -> Value {
        let first = self.history.len().saturating_sub(kept);
        let visible = self.history[first..].iter();
        let visible = visible.filter(|published| published.admits(client));
        visible.map(|published| published.number).collect()
    }

    pub(super) fn testament(&mut self, client: usize, topic: &str, number: u64) -> Heard {
        self.testaments.push((client, topic.to_owned(), number));
        vec![(client, json!(["RESULT", number, null]))]
    }

    pub(super) fn register(
        &mut self,
        client: usize,
        policy: MatchPolicy,
        pattern: &str,
        invoke: &'static str,
        force: bool,
    ) -> Heard {
        self.count += 1;
        let count = self.count;
        let mut heard = Heard::new();
        let mut all = self.registrations.iter();
        let place = all.position(|there| there.policy == policy && there.pattern == pattern);
        if let Some(place) = place {
            let there = &mut self.registrations[place];
            if force {
                let revoked = self.registrations.remove(place).callees;
                heard.extend(
                    revoked
                        .iter()
                        .map(|(_, callee)| (*callee, json!("REVOKED"))),
                );
            } else {
                let refused = match (there.invoke, invoke) {
                    ("single", _) => Some("procedure_already_exists"),
                    (one, other) if one == other => None,
                    _ => Some("procedure_exists_with_different_invocation_policy"),
                };
                if let Some(error) = refused {
                    return vec![(client, json!(format!("wamp.error.{error}")))];
                }
                if !there.callees.iter().any(|(_, callee)| *callee == client) {
                    there.callees.push((count, client));
                }
                return vec![(client, json!("REGISTERED"))];
            }
        }
        self.registrations.push(Registration {
            number: count,
            policy,
            pattern: pattern.to_owned(),
            invoke,
            callees: vec![(count, client)],
            called: 0,
        });
        heard.push((client, json!("REGISTERED")));
        heard
    }

    pub(super) fn unregister(&mut self, client: usize, policy: MatchPolicy, pattern: &str) {
        for there in &mut self.registrations {
            if there.policy == policy && there.pattern == pattern {
                there.callees.retain(|(_, callee)| *callee != client);
            }
        }
        self.registrations.retain(|there| !there.callees.is_empty());
    }

    pub(super) fn publish(&mut self, published: Published) -> Heard {
        let matching = self
            .subscriptions
            .iter()
            .filter(|(client, policy, pattern)| {
                uri::matches(*policy, pattern, &published.topic) && published.is_for(*client)
            });
        let event = |policy| match policy {
            Exact => json!(["EVENT", null, published.number]),
            _ => json!(["EVENT", published.topic, published.number]),
        };
        let heard = matching.map(|(client, policy, _)| (*client, event(*policy)));
        let heard = heard.collect();
        if published.topic.starts_with("a.") {
            self.history.push(published.clone());
        }
        if published.retain {
            self.retained.push(published);
        }
        heard
    }

    pub(super) fn call(
        &mut self,
        client: usize,
        request: u64,
        procedure: &str,
        progress: bool,
        parts: bool,
        seconds: u64,
    ) -> Heard {
        if parts {
            self.begun.push((client, request));
        }
        let matching = self.registrations.iter_mut();
        let matching =
            matching.filter(|there| uri::matches(there.policy, &there.pattern, procedure));
        let Some(best) = matching.max_by_key(|there| there.rank()) else {
            return vec![(client, json!("wamp.error.no_such_procedure"))];
        };
        let callee = best.next(&[]).expect("a registration has callees");
        let shared = (best.callees.len() > 1 && !parts).then(|| (best.number, vec![]));
        self.invoke(Call {
            caller: client,
            request,
            callee,
            invocation: 0,
            progress,
            parts,
            interrupted: false,
            until: self.now + seconds,
            shared,
        })
    }

    fn invoke(&mut self, call: Call) -> Heard {
        let count = self.invocations.entry(call.callee).or_default();
        *count += 1;
        let invocation = json!(["INVOCATION", *count, call.request, call.parts]);
        let heard = vec![(call.callee, invocation)];
        self.calls.push(Call {
            invocation: *count,
            ..call
        });
        heard
    }

    /// More of a call, which may have ended, or the rest of it.
    pub(super) fn call_on(&mut self, place: usize, number: u64, more: bool) -> Heard {
        let (caller, request) = self.begun[place];
        if !more {
            self.begun.remove(place);
        }
        let mut open = self.calls.iter();
        let open = open.find(|call| (call.caller, call.request) == (caller, request));
        let part = open.map(|call| {
            let invocation = json!(["INVOCATION", call.invocation, number, more]);
            (call.callee, invocation)
        });
        part.into_iter().collect()
    }

    /// The callee of that call cannot take it.
    pub(super) fn unavailable(&mut self, place: usize) -> Heard {
        let call = self.calls.remove(place);
        let refused = vec![(
            call.caller,
            json!(["wamp.error.no_available_callee", call.request]),
        )];
        let (false, Some((number, mut tried))) = (call.interrupted, call.shared.clone()) else {
            return refused;
        };
        tried.push(call.callee);
        let mut there = self.registrations.iter_mut();
        let there = there.find(|there| there.number == number);
        let Some((next, count)) =
            there.and_then(|there| Some((there.next(&tried)?, there.callees.len())))
        else {
            return refused;
        };
        self.invoke(Call {
            callee: next,
            shared: (count > 1).then_some((number, tried)),
            ..call
        })
    }

    pub(super) fn cancel(&mut self, place: usize, mode: &str) -> Heard {
        let call = &mut self.calls[place];
        let told = (call.callee, json!(["INTERRUPT", call.invocation, mode]));
        let interrupted = call.interrupted;
        if mode == "kill" {
            call.interrupted = true;
            return if interrupted { vec![] } else { vec![told] };
        }
        let mut heard = vec![(call.caller, json!(["wamp.error.canceled", call.request]))];
        if mode == "killnowait" && !interrupted {
            heard.push(told);
        }
        self.calls.remove(place);
        heard
    }

    pub(super) fn pass(&mut self, seconds: u64) -> Heard {
        self.now += seconds;
        let mut heard = Heard::new();
        for call in self.calls.extract_if(.., |call| call.until <= self.now) {
            heard.push((call.caller, json!(["wamp.error.timeout", call.request])));
            if !call.interrupted {
                let told = json!(["INTERRUPT", call.invocation, "killnowait"]);
                heard.push((call.callee, told));
            }
        }
        heard
    }

    pub(super) fn leave(&mut self, client: usize) -> Heard {
        self.subscriptions.retain(|entry| entry.0 != client);
        let made = std::mem::take(&mut self.testaments);
        let (now, later): (Vec<_>, _) = made.into_iter().partition(|made| made.0 == client);
        self.testaments = later;
        let mut heard = Heard::new();
        for (_, topic, number) in now {
            heard.extend(self.publish(Published {
                by: None,
                topic,
                number,
                exclude_me: true,
                eligible: None,
                excluded: None,
                retain: false,
            }));
        }
        let published = self.retained.iter_mut().chain(&mut self.history);
        for left in published.filter(|published| published.by == Some(client)) {
            left.by = None;
        }
        for there in &mut self.registrations {
            there.callees.retain(|(_, callee)| *callee != client);
        }
        self.registrations.retain(|there| !there.callees.is_empty());
        self.invocations.remove(&client);
        self.begun.retain(|(caller, _)| *caller != client);
        for call in &mut self.calls {
            // Whoever comes under this number is another.
            if let Some((_, tried)) = &mut call.shared {
                tried.retain(|callee| *callee != client);
            }
        }
        self.calls.retain(|call| {
            if call.caller == client && call.callee != client && !call.interrupted {
                heard.push((
                    call.callee,
                    json!(["INTERRUPT", call.invocation, "killnowait"]),
                ));
            } else if call.callee == client && call.caller != client {
                heard.push((call.caller, json!(["wamp.error.canceled", call.request])));
            }
            call.caller != client && call.callee != client
        });
        heard
    }
}
