//! What people say of themselves, and what they cannot say; what they may subscribe to.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wamp_transport::{CallError, MatchPolicy, Payload, PublishOptions};

use crate::calling::pattern;
use crate::school::{EVENT, Person, School};
use crate::table::{Findings, rows};

/// Publishing: permitted or not, and told to whoever may see it or to nobody.
pub(crate) async fn walk(school: &mut School, findings: &mut Findings) {
    let scopes =
        ["run.<run>.", "world.<world>.", "runuser.<runuser>."].map(|scope| school.uri(scope));
    let watcher = school.person_mut("leader");
    for scope in &scopes {
        assert!(watcher.subscribe(scope, MatchPolicy::Prefix).await);
    }
    let forgotten = watcher.heard().await;
    drop(forgotten);
    for row in rows("Publishing") {
        for at in 0..school.people.len() {
            let (uri, person) = (school.uri(&row.name), &school.people[at]);
            let said = publish(person, &uri).await;
            let (name, viewer, own) = (person.name, person.viewer, person.seat.seat["pk"].clone());
            // What was published is dispatched before this person's next call, and told by the run's actor.
            let ready = school.uri("ready");
            person.call(&ready, &[]).await.unwrap();
            let run = school.class.hosted().run(school.places["<run>"]).unwrap();
            run.mailbox.settled().await;
            for branch in run.branches() {
                branch.mailbox.settled().await;
            }
            let heard = school.person_mut("leader").heard().await;
            let found = match (said, heard.as_slice()) {
                (false, []) => "no".to_owned(),
                (true, []) => "–".to_owned(),
                (true, told)
                    if told.iter().all(|(_, _, args)| {
                        args[0] == own && args.get(1) == Some(&json!("runuser"))
                    }) =>
                {
                    "yes".to_owned()
                }
                (true, told)
                    if told
                        .iter()
                        .all(|(_, topic, _)| topic.ends_with(&format!(".{EVENT}"))) =>
                {
                    "yes".to_owned()
                }
                other => format!("{other:?}"),
            };
            findings.compare(&row, viewer, name, &found);
        }
    }
}

/// `false` when it is refused.
async fn publish(person: &Person, topic: &str) -> bool {
    let options = PublishOptions {
        acknowledge: true,
        ..PublishOptions::default()
    };
    let forged = Payload::from_args(&[json!(1), json!("runuser"), json!({"id": 1})]);
    match person.seat.session.publish(topic, options, forged).await {
        Ok(()) => true,
        Err(CallError::Refused(_)) => false,
        Err(error) => panic!("{}: {topic}: {error}", person.name),
    }
}

/// Every topic that the service listens to has a row.
pub(crate) async fn is_complete(school: &School, findings: &mut Findings) {
    let staff = school.person("office");
    let service = staff
        .call("wamp.session.list", &[json!(["service"])])
        .await
        .unwrap();
    let listed = staff.call("wamp.subscription.list", &[]).await.unwrap();
    let rows = rows("Publishing");
    let open = rows.iter().filter(|row| row.cell("leader") != "no");
    let written: BTreeSet<String> = open.map(|row| pattern(&row.name)).collect();
    let mut there = BTreeSet::new();
    for id in listed
        .as_object()
        .unwrap()
        .values()
        .flat_map(|ids| ids.as_array().unwrap())
    {
        let id = std::slice::from_ref(id);
        let subscribers: Value = staff
            .call("wamp.subscription.list_subscribers", id)
            .await
            .unwrap();
        if subscribers == service {
            let found = staff.call("wamp.subscription.get", id).await.unwrap();
            there.insert(found["uri"].as_str().unwrap().to_owned());
        }
    }
    assert!(!there.is_empty());
    for uri in there.symmetric_difference(&written) {
        findings.note(format!(
            "{uri}: what the service listens to and the rows under Publishing differ"
        ));
    }
}

/// Subscribing: which topics and patterns are permitted.
pub(crate) async fn subscribing(school: &mut School, findings: &mut Findings) {
    let rows = rows("Subscribing");
    for topic in wamp_transport::META_TOPICS {
        if !rows.iter().any(|row| row.name == topic) {
            findings.note(format!("{topic} has no row under Subscribing"));
        }
    }
    for row in rows {
        let policy: MatchPolicy = row.about.parse().unwrap();
        let uri = school.uri(&row.name);
        // Patterns that name nothing of a game are tried as they are.
        let uri = if row.name.is_empty() || row.name.starts_with('.') {
            row.name.clone()
        } else {
            uri
        };
        for person in &mut school.people {
            let found = if person.subscribe(&uri, policy).await {
                "yes"
            } else {
                "no"
            };
            findings.compare(&row, person.viewer, person.name, found);
        }
    }
}
