//! A page's requests over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;

/// Somebody at a browser, with connections of their own.
pub(crate) struct Browser {
    http: reqwest::Client,
    base: String,
}

/// An answer: its status, `Retry-After` in seconds, and its JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Value,
}

impl Browser {
    pub(crate) fn at(addr: SocketAddr) -> Self {
        let provider = rustls::crypto::ring::default_provider();
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .timeout(super::PATIENCE)
            .build()
            .unwrap();
        let base = format!("http://{addr}");
        Self { http, base }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.base));
        answer(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base));
        answer(request.json(&body)).await
    }

    /// As a page of another site does it, or without saying that it is JSON.
    pub(crate) async fn post_as(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.body(body.to_owned())).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.map(|value| value.to_str().unwrap().parse().unwrap());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {status} {text}"));
    Answer {
        status,
        retry_after,
        body,
    }
}

impl Answer {
    /// The JSON of a success.
    pub(crate) fn done(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Status and code of a refusal.
    pub(crate) fn refused(&self) -> (u16, &str) {
        assert_ne!(self.status, 200, "{}", self.body);
        assert!(self.body["error"].is_string(), "{}", self.body);
        (self.status, self.body["code"].as_str().unwrap())
    }
}
