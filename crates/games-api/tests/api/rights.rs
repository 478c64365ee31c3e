//! Who may what.

use serde_json::{Value, json};

use crate::server::{Answer, Api, As, STAFF};

const PLAYER: As<'_> = As::User("s1@div.edu", "s1");

#[tokio::test]
async fn a_player_reads_what_is_theirs_and_writes_nothing() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let other = api.class("other").await;
    let ids = async |path: &str| {
        let answer = api.ask(PLAYER, "GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let rows = answer.json();
        let ids = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_u64().unwrap());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids("/apis/users/").await, [class.user]);
    assert!(ids("/apis/users/?email=s1@other.edu").await.is_empty());
    assert_eq!(ids("/apis/runusers/").await, [class.runuser]);
    assert_eq!(ids("/apis/runs/").await, [class.run]);
    assert_eq!(ids("/apis/games/").await.len(), 2);
    let read = async |path: &str| api.ask(PLAYER, "GET", path, None).await.status;
    assert_eq!(read(&format!("/apis/users/{}/", class.user)).await, 200);
    assert_eq!(
        read(&format!("/apis/users/{}/", other.user)).await,
        404,
        "like nobody"
    );
    assert_eq!(read(&format!("/apis/runs/{}/", other.run)).await, 404);
    for collection in [
        "worlds",
        "scenarios",
        "periods",
        "decisions",
        "results",
        "hooks",
    ] {
        let answer = api
            .ask(PLAYER, "GET", &format!("/apis/{collection}/"), None)
            .await;
        assert_eq!(answer.status, 403, "{collection}");
        assert_eq!(
            answer.json(),
            json!({"detail": "You do not have permission to perform this action."})
        );
    }
    assert_eq!(read("/apis/changes/").await, 403);
    let own = format!("/apis/users/{}/", class.user);
    let body = json!({"email": "s1@div.edu", "is_staff": true, "is_superuser": true}).to_string();
    for (method, path) in [
        ("PUT", own.as_str()),
        ("PATCH", &own),
        ("DELETE", &own),
        ("POST", "/apis/games/"),
    ] {
        let answer = api
            .ask(
                PLAYER,
                method,
                path,
                Some(("application/json", body.clone())),
            )
            .await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    let user = api.get(&own).await.json();
    assert_eq!(
        (&user["is_staff"], &user["is_superuser"]),
        (&json!(false), &json!(false))
    );
}

#[tokio::test]
async fn private_data_leaves_to_staff_only() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let data = json!({"data": {"_private": {"seed": 7}, "shown": [{"_private": 1, "a": 2}]}});
    let run = format!("/apis/runs/{}/", class.run);
    assert_eq!(api.patch(&run, &data).await.status, 200);
    assert_eq!(api.get(&run).await.json()["data"], data["data"]);
    for path in [run.as_str(), "/apis/runs/"] {
        let seen = api.ask(PLAYER, "GET", path, None).await;
        assert_eq!(seen.status, 200);
        assert!(
            seen.text.contains(r#""data":{"shown":[{"a":2}]}"#),
            "{}",
            seen.text
        );
    }
}

#[tokio::test]
async fn subscriptions_are_their_owners_alone() {
    let api = Api::start().await;
    let second = json!({"email": "two@simpl.world", "password": "two", "is_staff": true});
    api.create("users", second).await;
    let hook = json!({"event": "div.*", "url": "http://127.0.0.1:9/callback"});
    let hook = api.create("hooks", hook).await;
    let two = As::User("two@simpl.world", "two");
    assert_eq!(
        api.ask(two, "GET", "/apis/hooks/", None).await.json(),
        json!([])
    );
    let path = format!("/apis/hooks/{hook}/");
    assert_eq!(api.ask(two, "DELETE", &path, None).await.status, 404);
    assert_eq!(
        api.ask(As::User(STAFF.0, STAFF.1), "GET", &path, None)
            .await
            .status,
        200
    );
}

