//! Connections: taken in up to a limit, served, and let go.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::HeaderName;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::{Certificate, TrustedProxies};

/// Connections served at once, unless somebody says otherwise.
const CONNECTIONS: usize = 1_024;
/// How long a connection may be silent between requests or in the middle of a request's head.
const IDLE: Duration = Duration::from_secs(75);
/// What a connection buffers at most before the request's head has to be complete.
const BUFFER: usize = 64 * 1024;
/// How long requests under way may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(3);
/// The pause when the system has no socket to give.
const BREATH: Duration = Duration::from_millis(50);

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How routes are served.
#[derive(Clone, Debug)]
pub struct Serving {
    /// TLS; without it, plain HTTP.
    pub certificate: Option<Arc<Certificate>>,
    /// The proxies before the service.
    pub proxies: TrustedProxies,
    /// Connections at once, those that have become a WebSocket aside; the next ones wait in the system's queue.
    pub connections: usize,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            certificate: None,
            proxies: TrustedProxies::default(),
            connections: CONNECTIONS,
        }
    }
}

/// Serves `routes` until `stop`, then lets requests under way end. `ConnectInfo<SocketAddr>` of a request is where it comes from; behind
/// a trusted proxy that has no port, which is then 0.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    serving: Serving,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(serving.connections));
    let door = Arc::new(Door {
        routes,
        serving,
        hinted: AtomicBool::new(false),
        stop,
    });
    let open = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = door.stop.cancelled() => break,
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            } => accepted,
        };
        let (Ok(place), Ok((stream, peer))) = accepted else {
            // Out of file descriptors, most likely: some connection has to end first.
            tokio::time::sleep(BREATH).await;
            continue;
        };
        // Answers are small: waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let door = Arc::clone(&door);
        open.spawn(async move {
            match &door.serving.certificate {
                None => door.serve(stream, peer).await,
                Some(certificate) => match certificate.accept(stream).await {
                    Ok(stream) => door.serve(stream, peer).await,
                    Err(error) => tracing::debug!(%peer, %error, "no TLS with a client"),
                },
            }
            drop(place);
        });
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(GRACE, open.wait()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// What the connections share.
#[derive(Debug)]
struct Door {
    routes: Router,
    serving: Serving,
    /// Has it been said that a proxy is not trusted?
    hinted: AtomicBool,
    stop: CancellationToken,
}

impl Door {
    /// Serves one connection until it ends, or has become a WebSocket.
    async fn serve(
        self: &Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: SocketAddr,
    ) {
        let door = Arc::clone(self);
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(axum::body::Body::new);
            let client = ConnectInfo(door.client(peer, &request));
            request.extensions_mut().insert(client);
            door.routes.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // A stranger who hangs up is no error of ours.
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection ended");
        }
    }

    /// Where a request comes from.
    fn client<B>(&self, peer: SocketAddr, request: &Request<B>) -> SocketAddr {
        let forwarded = request.headers().get_all(FORWARDED_FOR);
        if self.serving.proxies.trusts(peer.ip()) {
            let forwarded: Vec<&str> = forwarded.iter().flat_map(|text| text.to_str()).collect();
            return self.serving.proxies.client(peer, forwarded.into_iter());
        }
        if forwarded.iter().next().is_some() && !self.hinted.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %peer,
                "a request says that it was forwarded, by an address that public.trusted_proxies does not name: if that is your proxy, or your model service, name it there, or all its clients count as one"
            );
        }
        peer
    }
}
