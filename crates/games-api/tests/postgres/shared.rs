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
    let Database::Postgres(url) = place.config().database else {
        unreachable!("this suite runs on PostgreSQL")
    };
    let missing = url.to_string().replace(place.name(), "no_such_database");
    let missing = missing.replacen("@/", "@%2F", 1);
    let folder = missing.rsplit_once(":5432").unwrap().0.to_owned();
    let (start, path) = folder.split_once("@%2F").unwrap();
    let missing = format!("{start}@%2F{}/no_such_database", path.replace('/', "%2F"));
    let told = refused(on(&missing)).await;
    assert!(told.to_string().contains("does not exist"), "{told}");
    let told = refused(on(&format!("{missing}?sslmode=require"))).await;
    assert!(told.to_string().contains("TLS"), "{told}");
}
