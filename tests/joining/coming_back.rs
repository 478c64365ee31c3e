//! Who comes back is the same student, and who only says so waits for the leader.

use futures_util::FutureExt;
use games_contract::Resource;
use serde_json::{Value, json};
use wamp_transport::MatchPolicy;

use crate::common::{ROOT, refusal};
use crate::{Door, key};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_return_code_is_the_same_student_on_any_device() {
    let mut door = Door::open(json!({})).await;
    let joined = door.join(&door.class.browser(), "Ada", &key("a")).await;
    let code = &joined["return_code"];
    let back = format!("{}/return", door.path);
    let other_device = door.class.browser();
    let again = other_device
        .post(&back, json!({"return_code": code}))
        .await
        .done();
    assert_eq!(again["runuser"], joined["runuser"]);
    let named = json!({"nickname": "aDA", "key": key("b"), "return_code": code});
    let named = other_device.post(&door.path, named).await.done();
    assert_eq!(
        (&named["runuser"], &named["return_code"]),
        (&joined["runuser"], code)
    );
    // On a borrowed device the code is somebody else's.
    let borrowed = json!({"nickname": "Alan", "key": key("c"), "return_code": code});
    let alan = other_device.post(&door.path, borrowed).await.done();
    assert_ne!(alan["runuser"], joined["runuser"]);
    let stolen = format!(
        "{}-{}",
        alan["runuser"],
        code.as_str().unwrap().split_once('-').unwrap().1
    );
    for wrong in [stolen.as_str(), "1", "", "x-AAAAAAAAAAAAAAAAAAAAAA"] {
        let refused = other_device
            .post(&back, json!({"return_code": wrong}))
            .await;
        assert_eq!(refused.refused(), (403, "wrong_return_code"), "{wrong}");
    }
    // Next week: the service was started again, and the leader has closed the door.
    door.lead("close_joining", json!({})).await;
    let new = json!({"nickname": "Grace", "key": key("g")});
    assert_eq!(
        other_device.post(&door.path, new).await.refused(),
        (403, "joining_closed")
    );
    door.class.close().await;
    door.class.open(div::game()).await;
    let later = door.class.browser();
    let again = later.post(&back, json!({"return_code": code})).await.done();
    assert_eq!(again["runuser"], joined["runuser"]);
    assert_eq!(
        json!(door.sign_in(&again).await.runuser()),
        joined["runuser"]
    );
    assert_eq!(later.get(&door.path).await.done()["open"], false);
    // Nothing that is stored lets anybody in.
    let runuser = joined["runuser"].to_string();
    let row = door.class.client.get(Resource::RunUser, &runuser).await;
    let stored = Value::Object(row.unwrap()).to_string();
    let secret = code.as_str().unwrap().split_once('-').unwrap().1;
    assert!(stored.contains("codes") && !stored.contains(secret));
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_nickname_waits_for_the_leader_who_lets_in_or_turns_away() {
    let mut door = Door::open(json!({})).await;
    let topic = format!("{}.model.run.{}.joining", ROOT, door.run);
    let mut player = door.class.join("s1").await;
    for session in [&door.leader.session, &player.session] {
        session.subscribe(&topic, MatchPolicy::Exact).await.unwrap();
    }
    let (ada, alan) = (
        door.join(&door.class.browser(), "Ada", &key(1)).await,
        door.join(&door.class.browser(), "Alan", &key(2)).await,
    );
    let (back, thief) = (door.class.browser(), door.class.browser());
    let since = door.join(&back, "ada", &key(3)).await;
    assert_eq!(
        (&since["waiting"], &since["key"]),
        (&json!("approval"), &json!(key(3)))
    );
    assert_eq!(
        door.join(&back, "ada", &key(3)).await,
        since,
        "asking again changes nothing"
    );
    assert_eq!(
        door.join(&thief, "Alan", &key(4)).await["waiting"],
        "approval"
    );
    let heard = door.leader.hears().await;
    assert_eq!(heard[2]["waiting"][0]["name"], "ada");
    assert_eq!(
        door.leader.hears().await[2]["waiting"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let waiting = door.waiting().await;
    assert_eq!(
        (&waiting[0]["has_seat"], &waiting[1]["has_seat"]),
        (&ada["runuser"], &alan["runuser"])
    );
    let number = waiting[1]["number"].clone();
    let uri = |name: &str| format!("run.{}.{name}", door.run);
    for name in ["approve", "refuse", "open_joining", "get_joining"] {
        let (error, _) = refusal(player.call(&uri(name), &[json!("ada")]).await);
        assert_eq!(error, "wamp.error.not_authorized", "{name}");
    }
    let told = door
        .leader
        .call(&uri("approve"), &[json!("ADA")])
        .await
        .unwrap();
    assert_eq!(told[0]["runuser"], ada["runuser"]);
    let told = door
        .leader
        .call(&uri("refuse"), &[json!([number])])
        .await
        .unwrap();
    assert_eq!(told[0]["name"], "Alan");
    let (_, sentence) = refusal(door.leader.call(&uri("approve"), &[json!("ada")]).await);
    assert!(sentence.contains("nobody waits"), "{sentence}");
    let let_in = door.join(&back, "ada", &key(3)).await;
    assert_eq!(let_in["runuser"], ada["runuser"]);
    assert_ne!(let_in["return_code"], ada["return_code"]);
    let body = json!({"nickname": "Alan", "key": key(4)});
    assert_eq!(
        thief.post(&door.path, body).await.refused(),
        (403, "turned_away")
    );
    // What the leader heard, no player has: it would have come before this answer.
    player.call("game.get_phases", &[]).await.unwrap();
    assert!(player.inbox.recv().now_or_never().is_none());
    // Both devices come back, also after a restart.
    door.class.close().await;
    door.class.open(div::game()).await;
    for code in [&ada["return_code"], &let_in["return_code"]] {
        let back = format!("{}/return", door.path);
        let again = door
            .class
            .browser()
            .post(&back, json!({"return_code": code}))
            .await;
        assert_eq!(again.done()["runuser"], ada["runuser"]);
    }
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_leader_looks_at_everybody_nobody_is_in_before() {
    let door = Door::open(json!({"approval": true})).await;
    let browser = door.class.browser();
    let (ada, alan) = ((&browser, "Ada", key(1)), (&browser, "Alan", key(2)));
    for (browser, name, key) in [&ada, &alan] {
        assert_eq!(door.join(browser, name, key).await["waiting"], "approval");
    }
    let told = door
        .lead("approve", json!({"waiting": ["Ada", "Alan", "Grace"]}))
        .await;
    assert!(told[0]["runuser"].is_u64() && told[1]["runuser"].is_u64());
    assert_eq!(told[2]["request"], "Grace");
    assert!(door.waiting().await.is_empty());
    for (at, (browser, name, key)) in [ada, alan].iter().enumerate() {
        let joined = door.join(browser, name, key).await;
        assert_eq!(joined["runuser"], told[at]["runuser"]);
    }
    door.class.stop().await;
}
