//! Against our games API.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use games_api::{Account, Server, SystemClock, start};
use games_client::{Config, Cursor, Error, GamesClient, Map, Resource, Secret};
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSWORD: &str = "simpl-secret";

pub(crate) struct Api {
    folder: TempDir,
    server: Server,
}

async fn serve(folder: &Path, listen: SocketAddr) -> Server {
    let config = games_api::Config::new(folder.join("games.sqlite"), listen);
    let server = start(config, Arc::new(SystemClock)).await.unwrap();
    for (email, password, staff) in [
        ("simpl@simpl.world", PASSWORD, true),
        ("s1@div.edu", "s1", false),
    ] {
        let account = Account {
            email,
            password,
            first_name: "",
            last_name: "",
            staff,
            reset_password: false,
        };
        server.ensure_user(account).await.unwrap();
    }
    server
}

impl Api {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = serve(folder.path(), ([127, 0, 0, 1], 0).into()).await;
        Self { folder, server }
    }

    fn client_as(&self, user: &str, password: &str) -> GamesClient {
        let url = format!("http://{}/apis/", self.server.addr);
        GamesClient::new(Config {
            url: url.parse().unwrap(),
            user: user.to_owned(),
            password: Secret::new(password),
            timeout: Duration::from_secs(20),
        })
        .unwrap()
    }

    pub(crate) fn client(&self) -> GamesClient {
        self.client_as("simpl@simpl.world", PASSWORD)
    }
}

pub(crate) fn map(value: Value) -> Map {
    serde_json::from_value(value).unwrap()
}

pub(crate) async fn game(client: &GamesClient) -> Map {
    let game = map(json!({"name": "Division", "slug": "div"}));
    client.create(Resource::Game, &game).await.unwrap()
}

#[tokio::test]
async fn rows_are_created_read_changed_listed_and_deleted() {
    let api = Api::start().await;
    let client = api.client();
    assert!(client.announcement().await.unwrap().has_changes());
    let mut game = game(&client).await;
    assert_eq!(client.get(Resource::Game, "div").await.unwrap(), game);
    game.insert("data".to_owned(), json!({"operand": 10.0}));
    let changed = client.update(Resource::Game, "div", &game).await.unwrap();
    assert_eq!(changed["data"].to_string(), r#"{"operand":10.0}"#);
    let filters = [("slug", "div".to_owned())];
    let listed = client.list(Resource::Game, &filters).await.unwrap();
    assert_eq!(listed, [changed]);
    client.delete(Resource::Game, "div").await.unwrap();
    let gone = client.get(Resource::Game, "div").await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { .. }), "{gone}");
}

