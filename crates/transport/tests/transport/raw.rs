//! A client that says whatever it is told to, be it a message or not.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message as Frame};
use tokio_tungstenite::{WebSocketStream, client_async};
use wamp_transport::Serializer;

use crate::fixture::{Carrier, Server, Wire, soon};

/// Both ways of a stream.
pub(crate) trait Octets: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Octets for T {}

/// What its frames go through.
pub(crate) enum Line {
    WebSocket(Box<WebSocketStream<TcpStream>>),
    RawSocket(Box<dyn Octets>),
}

/// A client that says exactly what it is told to. Its serializers are other people's.
pub(crate) struct Raw {
    pub(crate) line: Line,
    serializer: Serializer,
}

impl Raw {
    pub(crate) async fn connect(server: &Server) -> Self {
        Self::connect_taking(server, 15).await
    }

    /// Connected; over RawSocket it takes messages of at most 2^(9 + `exponent`) bytes.
    pub(crate) async fn connect_taking(server: &Server, exponent: u8) -> Self {
        let Wire {
            carrier,
            serializer,
        } = server.wire;
        let octets: Box<dyn Octets> = match carrier {
            Carrier::WebSocket => {
                let subprotocol = format!("wamp.2.{}", serializer.name());
                return Self::with_subprotocol(server, &subprotocol).await.unwrap();
            }
            Carrier::Tcp => Box::new(tcp(server).await),
            Carrier::InProcess => panic!("there are no messages to be written"),
            Carrier::Unix => {
                let url = server.url();
                let path = url.strip_prefix("unix:").unwrap();
                Box::new(UnixStream::connect(path).await.unwrap())
            }
        };
        let mut raw = Self {
            line: Line::RawSocket(octets),
            serializer,
        };
        let number = match serializer {
            Serializer::Json => 1,
            Serializer::MsgPack => 2,
            Serializer::Cbor => 3,
        };
        raw.octets(&[0x7f, exponent << 4 | number, 0, 0]).await;
        assert_eq!(raw.hear_octets::<4>().await[0], 0x7f);
        raw
    }

    pub(crate) async fn with_subprotocol(
        server: &Server,
        subprotocol: &str,
    ) -> Result<Self, WebSocketError> {
        let stream = tcp(server).await;
        let mut request = server.url().into_client_request()?;
        let offer = HeaderValue::from_str(subprotocol)?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", offer);
        let (socket, _) = soon(client_async(request, stream)).await?;
        Ok(Self {
            line: Line::WebSocket(Box::new(socket)),
            serializer: server.wire.serializer,
        })
    }

    /// Connected and joined as this user.
    pub(crate) async fn login(server: &Server, authid: &str) -> Self {
        let mut raw = Self::connect(server).await;
        raw.join(authid).await;
        raw
    }

    /// Joins as this user.
    pub(crate) async fn join(&mut self, authid: &str) {
        self.hello(json!({"authmethods": ["ticket"], "authid": authid}))
            .await;
        assert_eq!(self.hear().await, json!([4, "ticket", {}]));
        self.say(json!([5, format!("{authid}!"), {}])).await;
        assert_eq!(self.hear().await[0], 2);
    }

    pub(crate) async fn hello(&mut self, mut details: Value) {
        details["roles"] = json!({"caller": {}, "callee": {}, "publisher": {}, "subscriber": {}});
        self.say(json!([1, "realm1", details])).await;
    }