async fn ask(api: &Api, who: As<'_>, method: &str, path: &str, body: Value) -> Answer {
    let body = Some(("application/json", body.to_string()));
    api.ask(who, method, path, body).await
}

const LEADER: As<'_> = As::User("leader@x.edu", "leader");

/// Somebody who leads the run, and what they are as a run user.
async fn leader(api: &Api, run: u64, lecturer: bool) -> u64 {
    let user = json!({"email": "leader@x.edu", "password": "leader", "is_lecturer": lecturer});
    let user = api.create("users", user).await;
    let runuser = json!({"user": user, "run": run, "leader": true});
    api.create("runusers", runuser).await
}

#[tokio::test]
async fn nobody_moves_a_row_into_or_out_of_a_run_that_they_do_not_lead() {
    let api = Api::start().await;
    let (mine, other) = (api.class("div").await, api.class("other").await);
    let me = leader(&api, mine.run, false).await;
    let unknown = 999_999;
    for (collection, pk, field, theirs) in [
        ("worlds", mine.world, "run", other.run),
        ("runusers", mine.runuser, "run", other.run),
        ("runusers", mine.runuser, "world", other.world),
        ("scenarios", mine.scenario, "world", other.world),
        ("scenarios", mine.scenario, "runuser", other.runuser),
        ("periods", mine.period, "scenario", other.scenario),
    ] {
        let path = format!("/apis/{collection}/{pk}/");
        let before = api.get(&path).await.text;
        let answer = async |pk: u64| {
            let answer = ask(&api, LEADER, "PATCH", &path, json!({ field: pk })).await;
            (answer.status, answer.text.replace(&pk.to_string(), "N"))
        };
        let refused = answer(theirs).await;
        assert_eq!(refused, answer(unknown).await, "{collection}.{field}");
        assert_eq!(refused.0, 400);
        assert_eq!(api.get(&path).await.text, before);
    }
    let user = api.get(&format!("/apis/runusers/{me}/")).await.json()["user"].clone();
    let player = json!({"user": user, "run": other.run});
    let seat = api.create("runusers", player).await;
    // A run that one plays in is seen, and still not written.
    let world = format!("/apis/worlds/{}/", mine.world);
    let moved = ask(&api, LEADER, "PATCH", &world, json!({"run": other.run})).await;
    assert_eq!(moved.status, 403);
    // Not even once they lead the one and assist in the other.
    let marked = json!({"leader": true, "data": {"assistant": true}});
    api.patch(&format!("/apis/runusers/{seat}/"), &marked).await;
    let moved = ask(&api, LEADER, "PATCH", &world, json!({"run": other.run})).await;
    assert_eq!(moved.status, 403);
    let theirs = format!("/apis/worlds/{}/", other.world);
    let taken = ask(&api, LEADER, "PATCH", &theirs, json!({"run": mine.run})).await;
    assert_eq!(taken.status, 403);
    api.patch(&format!("/apis/runusers/{seat}/"), &json!({"data": {}}))
        .await;
    let renamed = json!({"run": mine.run, "name": "World 3"});
    let taken = ask(&api, LEADER, "PATCH", &theirs, renamed).await;
    assert_eq!(taken.status, 200, "who leads both may: {}", taken.text);
}

