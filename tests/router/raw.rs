//! A client that reads only when it is told to, and goes without a word.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::process::{PATIENCE, Router};

/// An anonymous session of `realm1`.
pub(crate) struct Raw(TcpStream);

impl Raw {
    /// Connected and joined.
    pub(crate) async fn join(router: &Router) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // Little room, so that a client that does not read is noticed soon.
        socket.set_recv_buffer_size(4 << 10).unwrap();
        let stream = socket.connect(router.address.parse().unwrap()).await;
        let mut raw = Self(stream.unwrap());
        let upgrade = format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n",
            router.address
        );
        raw.0.write_all(upgrade.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(raw.0.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", head.escape_ascii());
        let roles = json!({"caller": {}, "callee": {}, "publisher": {}, "subscriber": {}});
        raw.say(&json!([1, "realm1", {"roles": roles}])).await;
        assert_eq!(raw.hear().await[0], 2);
        raw
    }

    /// Says something and hears what it leads to: the number of that message.
    pub(crate) async fn ask(&mut self, message: &Value) -> Value {
        self.say(message).await;
        self.hear().await[0].take()
    }

    async fn say(&mut self, message: &Value) {
        let text = message.to_string();
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 126);
        let length = length.expect("what is said here is short");
        // A mask of zeros leaves the text as it is.
        let frame = [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat();
        self.0.write_all(&frame).await.unwrap();
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Value {
        let next = tokio::time::timeout(PATIENCE, self.next()).await;
        next.expect("a message within the time")
    }

    async fn next(&mut self) -> Value {
        loop {
            let [kind, length] = self.0.read_u16().await.unwrap().to_be_bytes();
            let length = match length {
                126 => u64::from(self.0.read_u16().await.unwrap()),
                127 => self.0.read_u64().await.unwrap(),
                short => u64::from(short),
            };
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut payload).await.unwrap();
            match kind & 0x0f {
                1 => return serde_json::from_slice(&payload).unwrap(),
                9 => {}
                other => panic!("expected a message, got a frame of kind {other}"),
            }
        }
    }
}
