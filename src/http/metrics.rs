//! `GET /metrics`: how the model service is doing, for Prometheus and for the page of those who run it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use games_api::{Exposition, Kind, METRICS_MEDIA_TYPE};
use games_client::GamesClient;

use crate::figures::Figures;
use crate::game::Hosted;
use crate::realm::Realm;
use crate::router::metrics as router;
use crate::sight::Online;
use crate::users::Users;

/// What a proxy adds: then the request comes from somewhere else, whatever address it comes from.
const FORWARDED: [HeaderName; 2] = [
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-forwarded-for"),
];
/// What somebody reads who may not.
const REFUSED: &str = "expected a request from this machine, or the e-mail address and password of staff (HTTP Basic); got neither\n";

/// What the numbers are taken from, and who is asked who may read them.
#[derive(Clone, Debug)]
pub struct Observed {
    /// How calls go.
    pub figures: Arc<Figures>,
    /// Who is here.
    pub online: Arc<Online>,
    /// What is played.
    pub games: Vec<Arc<Hosted>>,
    /// Whose router has its figures told, where it is in this process.
    pub realm: Realm,
    /// Checks passwords.
    pub client: GamesClient,
    /// Who people are.
    pub users: Users,
}

/// The route.
pub fn route(observed: Observed) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(observed)
}

async fn metrics(
    State(observed): State<Observed>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let forwarded = FORWARDED.iter().any(|name| headers.contains_key(name));
    if (forwarded || !peer.ip().is_loopback()) && !observed.is_staff(&headers, peer).await {
        return (StatusCode::FORBIDDEN, REFUSED).into_response();
    }
    let kind = HeaderValue::from_static(METRICS_MEDIA_TYPE);
    ([(CONTENT_TYPE, kind)], observed.tell()).into_response()
}

impl Observed {
    async fn is_staff(&self, headers: &HeaderMap, peer: SocketAddr) -> bool {
        let Some((who, password)) = basic(headers) else {
            return false;
        };
        let known = self
            .client
            .authcheck_from(&who, &password, Some(peer.ip()))
            .await;
        match known {
            Ok(Some((pk, _))) => self.users.get(pk).await.is_ok_and(|user| user.staff),
            Ok(None) => false,
            Err(reason) => {
                tracing::warn!(%reason, "who asks for /metrics could not be checked");
                false
            }
        }
    }

    fn tell(&self) -> String {
        let mut text = Exposition::default();
        self.figures.tell(&mut text);
        let (users, sessions) = self.online.count();
        text.single(
            "modelservice_users_online",
            Kind::Gauge,
            "Users with a session.",
            users,
        );
        text.single(
            "modelservice_user_sessions",
            Kind::Gauge,
            "Sessions of users; the service's own is not among them.",
            sessions,
        );
        let runs = self.games.iter().flat_map(|game| game.runs());
        let worlds: Vec<usize> = runs.map(|run| run.view.load().worlds.len()).collect();
        text.single(
            "modelservice_runs",
            Kind::Gauge,
            "Runs that are loaded.",
            worlds.len(),
        );
        text.single(
            "modelservice_worlds",
            Kind::Gauge,
            "Worlds of these runs.",
            worlds.iter().sum::<usize>(),
        );
        if let Some(counts) = self.realm.counts() {
            router::tell(&mut text, &counts);
        }
        text.process();
        text.into_text()
    }
}

/// The name and the password of HTTP Basic.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let shown = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = shown.split_once(' ')?;
    let decoded = scheme
        .eq_ignore_ascii_case("basic")
        .then(|| STANDARD.decode(encoded.trim()).ok())??;
    let text = String::from_utf8(decoded).ok()?;
    let (who, password) = text.split_once(':')?;
    Some((who.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_read_from_http_basic_and_from_nothing_else() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(text));
            basic(&headers)
        };
        let login = Some(("a@x.edu".to_owned(), "p:w".to_owned()));
        assert_eq!(of("Basic YUB4LmVkdTpwOnc="), login);
        assert_eq!(of("basic YUB4LmVkdTpwOnc="), login);
        for odd in ["Basic !", "Basic YUB4", "Ticket YUB4LmVkdTpwOnc=", "Basic"] {
            assert_eq!(of(odd), None, "{odd}");
        }
        assert_eq!(basic(&HeaderMap::new()), None);
    }
}