#[tokio::test]
async fn a_leader_gives_no_rights_and_leaves_the_game_as_it_is() {
    let api = Api::start().await;
    let (class, other) = (api.class("div").await, api.class("other").await);
    let me = leader(&api, class.run, false).await;
    let patch = async |path: &str, body: Value| ask(&api, LEADER, "PATCH", path, body).await.status;
    let player = format!("/apis/runusers/{}/", class.runuser);
    assert_eq!(patch(&player, json!({"data": {"nickname": "Ada"}})).await, 200);
    assert_eq!(patch(&player, json!({"leader": true})).await, 403);
    let own = format!("/apis/runusers/{me}/");
    assert_eq!(patch(&own, json!({"leader": false})).await, 403);
    assert_eq!(patch(&own, json!({"data": {"assistant": true}})).await, 403);
    let run = format!("/apis/runs/{}/", class.run);
    assert_eq!(patch(&run, json!({"name": "Monday"})).await, 200);
    let game = api.get(&format!("/apis/runs/{}/", other.run)).await.json()["game"].clone();
    assert_eq!(patch(&run, json!({"game": game})).await, 403);
    let user = api.get(&own).await.json()["user"].clone();
    for right in ["is_staff", "is_superuser", "is_lecturer"] {
        let status = patch(&format!("/apis/users/{user}/"), json!({right: true})).await;
        assert_eq!(status, 403, "{right}");
    }
    // Nor does one go with the world that they sit in.
    api.patch(&own, &json!({"world": class.other_world})).await;
    let world = format!("/apis/worlds/{}/", class.other_world);
    assert_eq!(api.ask(LEADER, "DELETE", &world, None).await.status, 403);
    // A leader who is not active leads nothing.
    api.patch(&own, &json!({"active": false})).await;
    assert_eq!(patch(&run, json!({"name": "Tuesday"})).await, 403);
}

#[tokio::test]
async fn a_lecturer_leads_the_runs_that_they_create() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let lecturer = json!({"email": "lecturer@x.edu", "password": "s1", "is_lecturer": true});
    let user = api.create("users", lecturer).await;
    let lecturer = As::User("lecturer@x.edu", "s1");
    let game = api.get(&format!("/apis/runs/{}/", class.run)).await.json()["game"].clone();
    for path in ["/apis/runs/", "/apis/bulk/runs/"] {
        let created = ask(&api, lecturer, "POST", path, json!({"game": game, "name": "Mine"})).await;
        let run = created.id();
        let seats = format!("/apis/runusers/?run={run}");
        let seats = api.ask(lecturer, "GET", &seats, None).await.json();
        assert_eq!(seats.as_array().unwrap().len(), 1);
        assert_eq!((&seats[0]["user"], &seats[0]["leader"]), (&json!(user), &json!(true)));
        let world = json!({"run": run, "name": "World 1"});
        assert_eq!(ask(&api, lecturer, "POST", "/apis/worlds/", world).await.status, 201);
        let assistant = json!({"run": run, "user": class.user, "leader": true, "data": {"assistant": true}});
        let assistant = ask(&api, lecturer, "POST", "/apis/runusers/", assistant).await;
        assert_eq!(assistant.status, 201, "{}", assistant.text);
        let run = format!("/apis/runs/{run}/");
        assert_eq!(api.ask(PLAYER, "GET", &run, None).await.status, 200);
        assert_eq!(api.ask(PLAYER, "DELETE", &run, None).await.status, 403);
        assert_eq!(api.ask(lecturer, "DELETE", &run, None).await.status, 204);
    }
    let lecturers = api.get("/apis/users/?is_lecturer=true").await;
    assert_eq!(lecturers.json()[0]["id"], user);
    assert!(!lecturers.text.contains("is_lecturer"), "{}", lecturers.text);
    api.patch(&format!("/apis/users/{user}/"), &json!({"is_lecturer": false}))
        .await;
    let more = json!({"game": game, "name": "More"});
    assert_eq!(ask(&api, lecturer, "POST", "/apis/runs/", more).await.status, 403);
}

