//! Beside a games API that has no stream of changes: it calls back.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use common::fault::{Fault, exchange};
use common::students::come;
use common::{Class, refusal, until};
use games_contract::Resource;
use modelservice::settings::Secret;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const KEY: &str = "key=0123456789abcdef";

/// Where the games API calls: passes calls on to the service once that has an address.
struct Door {
    addr: SocketAddr,
    service: Arc<OnceLock<SocketAddr>>,
}

impl Door {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let service: Arc<OnceLock<SocketAddr>> = Arc::default();
        let app = Router::new().fallback(pass).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { addr, service }
    }
}

async fn pass(State(service): State<Arc<OnceLock<SocketAddr>>>, request: Request) -> Response {
    let Some(service) = service.get() else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let asked = parts.uri.path_and_query().unwrap();
    post(*service, asked.as_str(), &body).await
}

async fn post(service: SocketAddr, asked: &str, body: &[u8]) -> Response {
    let head = format!(
        "POST {asked} HTTP/1.1\r\nhost: {service}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    exchange(service, &head, body).await.unwrap()
}

/// A class beside a games API that announces nothing of ours.
async fn class() -> Class {
    let door = Door::open().await;
    let mut class = Class::seeded(&div::game(), |settings| {
        settings.service.callback_url = Secret(format!("http://{}/callback?{KEY}", door.addr));
    })
    .await;
    class.line.breaks("GET", "", Fault::Plain);
    class.open(div::game()).await;
    door.service
        .set(class.service.as_ref().unwrap().addr)
        .unwrap();
    class
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_change_is_called_back_and_told() {
    let class = class().await;
    let mut leader = class.join("leader").await;
    let run = class.run().pk;
    leader.watch_scope(&format!("run.{run}")).await;

    let world = class
        .create(Resource::World, json!({"run": run, "name": "Late world"}))
        .await;
    assert_eq!(leader.hears_of("world").await["name"], "Late world");
    let scenario = json!({"world": world, "name": "Late"});
    let scenario = class.create(Resource::Scenario, scenario).await;
    let period = class
        .create(Resource::Period, json!({"scenario": scenario, "order": 1}))
        .await;
    until("the period is there", || async {
        leader
            .call(&format!("period.{period}.get_scope"), &[])
            .await
            .is_ok()
    })
    .await;
    class
        .client
        .delete(Resource::World, &world.to_string())
        .await
        .unwrap();
    until("the world is gone", || async {
        leader
            .call(&format!("world.{world}.get_scope"), &[])
            .await
            .is_err()
    })
    .await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_players_play_beside_a_games_api_that_calls_back() {
    let class = class().await;
    let (mut s1, s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    s1.watch(world).await;
    let period = s1.periods(world).await[0];
    assert_eq!(s1.submit(period, json!(12)).await.unwrap(), "ok");
    assert_eq!(s2.submit(period, json!(4)).await.unwrap(), "ok");
    assert_eq!(
        s1.hears_of("result").await["data"],
        json!({"quotient": 3.0})
    );
    // What the service has stored itself is called back, too, and is no news.
    class
        .change(Resource::World, world, json!({"data": {"seen": true}}))
        .await;
    let mut heard = Vec::new();
    loop {
        let args = s1.hears().await;
        if args[1] == "world" {
            break;
        }
        heard.push((args[1].clone(), args[2]["id"].clone()));
    }
    let told_twice = heard
        .iter()
        .filter(|row| row.0 == "result" || row.0 == "decision");
    assert_eq!(told_twice.count(), 0, "{heard:?}");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_brings_its_parents_along_and_counts_only_with_the_key() {
    let class = class().await;
    let service = class.service.as_ref().unwrap().addr;
    let leader = class.join("leader").await;
    let run = class.run().pk;
    // Nobody calls back for these.
    let hooks = class.rows(Resource::Hook, &[]).await;
    for hook in hooks {
        let pk = hook["id"].to_string();
        class.client.delete(Resource::Hook, &pk).await.unwrap();
    }
    let world = class
        .create(Resource::World, json!({"run": run, "name": "Unheard of"}))
        .await;
    let scenario = json!({"world": world, "name": "Unheard of"});
    let scenario = class.create(Resource::Scenario, scenario).await;
    let period = class
        .create(Resource::Period, json!({"scenario": scenario, "order": 1}))
        .await;
    let row = class
        .client
        .get(Resource::Period, &period.to_string())
        .await
        .unwrap();
    let body = json!({"event": "div.period.created", "ref": "0", "data": row}).to_string();

    for (asked, body, status) in [
        ("/callback".to_owned(), body.as_str(), 403),
        ("/callback?key=0123456789abcdee".to_owned(), &body, 403),
        (format!("/callback?{KEY}"), "{", 400),
        (
            format!("/callback?{KEY}"),
            r#"{"event": "div.planet.created", "data": {}}"#,
            400,
        ),
        (
            format!("/callback?{KEY}"),
            r#"{"event": "chess.run.created", "data": {"id": 1}}"#,
            202,
        ),
    ] {
        let answer = post(service, &asked, body.as_bytes()).await;
        assert_eq!(answer.status().as_u16(), status, "{asked} {body}");
    }
    assert!(
        leader
            .call(&format!("period.{period}.get_scope"), &[])
            .await
            .is_err()
    );

    let answer = post(service, &format!("/callback?{KEY}"), body.as_bytes()).await;
    assert_eq!(answer.status().as_u16(), 202);
    until("the period came with its parents", || async {
        leader
            .call(&format!("period.{period}.get_scope"), &[])
            .await
            .is_ok()
    })
    .await;
    let tree = leader
        .call(&format!("world.{world}.get_scope_tree"), &[])
        .await
        .unwrap();
    assert_eq!(tree["children"][0]["children"][0]["pk"], json!(period));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_are_asked_for_once_and_what_was_missed_is_read_when_the_games_api_is_back() {
    let mut class = class().await;
    class.close().await;
    class.open(div::game()).await;
    let hooks = class.rows(Resource::Hook, &[]).await;
    let mut events: Vec<&Value> = hooks.iter().map(|hook| &hook["event"]).collect();
    events.sort_by_key(ToString::to_string);
    assert_eq!(events, [&json!("div.*"), &json!("user.*")]);

    let leader = class.join("leader").await;
    let run = class.run().pk;
    // The door still passes calls on to a service that is gone, so these are not called back.
    let world = json!({"run": run, "name": "Missed"});
    let world = class.create(Resource::World, world).await;
    let scenario = json!({"world": world, "name": "Missed"});
    let scenario = class.create(Resource::Scenario, scenario).await;
    let pk = scenario.to_string();
    let row = class.client.get(Resource::Scenario, &pk);
    let body = json!({"event": "div.scenario.created", "data": row.await.unwrap()});

    // This one comes, but its world cannot be read: from now on everything has to be read again.
    let met = class.line.met();
    class.line.breaks("GET", "worlds/", Fault::Away);
    let service = class.service.as_ref().unwrap().addr;
    post(
        service,
        &format!("/callback?{KEY}"),
        body.to_string().as_bytes(),
    )
    .await;
    until("the service has noticed", || async {
        class.line.met() > met + 1
    })
    .await;
    class.line.heals();
    let tree = format!("world.{world}.get_scope_tree");
    until("the world is there, with what is below it", || async {
        let tree = leader.call(&tree, &[]).await.unwrap_or_default();
        tree["children"][0]["pk"] == json!(scenario)
    })
    .await;
    class.stop().await;
}

#[tokio::test]
async fn an_address_without_a_key_stops_the_start() {
    let mut class = Class::seeded(&div::game(), |settings| {
        settings.service.callback_url = Secret("http://127.0.0.1:8080/callback".to_owned());
    })
    .await;
    let started =
        modelservice::service::Service::start(&class.settings, vec![div::game()], Vec::new());
    let told = started.await.unwrap_err().to_string();
    assert!(
        told.contains("service.callback_url") && told.contains("ending in a key"),
        "{told}"
    );
    class.close().await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_seated_row_by_row_where_the_games_api_takes_no_groups() {
    let class = class().await;
    let run = class.run();
    let users = class.students(3).await;
    let placed = come(&run, &users).await.unwrap();
    let seated: Vec<_> = placed.iter().filter(|one| one.world.is_some()).collect();
    assert_eq!(seated.len(), 2, "{placed:?}");
    let world = seated[0].world.unwrap();
    let leader = class.join("leader").await;
    assert_eq!(leader.periods(world).await.len(), 1);
    let go = format!("run.{}.move_player", run.pk);
    let waits = placed.iter().find(|one| one.world.is_none()).unwrap();
    let kwargs = json!({"world": world, "role": seated[1].role, "swap": seated[1].runuser});
    let told = leader
        .ask(&go, &[json!(waits.runuser)], kwargs)
        .await
        .unwrap();
    assert_eq!(told["waiting"], json!([seated[1].runuser]));
    // Nobody is known to be a lecturer there.
    let lecturer = class.lecturer("lecturer").await;
    let no = lecturer
        .ask("game.create_run", &[json!("mine")], json!({}))
        .await;
    assert_eq!(refusal(no).0, "wamp.error.not_authorized");
    class.stop().await;
}
