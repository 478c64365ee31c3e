//! What is seen of each request from outside: its id, who asked, how it ended, in one line of the log.

use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::Response,
};
use games_contract::Resource;
use tokio::time::Instant;

use crate::{metrics::Metrics, reminder::Reminder};

/// The header that carries a request's id, in both directions.
const ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of an id that somebody else gave.
const LONGEST: usize = 64;
/// What stands for a collection's name in a route.
const COLLECTION: &str = "{collection}";
/// Characters of a path in the log.
const SHOWN: usize = 200;

tokio::task_local! {
    static CURRENT: Seen;
}

/// What becomes known of a request while it is done.
#[derive(Debug)]
struct Seen {
    id: Arc<str>,
    user: Cell<Option<i64>>,
    reason: RefCell<Option<String>>,
}

/// Names requests that come without a name: the process by chance, the request by number.
#[derive(Clone, Debug)]
pub(crate) struct Names(Arc<(u64, AtomicU64)>);

impl Names {
    pub(crate) fn new() -> Result<Self, String> {
        let process = u64::from_le_bytes(crate::random::bytes()?);
        Ok(Self(Arc::new((process, AtomicU64::new(1)))))
    }

    /// The id that a request brought, if it is one that can stand in a log, else a new one.
    fn of(&self, headers: &HeaderMap) -> Arc<str> {
        let given = headers.get(&ID).and_then(|id| id.to_str().ok());
        if let Some(id) = given.filter(|id| is_sane(id)) {
            return id.into();
        }
        let (process, next) = &*self.0;
        format!("{process:016x}-{}", next.fetch_add(1, Relaxed)).into()
    }
}

fn is_sane(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    !id.is_empty() && id.len() <= LONGEST && id.chars().all(plain)
}

/// The id of the request that is being done; none on other threads than those that serve it.
pub(crate) fn id() -> Option<Arc<str>> {
    CURRENT.try_with(|seen| Arc::clone(&seen.id)).ok()
}

/// Notes who asks.
pub(super) fn asked_by(user: i64) {
    // Outside of a request nobody wants to know.
    let _ = CURRENT.try_with(|seen| seen.user.set(Some(user)));
}

/// Notes why the service failed to do it.
pub(super) fn failed_by(reason: &str) {
    let _ = CURRENT.try_with(|seen| *seen.reason.borrow_mut() = Some(reason.to_owned()));
}

/// What looks at each request.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    pub(super) names: Names,
    pub(super) metrics: Arc<Metrics>,
    /// What was said of requests that could not be done for now.
    pub(super) refused: Arc<Mutex<Reminder>>,
}

/// Which route a request takes, as numbers tell them apart: the path with a collection's name and without keys.
fn route_of(request: &Request) -> String {
    let matched = request.extensions().get::<MatchedPath>();
    let template = matched.map_or("other", MatchedPath::as_str);
    if !template.contains(COLLECTION) {
        return template.to_owned();
    }
    let mut parts = request.uri().path().split('/');
    // A path that is no collection's takes a collection's route all the same, and a stranger may think of many.
    match parts.find_map(Resource::from_collection) {
        Some(resource) => template.replace(COLLECTION, resource.collection()),
        None => "other".to_owned(),
    }
}

/// Gives a request its id and writes its line when it is answered. Only the path is written: a query may hold anything.
pub(super) async fn observe(
    State(observer): State<Observer>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let seen = Seen {
        id: observer.names.of(request.headers()),
        user: Cell::new(None),
        reason: RefCell::new(None),
    };
    let method = request.method().clone();
    let route = route_of(&request);
    let path: String = request.uri().path().chars().take(SHOWN).collect();
    let answered = async {
        let mut response = next.run(request).await;
        let status = response.status();
        let took = began.elapsed();
        observer.metrics.requests.note(&method, route, status, took);
        let milliseconds = took.as_secs_f64() * 1_000.0;
        CURRENT.with(|seen| {
            let (id, user) = (&*seen.id, seen.user.get());
            let reason = seen.reason.borrow();
            let reason = reason.as_deref();
            match status {
                StatusCode::INTERNAL_SERVER_ERROR => {
                    tracing::error!(%method, path, status = status.as_u16(), user, milliseconds, id, reason, "request failed");
                }
                status if status.is_server_error() => {
                    tracing::debug!(%method, path, status = status.as_u16(), user, milliseconds, id, reason, "request not done");
                    let mut refused = observer.refused.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(requests) = refused.met("", 1) {
                        tracing::warn!(requests, reason, "requests are told to come again");
                    }
                }
                status => {
                    tracing::debug!(%method, path, status = status.as_u16(), user, milliseconds, id, "request");
                }
            }
            if let Ok(id) = HeaderValue::from_str(id) {
                response.headers_mut().insert(ID, id);
            }
        });
        response
    };
    CURRENT.scope(seen, answered).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(id: &str) -> HeaderMap {
        let value = HeaderValue::from_str(id).unwrap();
        HeaderMap::from_iter([(ID, value)])
    }

    #[test]
    fn a_sane_id_is_kept_and_any_other_replaced() {
        let names = Names::new().unwrap();
        assert_eq!(&*names.of(&with("front-7:a_b.C")), "front-7:a_b.C");
        let longest = "x".repeat(LONGEST);
        assert_eq!(*names.of(&with(&longest)), *longest);
        for strange in ["", "a b", "<script>", &"x".repeat(LONGEST + 1)] {
            let made = names.of(&with(strange));
            assert!(is_sane(&made) && *made != *strange, "{strange:?}: {made}");
        }
        assert_ne!(names.of(&HeaderMap::new()), names.of(&HeaderMap::new()));
    }
}
