//! Publications to clients.

use serde_json::json;
use wamp_transport::{Inbound, Inbox, MatchPolicy, Payload, PublishOptions};

use crate::fixture::{Server, Wire, in_process, on_every_wire, soon};
use crate::raw::Raw;

on_every_wire!(
    an_event_says_who_published_it_and_patterns_say_which_topic,
    a_publication_for_some_users_reaches_their_sessions_only,
    pitfall_20_published_comes_before_ones_own_event,
    a_publication_for_some_sessions_reaches_those_only_and_for_none_nobody,
    events_arrive_in_the_order_of_publishing_until_one_unsubscribes,
    pitfall_24_a_forbidden_publication_is_answered_only_if_it_asked_for_it,
);

in_process!(
    a_publication_for_some_users_reaches_their_sessions_only,
    a_publication_for_some_sessions_reaches_those_only_and_for_none_nobody,
    events_arrive_in_the_order_of_publishing_until_one_unsubscribes,
);

async fn event(inbox: &mut Inbox) -> (u64, Option<String>, Vec<serde_json::Value>) {
    match soon(inbox.recv()).await {
        Some(Inbound::Event {
            subscription,
            topic,
            payload,
            ..
        }) => (subscription, topic, payload.args().unwrap()),
        other => panic!("expected an event, got {other:?}"),
    }
}

async fn an_event_says_who_published_it_and_patterns_say_which_topic(wire: Wire) {
    let server = Server::on(wire).await;
    let mut raw = Raw::login(&server, "s1").await;
    raw.say(json!([32, 1, {}, "sim.world.1.add_child"])).await;
    let exact = raw.hear().await[2].clone();
    raw.say(json!([32, 2, {"match": "prefix"}, "sim.world.1."]))
        .await;
    let prefix = raw.hear().await[2].clone();
    raw.say(json!([32, 3, {"match": "wildcard"}, "sim.world..add_child"]))
        .await;
    let wildcard = raw.hear().await[2].clone();

    let (model, _inbox) = server.node.join("model", "service").await.unwrap();
    let payload = Payload::json(&(1, "world"), &json!({"pk": 1})).unwrap();
    let options = PublishOptions::default();
    model
        .publish("sim.world.1.add_child", options, payload)
        .await
        .unwrap();

    let who = json!({
        "publisher": model.id(), "publisher_authid": "model", "publisher_authrole": "service",
    });
    let mut who_and_topic = who.clone();
    who_and_topic["topic"] = json!("sim.world.1.add_child");
    let first = raw.hear().await;
    let publication = first[2].clone();
    let event = |subscription, details| json!([36, subscription, publication, details, [1, "world"], {"pk": 1}]);
    assert_eq!(first, event(exact, who));
    assert_eq!(raw.hear().await, event(prefix, who_and_topic.clone()));
    assert_eq!(raw.hear().await, event(wildcard, who_and_topic));
}

async fn a_publication_for_some_users_reaches_their_sessions_only(wire: Wire) {
    let server = Server::on(wire).await;
    let (model, _inbox) = server.node.join("model", "service").await.unwrap();
    let (one, mut inbox_one) = server.login("s1").await;
    let (two, mut inbox_two) = server.login("s2").await;
    for session in [&one, &two] {
        session
            .subscribe("sim.topic", MatchPolicy::Exact)
            .await
            .unwrap();
    }
    let publish = |options, text| model.publish("sim.topic", options, Payload::text(text));
    publish(PublishOptions::only(vec!["s1".to_owned()]), "for one")
        .await
        .unwrap();
    publish(PublishOptions::only(vec![]), "for nobody")
        .await
        .unwrap();
    publish(PublishOptions::default(), "for all").await.unwrap();
    assert_eq!(event(&mut inbox_one).await.2, vec![json!("for one")]);
    assert_eq!(event(&mut inbox_one).await.2, vec![json!("for all")]);
    assert_eq!(event(&mut inbox_two).await.2, vec![json!("for all")]);
}

async fn pitfall_20_published_comes_before_ones_own_event(wire: Wire) {
    let server = Server::on(wire).await;
    let mut raw = Raw::login(&server, "s1").await;
    raw.say(json!([32, 1, {}, "sim.topic"])).await;
    raw.hear().await;
    raw.say(json!([16, 2, {"acknowledge": true, "exclude_me": false}, "sim.topic"]))
        .await;
    assert_eq!(raw.hear().await[0], 17);
    assert_eq!(raw.hear().await[0], 36);
}

async fn events_arrive_in_the_order_of_publishing_until_one_unsubscribes(wire: Wire) {
    let server = Server::on(wire).await;
    let (model, _inbox) = server.node.join("model", "service").await.unwrap();
    let (player, mut inbox) = server.login("s1").await;
    let subscription = player.subscribe("sim.", MatchPolicy::Prefix).await.unwrap();
    for number in 0..500 {
        let topic = format!("sim.{}", number % 7);
        let payload = Payload::from_args(&[json!(number)]);
        model
            .publish(&topic, PublishOptions::default(), payload)
            .await
            .unwrap();
    }
    for number in 0..500 {
        let topic = Some(format!("sim.{}", number % 7));
        assert_eq!(
            event(&mut inbox).await,
            (subscription, topic, vec![json!(number)])
        );
    }
    player.unsubscribe(subscription).await.unwrap();
    let error = player.unsubscribe(subscription).await.unwrap_err();
    assert_eq!(error.uri(), Some("wamp.error.no_such_subscription"));
}

async fn pitfall_24_a_forbidden_publication_is_answered_only_if_it_asked_for_it(wire: Wire) {
    let server = Server::on(wire).await;
    let mut raw = Raw::login(&server, "s1").await;
    raw.say(json!([16, 1, {}, "forbidden.topic"])).await;
    raw.say(json!([16, 2, {"acknowledge": true}, "forbidden.topic"]))
        .await;
    let answer = raw.hear().await;
    assert_eq!(
        answer.as_array().unwrap()[..3],
        [json!(8), json!(16), json!(2)]
    );
}

async fn a_publication_for_some_sessions_reaches_those_only_and_for_none_nobody(wire: Wire) {
    let server = Server::on(wire).await;
    let (model, _inbox) = server.login("model").await;
    let (one, mut one_hears) = server.login("s1").await;
    let (other, mut other_hears) = server.login("s1").await;
    for session in [&one, &other] {
        session
            .subscribe("sim.x", MatchPolicy::Exact)
            .await
            .unwrap();
    }
    let everybody = PublishOptions::default();
    for (number, options) in [
        (1, PublishOptions::only_sessions(Vec::new())),
        (2, PublishOptions::only_sessions(vec![one.id()])),
        (3, PublishOptions::only_sessions(vec![other.id()])),
        (4, everybody),
    ] {
        let payload = Payload::from_args(&[json!(number)]);
        model.publish("sim.x", options, payload).await.unwrap();
    }
    for (inbox, expected) in [(&mut one_hears, [2, 4]), (&mut other_hears, [3, 4])] {
        for number in expected {
            let (_, _, args) = event(inbox).await;
            assert_eq!(args, [json!(number)]);
        }
    }
}
