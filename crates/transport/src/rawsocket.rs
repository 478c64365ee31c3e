//! WAMP over RawSocket: frames with a length on a bare stream, TCP or a unix socket.
//!
//! There is no TLS and no origin here: it is for programs on the same machine or network.

pub(crate) mod carrier;
pub(crate) mod handshake;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::connection::{Client, Connection, Opened};
use crate::node::Node;
use handshake::Refusal;

/// How long accepting rests when the system has nothing to accept with, such as file descriptors.
const REST: Duration = Duration::from_millis(100);

impl Node {
    /// Serves clients over RawSocket on TCP. It does so for ever: whoever wants to end it drops the future; clients that have connected stay.
    pub async fn serve_rawsocket(&self, listener: TcpListener) {
        let places = self.places();
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    // Where Nagle stays on, small messages are only slower.
                    let _ = stream.set_nodelay(true);
                    let (read, write) = stream.into_split();
                    self.begin(read, write, Some(peer), &places);
                }
                Err(error) => rest(&error).await,
            }
        }
    }

    /// Serves clients over RawSocket on a unix socket, as [`serve_rawsocket`](Self::serve_rawsocket) does on TCP. They have no address:
    /// who may open the socket's file may connect.
    #[cfg(unix)]
    pub async fn serve_rawsocket_unix(&self, listener: UnixListener) {
        let places = self.places();
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (read, write) = stream.into_split();
                    self.begin(read, write, None, &places);
                }
                Err(error) => rest(&error).await,
            }
        }
    }

    /// How many connections there may be, those without a session included.
    fn places(&self) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(self.config().limits.sessions))
    }

    fn begin<R, W>(&self, read: R, write: W, peer: Option<SocketAddr>, places: &Arc<Semaphore>)
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let node = self.clone();
        let place = Arc::clone(places).try_acquire_owned().ok();
        let running = self.tasks().token();
        tokio::spawn(async move {
            serve(node, read, write, peer, place).await;
            drop(running);
        });
    }
}

async fn rest(error: &io::Error) {
    tracing::warn!(%error, "a connection over RawSocket could not be accepted");
    sleep(REST).await;
}

/// Serves one client until its connection ends.
async fn serve<R, W>(
    node: Node,
    mut read: R,
    mut write: W,
    peer: Option<SocketAddr>,
    place: Option<OwnedSemaphorePermit>,
) where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin,
{
    let patience = node.config().limits.handshake_timeout;
    let largest = node.config().max_message_bytes;
    let hello = match place {
        Some(_) => timeout(patience, handshake::hear(&mut read)).await,
        None => Ok(Err(Refusal::Full)),
    };
    // Whoever says nothing is told nothing.
    let Ok(hello) = hello else { return };
    let opened = match hello {
        Ok(hello) => {
            let client = Client {
                peer,
                serializer: hello.serializer,
                largest: hello.largest,
            };
            match Connection::open(node, client).await {
                Opened::Served(connection, parcels) => Ok((hello, connection, parcels)),
                Opened::Full => Err(Refusal::Full),
                Opened::Stopped => return,
            }
        }
        Err(refusal) => Err(refusal),
    };
    match opened {
        Ok((hello, connection, parcels)) => {
            let answer = handshake::words(hello.serializer, handshake::exponent(largest));
            let told = timeout(patience, handshake::say(&mut write, answer)).await;
            let (mut sender, receiver) = carrier::halves(read, write, handshake::largest(largest));
            if !matches!(told, Ok(Ok(()))) {
                // The connection finds that out, and the router with it.
                sender.give_up();
            }
            connection.run(sender, receiver, parcels).await;
        }
        Err(refusal) => {
            tracing::debug!(?refusal, "a client over RawSocket was turned away");
            if let Some(words) = refusal.words() {
                let _ = timeout(patience, handshake::say(&mut write, words)).await;
            }
        }
    }
}
