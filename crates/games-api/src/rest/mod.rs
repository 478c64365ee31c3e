//! REST over HTTP: paths, bodies, answers.

mod answer;
mod audit;
mod authcheck;
mod batch;
mod body;
mod bulk;
mod changes;
mod collection;
mod download;
mod export;
mod health;
mod history;
mod login;
mod metadata;
mod metrics;
mod multipart;
mod observe;
mod page;
mod persons;
mod rewind;
mod root;
mod row;
mod secrets;
mod tickets;
mod tokens;

pub(crate) use answer::hide_private;
pub(crate) use download::Downloads;
pub(crate) use health::Unready;
pub(crate) use observe::Names;
pub(crate) use page::LARGEST_PAGE;

use observe::Observer;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{any, get},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    PublicUrl,
    accounts::{Accounts, Viewer},
    hooks::{Deliveries, Secrets},
    metrics::Metrics,
    refusal::Refusal,
    rights::Rights,
    storage::Storage,
};

/// The greatest body that is read.
const BODY: usize = 1024 * 1024;
/// The greatest body of many rows.
const MANY_ROWS: usize = 8 * 1024 * 1024;
/// How long a request may take, its body included; the change stream and the export have limits of their own.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// What the handlers share.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) storage: Storage,
    pub(crate) accounts: Arc<Accounts>,
    /// Counts the changes of webhook subscriptions.
    pub(crate) hooks: watch::Sender<u64>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) unready: Unready,
    pub(crate) deliveries: Deliveries,
    pub(crate) downloads: Downloads,
    pub(crate) secrets: Secrets,
    /// Ends long polls at once.
    pub(crate) stop: CancellationToken,
    /// Every user may what the original lets them.
    pub(crate) open: bool,
    /// What addresses in answers begin with, if not with the host that was asked.
    pub(crate) public_url: Option<PublicUrl>,
}

impl Api {
    /// What somebody may do here.
    fn rights(&self, viewer: &Viewer) -> Rights {
        Rights::of(viewer, self.open)
    }

    /// What the addresses in an answer begin with, without a slash at its end.
    fn base(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            return url.to_string();
        }
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        format!("http://{}", host.unwrap_or("localhost"))
    }
}

/// Every path of the service.
pub(crate) fn router(api: Api, names: Names) -> Router {
    let quick = Router::new()
        .route("/apis/", any(root::root))
        .route("/apis/authcheck/", any(authcheck::authcheck))
        .route("/apis/batch/", any(batch::batch))
        .route("/apis/leases/", any(batch::leases))
        .route("/apis/tickets/", any(tickets::tickets))
        .route("/apis/bulk/", any(bulk::root))
        .route("/apis/bulk/{collection}/", any(bulk::collection))
        .route("/apis/bulk/{collection}/{key}/", any(bulk::row))
        .route("/apis/runs/{key}/audit/", any(audit::audit))
        .route("/apis/scenarios/{key}/history/", any(history::history))
        .route("/apis/scenarios/{key}/rewind/", any(rewind::rewind))
        .route("/apis/hooks/{key}/secret/", any(secrets::secret))
        .route("/apis/users/{key}/export/", any(persons::export))
        .route("/apis/users/{key}/erase/", any(persons::erase))
        .route("/apis/{collection}/", any(collection::collection))
        .route("/apis/{collection}/{key}/", any(row::row))
        .route("/rest-auth/login/", any(tokens::login))
        .route("/rest-auth/logout/", any(tokens::logout))
        .route("/rest-auth/user/", any(tokens::user))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(root::openapi))
        .fallback(root::elsewhere)
        .layer(from_fn(in_time));
    let observer = Observer {
        names,
        metrics: Arc::clone(&api.metrics),
        refused: Arc::default(),
    };
    Router::new()
        .route("/apis/changes/", any(changes::changes))
        .route("/apis/runs/{key}/export/", any(export::export))
        .merge(quick)
        .layer(from_fn_with_state(observer, observe::observe))
        .with_state(api)
}

/// Gives up on a request that takes too long: most often because its body does not come.
async fn in_time(request: Request, next: Next) -> Result<Response, Refusal> {
    tokio::time::timeout(TIMEOUT, next.run(request))
        .await
        .map_err(|_| Refusal::Busy)
}
