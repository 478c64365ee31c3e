//! The class: a run with worlds of two players each, made through the games API. Idempotent: what is there is used.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use games_client::{
    Collector, Config, Error, GamesClient, Map, Operation, Resource, Secret, Target,
};
use serde_json::{Value, json};
use url::Url;

/// The run's name.
const RUN: &str = "load";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "load";
/// Users made at once; each costs the games API a hash.
const USERS: usize = 8;
/// Worlds made at once.
const WORLDS: usize = 500;
/// How long one request may take: the run's rows are many.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The worlds of the run.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) worlds: Vec<World>,
}

/// One world, and who plays in it.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) pk: u64,
    /// The period that is played next.
    pub(crate) period: u64,
    /// The users who divide and by whom it is divided.
    pub(crate) users: [u64; 2],
}

/// Makes the class, or finds it.
pub(crate) async fn class(api: &Url, user: &str, password: &str, worlds: usize) -> Result<Class> {
    let client = GamesClient::new(Config {
        url: api.clone(),
        user: user.to_owned(),
        password: Secret::new(password),
        timeout: TIMEOUT,
    })?;
    let game = client.get(Resource::Game, "div").await?;
    let of_game = [("game_slug", "div".to_owned())];
    let phases = client.list(Resource::Phase, &of_game).await?;
    let roles = client.list(Resource::Role, &of_game).await?;
    ensure!(
        roles.len() == 2,
        "expected the two roles of div, got {}",
        roles.len()
    );
    let key = object(json!({"game": game["id"], "name": RUN}));
    let defaults = object(json!({"phase": phases[0]["id"]}));
    let (run, _) = client.get_or_create(Resource::Run, &key, &defaults).await?;
    let collector = Collector::start(client.clone())?;
    let worlds: Vec<World> = stream::iter(0..worlds)
        .map(|number| world(&client, &collector, &run, &roles, number))
        .buffer_unordered(WORLDS)
        .try_collect()
        .await?;
    Ok(Class { worlds })
}

async fn world(
    client: &GamesClient,
    collector: &Collector,
    run: &Map,
    roles: &[Map],
    number: usize,
) -> Result<World> {
    let upsert = |resource, row: Value| Operation::Upsert {
        resource,
        row: object(row),
        if_updated: None,
    };
    let emails = [0, 1].map(|seat| format!("load{number}.{seat}@div.edu"));
    let users: Vec<u64> = stream::iter(emails)
        .map(|email| user(client, email))
        .buffered(2)
        .try_collect()
        .await?;
    let seat = |seat: usize| {
        upsert(
            Resource::RunUser,
            json!({"user": users[seat], "run": run["id"], "world": {"ref": 0}, "role": roles[seat]["id"]}),
        )
    };
    let name = format!("World {number}");
    let rows = collector
        .write(
            None,
            vec![
                upsert(Resource::World, json!({"run": run["id"], "name": name})),
                seat(0),
                seat(1),
            ],
        )
        .await?;
    let pk = id(&rows[0].members()?)?;
    let period = match last_period(client, pk).await? {
        Some(period) => period,
        None => {
            let scenario = Operation::Create {
                resource: Resource::Scenario,
                row: object(json!({"world": pk, "name": "Multiplayer"})),
            };
            let mut period = object(json!({"order": 1}));
            period.insert("scenario".to_owned(), json!(Target::Ref { operation: 0 }));
            let period = Operation::Create {
                resource: Resource::Period,
                row: period,
            };
            let rows = collector.write(None, vec![scenario, period]).await?;
            id(&rows[1].members()?)?
        }
    };
    let by_role = [users[0], users[1]];
    Ok(World {
        pk,
        period,
        users: by_role,
    })
}

async fn last_period(client: &GamesClient, world: u64) -> Result<Option<u64>> {
    let of_world = [("world", world.to_string())];
    let scenarios = client.list(Resource::Scenario, &of_world).await?;
    let Some(scenario) = scenarios.first() else {
        return Ok(None);
    };
    let of_scenario = [("scenario", id(scenario)?.to_string())];
    let periods = client.list(Resource::Period, &of_scenario).await?;
    let last = periods.iter().max_by_key(|period| period["order"].as_i64());
    last.map(id).transpose()
}

async fn user(client: &GamesClient, email: String) -> Result<u64> {
    static TURNS: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(USERS);
    let _turn = TURNS.acquire().await?;
    let row = object(
        json!({"email": email, "password": PASSWORD, "first_name": "Load", "last_name": "Player"}),
    );
    match client.create(Resource::User, &row).await {
        Err(Error::AlreadyExists { .. }) => {
            let found = client.list(Resource::User, &[("email", email)]).await?;
            id(found.first().context("the user is there and not there")?)
        }
        created => id(&created?),
    }
}

fn id(row: &Map) -> Result<u64> {
    row["id"].as_u64().context("expected a row with an id")
}

fn object(value: Value) -> Map {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