#[tokio::test]
async fn a_row_is_got_or_created_also_with_null_in_its_key() {
    let api = Api::start().await;
    let client = api.client();
    let game = game(&client).await;
    let run = map(json!({"game": game["id"], "name": "default"}));
    let (run, created) = client
        .get_or_create(Resource::Run, &run, &Map::new())
        .await
        .unwrap();
    assert!(created);
    let world = map(json!({"run": run["id"], "name": "World 1"}));
    let (world, _) = client
        .get_or_create(Resource::World, &world, &Map::new())
        .await
        .unwrap();
    let scenario = map(json!({"world": world["id"], "name": "World Scenario 1"}));
    let (scenario, _) = client
        .get_or_create(Resource::Scenario, &scenario, &Map::new())
        .await
        .unwrap();
    let period = map(json!({"scenario": scenario["id"], "order": 1}));
    let (period, _) = client
        .get_or_create(Resource::Period, &period, &Map::new())
        .await
        .unwrap();
    let role = map(json!({"game": game["id"], "name": "Dividend"}));
    let (role, _) = client
        .get_or_create(Resource::Role, &role, &Map::new())
        .await
        .unwrap();
    let with_role = map(json!({"period": period["id"], "name": "result", "role": role["id"]}));
    client.create(Resource::Result, &with_role).await.unwrap();
    let key = map(json!({"period": period["id"], "name": "result", "role": null}));
    let first = map(json!({"data": {"quotient": 2.4}}));
    let (row, created) = client
        .get_or_create(Resource::Result, &key, &first)
        .await
        .unwrap();
    assert!(created && row["role"].is_null() && row["data"]["quotient"] == 2.4);
    let second = map(json!({"data": {"quotient": 3}}));
    let (again, created) = client
        .get_or_create(Resource::Result, &key, &second)
        .await
        .unwrap();
    assert!(
        !created && again == row,
        "it is there: the defaults do not count"
    );
    let stored = client
        .create_or_update(Resource::Result, &key, &second)
        .await
        .unwrap();
    assert_eq!(
        (&stored["id"], &stored["data"]),
        (&row["id"], &second["data"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_get_one_row() {
    let api = Api::start().await;
    let client = api.client();
    let key = map(json!({"name": "Division", "slug": "div"}));
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let (client, key) = (client.clone(), key.clone());
            tokio::spawn(async move {
                client
                    .get_or_create(Resource::Game, &key, &Map::new())
                    .await
            })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        let (row, new) = task.await.unwrap().unwrap();
        assert_eq!(row["slug"], "div");
        created += usize::from(new);
    }
    assert_eq!(created, 1);
}

#[tokio::test]
async fn passwords_are_checked_by_address_and_by_id() {
    let api = Api::start().await;
    let client = api.client();
    let known = client.authcheck("s1@div.edu", "s1").await.unwrap();
    assert_eq!(known, Some((2, "s1@div.edu".to_owned())));
    assert_eq!(client.authcheck("2", "s1").await.unwrap(), known);
    assert_eq!(client.authcheck("2", "bad").await.unwrap(), None);
    assert_eq!(
        client.authcheck("nobody@div.edu", "s1").await.unwrap(),
        None
    );
    for _ in 0..9 {
        assert_eq!(client.authcheck("2", "bad").await.unwrap(), None);
    }
    let told = client.authcheck("2", "bad").await.unwrap_err();
    assert!(
        told.is_unreachable() && told.to_string().contains("Too many"),
        "{told}"
    );
}

#[tokio::test]
async fn changes_follow_a_cursor_and_a_foreign_cursor_is_gone() {
    let api = Api::start().await;
    let client = api.client();
    let start = client.changes(None, "div", Duration::ZERO).await.unwrap();
    assert!(start.changes.is_empty());
    let row = game(&client).await;
    let wait = Duration::from_secs(10);
    let batch = client
        .changes(Some(&start.cursor), "div", wait)
        .await
        .unwrap();
    assert_eq!(batch.changes.len(), 1);
    assert_eq!(batch.changes[0].event(), "div.game.created");
    assert_eq!(batch.changes[0].data.members().unwrap(), row);
    assert_eq!(batch.changes[0].cursor, batch.cursor.position);
    let foreign = Cursor {
        epoch: "another".to_owned(),
        ..batch.cursor
    };
    let gone = client
        .changes(Some(&foreign), "div", wait)
        .await
        .unwrap_err();
    assert!(matches!(gone, Error::CursorGone { .. }), "{gone}");
}

#[tokio::test]
async fn each_refusal_is_told_apart_and_none_tells_the_password() {
    let api = Api::start().await;
    let client = api.client();
    let row = game(&client).await;
    let world = map(json!({"name": "w"}));
    let refusals = [
        client.create(Resource::Game, &row).await.unwrap_err(),
        client.create(Resource::World, &world).await.unwrap_err(),
        client.get(Resource::World, "7").await.unwrap_err(),
        api.client_as("simpl@simpl.world", "wrong-secret")
            .announcement()
            .await
            .unwrap_err(),
        api.client_as("s1@div.edu", "s1")
            .create(Resource::Game, &row)
            .await
            .unwrap_err(),
    ];
    assert!(
        matches!(refusals[0], Error::AlreadyExists { .. }),
        "{}",
        refusals[0]
    );
    assert!(
        matches!(refusals[1], Error::Refused { status: 400, .. }),
        "{}",
        refusals[1]
    );
    assert!(
        refusals[1]
            .to_string()
            .contains("run: This field is required.")
    );
    assert!(
        matches!(refusals[2], Error::NotFound { .. }),
        "{}",
        refusals[2]
    );
    assert!(
        matches!(refusals[3], Error::Unauthorized { .. }),
        "{}",
        refusals[3]
    );
    assert!(
        matches!(refusals[4], Error::Forbidden { .. }),
        "{}",
        refusals[4]
    );
    let address = api.server.addr.to_string();
    for refusal in &refusals {
        let shown = format!("{refusal} {refusal:?} {client:?}");
        assert!(refusal.to_string().contains(&address), "{refusal}");
        assert!(
            !shown.contains("secret") && !refusal.is_unreachable(),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn the_write_after_a_restart_succeeds() {
    let api = Api::start().await;
    let client = api.client();
    let row = game(&client).await;
    let addr = api.server.addr;
    let Api { folder, server } = api;
    server.shutdown().await;
    let away = client
        .create(
            Resource::Phase,
            &map(json!({"game": row["id"], "name": "Play"})),
        )
        .await;
    let away = away.unwrap_err();
    assert!(
        matches!(away, Error::Unreachable { .. }) && away.is_unreachable(),
        "{away}"
    );
    assert!(away.to_string().contains("start it"), "{away}");
    let server = serve(folder.path(), addr).await;
    let phase = map(json!({"game": row["id"], "name": "Play"}));
    client.create(Resource::Phase, &phase).await.unwrap();
    // And once more while a connection of before lies in the pool.
    server.shutdown().await;
    let server = serve(folder.path(), addr).await;
    let debrief = map(json!({"game": row["id"], "name": "Debrief"}));
    client.create(Resource::Phase, &debrief).await.unwrap();
    assert_eq!(client.list(Resource::Phase, &[]).await.unwrap().len(), 2);
    server.shutdown().await;
}
