//! Opening a connection, before anything of WAMP is said.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
#[cfg(unix)]
use tokio::net::{UnixStream, unix};
use tokio_tungstenite::tungstenite::Error as WebSocketError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use wamp::Serializer;

use super::ConnectError;
use crate::carrier::{Receiver, Sender};
use crate::rawsocket::carrier::{self, RawReceiver, RawSender};
use crate::rawsocket::handshake::{self, Hello};
use crate::websocket;
use crate::websocket::subprotocol::Subprotocol;

/// A message of a router may be as large as lengths of RawSocket allow.
const LARGEST: usize = 1 << 24;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An open connection.
pub(super) enum Dialed {
    WebSocket(Box<Socket>),
    Tcp(RawSender<OwnedWriteHalf>, RawReceiver<OwnedReadHalf>),
    #[cfg(unix)]
    Unix(
        RawSender<unix::OwnedWriteHalf>,
        RawReceiver<unix::OwnedReadHalf>,
    ),
}

/// Both halves of a WebSocket.
pub(super) fn halves(socket: Socket, serializer: Serializer) -> (impl Sender, impl Receiver) {
    websocket::carrier::halves(socket, Subprotocol::plain(serializer), LARGEST)
}

/// Opens a connection there.
pub(super) async fn dial(url: &str, serializer: Serializer) -> Result<Dialed, ConnectError> {
    let unreachable = |reason: String| ConnectError::Unreachable {
        url: url.to_owned(),
        reason,
    };
    if let Some(address) = url.strip_prefix("rs://") {
        let opened = async {
            let stream = TcpStream::connect(address.trim_end_matches('/')).await?;
            stream.set_nodelay(true)?;
            let (read, write) = stream.into_split();
            shake_hands(read, write, serializer).await
        };
        let (sender, receiver) = opened
            .await
            .map_err(|error: io::Error| unreachable(error.to_string()))?;
        return Ok(Dialed::Tcp(sender, receiver));
    }
    #[cfg(unix)]
    if let Some(path) = url.strip_prefix("unix:") {
        let opened = async {
            let (read, write) = UnixStream::connect(path).await?.into_split();
            shake_hands(read, write, serializer).await
        };
        let (sender, receiver) = opened
            .await
            .map_err(|error: io::Error| unreachable(error.to_string()))?;
        return Ok(Dialed::Unix(sender, receiver));
    }
    let socket = open(url, serializer).await;
    let socket = socket.map_err(|error| unreachable(error.to_string()))?;
    Ok(Dialed::WebSocket(Box::new(socket)))
}

async fn open(url: &str, serializer: Serializer) -> Result<Socket, WebSocketError> {
    let mut request = url.into_client_request()?;
    let subprotocol = HeaderValue::from_static(Subprotocol::plain(serializer).name);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    // Small messages must not wait for each other's acknowledgement on the wire.
    let no_delay = true;
    let (socket, _) = connect_async_with_config(request, None, no_delay).await?;
    Ok(socket)
}

/// The handshake of RawSocket.
async fn shake_hands<R, W>(
    mut read: R,
    mut write: W,
    serializer: Serializer,
) -> io::Result<(RawSender<W>, RawReceiver<R>)>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let words = handshake::words(serializer, handshake::exponent(LARGEST));
    handshake::say(&mut write, words).await?;
    let Hello {
        serializer: same, ..
    } = handshake::answer(&mut read).await?;
    if same != serializer {
        return Err(io::Error::other(format!(
            "the server chose {same}, though only {serializer} was offered"
        )));
    }
    Ok(carrier::halves(read, write, handshake::largest(LARGEST)))
}
