//! Tickets for users, got by the service account.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A ticket for a user of the games API at `api`.
pub(crate) async fn ticket(api: SocketAddr, user: u64) -> String {
    let body = json!({ "user": user }).to_string();
    let request = format!(
        "POST /apis/tickets/ HTTP/1.1\r\nHost: {api}\r\nAuthorization: Basic c2ltcGxAc2ltcGwud29ybGQ6c2ltcGw=\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(api).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    body["ticket"].as_str().unwrap().to_owned()
}
