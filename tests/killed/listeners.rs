//! Those who are told of changes: by cursor, and by webhook.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use games_contract::Change;
use reqwest::Method;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};

use super::{
    Life,
    program::PATIENCE,
    server::{Api, Outcome},
};

/// Reads the change stream as our model service does: goes on from the last cursor that it was given.
#[derive(Debug)]
pub(crate) struct Stream {
    came: mpsc::UnboundedReceiver<Change>,
    parts: Arc<AtomicU64>,
}

impl Stream {
    pub(crate) fn start(api: Arc<Api>, mut cursor: u64, mut life: watch::Receiver<Life>) -> Self {
        let (told, came) = mpsc::unbounded_channel();
        let parts = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&parts);
        tokio::spawn(async move {
            loop {
                let path = format!("/apis/changes/?after={cursor}&game_slug=div&wait=20");
                let Outcome::Done(batch) = api.ask(Method::GET, &path, None).await else {
                    if life.changed().await.is_err() {
                        return;
                    }
                    continue;
                };
                let changes: Vec<Change> =
                    serde_json::from_value(batch["changes"].clone()).unwrap();
                counted.fetch_add(u64::from(!changes.is_empty()), SeqCst);
                cursor = batch["cursor"].as_u64().unwrap();
                for change in changes {
                    if told.send(change).is_err() {
                        return;
                    }
                }
            }
        });
        Self { came, parts }
    }

    /// Answers that had changes in them.
    pub(crate) fn parts(&self) -> u64 {
        self.parts.load(SeqCst)
    }

    /// Checks that it was told of exactly these changes, each once and in their order.
    pub(crate) async fn ends_with(&mut self, changes: &[Change]) {
        for change in changes {
            let told = tokio::time::timeout(PATIENCE, self.came.recv()).await;
            let told = told.unwrap_or_else(|_| panic!("not told of {change:?}"));
            assert_eq!(told.as_ref(), Some(change));
        }
        assert!(self.came.try_recv().is_err(), "told of nothing else");
    }
}

/// Takes webhooks.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    came: Arc<Mutex<Vec<Change>>>,
    count: watch::Receiver<usize>,
}

type Shared = (Arc<Mutex<Vec<Change>>>, watch::Sender<usize>);

async fn callback(State((came, count)): State<Shared>, Json(body): Json<Value>) -> StatusCode {
    let event = body["event"].as_str().unwrap();
    let data = serde_json::from_value(body["data"].clone()).unwrap();
    let change = Change::from_event(event, data).unwrap();
    // Whoever waits for the number looks at the list meanwhile: so the one lock is let go before the other is taken.
    let so_many = {
        let mut came = came.lock().unwrap_or_else(PoisonError::into_inner);
        came.push(change);
        came.len()
    };
    count.send_replace(so_many);
    StatusCode::ACCEPTED
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callback", listener.local_addr().unwrap());
        let came = Arc::new(Mutex::new(Vec::new()));
        let (told, count) = watch::channel(0);
        let router = Router::new()
            .route("/callback", post(callback))
            .with_state((Arc::clone(&came), told));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, came, count }
    }

    /// Waits for the last of these changes, and checks that each came at least once, for the first time in their order. Returns how
    /// many deliveries there were.
    pub(crate) async fn has_all(&self, changes: &[Change]) -> usize {
        let bare = |change: &Change| Change {
            cursor: 0,
            ..change.clone()
        };
        let last = bare(changes.last().unwrap());
        let mut count = self.count.clone();
        let came = || {
            let came = self.came.lock();
            came.unwrap_or_else(PoisonError::into_inner).clone()
        };
        let all = count.wait_for(|_| {
            let came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
            came.last() == Some(&last)
        });
        let all = tokio::time::timeout(PATIENCE, all).await;
        all.expect("the last change is delivered").unwrap();
        let came = came();
        // Changes begin after the subscription was made; what came before is of the time before.
        let text = |change: &Change| serde_json::to_string(&bare(change)).unwrap();
        let order: BTreeMap<String, usize> = changes.iter().map(text).zip(0..).collect();
        assert_eq!(order.len(), changes.len(), "changes differ");
        let mut next = 0;
        for change in &came {
            let place = order[&text(change)];
            assert!(place <= next, "passed over before {change:?}");
            next = next.max(place + 1);
        }
        assert_eq!(next, changes.len());
        came.len()
    }
}
