//! A server belongs to many: who may use the database, and what is said to the others.

use std::sync::Arc;

use games_api::{Config, Database, PostgresUrl, StartError, SystemClock, start};

use crate::{place::Place, server::Api};

async fn refused(config: Config) -> StartError {
    start(config, Arc::new(SystemClock)).await.unwrap_err()
}

#[tokio::test]
async fn a_second_games_api_on_the_same_database_is_told_to_wait_its_turn() {
    let mut api = Api::start().await;
    let told = refused(api.place().config()).await;
    assert!(matches!(told, StartError::Taken { .. }), "{told}");
    assert!(told.to_string().contains(api.place().name()), "{told}");
    api.class("div").await;
    api.stop().await;
    api.resume().await;
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let place = Place::new();
    place.sql("CREATE TABLE simpl_game (id serial PRIMARY KEY)");
    let told = refused(place.config()).await.to_string();
    assert!(told.contains("another program"), "{told}");
    let tables = place.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'");
    assert_eq!(tables, "1");
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_named_with_its_reason() {
    let place = Place::new();
    let listen = ([127, 0, 0, 1], 0).into();
    let on = |url: &str| Config::on(Database::Postgres(PostgresUrl::parse(url).unwrap()), listen);
    let nobody = refused(on("postgres://games:hunter2@127.0.0.1:9/simpl")).await;
    assert!(nobody.to_string().contains("refused"), "{nobody}");
    assert!(!nobody.to_string().contains("hunter2"), "{nobody}");
    let missing = place.url().replace(place.name(), "no_such_database");
    let told = refused(on(&missing)).await;
    assert!(told.to_string().contains("does not exist"), "{told}");
    let told = refused(on(&format!("{missing}?sslmode=require"))).await;
    assert!(told.to_string().contains("TLS"), "{told}");
}
