//! Rights that end while their owner is here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::fault::Fault;
use common::{Class, PATIENCE, ROOT, Seat, refusal, until};
use games_contract::Resource;
use modelservice::settings::Compat;
use serde_json::{Value, json};
use wamp_transport::{ConnectError, ConnectOptions, Inbound, MatchPolicy, connect};

/// Somebody of the office, and their pk.
async fn office(class: &Class) -> u64 {
    let user = json!({"email": "office@div.edu", "password": "office", "first_name": "O", "last_name": "F"});
    let user = class.create(Resource::User, user).await;
    class
        .change(Resource::User, user, json!({"is_staff": true}))
        .await;
    user
}

/// The reason for which the session ends.
async fn end(seat: &mut Seat) -> String {
    loop {
        let next = tokio::time::timeout(PATIENCE, seat.inbox.recv()).await;
        match next.expect("the session ends") {
            Some(Inbound::Closed { reason }) => return reason,
            Some(_) => {}
            None => panic!("no reason was told"),
        }
    }
}

async fn counts_sessions(seat: &Seat) -> Result<Value, wamp_transport::CallError> {
    let payload = wamp_transport::Payload::empty();
    let reply = seat.session.call("wamp.session.count", payload).await?;
    Ok(reply.args().unwrap().remove(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_staff_no_longer_is_shown_out_and_comes_back_without_those_rights() {
    let class = Class::start().await;
    let user = office(&class).await;
    let mut seat = class.join("office").await;
    counts_sessions(&seat).await.unwrap();
    class
        .change(Resource::User, user, json!({"is_staff": false}))
        .await;
    assert_eq!(end(&mut seat).await, "wamp.close.killed");
    let seat = class.join("office").await;
    let (uri, sentence) = refusal(counts_sessions(&seat).await);
    assert_eq!(uri, "wamp.error.not_authorized");
    assert!(sentence.contains("only staff"), "{sentence}");
    let scope = format!("run.{}.get_scope", class.run().pk);
    let (uri, _) = refusal(seat.call(&scope, &[]).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_switched_off_or_deleted_is_shown_out_and_nobody_else_is() {
    let class = Class::start().await;
    let mut s1 = class.join("s1").await;
    let s2 = class.join("s2").await;
    let user = s1.seat["data"]["user"].as_u64().unwrap();
    class
        .change(Resource::User, user, json!({"is_active": false}))
        .await;
    assert_eq!(end(&mut s1).await, "wamp.close.killed");
    let back = class.log_in("s1@div.edu", "s1").await;
    assert!(matches!(back, Err(ConnectError::Refused { .. })));

    let user = json!({"email": "x@div.edu", "password": "x", "first_name": "X", "last_name": "Y"});
    let user = class.create(Resource::User, user).await;
    let mut guest = class.join("x").await;
    let pk = user.to_string();
    class.client.delete(Resource::User, &pk).await.unwrap();
    assert_eq!(end(&mut guest).await, "wamp.close.killed");
    s2.call("game.get_phases", &[]).await.unwrap();
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_up_now_is_looked_up_later() {
    let class = Class::start().await;
    let user = office(&class).await;
    let mut seat = class.join("office").await;
    let asked = format!("users/{user}");
    class.line.breaks("GET", &asked, Fault::Away);
    class
        .change(Resource::User, user, json!({"is_staff": false}))
        .await;
    until("it was tried in vain", || async { class.line.met() > 1 }).await;
    counts_sessions(&seat).await.unwrap();
    class.line.heals();
    assert_eq!(end(&mut seat).await, "wamp.close.killed");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_compat_a_session_in_the_name_of_staff_hears_nothing_that_staff_hear() {
    let class = Class::of(div::game(), |settings| {
        settings.service.compat = Compat::Simpl;
        let names = settings.game.entry("div".to_owned()).or_default();
        names.slug = Some("div".to_owned());
        names.root_topic = Some(ROOT.to_owned());
    })
    .await;
    let user = office(&class).await;
    let mut staff = class.join("office").await;
    let options = ConnectOptions::wampcra(user.to_string(), "nopassword");
    let (session, inbox) = connect(&class.url(), options).await.unwrap();
    let mut forged = Seat {
        session,
        inbox,
        seat: Value::Null,
    };
    let s1 = class.join("s1").await;
    let world = s1.world();
    for seat in [&staff, &forged] {
        seat.watch(world).await;
        let errors = format!("{ROOT}.error.{user}");
        let subscribed = seat.session.subscribe(&errors, MatchPolicy::Exact).await;
        subscribed.unwrap();
    }
    let period = s1.periods(world).await[0];
    s1.submit(period, json!(12)).await.unwrap();
    assert_eq!(
        staff.hears_of("decision").await["data"],
        json!({"operand": 12.0})
    );
    // Events come in order: had the decision been told here, it would have come before this.
    let nonsense = [json!("nonsense")];
    refusal(forged.call("game.get_scope_tree", &nonsense).await);
    let first = forged.hears().await;
    assert!(first[0].as_str().unwrap().contains("nonsense"), "{first:?}");
    class.stop().await;
}
