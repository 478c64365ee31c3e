//! One delivery over HTTP.

use std::{sync::Arc, time::Duration};

use games_contract::SIGNATURE_HEADER;
use reqwest::{Response, header, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;

use super::{Deliveries, Secrets, signature::sign};
use crate::Clock;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Characters kept of an error and of a refused delivery's answer.
pub(super) const KEPT: usize = 1_000;
/// Bytes of an answer that are read at most.
const READ: usize = 4 * KEPT;

/// Sends deliveries, without TLS roots until a subscription asks for `https`: they cost memory that most installations need not spend.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    plain: reqwest::Client,
    pub(super) deliveries: Deliveries,
    pub(super) secrets: Secrets,
    pub(super) clock: Arc<dyn Clock>,
}

/// Why a delivery did not arrive, as the subscription's row records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undelivered {
    pub(super) error: String,
    pub(super) status: Option<u16>,
    pub(super) content: Option<String>,
}

impl Undelivered {
    /// Nobody answered.
    pub(super) const fn because(error: String) -> Self {
        Self {
            error,
            status: None,
            content: None,
        }
    }
}

impl Sender {
    /// Counts its deliveries there.
    pub(crate) fn new(
        deliveries: Deliveries,
        secrets: Secrets,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        Ok(Self {
            plain: client(false)?,
            deliveries,
            secrets,
            clock,
        })
    }

    /// The client for an address.
    pub(super) fn client_for(&self, url: &str) -> Result<reqwest::Client, String> {
        if url.starts_with("https:") {
            return client(true);
        }
        Ok(self.plain.clone())
    }

    /// Posts a body, signed with that secret as of now; any 2xx is a delivery.
    pub(super) async fn post(
        &self,
        client: &reqwest::Client,
        url: &str,
        secret: &str,
        body: &str,
    ) -> Result<(), Undelivered> {
        let at = self.clock.now().unix_timestamp();
        let signature = sign(secret, at, body).map_err(Undelivered::because)?;
        let sent = client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(SIGNATURE_HEADER, signature)
            .body(body.to_owned())
            .send()
            .await
            .map_err(|error| Undelivered::because(cause(error)))?;
        let status = sent.status();
        // Read also when it is not wanted, so that the connection can be used again.
        let content = beginning(sent).await;
        if status.is_success() {
            return Ok(());
        }
        Err(Undelivered {
            error: format!("expected a status of 2xx, got {status}"),
            status: Some(status.as_u16()),
            content: Some(content),
        })
    }
}

/// The beginning of an answer's body: whoever answers may have no end of it.
async fn beginning(mut answer: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < READ
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        let room = READ - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    let text = String::from_utf8_lossy(&bytes);
    text.chars().take(KEPT).collect()
}

fn cause(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!(
            "expected an answer within {} s, got none",
            TIMEOUT.as_secs()
        );
    }
    // The address may hold a key that only the receiver is to know.
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string().chars().take(KEPT).collect()
}

fn client(https: bool) -> Result<reqwest::Client, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| told(&error))?;
    let builder = if https {
        builder
            .with_platform_verifier()
            .map_err(|error| told(&error))?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    reqwest::Client::builder()
        .tls_backend_preconfigured(builder.with_no_client_auth())
        .no_proxy()
        .redirect(redirect::Policy::none())
        .timeout(TIMEOUT)
        .pool_max_idle_per_host(1)
        .build()
        .map_err(|error| told(&error))
}
