//! Who may not come in: by name, by number, by guessing, from elsewhere.

use games_contract::Resource;
use serde_json::{Value, json};

use crate::common::{Class, until};
use crate::{Door, key};

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_account_signs_in_and_nobody_else_has_their_name() {
    let door = Door::open(json!({"nicknames": false})).await;
    let user = json!({"email": "grace@div.edu", "password": "hopper", "first_name": "Grace", "last_name": "Hopper"});
    door.class.create(Resource::User, user).await;
    let browser = door.class.browser();
    let nickname = json!({"nickname": "Ada", "key": key(1)});
    assert_eq!(
        browser.post(&door.path, nickname).await.refused(),
        (403, "accounts_only")
    );
    let wrong = json!({"email": "grace@div.edu", "password": "cobol"});
    assert_eq!(
        browser.post(&door.path, wrong).await.refused(),
        (401, "wrong_password")
    );
    let right = json!({"email": "grace@div.edu", "password": "hopper"});
    let grace = browser.post(&door.path, right.clone()).await.done();
    assert_eq!(grace["return_code"], Value::Null);
    assert_eq!(
        json!(door.sign_in(&grace).await.runuser()),
        grace["runuser"]
    );
    assert_eq!(
        browser.post(&door.path, right).await.done()["runuser"],
        grace["runuser"]
    );
    // Their name is theirs, and so are the leader's: no leader can let anybody in as them.
    door.lead("open_joining", json!({"nicknames": true})).await;
    for (at, name) in ["grace hopper", "Grace  HOPPER"].iter().enumerate() {
        let body = json!({"nickname": name, "key": key(at)});
        assert_eq!(
            browser.post(&door.path, body).await.refused(),
            (409, "name_taken")
        );
    }
    assert!(door.waiting().await.is_empty());
    for body in [
        json!({}),
        json!({"nickname": "Ada", "email": "a@x.edu", "password": "b"}),
        json!({"nickname": "Ada", "key": "short"}),
        json!({"nickname": "A\u{0}da"}),
        json!({"nickname": "Ada", "nick": "Ada"}),
        json!(["Ada"]),
    ] {
        assert_eq!(
            browser.post(&door.path, body).await.refused(),
            (400, "invalid_argument")
        );
    }
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_codes_waits_while_the_class_joins() {
    let class = Class::of(div::game(), |settings| settings.joining.wrong_codes = 5).await;
    let door = Door::of(class, json!({})).await;
    let browser = door.class.browser();
    door.join(&browser, "Ada", &key(1)).await;
    for n in 0..5 {
        let wrong = browser.get(&format!("/join/22222{}", n + 3)).await;
        assert_eq!(wrong.refused(), (404, "unknown_code"));
    }
    for path in ["/join/AAAAAA", "/join/nonsense"] {
        let told = browser.get(path).await;
        assert_eq!(told.refused(), (429, "too_many"));
        assert!(
            told.retry_after
                .is_some_and(|seconds| (1..=61).contains(&seconds))
        );
    }
    door.join(&browser, "Alan", &key(2)).await;
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_code_ends_the_old_one_and_an_ended_run_has_none() {
    let door = Door::open(json!({})).await;
    let browser = door.class.browser();
    let joined = door.join(&browser, "Ada", &key(1)).await;
    let unchanged = door.lead("open_joining", json!({})).await;
    assert_eq!(unchanged["link"], door.path);
    let renewed = door.lead("open_joining", json!({"new_code": true})).await;
    let path = renewed["link"].as_str().unwrap();
    assert_ne!(path, door.path);
    assert_eq!(
        browser.get(&door.path).await.refused(),
        (404, "unknown_code")
    );
    let back = json!({"return_code": joined["return_code"]});
    let again = browser
        .post(&format!("{path}/return"), back.clone())
        .await
        .done();
    assert_eq!(again["runuser"], joined["runuser"]);
    // Whoever the leader has switched off stays so.
    let off = json!({"active": false});
    let runuser = joined["runuser"].as_u64().unwrap();
    door.class
        .change(Resource::RunUser, runuser, off.clone())
        .await;
    door.class.caught_up().await;
    let refused = browser.post(&format!("{path}/return"), back).await;
    assert_eq!(refused.refused(), (403, "left_out"));
    door.class.change(Resource::Run, door.run, off).await;
    until("the run is over", || async {
        browser.get(path).await.status == 404
    })
    .await;
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_and_forms_cannot_join() {
    let door = Door::open(json!({})).await;
    let browser = door.class.browser();
    let body = json!({"nickname": "Ada"}).to_string();
    let json = ("content-type", "application/json");
    let evil = ("origin", "https://evil.example");
    let refused = browser.post_as(&door.path, &[json, evil], &body).await;
    assert_eq!(refused.refused(), (403, "origin"));
    let form = ("content-type", "text/plain");
    let refused = browser.post_as(&door.path, &[form], &body).await;
    assert_eq!(refused.refused(), (400, "invalid_argument"));
    let novel = json!({"nickname": "x".repeat(10_000)}).to_string();
    let refused = browser.post_as(&door.path, &[json], &novel).await;
    assert_eq!(refused.refused(), (400, "invalid_argument"));
    let own = format!("http://{}", door.class.service.as_ref().unwrap().addr);
    let own = ("origin", own.as_str());
    browser
        .post_as(&door.path, &[json, own], &body)
        .await
        .done();
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_takes_so_many_people_and_no_more() {
    let seeded = Class::start().await;
    let there = seeded.run().view.load().runusers.len();
    seeded.stop().await;
    let class = Class::of(div::game(), |settings| {
        settings.joining.players = u32::try_from(there).unwrap() + 1;
        settings.joining.waiting = 1;
    })
    .await;
    let door = Door::of(class, json!({})).await;
    let browser = door.class.browser();
    let ada = door.join(&browser, "Ada", &key(1)).await;
    let body = |name: &str, n: u64| json!({"nickname": name, "key": key(n)});
    let refused = browser.post(&door.path, body("Alan", 2)).await;
    assert_eq!(refused.refused(), (403, "full"));
    assert_eq!(
        door.join(&browser, "Ada", &key(1)).await["runuser"],
        ada["runuser"]
    );
    assert_eq!(
        door.join(&browser, "Ada", &key(3)).await["waiting"],
        "approval"
    );
    let refused = browser.post(&door.path, body("Ada", 4)).await;
    assert_eq!(refused.refused(), (503, "busy"));
    door.class.stop().await;
}
