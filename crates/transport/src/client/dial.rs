//! Opening a connection, before anything of WAMP is said.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
#[cfg(unix)]
use tokio::net::{UnixStream, unix};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::either::Either;
use wamp::Serializer;

use super::{ConnectError, ConnectOptions, tls};
use crate::carrier::{Receiver, Sender};
use crate::rawsocket::carrier::{self, RawReceiver, RawSender};
use crate::rawsocket::handshake::{self, Hello};
use crate::websocket;
use crate::websocket::subprotocol::Subprotocol;

/// A message of a router may be as large as lengths of RawSocket allow.
const LARGEST: usize = 1 << 24;

/// A WebSocket, with TLS below it or without.
type Socket = WebSocketStream<Either<TcpStream, TlsStream<TcpStream>>>;

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
pub(super) async fn dial(url: &str, options: &ConnectOptions) -> Result<Dialed, ConnectError> {
    let serializer = options.serializer;
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
    let opened = open(url, serializer).await;
    let (request, stream) = opened.map_err(&unreachable)?;
    let stream = if request.uri().scheme_str() == Some("wss") {
        let host = request.uri().host().unwrap_or_default();
        Either::Right(tls::agree(url, host, options.authorities.as_deref(), stream).await?)
    } else {
        Either::Left(stream)
    };
    let socket = client_async(request, stream).await;
    let (socket, _) = socket.map_err(|error| unreachable(error.to_string()))?;
    Ok(Dialed::WebSocket(Box::new(socket)))
}

/// What a WebSocket begins with, and the connection to say it over.
async fn open(url: &str, serializer: Serializer) -> Result<(Request, TcpStream), String> {
    let request = url.into_client_request();
    let mut request = request.map_err(|error| error.to_string())?;
    let subprotocol = HeaderValue::from_static(Subprotocol::plain(serializer).name);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    let uri = request.uri();
    let usual = match uri.scheme_str() {
        Some("ws") => 80,
        Some("wss") => 443,
        _ => return Err("expected ws://, wss://, rs:// or unix:".to_owned()),
    };
    let place = (uri.host().unwrap_or_default(), uri.port_u16());
    let place = format!("{}:{}", place.0, place.1.unwrap_or(usual));
    let opened = async {
        let stream = TcpStream::connect(place).await?;
        // Small messages must not wait for each other's acknowledgement on the wire.
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    let stream = opened.await.map_err(|error: io::Error| error.to_string())?;
    Ok((request, stream))
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
