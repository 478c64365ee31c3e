//! `POST /apis/batch/` and `POST /apis/leases/`: what ours offers to a model service beyond the original.

use axum::{
    body::Body as Stream,
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use games_contract::{BATCH_GROUPS, BATCH_OPERATIONS, Group, Groups, LeaseRequest};

use super::{
    Api, BODY, MANY_ROWS, answer, body,
    collection::options,
    login::{self, Peer},
};
use crate::{accounts::Viewer, batch as groups, leases as held, refusal::Refusal};

const METHODS: &str = "POST, OPTIONS";

/// Groups of operations, each with its own outcome.
pub(super) async fn batch(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
    stream: Stream,
) -> Result<Response, Refusal> {
    let Some(viewer) = staff(&api, peer, &method, &headers).await? else {
        return Ok(options(METHODS));
    };
    let sent: Groups<Group> = body::read_as(&headers, stream, MANY_ROWS).await?;
    let operations: usize = sent.groups.iter().map(|group| group.operations.len()).sum();
    for (what, found, most) in [
        ("groups", sent.groups.len(), BATCH_GROUPS),
        ("operations", operations, BATCH_OPERATIONS),
    ] {
        if found > most {
            return Err(Refusal::detail(format!(
                "Expected at most {most} {what} in a batch, got {found}: send several."
            )));
        }
    }
    let groups = api
        .storage
        .writer
        .write(move |write| groups::run(write, viewer.id, &sent.groups).map_err(Refusal::from))
        .await?;
    Ok(answer::json_of(StatusCode::OK, &Groups { groups }))
}

/// Taking, renewing and giving back the lease of a game.
pub(super) async fn leases(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
    stream: Stream,
) -> Result<Response, Refusal> {
    if staff(&api, peer, &method, &headers).await?.is_none() {
        return Ok(options(METHODS));
    }
    let request: LeaseRequest = body::read_as(&headers, stream, BODY).await?;
    let lease = api
        .storage
        .writer
        .write(move |write| held::perform(write, &request))
        .await?;
    Ok(match lease {
        Some(lease) => answer::json_of(StatusCode::OK, &lease),
        None => answer::empty(),
    })
}

/// The viewer, who has to be staff; nobody when they only ask what there is.
async fn staff(
    api: &Api,
    peer: Peer,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Viewer>, Refusal> {
    let viewer = login::viewer(api, headers, peer).await?;
    match *method {
        Method::POST if viewer.staff => Ok(Some(viewer)),
        Method::POST => Err(Refusal::Forbidden),
        Method::OPTIONS => Ok(None),
        _ => Err(Refusal::Method(method.to_string(), METHODS)),
    }
}
