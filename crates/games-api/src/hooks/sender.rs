//! One delivery over HTTP.

use std::{sync::Arc, time::Duration};

use reqwest::{header, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use serde_json::{Value, json};

use super::Deliveries;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Characters kept of an error and of a refused delivery's answer.
const KEPT: usize = 1_000;

/// Sends deliveries, without TLS roots until a subscription asks for `https`: they cost memory that most installations need not spend.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    plain: reqwest::Client,
    pub(super) deliveries: Deliveries,
}

/// Why a delivery did not arrive, as the subscription's row records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undelivered {
    pub(super) error: String,
    pub(super) status: Option<u16>,
    pub(super) content: Option<String>,
}

impl Sender {
    /// Counts its deliveries there.
    pub(crate) fn new(deliveries: Deliveries) -> Result<Self, String> {
        Ok(Self {
            plain: client(false)?,
            deliveries,
        })
    }

    /// The client for an address.
    pub(super) fn client_for(&self, url: &str) -> Result<reqwest::Client, String> {
        if url.starts_with("https:") {
            return client(true);
        }
        Ok(self.plain.clone())
    }
}

/// Posts one event; any 2xx is a delivery.
pub(super) async fn post(
    client: &reqwest::Client,
    url: &str,
    event: &str,
    data: &Value,
) -> Result<(), Undelivered> {
    let failed = |error: String| Undelivered {
        error,
        status: None,
        content: None,
    };
    let reference = crate::random::uuid().map_err(failed)?;
    let body = json!({"event": event, "ref": reference, "data": data});
    let sent = client
        .post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string())
        .send()
        .await
        .map_err(|error| failed(cause(&error)))?;
    let status = sent.status();
    if status.is_success() {
        return Ok(());
    }
    let content = sent.text().await.unwrap_or_default();
    Err(Undelivered {
        error: format!("expected a status of 2xx, got {status}"),
        status: Some(status.as_u16()),
        content: Some(content.chars().take(KEPT).collect()),
    })
}

fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!(
            "expected an answer within {} s, got none",
            TIMEOUT.as_secs()
        );
    }
    let mut cause: &dyn std::error::Error = error;
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
