//! The default environment of a game: a run with worlds and logins to try it with, made through the games API.
//!
//! Idempotent: what is there by its name is taken as it is, so that a database of the original tutorial is recognised.

use games_client::{Error, GamesClient};
use games_contract::{Map, Resource};
use serde_json::{Value, json};
use simpl::{Account, Game};

/// One thing that was found or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Was it made just now?
    pub created: bool,
    /// What kind of row it is.
    pub resource: Resource,
    /// What it is called.
    pub name: String,
}

/// A game in the games API, with what belongs to it whoever plays.
#[derive(Clone, Debug)]
struct Made {
    game: u64,
    /// The roles by name.
    roles: Vec<(String, u64)>,
    first_phase: Option<u64>,
}

impl Made {
    fn role(&self, name: &str) -> Option<u64> {
        let found = self.roles.iter().find(|(role, _)| *role == name);
        found.map(|(_, pk)| *pk)
    }
}

/// Makes, or finds, a game with its roles and phases under `slug`, without a run or anybody to play it.
///
/// # Errors
/// As [`create`].
pub async fn create_game(
    client: &GamesClient,
    game: &Game,
    slug: &str,
    report: impl FnMut(Line),
) -> Result<(), Error> {
    let mut seeding = Seeding { client, report };
    seeding.game_with_parts(game, slug).await.map(drop)
}

/// Makes, or finds, a game's default environment under `slug`; `run` names the run. `report` hears of each thing in order.
///
/// # Errors
/// The games API does not answer or refuses a row; what was made before stays, and the next attempt goes on from there.
pub async fn create(
    client: &GamesClient,
    game: &Game,
    slug: &str,
    run: &str,
    report: impl FnMut(Line),
) -> Result<(), Error> {
    let mut seeding = Seeding { client, report };
    let made = seeding.game_with_parts(game, slug).await?;
    let run_pk = seeding.run(made.game, run, made.first_phase).await?;
    let environment = game.environment();
    for leader in &environment.leaders {
        let user = seeding.user(leader).await?;
        let key = json!({"user": user, "run": run_pk});
        seeding
            .row(
                Resource::RunUser,
                &format!("{} as leader", leader.email),
                key,
                json!({"leader": true}),
            )
            .await?;
    }
    for seat in &environment.alone {
        let user = seeding.user(&seat.account).await?;
        let key = json!({"user": user, "run": run_pk});
        let name = format!("{} as {}", seat.account.email, seat.role);
        let role = made.role(&seat.role);
        seeding
            .row(Resource::RunUser, &name, key, json!({"role": role}))
            .await?;
    }
    for plan in &environment.worlds {
        let world = seeding
            .row(
                Resource::World,
                &plan.name,
                json!({"run": run_pk, "name": plan.name}),
                json!({}),
            )
            .await?;
        seeding
            .scenario("world", world, &plan.scenario, &plan.name)
            .await?;
        for seat in &plan.seats {
            let user = seeding.user(&seat.account).await?;
            let role = made.role(&seat.role);
            let key = json!({"user": user, "run": run_pk});
            let name = format!("{} as {} in {}", seat.account.email, seat.role, plan.name);
            let runuser = seeding
                .row(
                    Resource::RunUser,
                    &name,
                    key,
                    json!({"world": world, "role": role}),
                )
                .await?;
            if let Some(scenario) = &environment.player_scenario {
                seeding
                    .scenario("runuser", runuser, scenario, &seat.account.email)
                    .await?;
            }
        }
    }
    Ok(())
}

/// Deletes the runs of that name with everything below them, and says how many there were. Users stay.
///
/// # Errors
/// The games API does not answer.
pub async fn delete_run(client: &GamesClient, slug: &str, run: &str) -> Result<usize, Error> {
    let filters = [("game_slug", slug.to_owned()), ("name", run.to_owned())];
    let runs = client.list(Resource::Run, &filters).await?;
    for pk in runs.iter().filter_map(pk) {
        client.delete(Resource::Run, &pk.to_string()).await?;
    }
    Ok(runs.len())
}

struct Seeding<'a, R> {
    client: &'a GamesClient,
    report: R,
}

