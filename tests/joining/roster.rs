//! A roster comes into a run: accounts, seats and personal links, the same ones however often.

use std::collections::BTreeSet;

use games_contract::Resource;
use serde_json::{Value, json};
use wamp_transport::CallError;

use crate::common::{Class, Seat, refusal, until};

const ROSTER: &str = "name;email;student number;role;world\n\
    Ada King;ada@x.edu;0012;Divisor;Table A\n\
    Alan Turing;ALAN@x.edu;;Dividend;Table A\n\
    Grace Hopper;;0014;;\n";

async fn import(leader: &Seat, run: u64, csv: &str) -> Result<Value, CallError> {
    let procedure = format!("run.{run}.import_roster");
    leader.call(&procedure, &[json!(csv)]).await
}

async fn counts(class: &Class) -> (usize, usize) {
    let users = class.rows(Resource::User, &[]).await.len();
    (users, class.rows(Resource::RunUser, &[]).await.len())
}

/// Another run of the game, which this user leads.
async fn another_run(class: &Class, leader: u64) -> u64 {
    let mut run = class.rows(Resource::Run, &[]).await.remove(0);
    run.retain(|member, _| ["game", "phase"].contains(&member.as_str()));
    run.insert("name".to_owned(), "another".into());
    let run = class.create(Resource::Run, run.into()).await;
    let leads = json!({"run": run, "user": leader, "leader": true});
    class.create(Resource::RunUser, leads).await;
    until("the run is loaded", || async {
        let run = class.hosted().run(run);
        run.is_some_and(|run| run.view.load().runuser_of(leader).is_some())
    })
    .await;
    run
}

