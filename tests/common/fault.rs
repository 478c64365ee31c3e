//! The line between model service and games API, on which a test lets things go wrong.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing gets through.
    Away,
    /// It is done, but its answer is lost.
    Unanswered,
    /// It is done, but what is answered is `{}`.
    Garbled,
    /// The changes asked for are no longer kept.
    Gone,
    /// It is answered at once, whatever wait was asked for.
    Hasty,
    /// What writes such rows is not taken.
    Refused(&'static str),
    /// The games API announces nothing of ours, like the original one.
    Plain,
}

/// Which requests: the method, and how the path with its query begins below `/apis/`.
type Rule = (&'static str, String, Fault);

/// A proxy that forwards everything but what its rules say.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) addr: SocketAddr,
    api: SocketAddr,
    rules: Arc<Mutex<Vec<Rule>>>,
    met: Arc<AtomicUsize>,
    marks: Arc<AtomicUsize>,
}

impl Line {
    pub(crate) async fn start(api: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            addr: listener.local_addr().unwrap(),
            api,
            rules: Arc::default(),
            met: Arc::default(),
            marks: Arc::default(),
        };
        let app = Router::new().fallback(forward).with_state(line.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        line
    }

    /// From now on this happens to such requests.
    pub(crate) fn breaks(&self, method: &'static str, path: &str, fault: Fault) {
        let rule = (method, format!("/apis/{path}"), fault);
        self.rules.lock().unwrap().push(rule);
    }

    /// From now on everything gets through.
    pub(crate) fn heals(&self) {
        self.rules.lock().unwrap().clear();
    }

    /// How many requests have met a fault.
    pub(crate) fn met(&self) -> usize {
        self.met.load(Ordering::SeqCst)
    }

    /// A number never given before.
    pub(crate) fn marks(&self) -> usize {
        self.marks.fetch_add(1, Ordering::SeqCst)
    }

    fn fault(&self, method: &str, path: &str) -> Option<Fault> {
        let rules = self.rules.lock().unwrap();
        let met = rules.iter().find(|(m, start, fault)| {
            let asked = match fault {
                Fault::Plain => path == start,
                _ => path.starts_with(start.as_str()),
            };
            *m == method && asked
        })?;
        // One that depends on the content has not been met yet.
        if !matches!(met.2, Fault::Refused(_)) {
            self.met.fetch_add(1, Ordering::SeqCst);
        }
        Some(met.2)
    }
}

async fn forward(State(line): State<Line>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().as_str();
    let answer = |status: StatusCode, body: &'static str| {
        let answer = Response::builder().status(status);
        answer.body(Body::from(body)).unwrap()
    };
    let fault = line.fault(parts.method.as_str(), path);
    match fault {
        Some(Fault::Away) => return answer(StatusCode::SERVICE_UNAVAILABLE, "{}"),
        Some(Fault::Gone) => return answer(StatusCode::GONE, "{}"),
        _ => {}
    }
    let body = to_bytes(body, 1 << 20).await.unwrap();
    if let Some(Fault::Refused(resource)) = fault
        && String::from_utf8_lossy(&body).contains(&format!("\"{resource}\""))
    {
        line.met.fetch_add(1, Ordering::SeqCst);
        return answer(StatusCode::BAD_REQUEST, r#"{"detail": "too odd"}"#);
    }
    let asked = match fault {
        Some(Fault::Hasty) => path.replace("wait=25", "wait=0"),
        _ => path.to_owned(),
    };
    let mut head = format!(
        "{} {asked} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
        parts.method,
        line.api,
        body.len()
    );
    for name in ["authorization", "content-type"] {
        if let Some(value) = parts.headers.get(name) {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
    }
    let Ok(done) = exchange(line.api, &head, &body).await else {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "{}");
    };
    match fault {
        Some(Fault::Unanswered) => std::future::pending().await,
        Some(Fault::Garbled | Fault::Plain) => answer(StatusCode::OK, "{}"),
        _ => done,
    }
}

/// Sends one request on a connection of its own.
pub(crate) async fn exchange(
    api: SocketAddr,
    head: &str,
    body: &[u8],
) -> std::io::Result<Response> {
    let mut stream = TcpStream::connect(api).await?;
    stream.write_all(format!("{head}\r\n").as_bytes()).await?;
    stream.write_all(body).await?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await?;
    let end = all.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let mut answer = Response::builder().status(status.unwrap_or("502"));
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if matches!(name, "content-type" | "link") {
            answer = answer.header(name, value);
        }
    }
    Ok(answer.body(Body::from(all.split_off(end + 4))).unwrap())
}