impl<R: FnMut(Line)> Seeding<'_, R> {
    async fn game_with_parts(&mut self, game: &Game, slug: &str) -> Result<Made, Error> {
        let pk = self.game(game, slug).await?;
        let mut roles = Vec::new();
        for role in game.roles() {
            let key = json!({"game": pk, "name": role.name});
            let made = self.row(Resource::Role, &role.name, key, json!({})).await?;
            roles.push((role.name.clone(), made));
        }
        let mut first_phase = None;
        for (order, phase) in (1..).zip(game.phases()) {
            let key = json!({"game": pk, "name": phase.name});
            let order = json!({"order": order});
            let made = self.row(Resource::Phase, &phase.name, key, order).await?;
            first_phase.get_or_insert(made);
        }
        Ok(Made {
            game: pk,
            roles,
            first_phase,
        })
    }

    async fn game(&mut self, game: &Game, slug: &str) -> Result<u64, Error> {
        let (row, created) = match self.client.get(Resource::Game, slug).await {
            Err(Error::NotFound { .. }) => (
                self.client
                    .create(
                        Resource::Game,
                        &object(json!({"name": game.title(), "slug": slug})),
                    )
                    .await?,
                true,
            ),
            found => (found?, false),
        };
        self.told(Resource::Game, slug, &row, created)
    }

    /// A run in the first phase. A run without a phase, as the REST API makes it, is moved there.
    async fn run(&mut self, game: u64, name: &str, phase: Option<u64>) -> Result<u64, Error> {
        let seed = crate::runs::seed()?;
        let defaults = json!({"phase": phase, "data": {"_private": {"seed": seed}}});
        let (mut row, created) = self
            .get_or_create(Resource::Run, json!({"game": game, "name": name}), defaults)
            .await?;
        let pk = self.told(Resource::Run, name, &row, created)?;
        if row.get("phase").is_none_or(Value::is_null) && phase.is_some() {
            row.insert("phase".to_owned(), json!(phase));
            self.client
                .update(Resource::Run, &pk.to_string(), &row)
                .await?;
        }
        Ok(pk)
    }

    async fn user(&mut self, account: &Account) -> Result<u64, Error> {
        let defaults = json!({"password": account.password, "first_name": account.first_name, "last_name": account.last_name});
        self.row(
            Resource::User,
            &account.email,
            json!({"email": account.email}),
            defaults,
        )
        .await
    }

    /// A scenario below a world or run user, with its first period.
    async fn scenario(&mut self, parent: &str, pk: u64, name: &str, of: &str) -> Result<(), Error> {
        let key = json!({parent: pk, "name": name});
        let scenario = self
            .row(
                Resource::Scenario,
                &format!("{name} of {of}"),
                key,
                json!({}),
            )
            .await?;
        let key = json!({"scenario": scenario, "order": 1});
        self.row(
            Resource::Period,
            &format!("1 of {name} of {of}"),
            key,
            json!({}),
        )
        .await?;
        Ok(())
    }

    async fn row(
        &mut self,
        resource: Resource,
        name: &str,
        key: Value,
        defaults: Value,
    ) -> Result<u64, Error> {
        let (row, created) = self.get_or_create(resource, key, defaults).await?;
        self.told(resource, name, &row, created)
    }

    async fn get_or_create(
        &self,
        resource: Resource,
        key: Value,
        defaults: Value,
    ) -> Result<(Map, bool), Error> {
        self.client
            .get_or_create(resource, &object(key), &object(defaults))
            .await
    }

    fn told(
        &mut self,
        resource: Resource,
        name: &str,
        row: &Map,
        created: bool,
    ) -> Result<u64, Error> {
        (self.report)(Line {
            created,
            resource,
            name: name.to_owned(),
        });
        pk(row).ok_or_else(|| Error::Unexpected {
            url: self.client.url().to_string(),
            expected: "a row with an id",
            got: "a row without one".to_owned(),
        })
    }
}

fn pk(row: &Map) -> Option<u64> {
    row.get("id").and_then(Value::as_u64)
}

fn object(value: Value) -> Map {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