    pub(crate) async fn say(&mut self, message: Value) {
        let bytes = write(self.serializer, &message);
        self.bytes(&bytes).await;
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes()).await;
    }

    /// Sends one frame with these bytes, which may be no message.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        match &mut self.line {
            Line::WebSocket(socket) => {
                let frame = match (self.serializer, str::from_utf8(bytes)) {
                    (Serializer::Json, Ok(text)) => Frame::text(text),
                    _ => Frame::binary(bytes.to_vec()),
                };
                socket.send(frame).await.unwrap();
            }
            Line::RawSocket(_) => {
                let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
                self.octets(&[&length, bytes].concat()).await;
            }
        }
    }

    /// Sends these octets as they are, on a RawSocket.
    pub(crate) async fn octets(&mut self, octets: &[u8]) {
        self.stream().write_all(octets).await.unwrap();
    }

    /// The stream of a RawSocket.
    pub(crate) fn stream(&mut self) -> &mut Box<dyn Octets> {
        match &mut self.line {
            Line::WebSocket(_) => panic!("a WebSocket has frames"),
            Line::RawSocket(stream) => stream,
        }
    }

    /// The next octets of a RawSocket.
    pub(crate) async fn hear_octets<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        let read = self.stream().read_exact(&mut octets);
        soon(read).await.unwrap();
        octets
    }

    /// The WebSocket, if it is one.
    pub(crate) fn socket(&mut self) -> &mut WebSocketStream<TcpStream> {
        match &mut self.line {
            Line::WebSocket(socket) => socket,
            Line::RawSocket(_) => panic!("it is a RawSocket"),
        }
    }

    /// The WebSocket alone.
    pub(crate) fn into_socket(self) -> WebSocketStream<TcpStream> {
        match self.line {
            Line::WebSocket(socket) => *socket,
            Line::RawSocket(_) => panic!("it is a RawSocket"),
        }
    }

    /// Closes the connection, and waits until the server has done so too, without a word.
    pub(crate) async fn leave(&mut self) {
        match &mut self.line {
            Line::WebSocket(socket) => {
                socket.as_mut().close(None).await.unwrap();
                let last = soon(socket.next()).await;
                assert!(matches!(last, Some(Ok(Frame::Close(_))) | None), "{last:?}");
            }
            Line::RawSocket(stream) => {
                stream.shutdown().await.unwrap();
                self.ends_with(1000).await;
            }
        }
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Value {
        let bytes = self.hear_bytes().await;
        read(self.serializer, &bytes)
    }

    /// The bytes of the next message.
    pub(crate) async fn hear_bytes(&mut self) -> Vec<u8> {
        loop {
            match &mut self.line {
                Line::WebSocket(socket) => match soon(socket.next()).await {
                    Some(Ok(Frame::Text(text))) => {
                        assert_eq!(self.serializer, Serializer::Json);
                        return text.as_bytes().to_vec();
                    }
                    Some(Ok(Frame::Binary(bytes))) => {
                        assert_ne!(self.serializer, Serializer::Json);
                        return bytes.to_vec();
                    }
                    Some(Ok(Frame::Ping(_))) => {}
                    other => panic!("expected a message, got {other:?}"),
                },
                Line::RawSocket(stream) => {
                    let [kind, length @ ..] = soon(async {
                        let mut head = [0; 4];
                        stream.read_exact(&mut head).await.unwrap();
                        head
                    })
                    .await;
                    let [one, two, three] = length;
                    let length = u32::from_be_bytes([0, one, two, three]) as usize;
                    let mut bytes = vec![0; length];
                    soon(stream.read_exact(&mut bytes)).await.unwrap();
                    match kind {
                        0 => return bytes,
                        1 => self.octets(&[2, 0, 0, 0]).await,
                        other => panic!("expected a message, got a frame of kind {other}"),
                    }
                }
            }
        }
    }

    /// Waits for the end, which must come next. A WebSocket has to be closed with that code.
    pub(crate) async fn ends_with(&mut self, code: u16) {
        loop {
            match &mut self.line {
                Line::WebSocket(socket) => match soon(socket.next()).await {
                    Some(Ok(Frame::Close(Some(frame)))) => {
                        return assert_eq!(u16::from(frame.code), code);
                    }
                    Some(Ok(Frame::Ping(_))) => {}
                    other => panic!("expected a close frame, got {other:?}"),
                },
                Line::RawSocket(stream) => {
                    let mut rest = Vec::new();
                    soon(stream.read_to_end(&mut rest)).await.unwrap();
                    // Pings may have been sent before.
                    let pings = rest.chunks(4).all(|frame| frame == [1, 0, 0, 0]);
                    return assert!(pings, "{rest:02x?}");
                }
            }
        }
    }
}

async fn tcp(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    // Little room, so that a client that does not read is noticed soon.
    socket.set_recv_buffer_size(4 << 10).unwrap();
    socket.connect(server.address.unwrap()).await.unwrap()
}

/// That value as other programs write it.
pub(crate) fn write(serializer: Serializer, value: &Value) -> Vec<u8> {
    match serializer {
        Serializer::Json => value.to_string().into_bytes(),
        Serializer::MsgPack => rmp_serde::to_vec(value).unwrap(),
        Serializer::Cbor => {
            let mut bytes = Vec::new();
            ciborium::into_writer(value, &mut bytes).unwrap();
            bytes
        }
    }
}

/// What other programs read in these bytes.
pub(crate) fn read(serializer: Serializer, bytes: &[u8]) -> Value {
    match serializer {
        Serializer::Json => serde_json::from_slice(bytes).unwrap(),
        Serializer::MsgPack => rmp_serde::from_slice(bytes).unwrap(),
        Serializer::Cbor => ciborium::from_reader(bytes).unwrap(),
    }
}