#[tokio::test]
async fn many_rows_at_once_are_held_to_the_same_rights() {
    let api = Api::start().await;
    let (class, other) = (api.class("div").await, api.class("other").await);
    leader(&api, class.run, false).await;
    let bulk = async |path: &str, body: Value| ask(&api, LEADER, "POST", path, body).await;
    let worlds = json!([
        {"run": class.run, "name": "A"},
        {"run": other.run, "name": "A"},
        {"run": 999_999, "name": "A"},
    ]);
    let refused = bulk("/apis/bulk/worlds/", worlds).await;
    let no_run = |pk: u64| json!({"run": [format!("Invalid pk \"{pk}\" - object does not exist.")]});
    assert_eq!(
        (refused.status, refused.json()),
        (400, json!([{}, no_run(other.run), no_run(999_999)]))
    );
    let leaders = json!([{"run": class.run, "user": other.user, "leader": "on"}]);
    assert_eq!(bulk("/apis/bulk/runusers/", leaders).await.status, 403);
    let players = json!([{"run": class.run, "user": other.user, "role": null}]);
    assert_eq!(bulk("/apis/bulk/runusers/", players).await.status, 201);
    let delete = async |query: &str| {
        let path = format!("/apis/bulk/{query}");
        api.ask(LEADER, "DELETE", &path, None).await.status
    };
    let count = async |collection: &str| {
        let rows = api.get(&format!("/apis/{collection}/")).await.json();
        rows.as_array().unwrap().len()
    };
    // Two worlds of each class; those of the other are not there.
    assert_eq!(count("worlds").await, 4);
    assert_eq!(delete("worlds/?name=World+1").await, 204);
    assert_eq!(count("worlds").await, 3);
    assert_eq!(delete(&format!("worlds/?run={}", other.run)).await, 400);
    assert_eq!(delete(&format!("periods/?run={}", other.run)).await, 204);
    assert_eq!(count("periods").await, 1, "its own went with the world");
    // One of the two leads: nothing goes.
    assert_eq!(count("runusers").await, 3);
    assert_eq!(delete(&format!("runusers/?run={}", class.run)).await, 403);
    assert_eq!(count("runusers").await, 3);
    assert_eq!(delete(&format!("runusers/?run={}&leader=false", class.run)).await, 204);
    assert_eq!(count("runusers").await, 2);
}

#[tokio::test]
async fn a_leader_writes_without_reading_or_losing_what_is_private() {
    let api = Api::start().await;
    let class = api.class("div").await;
    leader(&api, class.run, false).await;
    let period = format!("/apis/periods/{}/", class.period);
    let data = json!({"_private": {"seed": 7}, "shown": 1});
    api.patch(&period, &json!({ "data": data })).await;
    let mut row = api.ask(LEADER, "GET", &period, None).await.json();
    assert_eq!(row["data"], json!({"shown": 1}));
    row["data"]["shown"] = json!(2);
    row["data"]["_private"] = json!({"seed": 8});
    let written = ask(&api, LEADER, "PUT", &period, row).await;
    assert_eq!((written.status, &written.json()["data"]), (200, &json!({"shown": 2})));
    let kept = json!({"shown": 2, "_private": {"seed": 7}});
    assert_eq!(api.get(&period).await.json()["data"], kept);
    let made_up = json!({"scenario": class.scenario, "order": 2, "data": {"_private": 1, "a": 1}});
    let created = ask(&api, LEADER, "POST", "/apis/periods/", made_up).await.id();
    let stored = api.get(&format!("/apis/periods/{created}/")).await.json();
    assert_eq!(stored["data"], json!({"a": 1}));
}

#[tokio::test]
async fn a_leader_sees_of_the_people_in_their_runs_who_they_are_and_no_more() {
    let api = Api::start().await;
    let (class, other) = (api.class("div").await, api.class("other").await);
    leader(&api, class.run, false).await;
    let student = format!("/apis/users/{}/", class.user);
    api.patch(&student, &json!({"external_id": "x-17", "data": {"a": 1}}))
        .await;
    let seen = api.ask(LEADER, "GET", &student, None).await;
    let expected = json!({"id": class.user, "first_name": "Student1", "last_name": "User", "email": "s1@div.edu"});
    assert_eq!(seen.json(), expected);
    let found = async |query: &str| {
        let path = format!("/apis/users/?{query}");
        let rows = api.ask(LEADER, "GET", &path, None).await.json();
        rows.as_array().unwrap().len()
    };
    assert_eq!(found("").await, 2, "the student and themselves");
    assert_eq!(found("email=s1@div.edu").await, 1);
    assert_eq!(found("email=s1@other.edu").await, 0);
    assert_eq!(found("external_id=x-17").await, 0, "what is not shown is not told");
    assert_eq!(found("is_active=true").await, 1, "only of themselves");
    let nobody = format!("/apis/users/{}/", other.user);
    assert_eq!(api.ask(LEADER, "GET", &nobody, None).await.status, 404);
}

