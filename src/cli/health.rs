//! `modelservice health`: for container health checks, where no other HTTP client is at hand.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::settings::Settings;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks for `/readyz`.
#[derive(Debug, Args)]
pub(super) struct Health {
    /// The address to ask; that of the settings (service.listen) when it is left out.
    #[arg(long, value_name = "ADDR")]
    addr: Option<SocketAddr>,
}

impl Health {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let mut addr = self.addr.unwrap_or(settings.service.listen);
        if addr.ip().is_unspecified() {
            addr.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let asked = tokio::time::timeout(PATIENCE, ask(addr)).await;
        let answer = asked
            .with_context(|| format!("{addr} did not answer within {} s", PATIENCE.as_secs()))??;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if head.split(' ').nth(1) != Some("200") {
            bail!("{addr} is not ready: {}", body.trim());
        }
        Ok(())
    }
}

async fn ask(addr: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(addr)
        .await
        .with_context(|| format!("nobody listens on {addr}"))?;
    stream
        .write_all(
            format!("GET /readyz HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n").as_bytes(),
        )
        .await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
