//! Somebody who takes webhooks.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc};

use crate::server::Api;

/// One delivery as it came.
pub(crate) struct Came {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Came {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    answer: Arc<Answer>,
    came: mpsc::UnboundedReceiver<Came>,
}

/// What it answers.
struct Answer {
    status: AtomicU16,
    location: Mutex<String>,
    content: Mutex<String>,
}

type Shared = (Arc<Answer>, mpsc::UnboundedSender<Came>);

async fn callback(
    State((answer, came)): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Response {
    came.send(Came { headers, body }).ok();
    let status = StatusCode::from_u16(answer.status.load(SeqCst)).unwrap();
    let location = answer.location.lock().unwrap().clone();
    let content = answer.content.lock().unwrap().clone();
    (status, [(header::LOCATION, location)], content).into_response()
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/callback?key=secret",
            listener.local_addr().unwrap()
        );
        let answer = Arc::new(Answer {
            status: AtomicU16::new(202),
            location: Mutex::default(),
            content: Mutex::new("what came of it".to_owned()),
        });
        let (send, came) = mpsc::unbounded_channel();
        let router = Router::new()
            .route("/callback", post(callback))
            .with_state((Arc::clone(&answer), send));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, answer, came }
    }

    /// Answers with this status from now on.
    pub(crate) fn answers(&self, status: u16) {
        self.answer.status.store(status, SeqCst);
    }

    /// Sends whoever comes there, where the status says so.
    pub(crate) fn points_to(&self, location: &str) {
        location.clone_into(&mut self.answer.location.lock().unwrap());
    }

    /// What it says besides.
    pub(crate) fn says(&self, content: String) {
        *self.answer.content.lock().unwrap() = content;
    }

    /// The next delivery.
    pub(crate) async fn delivery(&mut self) -> Came {
        let next = tokio::time::timeout(Duration::from_secs(20), self.came.recv());
        next.await.expect("a delivery within 20 s").unwrap()
    }

    /// The body of the next delivery.
    pub(crate) async fn next(&mut self) -> Value {
        self.delivery().await.json()
    }

    /// Looks away from what has come.
    pub(crate) fn forget(&mut self) {
        while self.came.try_recv().is_ok() {}
    }

    /// True when nothing has come that was not looked at.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.came.try_recv().is_err()
    }
}

/// Subscribes it to the changes of a game or of users.
pub(crate) async fn subscribe(api: &Api, event: &str, receiver: &Receiver) -> u64 {
    let hook = serde_json::json!({"event": event, "url": receiver.url});
    api.create("hooks", hook).await
}

/// Reads a subscription until it says what is expected.
pub(crate) async fn until(api: &Api, hook: u64, expected: impl Fn(&Value) -> bool) -> Value {
    let asked = async {
        loop {
            let row = api.get(&format!("/apis/hooks/{hook}/")).await.json();
            if expected(&row) {
                return row;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked)
        .await
        .unwrap()
}
