//! Many small writes in few requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use games_client::{Collector, Error, Operation, Resource};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpListener, sync::Semaphore};

use crate::{
    against_ours::{Api, game, map},
    against_stand_in::{client_at, client_of},
};

fn create(resource: Resource, row: Value) -> Vec<Operation> {
    let row = map(row);
    vec![Operation::Create { resource, row }]
}

#[tokio::test]
async fn each_writer_gets_its_own_rows_or_its_own_refusal() {
    let api = Api::start().await;
    let client = api.client();
    let game = game(&client).await["id"].clone();
    let collector = Collector::start(client.clone()).unwrap();
    let writes = (0..300).map(|n| {
        let (collector, game) = (collector.clone(), game.clone());
        tokio::spawn(async move {
            // Every third name is taken by then, or is about to be.
            let name = format!("Phase {}", if n % 3 == 0 { 0 } else { n });
            let row = json!({"game": game, "name": name});
            let written = collector.write(None, create(Resource::Phase, row)).await;
            (name, written)
        })
    });
    let (mut done, mut refused) = (0, 0);
    for write in writes.collect::<Vec<_>>() {
        match write.await.unwrap() {
            (name, Ok(rows)) => {
                done += 1;
                let row = rows[0].members().unwrap();
                assert_eq!((rows.len(), &row["name"]), (1, &json!(name)));
            }
            (name, Err(error)) => {
                refused += 1;
                assert_eq!(name, "Phase 0");
                assert!(matches!(error, Error::AlreadyExists { .. }), "{error}");
            }
        }
    }
    assert_eq!((done, refused), (201, 99));
    let stored = client.list(Resource::Phase, &[]).await.unwrap();
    assert_eq!(stored.len(), 201);
    let gone = create(Resource::World, json!({"run": 99, "name": "w"}));
    let gone = collector.write(None, gone).await.unwrap_err();
    assert!(gone.to_string().contains("Invalid pk"), "{gone}");
    let late = collector.write(Some(77), Vec::new()).await.unwrap_err();
    assert!(matches!(late, Error::Conflict { .. }), "{late}");
}

/// Counts requests, and answers each when it is let.
#[derive(Clone)]
struct Gate {
    asked: Arc<AtomicUsize>,
    open: Arc<Semaphore>,
}

async fn held(State(gate): State<Gate>, Json(body): Json<Value>) -> Response {
    gate.asked.fetch_add(1, SeqCst);
    gate.open.acquire().await.unwrap().forget();
    let results = body["groups"].as_array().unwrap().iter();
    let results = results.map(|group| json!({"key": group["key"], "status": 200}));
    let answer = json!({"groups": results.collect::<Vec<_>>()});
    (StatusCode::OK, Json(answer)).into_response()
}

#[tokio::test]
async fn what_comes_while_requests_are_under_way_goes_together() {
    let gate = Gate {
        asked: Arc::default(),
        open: Arc::new(Semaphore::new(0)),
    };
    let router = Router::new()
        .route("/apis/batch/", post(held))
        .with_state(gate.clone());
    let collector = Collector::start(client_of(router).await).unwrap();
    let write = || {
        let collector = collector.clone();
        tokio::spawn(async move { collector.write(None, Vec::new()).await })
    };
    let mut writes = Vec::new();
    for under_way in 1..=2 {
        writes.push(write());
        while gate.asked.load(SeqCst) < under_way {
            tokio::task::yield_now().await;
        }
    }
    writes.extend((0..500).map(|_| write()));
    // Each of them has asked by the time this has had its turn as often.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.asked.load(SeqCst), 2);
    gate.open.add_permits(10);
    for write in writes {
        assert_eq!(write.await.unwrap().unwrap(), Vec::new());
    }
    assert_eq!(gate.asked.load(SeqCst), 3);
}

/// As [`held`], but refuses a request as a whole when it cannot read one of its groups.
async fn picky(gate: State<Gate>, Json(body): Json<Value>) -> Response {
    let answer = held(gate, Json(body.clone())).await;
    if body.to_string().contains("unreadable") {
        return (StatusCode::BAD_REQUEST, Json(json!({"detail": "no"}))).into_response();
    }
    answer
}

#[tokio::test]
async fn a_group_that_cannot_be_read_is_refused_alone() {
    let gate = Gate {
        asked: Arc::default(),
        open: Arc::new(Semaphore::new(0)),
    };
    let router = Router::new()
        .route("/apis/batch/", post(picky))
        .with_state(gate.clone());
    let collector = Collector::start(client_of(router).await).unwrap();
    let write = |name: &str| {
        let (collector, group) = (
            collector.clone(),
            create(Resource::World, json!({"name": name})),
        );
        tokio::spawn(async move { collector.write(None, group).await })
    };
    let mut writes = Vec::new();
    for under_way in 1..=2 {
        writes.push(write("fine"));
        while gate.asked.load(SeqCst) < under_way {
            tokio::task::yield_now().await;
        }
    }
    let bad = write("unreadable");
    writes.extend((0..5).map(|_| write("fine")));
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.asked.load(SeqCst), 2);
    gate.open.add_permits(100);
    for write in writes {
        assert_eq!(write.await.unwrap().unwrap(), Vec::new());
    }
    let refused = bad.await.unwrap().unwrap_err();
    assert!(
        matches!(refused, Error::Refused { status: 400, .. }),
        "{refused}"
    );
    // Two alone, the other six together and then each by itself.
    assert_eq!(gate.asked.load(SeqCst), 2 + 1 + 6);
}

#[tokio::test]
async fn a_write_that_may_have_been_done_is_told_so_even_when_nobody_is_there_any_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/apis/", listener.local_addr().unwrap());
    let collector = Collector::start(client_at(&url, Duration::from_secs(20))).unwrap();
    let dies = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        drop((stream, listener));
    };
    let (told, ()) = tokio::join!(collector.write(None, Vec::new()), dies);
    let told = told.unwrap_err();
    assert!(matches!(told, Error::Lost { .. }), "{told}");
    let told = collector.write(None, Vec::new()).await.unwrap_err();
    assert!(matches!(told, Error::Unreachable { .. }), "{told}");
}