fn links(told: &Value) -> Vec<Option<&str>> {
    let lines = told.as_array().unwrap();
    lines.iter().map(|line| line["link"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_on_a_roster_has_a_link_to_their_own_seat_however_often_it_is_imported() {
    let class = Class::start().await;
    let leader = class.join("leader").await;
    let run = class.run().pk;
    let told = import(&leader, run, ROSTER).await.unwrap();
    assert_eq!(told.as_array().unwrap().len(), 3);
    let [ada, alan, grace] = [0, 1, 2].map(|at| &told[at]);
    let name = |one: &Value| (one["line"].clone(), one["first_name"].clone());
    assert_eq!(name(ada), (json!(2), json!("Ada")));
    assert!(ada["world"].is_u64() && ada["world"] == alan["world"] && ada["role"] != alan["role"]);
    assert_eq!(alan["email"], "alan@x.edu");
    assert!(
        grace["email"]
            .as_str()
            .unwrap()
            .ends_with("@joined.invalid")
    );
    let roles = class
        .rows(Resource::Role, &[("name", "Divisor".to_owned())])
        .await;
    assert_eq!(ada["role"], roles[0]["id"]);

    let before = counts(&class).await;
    assert_eq!(
        import(&leader, run, ROSTER).await.unwrap(),
        told,
        "the same again"
    );
    assert_eq!(counts(&class).await, before);
    let listed = leader
        .call(&format!("run.{run}.get_links"), &[])
        .await
        .unwrap();
    // Those are listed by their run users, in whatever order seats were given.
    let all =
        |told: &Value| BTreeSet::from_iter(links(told).into_iter().flatten().map(str::to_owned));
    assert_eq!(all(&listed), all(&told));

    let browser = class.browser();
    for one in [ada, alan, grace] {
        let link = one["link"].as_str().unwrap();
        let joined = browser.post(link, json!({})).await.done();
        assert_eq!(joined["runuser"], one["runuser"]);
        let ticket = joined["ticket"].as_str().unwrap();
        let seat = class
            .log_in(&joined["user"].to_string(), ticket)
            .await
            .unwrap();
        assert_eq!(json!(seat.runuser()), one["runuser"]);
        let player = seat.call(&format!("run.{run}.get_links"), &[]).await;
        assert_eq!(refusal(player).0, "wamp.error.not_authorized");
    }
    let (of_ada, of_alan) = (
        ada["link"].as_str().unwrap(),
        alan["link"].as_str().unwrap(),
    );
    let swapped = of_ada.replace(&ada["runuser"].to_string(), &alan["runuser"].to_string());
    assert_ne!(swapped, of_alan);
    for wrong in [
        swapped.as_str(),
        "/j/nonsense",
        "/j/1-AAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let refused = browser.post(wrong, json!({})).await;
        assert_eq!(refused.refused(), (404, "wrong_link"), "{wrong}");
    }
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_roster_with_faults_nothing_is_imported() {
    let class = Class::start().await;
    let leader = class.join("leader").await;
    let run = class.run().pk;
    let before = counts(&class).await;
    for (lines, place) in [
        ("Ada,ada@x.edu,,Judge\nAlan,alan@x.edu,,", "line 2, role"),
        ("Ada,ada@x.edu,,\nAlan,ADA@x.edu,,", "line 3, email"),
        ("Ada,ada@x.edu,,\nAlan,,,", "line 3, email"),
        (
            "Ada,ada@x.edu,,\nThe Leader,leader@div.edu,,",
            "line 3, email",
        ),
    ] {
        let csv = format!("name,email,student number,role\n{lines}\n");
        let (uri, sentence) = refusal(import(&leader, run, &csv).await);
        assert_eq!(uri, "application.error.validation_error");
        assert!(sentence.contains(place), "{sentence}");
        assert_eq!(counts(&class).await.1, before.1, "{place}");
    }
    // Two accounts with one number: nobody can say whose seat it is.
    for email in ["one@x.edu", "two@x.edu"] {
        let user = json!({"email": email, "external_id": "0099"});
        class.create(Resource::User, user).await;
    }
    let csv = "name,email,student number\nNew,new@x.edu,\nTwin,,0099\n";
    let (_, sentence) = refusal(import(&leader, run, csv).await);
    assert!(sentence.contains("line 3, student_number"), "{sentence}");
    let new = [("email", "new@x.edu".to_owned())];
    assert!(class.rows(Resource::User, &new).await.is_empty());
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_gets_no_link_to_an_account_that_they_have_not_made() {
    let class = Class::start().await;
    let leader = class.join("leader").await;
    let run = class.run().pk;
    let told = import(&leader, run, ROSTER).await.unwrap();
    assert!(links(&told).iter().all(Option::is_some));
    let own =
        json!({"email": "bob@x.edu", "password": "builder", "first_name": "Bob", "last_name": "B"});
    class.create(Resource::User, own).await;
    let staff = json!({"email": "boss@x.edu", "password": "boss", "is_staff": true, "first_name": "B", "last_name": "B"});
    class.create(Resource::User, staff).await;
    let other =
        json!({"email": "other@x.edu", "password": "other", "first_name": "O", "last_name": "L"});
    let other_leader = class.create(Resource::User, other).await;
    let elsewhere = another_run(&class, other_leader).await;

    let other = class.log_in("other@x.edu", "other").await.unwrap();
    let with_accounts = format!("{ROSTER}Bob B;bob@x.edu;;;\nBoss B;boss@x.edu;;;\n");
    let told = import(&other, elsewhere, &with_accounts).await.unwrap();
    assert_eq!(links(&told), [None; 5], "they have seats, and no links");
    assert!(told[4]["runuser"].is_u64());
    // The same leader's next class, and the office for everybody's: links to what rosters have made.
    let own_next = class.join("leader").await.seat["data"]["user"]
        .as_u64()
        .unwrap();
    let next = another_run(&class, own_next).await;
    let told = import(&leader, next, ROSTER).await.unwrap();
    assert!(links(&told).iter().all(Option::is_some));
    let office = class.log_in("simpl@simpl.world", "simpl").await.unwrap();
    let told = import(&office, elsewhere, &with_accounts).await.unwrap();
    let has_link: Vec<bool> = links(&told).iter().map(Option::is_some).collect();
    assert_eq!(has_link, [true, true, true, false, false]);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_the_account_that_it_was_made_for_and_no_other() {
    let class = Class::start().await;
    let leader = class.join("leader").await;
    let told = import(&leader, class.run().pk, ROSTER).await.unwrap();
    let link = told[0]["link"].as_str().unwrap();
    let (runuser, user) = (
        told[0]["runuser"].as_u64().unwrap(),
        told[0]["user"].as_u64().unwrap(),
    );
    let browser = class.browser();
    browser.post(link, json!({})).await.done();
    // Somebody gives the run user to another user: the link does not follow.
    let victim =
        json!({"email": "victim@x.edu", "password": "v", "first_name": "V", "last_name": "V"});
    let victim = class.create(Resource::User, victim).await;
    class
        .change(Resource::RunUser, runuser, json!({"user": victim}))
        .await;
    class.caught_up().await;
    assert_eq!(
        browser.post(link, json!({})).await.refused(),
        (404, "wrong_link")
    );
    class
        .change(Resource::RunUser, runuser, json!({"user": user}))
        .await;
    class.caught_up().await;
    browser.post(link, json!({})).await.done();
    // The account becomes more than a student's.
    class
        .change(Resource::User, user, json!({"is_staff": true}))
        .await;
    until("the service knows", || async {
        browser.post(link, json!({})).await.status == 403
    })
    .await;
    class.stop().await;
}
