//! What the service account asks of the games API that its client has no method for: tickets for users, and more.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A ticket for a user of the games API at `api`.
pub(crate) async fn ticket(api: SocketAddr, user: u64) -> String {
    let body = json!({ "user": user }).to_string();
    let answer = ask(api, "POST", "tickets/", &body).await;
    answer["ticket"].as_str().unwrap().to_owned()
}

/// The answer to a request of the service account.
pub(crate) async fn ask(api: SocketAddr, method: &str, path: &str, body: &str) -> Value {
    let request = format!(
        "{method} /apis/{path} HTTP/1.1\r\nHost: {api}\r\nAuthorization: Basic c2ltcGxAc2ltcGwud29ybGQ6c2ltcGw=\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(api).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}