#[tokio::test]
async fn a_filter_that_names_what_is_not_seen_is_answered_as_if_it_named_nothing() {
    let api = Api::start().await;
    let (class, other) = (api.class("div").await, api.class("other").await);
    leader(&api, class.run, false).await;
    let answer = async |who: As<'_>, path: String| {
        let answer = api.ask(who, "GET", &path, None).await;
        (answer.status, answer.text)
    };
    for (filter, theirs) in [
        ("runusers/?run", other.run),
        ("runusers/?user", other.user),
        ("runusers/?world", other.world),
    ] {
        for who in [PLAYER, LEADER] {
            let there = answer(who, format!("/apis/{filter}={theirs}")).await;
            assert_eq!(there.0, 400, "{filter}");
            assert_eq!(there, answer(who, format!("/apis/{filter}=999999")).await);
        }
    }
    for filter in ["scenarios/?world__run", "periods/?scenario__world__run"] {
        let there = answer(LEADER, format!("/apis/{filter}={}", other.run)).await;
        assert_eq!(there, answer(LEADER, format!("/apis/{filter}=999999")).await);
        let own = answer(LEADER, format!("/apis/{filter}={}", class.run)).await;
        assert_eq!(own.0, 200);
    }
}

#[tokio::test]
async fn an_open_installation_lets_everybody_do_everything_but_make_themselves_staff() {
    let mut api = Api::start().await;
    let class = api.class("div").await;
    let secret = json!({"data": {"_private": {"seed": 7}}});
    let run = format!("/apis/runs/{}/", class.run);
    api.patch(&run, &secret).await;
    api.stop().await;
    api.open().await;
    let play = async |method: &str, path: &str, body: Value| {
        ask(&api, PLAYER, method, path, body).await
    };
    let game = json!({"name": "Probe", "slug": "probe"});
    assert_eq!(play("POST", "/apis/games/", game).await.status, 201);
    assert_eq!(play("DELETE", "/apis/games/probe/", json!({})).await.status, 204);
    let users = play("GET", "/apis/users/", json!({})).await;
    assert!(users.text.contains(r#""is_staff":true"#), "{}", users.text);
    let period = format!("/apis/periods/{}/", class.period);
    assert_eq!(play("PATCH", &period, json!({"data": {"a": 1}})).await.status, 200);
    assert_eq!(play("DELETE", "/apis/bulk/worlds/?name=World+2", json!({})).await.status, 204);
    let own = format!("/apis/users/{}/", class.user);
    assert_eq!(play("PATCH", &own, json!({"last_name": "Else"})).await.status, 200);
    for right in ["is_staff", "is_superuser", "is_lecturer"] {
        assert_eq!(play("PATCH", &own, json!({right: true})).await.status, 403, "{right}");
        let new = json!({"email": "new@x.edu", right: true});
        assert_eq!(play("POST", "/apis/users/", new).await.status, 403, "{right}");
    }
    for body in [json!({"password": "mine"}), json!({"email": "mine@x.edu"})] {
        assert_eq!(play("PATCH", "/apis/users/1/", body).await.status, 403);
    }
    assert_eq!(play("PATCH", &own, json!({"password": "mine"})).await.status, 403);
    assert_eq!(play("DELETE", "/apis/users/1/", json!({})).await.status, 403);
    for path in ["/apis/hooks/", "/apis/changes/"] {
        assert_eq!(play("GET", path, json!({})).await.status, 403, "{path}");
    }
    let groups = json!({"groups": []});
    assert_eq!(play("POST", "/apis/batch/", groups).await.status, 403);
    assert_eq!(play("GET", &run, json!({})).await.json()["data"], json!({}));
    assert_eq!(play("PATCH", &run, json!({"data": {"a": 1}})).await.status, 200);
    let kept = json!({"a": 1, "_private": {"seed": 7}});
    assert_eq!(api.get(&run).await.json()["data"], kept);
}
