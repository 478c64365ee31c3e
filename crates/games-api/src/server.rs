//! The server's life: start, serve, stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use http_server::{listen, serve};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    Account, AccountError, Clock, Config, StartError,
    accounts::Accounts,
    batch, hooks, keys, people,
    rest::{Api, Downloads, Names, Unready, router},
    rows,
    storage::{Fault, Storage},
};

/// How often old changes are forgotten.
const TRIM_EVERY: Duration = Duration::from_secs(600);
/// How often changes of other processes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A running games API. Dropping it stops it without waiting; [`Server::shutdown`] waits.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    api: Api,
    routes: Router,
    tasks: Vec<JoinHandle<()>>,
}

/// Opens the database, listens and serves until [`Server::shutdown`].
///
/// # Errors
/// [`StartError`] when the file or the address cannot be had.
pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Server, StartError> {
    let listener = listen(config.listen).map_err(|reason| StartError::Listen {
        listen: config.listen,
        reason,
    })?;
    let addr = listener.local_addr().map_err(|reason| StartError::Listen {
        listen: config.listen,
        reason,
    })?;
    let system = |what| move |reason| StartError::System { what, reason };
    let (open, public_url) = (config.open, config.public_url.clone());
    let serving = config.serving.clone();
    if open {
        tracing::warn!(
            "games_api.open is set: every user may read, change and delete everything but webhook subscriptions, decisions of other players included; leave it out unless old programs need it"
        );
    }
    let time = Arc::clone(&clock);
    let storage = tokio::task::spawn_blocking(move || Storage::open(&config, time))
        .await
        .map_err(|error| system("a thread")(error.to_string()))??;
    let accounts = Accounts::open(&storage, Arc::clone(&clock))
        .await
        .map_err(system("a key for tickets"))?;
    let key = keys::of(&storage, keys::HOOKS).await;
    let secrets = key.and_then(|key| hooks::Secrets::new(&key));
    let secrets = secrets.map_err(system("a key for webhooks"))?;
    let names = Names::new().map_err(system("randomness"))?;
    let deliveries = hooks::Deliveries::default();
    let sender = hooks::Sender::new(deliveries.clone(), secrets.clone(), clock);
    let sender = sender.map_err(system("an HTTP client"))?;
    let (hooks_changed, hooks_seen) = watch::channel(0);
    let api = Api {
        storage,
        accounts: Arc::new(accounts),
        hooks: hooks_changed,
        metrics: Arc::default(),
        unready: Unready::default(),
        deliveries,
        downloads: Downloads::default(),
        secrets,
        stop: CancellationToken::new(),
        open,
        public_url,
    };
    let routes = router(api.clone(), names);
    let tasks = vec![
        tokio::spawn(serve(listener, routes.clone(), serving, api.stop.clone())),
        tokio::spawn(hooks::run(
            api.storage.clone(),
            sender,
            hooks_seen,
            api.stop.clone(),
        )),
        tokio::spawn(trim(api.storage.clone(), api.stop.clone())),
        tokio::spawn(look(api.storage.clone(), api.stop.clone())),
    ];
    Ok(Server {
        addr,
        api,
        routes,
        tasks,
    })
}

impl Server {
    /// Makes sure that there is a user with this e-mail address and returns their id. Idempotent: a user who is there keeps names,
    /// rights and, unless `reset_password` says otherwise, their password.
    ///
    /// # Errors
    /// The account is not valid, or cannot be stored.
    pub async fn ensure_user(&self, account: Account<'_>) -> Result<u64, AccountError> {
        let ensured = people::ensure(&self.api.storage, &self.api.accounts, account);
        ensured.await.map(|(id, _)| id)
    }

    /// Its routes, to be served at another address as well. Requests need `ConnectInfo<SocketAddr>`, as [`http_server::serve`] gives it.
    pub fn routes(&self) -> Router {
        self.routes.clone()
    }

    /// Stops listening, ends long polls at once, waits for requests under way and closes the database.
    pub async fn shutdown(mut self) {
        self.api.stop.cancel();
        for task in std::mem::take(&mut self.tasks) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the games API failed");
            }
        }
        self.api.storage.snapshots.close().await;
        self.api.storage.readers.close().await;
        self.api.storage.writer.close().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.api.stop.cancel();
    }
}

/// Looks for changes that another process has made, such as a command beside the server: its commits are not heard of here.
async fn look(storage: Storage, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        if let Err(fault) = storage.look_for_changes().await {
            tracing::debug!(%fault, "changes of others could not be looked for");
        }
    }
}

/// Forgets old changes and groups of batches from time to time.
async fn trim(storage: Storage, stop: CancellationToken) {
    loop {
        let trimmed = storage
            .writer
            .write(|write| Ok::<_, Fault>((rows::trim(write)?, batch::trim(write)?)));
        match trimmed.await {
            Ok((0, 0)) => {}
            Ok((changes, groups)) => {
                tracing::debug!(changes, groups, "old changes and groups are forgotten");
            }
            Err(fault) => tracing::warn!(%fault, "old changes could not be forgotten"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TRIM_EVERY) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SystemClock, storage::Value};

    #[tokio::test]
    async fn a_running_server_writes_with_full_synchronization() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(folder.path().join("a.sqlite"), ([127, 0, 0, 1], 0).into());
        let server = start(config, Arc::new(SystemClock)).await.unwrap();
        let asked = |sql| {
            let writer = server.api.storage.writer.clone();
            async move { writer.write(move |write| write.query(sql, &[])).await }
        };
        let full = asked("PRAGMA synchronous").await;
        assert_eq!(full, Ok::<_, Fault>(vec![vec![Value::Integer(2)]]));
        let mode = asked("PRAGMA journal_mode").await;
        assert_eq!(mode, Ok::<_, Fault>(vec![vec!["wal".into()]]));
        server.shutdown().await;
    }
}
