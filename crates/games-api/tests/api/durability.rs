//! Nothing acknowledged is lost, however many write at once.

use std::sync::Arc;

use serde_json::json;

use crate::server::Api;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_many_writers_at_once_are_all_there_after_reopening() {
    const WRITERS: u64 = 16;
    const EACH: u64 = 20;
    let api = Arc::new(Api::start().await);
    let class = api.class("div").await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let api = Arc::clone(&api);
            tokio::spawn(async move {
                let mut pks = Vec::new();
                for n in 0..EACH {
                    let name = format!("decision.{writer}.{n}");
                    let data = json!({"operand": n});
                    let body = json!({"period": class.period, "name": name, "data": data});
                    pks.push(api.create("decisions", body).await);
                }
                pks
            })
        })
        .collect();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    acknowledged.sort_unstable();
    acknowledged.dedup();
    assert_eq!(acknowledged.len() as u64, WRITERS * EACH);
    let mut api = Arc::into_inner(api).unwrap();
    api.stop().await;
    api.resume().await;
    let rows = api.get("/apis/decisions/?page_size=1000").await.json();
    let found: Vec<u64> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_u64().unwrap())
        .collect();
    assert_eq!(found, acknowledged);
    let changes = api.get("/apis/changes/?after=0&game_slug=div").await.json();
    let created = changes["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["event"] == "div.decision.created");
    assert_eq!(created.count() as u64, WRITERS * EACH);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_create_the_same_row_one_succeeds() {
    let api = Arc::new(Api::start().await);
    let class = api.class("div").await;
    let same: Vec<_> = (0..16)
        .map(|_| {
            let api = Arc::clone(&api);
            let body = json!({"period": class.period, "name": "result"});
            tokio::spawn(async move { api.post("/apis/results/", &body).await.status })
        })
        .collect();
    let mut created = 0;
    for one in same {
        match one.await.unwrap() {
            201 => created += 1,
            status => assert_eq!(status, 400),
        }
    }
    assert_eq!(created, 1);
}
