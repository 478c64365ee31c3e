//! HTTP/1.1 over one connection that stays open, in as few instructions as can be: what is measured is the server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a server.
pub(super) struct Connection {
    stream: TcpStream,
    /// The lines of the head that are the same in each request.
    head: String,
    request: Vec<u8>,
    /// What has come of the answer.
    read: Vec<u8>,
}

/// The place of an answer's body.
struct Head {
    status: u16,
    /// Bytes before the body, and of the body.
    length: usize,
    body: usize,
}

impl Connection {
    /// Connects; every request shows who asks, as `Token …` or `Ticket …`.
    pub(super) fn open(addr: SocketAddr, who: Option<&str>) -> Result<Self> {
        let stream = TcpStream::connect(addr).context("connecting to the server")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let who = who.map(|who| format!("Authorization: {who}\r\n"));
        Ok(Self {
            stream,
            head: format!(
                "Host: {addr}\r\nContent-Type: application/json\r\n{}",
                who.unwrap_or_default()
            ),
            request: Vec::new(),
            read: Vec::new(),
        })
    }

    /// Asks and returns the answer's body, whose status has to be below 300.
    pub(super) fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<&[u8]> {
        self.request.clear();
        write!(
            self.request,
            "{method} {path} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        )?;
        self.stream.write_all(&self.request)?;
        let head = self.receive()?;
        let body = &self.read[head.length..head.length + head.body];
        ensure!(
            head.status < 300,
            "{method} {path}: {} {}",
            head.status,
            String::from_utf8_lossy(&body[..body.len().min(500)])
        );
        Ok(body)
    }

    /// As [`ask`](Self::ask), the answer read as JSON.
    pub(super) fn json(&mut self, method: &str, path: &str, body: &str) -> Result<Value> {
        Ok(serde_json::from_slice(self.ask(method, path, body)?)?)
    }

    fn receive(&mut self) -> Result<Head> {
        self.read.clear();
        let mut chunk = [0; 64 * 1024];
        loop {
            let more = self.stream.read(&mut chunk)?;
            ensure!(more > 0, "the server hung up in the middle of an answer");
            self.read.extend_from_slice(&chunk[..more]);
            if let Some(head) = head_of(&self.read)?
                && self.read.len() >= head.length + head.body
            {
                return Ok(head);
            }
        }
    }
}

/// The head of an answer, once all of it has come.
fn head_of(read: &[u8]) -> Result<Option<Head>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = read.windows(END.len()).position(|bytes| bytes == END) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&read[..end])?;
    let mut lines = text.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("expected the head of an answer, got {text}"))?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().ok()).flatten()
    });
    Ok(Some(Head {
        status,
        length: end + END.len(),
        // Only 204 has none.
        body: length.unwrap_or(0),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_once_its_head_is_whole() {
        let answer = b"HTTP/1.1 201 Created\r\ncontent-type: a/b\r\nContent-Length: 3\r\n\r\n{} ";
        assert!(head_of(&answer[..30]).unwrap().is_none());
        let head = head_of(answer).unwrap().unwrap();
        assert_eq!((head.status, head.body), (201, 3));
        assert_eq!(answer.len(), head.length + head.body);
        assert!(head_of(b"nonsense\r\n\r\n").is_err());
    }
}
