//! Requests by method, route and outcome.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::http::{Method, StatusCode};

use super::{
    Histogram,
    exposition::{Exposition, Kind},
};

/// What requests are told apart by. There are as many as there are routes and methods: a stranger cannot make more.
type Key = (String, &'static str);

/// How requests of one kind went.
#[derive(Debug, Default)]
struct Outcomes {
    /// By the first digit of the status.
    classes: [AtomicU64; 5],
    took: Histogram,
}

/// All requests since the start.
#[derive(Debug, Default)]
pub(crate) struct Requests(RwLock<BTreeMap<Key, Arc<Outcomes>>>);

impl Requests {
    /// Counts one.
    pub(crate) fn note(&self, method: &Method, route: String, status: StatusCode, took: Duration) {
        let key = (route, name_of(method));
        let known = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        let outcomes = known.unwrap_or_else(|| {
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(key).or_default())
        });
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        outcomes.classes[class].fetch_add(1, Relaxed);
        outcomes.took.note(took);
    }

    pub(super) fn tell(&self, text: &mut Exposition) {
        const TOTAL: &str = "games_api_requests_total";
        const TOOK: &str = "games_api_request_seconds";
        let all = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        text.family(
            TOTAL,
            Kind::Counter,
            "Requests answered, by route, method and class of status.",
        );
        for ((route, method), outcomes) in &all {
            let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"]
                .iter()
                .zip(&outcomes.classes);
            for (status, count) in classes {
                let count = count.load(Relaxed);
                if count > 0 {
                    text.sample(
                        TOTAL,
                        &[("route", route), ("method", method), ("status", status)],
                        count,
                    );
                }
            }
        }
        text.family(
            TOOK,
            Kind::Histogram,
            "How long requests took, by route and method; the change stream waits by nature.",
        );
        for ((route, method), outcomes) in &all {
            text.histogram(
                TOOK,
                &[("route", route), ("method", method)],
                &outcomes.took,
            );
        }
    }
}

/// The method, as long as it is one of the usual ones.
const fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_method_and_class_of_status() {
        let requests = Requests::default();
        let took = Duration::from_millis(3);
        for status in [StatusCode::OK, StatusCode::CREATED, StatusCode::NOT_FOUND] {
            requests.note(&Method::POST, "/apis/runs/".to_owned(), status, took);
        }
        let strange = Method::from_bytes(b"BREW").unwrap();
        requests.note(&strange, "other".to_owned(), StatusCode::NOT_FOUND, took);
        let mut text = Exposition::default();
        requests.tell(&mut text);
        let text = text.into_text();
        for line in [
            r#"games_api_requests_total{route="/apis/runs/",method="POST",status="2xx"} 2"#,
            r#"games_api_requests_total{route="/apis/runs/",method="POST",status="4xx"} 1"#,
            r#"games_api_requests_total{route="other",method="other",status="4xx"} 1"#,
            r#"games_api_request_seconds_count{route="/apis/runs/",method="POST"} 3"#,
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
    }
}
