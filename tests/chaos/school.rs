//! The worlds of the series and who sits in them.

use std::sync::Arc;

use games_client::{Config, GamesClient, Map, Resource, Secret};
use serde_json::{Value, json};

use crate::processes::GamesApi;
use crate::program::{PATIENCE, STAFF};
use crate::ticket::ticket;

/// The two roles of div, as seats of a world.
pub(crate) const ROLES: [&str; 2] = ["Dividend", "Divisor"];

/// One seat of a world.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// Counts worlds from 0.
    pub(crate) number: usize,
    pub(crate) world: u64,
    /// 0 divides, 1 is divided by.
    pub(crate) role: usize,
    pub(crate) user: u64,
    pub(crate) ticket: String,
}

impl Seat {
    /// What this seat plays in a period: known to whoever looks at the database later, and never 0.
    pub(crate) fn operand(role: usize, period: u64) -> f64 {
        let number = period as f64;
        if role == 0 {
            3.0 * number
        } else {
            number + 1.0
        }
    }
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct School {
    seats: Vec<Seat>,
    /// The pks of the roles, as in [`ROLES`].
    pub(crate) roles: [u64; 2],
}

impl School {
    /// Makes a run with worlds of two players each, straight in the games API.
    pub(crate) async fn found(api: &GamesApi, worlds: u32) -> Self {
        let client = GamesClient::new(Config {
            url: api.url.parse().unwrap(),
            user: STAFF.0.to_owned(),
            password: Secret::new(STAFF.1),
            timeout: PATIENCE,
        });
        let client = client.unwrap();
        let of_game = [("game_slug", "div".to_owned())];
        let game = client.get(Resource::Game, "div").await.unwrap();
        let phases = client.list(Resource::Phase, &of_game).await.unwrap();
        let phase = phases.iter().find(|phase| phase["name"] == "Play").unwrap();
        let roles = client.list(Resource::Role, &of_game).await.unwrap();
        let role = |name: &str| pk(roles.iter().find(|role| role["name"] == name).unwrap());
        let roles = ROLES.map(role);
        let create = async |resource, row: Value| {
            let row: Map = serde_json::from_value(row).unwrap();
            pk(&client.create(resource, &row).await.unwrap())
        };
        let run = json!({"game": game["id"], "name": "chaos", "phase": phase["id"]});
        let run = create(Resource::Run, run).await;
        let mut seats = Vec::new();
        for number in 0..worlds {
            let world = json!({"run": run, "name": format!("World {number}")});
            let world = create(Resource::World, world).await;
            for (role, pk) in roles.iter().enumerate() {
                let user = json!({"email": format!("{number}.{role}@chaos.edu"), "first_name": "", "last_name": ""});
                let user = create(Resource::User, user).await;
                let runuser = json!({"user": user, "run": run, "world": world, "role": pk});
                create(Resource::RunUser, runuser).await;
                seats.push(Seat {
                    number: seats.len() / ROLES.len(),
                    world,
                    role,
                    user,
                    // A hundred passwords after each kill would measure the hash.
                    ticket: ticket(api.address(), user).await,
                });
            }
            let scenario = json!({"world": world, "name": "World Scenario 1"});
            let scenario = create(Resource::Scenario, scenario).await;
            create(Resource::Period, json!({"scenario": scenario, "order": 1})).await;
        }
        Self { seats, roles }
    }

    pub(crate) fn seats(&self) -> impl Iterator<Item = Arc<Seat>> {
        self.seats.iter().cloned().map(Arc::new)
    }

    /// The pks of the worlds, by their numbers.
    pub(crate) fn worlds(&self) -> Vec<u64> {
        let first = self.seats.iter().filter(|seat| seat.role == 0);
        first.map(|seat| seat.world).collect()
    }
}

fn pk(row: &Map) -> u64 {
    row["id"].as_u64().unwrap()
}
