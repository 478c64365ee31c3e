//! Many come at once, twice, late, and under one name.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use games_contract::Resource;
use serde_json::{Value, json};

use crate::common::{Class, ROOT};
use crate::{Door, key, lead};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_told_what_it_has_to_ask() {
    let door = Door::open(json!({"student_number": true})).await;
    let browser = door.class.browser();
    let told = browser.get(&door.path).await.done();
    let expected = json!({"nickname": true, "student_number": true, "approval": false});
    assert_eq!((&told["asks"], &told["open"]), (&expected, &json!(true)));
    assert_eq!(
        (&told["run"], &told["game"]),
        (&json!(door.run), &json!("div"))
    );
    assert_eq!(
        (&told["root_topic"], &told["realm"]),
        (&json!(ROOT), &json!("realm1"))
    );
    assert!(told["name"].is_string() && told["title"].is_string());
    // Small letters are typed on phones.
    assert_eq!(browser.get(&door.path.to_lowercase()).await.status, 200);
    let nobody = browser.post(&door.path, json!({"nickname": "Ada"})).await;
    assert_eq!(nobody.refused(), (400, "student_number"));
    let body = json!({"nickname": "Ada", "student_number": " 0012 "});
    let joined = browser.post(&door.path, body).await.done();
    let told = door.lead("get_joining", json!({})).await;
    let number = json!([{"runuser": joined["runuser"], "name": "Ada", "student_number": "0012"}]);
    assert_eq!(told["student_numbers"], number);
    // Nobody else sees it, not even the student.
    let ada = door.sign_in(&joined).await;
    let data = format!("run.{}.get_run_data", door.run);
    let seen = ada.call(&data, &[]).await;
    assert!(!seen.unwrap().to_string().contains("0012"));
    let seen = door.leader.call(&data, &[]).await;
    assert!(!seen.unwrap().to_string().contains("_private"));
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_begin_with_the_address_that_people_type() {
    let url = "https://sim.example.edu".to_owned();
    let class = Class::of(div::game(), |settings| settings.public.url = url).await;
    let leader = class.join("leader").await;
    let told = lead(&leader, class.run().pk, "open_joining", json!({})).await;
    let code = told["code"].as_str().unwrap();
    assert_eq!(told["link"], format!("https://sim.example.edu/join/{code}"));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_joins_and_everybody_has_one_seat() {
    const STUDENTS: usize = 41;
    let door = Door::open(json!({})).await;
    // In an order of their own, five of them twice at the same moment, from another tab with the same key.
    let order = (0..STUDENTS).map(|n| n * 17 % STUDENTS);
    let twice = [3, 7, 12, 25, 40];
    let joins = order.chain(twice).map(|n| {
        let door = &door;
        async move {
            let joined = door
                .join(&door.class.browser(), &format!("Student {n}"), &key(n))
                .await;
            (n, joined)
        }
    });
    let joined = join_all(joins).await;
    let seats: BTreeSet<u64> = joined
        .iter()
        .map(|(_, one)| one["runuser"].as_u64().unwrap())
        .collect();
    let users: BTreeSet<u64> = joined
        .iter()
        .map(|(_, one)| one["user"].as_u64().unwrap())
        .collect();
    assert_eq!((seats.len(), users.len()), (STUDENTS, STUDENTS));
    for n in twice {
        let own: Vec<&Value> = joined
            .iter()
            .filter(|(of, _)| *of == n)
            .map(|(_, one)| one)
            .collect();
        let same = |member: &str| own[0][member] == own[1][member];
        assert!(same("runuser") && same("return_code"), "{n}");
    }
    let rows = door
        .class
        .rows(Resource::RunUser, &[("run", door.run.to_string())])
        .await;
    let names: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row["first_name"].as_str())
        .collect();
    assert_eq!(
        (0..STUDENTS)
            .filter(|n| names.contains(format!("Student {n}").as_str()))
            .count(),
        STUDENTS
    );
    for row in rows
        .iter()
        .filter(|row| seats.contains(&row["id"].as_u64().unwrap()))
    {
        assert!(row["email"].as_str().unwrap().ends_with("@joined.invalid"));
    }
    // What one gets is good for the router, as oneself alone.
    let (_, first) = &joined[0];
    let seat = door.sign_in(first).await;
    assert_eq!(json!(seat.runuser()), first["runuser"]);
    let (_, other) = &joined[1];
    let ticket = first["ticket"].as_str().unwrap();
    assert!(
        door.class
            .log_in(&other["user"].to_string(), ticket)
            .await
            .is_err()
    );
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_one_students_with_all_that_goes_wrong_fill_twenty_tables() {
    let class = Class::start().await;
    let office = class.log_in("simpl@simpl.world", "simpl").await.unwrap();
    let made = office.call("game.create_run", &[json!("Monday")]).await;
    let run = made.unwrap()["run"].as_u64().unwrap();
    let told = lead(&office, run, "open_joining", json!({})).await;
    let path = told["link"].as_str().unwrap().to_owned();
    let door = Door {
        class,
        leader: office,
        run,
        path,
    };
    // 38 come in an order of their own, five of them twice at the same moment, and nobody has a table before it begins.
    let order = (0..38).map(|n| n * 17 % 38).chain([3, 7, 12, 25, 37]);
    let joins = order.map(|n| {
        let door = &door;
        async move {
            let browser = door.class.browser();
            door.join(&browser, &format!("Student {n}"), &key(n)).await
        }
    });
    for joined in join_all(joins).await {
        assert_eq!(joined["world"], Value::Null);
    }
    // Two come under a name that is taken: one has changed the device, the other is somebody else, who then says who they are.
    let (back, other) = (door.class.browser(), door.class.browser());
    for (browser, name, key) in [
        (&back, "STUDENT 1", key("b")),
        (&other, "Student 2", key("o")),
    ] {
        assert_eq!(door.join(browser, name, &key).await["waiting"], "approval");
    }
    door.lead("approve", json!({"waiting": "student 1"})).await;
    door.lead("refuse", json!({"waiting": "student 2"})).await;
    let started = door.lead("start", json!({})).await;
    assert_eq!(started["seated"].as_array().unwrap().len(), 38);
    let own = door.join(&door.class.browser(), "Student 1", &key(1)).await;
    let again = door.join(&back, "STUDENT 1", &key("b")).await;
    assert_eq!(
        (&again["runuser"], &again["world"]),
        (&own["runuser"], &own["world"])
    );
    let refused = json!({"nickname": "Student 2", "key": key("o")});
    assert_eq!(
        other.post(&door.path, refused).await.refused(),
        (403, "turned_away")
    );
    // Three are late, the one who was turned away among them: a table for two of them, and one who waits.
    let late = ["Second Student 2", "Student 39", "Student 40"].map(|name| {
        let (door, browser) = (&door, &other);
        async move { door.join(browser, name, &key(name)).await }
    });
    join_all(late).await;

    let of_run = [("run", run.to_string())];
    let worlds = door.class.rows(Resource::World, &of_run).await;
    let seats = door.class.rows(Resource::RunUser, &of_run).await;
    let players: Vec<_> = seats.iter().filter(|row| row["leader"] == false).collect();
    assert_eq!((worlds.len(), players.len()), (20, 41));
    let waiting = players.iter().filter(|row| row["world"].is_null());
    assert_eq!(
        waiting.count(),
        1,
        "who is left over waits, as the run says"
    );
    for world in &worlds {
        let table = players.iter().filter(|row| row["world"] == world["id"]);
        let roles: BTreeSet<&str> = table
            .clone()
            .map(|row| row["role_name"].as_str().unwrap())
            .collect();
        assert_eq!((table.count(), roles), (2, ["Dividend", "Divisor"].into()));
    }
    let users: BTreeSet<u64> = players
        .iter()
        .map(|row| row["user"].as_u64().unwrap())
        .collect();
    assert_eq!(users.len(), 41, "nobody has two seats");
    // Whoever has joined plays.
    let seat = door.sign_in(&own).await;
    let period = seat.periods(own["world"].as_u64().unwrap()).await[0];
    assert_eq!(seat.submit(period, json!(8)).await.unwrap(), "ok");
    door.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_who_want_the_same_nickname_at_once_are_one_and_nineteen_who_wait() {
    let door = Door::open(json!({})).await;
    let joins = (0..20).map(|n| {
        let door = &door;
        async move {
            door.join(&door.class.browser(), ["Ada", "ADA "][n % 2], &key(n))
                .await
        }
    });
    let answers = join_all(joins).await;
    let seated: Vec<&Value> = answers
        .iter()
        .filter(|one| one["runuser"].is_u64())
        .collect();
    let waiting = answers
        .iter()
        .filter(|one| one["waiting"] == "approval")
        .count();
    assert_eq!((seated.len(), waiting), (1, 19));
    assert_eq!(door.waiting().await.len(), 19);
    let rows = door.class.rows(Resource::User, &[]).await;
    let named = rows
        .iter()
        .filter(|row| row["first_name"].as_str().unwrap().to_lowercase() == "ada");
    assert_eq!(named.count(), 1, "who waits has no account");
    door.class.stop().await;
}
