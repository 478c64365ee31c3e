//! `GET /apis/runs/<key>/export/`: a run as tables.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use games_contract::Resource;

use super::{
    Api,
    collection::read_only,
    download,
    login::{self, Peer},
    page::query_of,
};
use crate::{
    export::{self, Reading, Wanted},
    refusal::Refusal,
    rights::Act,
};

/// How long the tables may take to be written.
const LONGEST: Duration = Duration::from_secs(10 * 60);

pub(super) async fn export(
    State(api): State<Api>,
    Path(key): Path<String>,
    peer: Peer,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let viewer = login::viewer(&api, &headers, peer).await?;
    let rights = api.rights(&viewer);
    if let Some(answer) = read_only(&method)? {
        return Ok(answer);
    }
    let whole = method != Method::HEAD;
    let found = api.storage.readers.read(move |connection| {
        let run = rights.find_for(connection, Resource::Run, Act::Oversee, &key)?;
        let sql = r#"SELECT g."slug" FROM "run" AS r JOIN "game" AS g ON g."id" = r."game" WHERE r."id" = $1"#;
        let slug = connection.query(sql, &[run.into()])?;
        let slug = slug.into_iter().flatten().next().ok_or_else(Refusal::no_row)?;
        Ok::<_, Refusal>((run, slug.into_text().unwrap_or_default()))
    });
    let (run, game) = found.await?;
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    let wanted = Wanted::of(&query_of(&uri), accept)?;
    let mut response = if whole {
        file(&api, run, wanted).await?
    } else {
        Body::empty().into_response()
    };
    let name = format!(r#"attachment; filename="{}""#, wanted.file_name(&game, run));
    let set = response.headers_mut();
    let kind = HeaderValue::from_static(wanted.format.media_type());
    set.insert(header::CONTENT_TYPE, kind);
    if let Ok(name) = HeaderValue::from_str(&name) {
        set.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The tables as a body of known length.
async fn file(api: &Api, run: i64, wanted: Wanted) -> Result<Response, Refusal> {
    let place = api.downloads.enter().await?;
    // Also when this future is dropped because nobody waits any more.
    let stop = api.stop.child_token();
    let _stop_with_this = stop.clone().drop_guard();
    let written = api.storage.snapshots.read(move |connection| {
        let file = export::write(&mut Reading::new(connection, run, &stop), wanted)?;
        let length = file.metadata().map(|metadata| metadata.len());
        let length = length.map_err(|error| Refusal::Failed(error.to_string()))?;
        Ok::<_, Refusal>((file, length))
    });
    let written = tokio::time::timeout(LONGEST, written).await;
    let (file, length) = written.map_err(|_| Refusal::Busy)??;
    let mut response = download::body(file, place).into_response();
    let set = response.headers_mut();
    set.insert(header::CONTENT_LENGTH, length.into());
    Ok(response)
}
