//! One request and its answer: addresses, deadlines, retries, and what each status means.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::{Method, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use url::Url;

use crate::{
    Error,
    client::Shared,
    error::{message_of, says_already_exists},
    retry::Budget,
};

/// Who a request is made for, by the custom of proxies.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Characters of a foreign answer that a message quotes.
const QUOTED: usize = 120;

/// An answer with a status below 300, or one that the caller wants to see.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) url: String,
    pub(crate) status: StatusCode,
    /// True when the `Link` header names a next page.
    pub(crate) has_next: bool,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads the body as `T`.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(
        &self,
        expected: &'static str,
    ) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Unexpected {
            url: self.url.clone(),
            expected,
            got: format!("{} ({error})", quote(&self.body)),
        })
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

fn quote(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut shown: String = text.chars().take(QUOTED).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// How a request is sent.
#[derive(Debug)]
pub(crate) struct Ask<'a, B: ?Sized> {
    pub(crate) method: Method,
    /// Below the base: collection and key.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, String)],
    pub(crate) body: Option<&'a B>,
    /// Send who we are.
    pub(crate) authenticated: bool,
    /// Who it is that we ask for.
    pub(crate) forwarded: Option<IpAddr>,
    /// How long the answer may be held back on purpose: by a long poll, or by a line of others.
    pub(crate) held: Duration,
    /// Try again when nobody answers.
    pub(crate) repeatable: bool,
}

impl<'a, B: ?Sized> Ask<'a, B> {
    pub(crate) const fn new(method: Method, path: &'a [&'a str]) -> Self {
        Self {
            method,
            path,
            query: &[],
            body: None,
            authenticated: true,
            forwarded: None,
            held: Duration::ZERO,
            repeatable: false,
        }
    }
}

impl Shared {
    /// The address of a path below the base, with the trailing slash that the original insists on.
    pub(crate) fn address(&self, path: &[&str], query: &[(&str, String)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            segments.extend(path);
            segments.push("");
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Sends it, again where that is harmless, within one deadline; answers of 400 and more are errors.
    pub(crate) async fn ask<B: Serialize + ?Sized + Sync>(
        &self,
        ask: Ask<'_, B>,
    ) -> Result<Answer, Error> {
        let answer = self.ask_any(ask).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(self.error_of(&answer))
    }

    /// As [`ask`](Self::ask), but every answer is a success.
    pub(crate) async fn ask_any<B: Serialize + ?Sized + Sync>(
        &self,
        ask: Ask<'_, B>,
    ) -> Result<Answer, Error> {
        let url = self.address(ask.path, ask.query);
        let deadline = self.timeout + ask.held;
        tokio::time::timeout(deadline, self.tries(&url, &ask))
            .await
            .unwrap_or_else(|_| Err(Error::Timeout { url: url.into() }))
    }

    async fn tries<B: Serialize + ?Sized + Sync>(
        &self,
        url: &Url,
        ask: &Ask<'_, B>,
    ) -> Result<Answer, Error> {
        let mut tried = 0;
        let mut lost = None;
        loop {
            tried += 1;
            let outcome = self.once(url, ask).await;
            let ill = match &outcome {
                Ok(answer) => matches!(answer.status.as_u16(), 502..=504),
                Err(error) => error.is_unreachable(),
            };
            if !ill {
                self.budget.success();
                return outcome;
            }
            let Some(pause) = retry_pause(&self.budget, ask.repeatable, tried) else {
                // An earlier try may have been done, whatever came of the last one.
                return lost.map_or(outcome, Err);
            };
            if let Err(error @ (Error::Lost { .. } | Error::Timeout { .. })) = outcome {
                lost = Some(error);
            }
            tracing::debug!(%url, tried, ?pause, "no answer, trying again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn once<B: Serialize + ?Sized + Sync>(
        &self,
        url: &Url,
        ask: &Ask<'_, B>,
    ) -> Result<Answer, Error> {
        let mut request = self.http.request(ask.method.clone(), url.clone());
        if ask.authenticated {
            request = request.basic_auth(&self.user, Some(self.password.expose()));
        }
        if let Some(client) = ask.forwarded {
            request = request.header(FORWARDED_FOR, client.to_canonical().to_string());
        }
        if let Some(body) = ask.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| broken(url, &error))?;
        let status = response.status();
        let has_next = response.headers().get_all(header::LINK).iter().any(|link| {
            link.to_str()
                .is_ok_and(|link| link.contains(r#"rel="next""#))
        });
        let body = response
            .bytes()
            .await
            .map_err(|error| broken(url, &error))?;
        Ok(Answer {
            url: url.to_string(),
            status,
            has_next,
            body: body.into(),
        })
    }

    pub(crate) fn error_of(&self, answer: &Answer) -> Error {
        let quoted = || quote(&answer.body);
        let status = answer.status.as_u16();
        self.refusal(answer.url.clone(), status, &answer.json(), quoted)
    }

    /// What a status of 400 or more with this body means.
    pub(crate) fn refusal(
        &self,
        url: String,
        status: u16,
        body: &Value,
        quoted: impl Fn() -> String,
    ) -> Error {
        let user = self.user.clone();
        let message = || message_of(body);
        match status {
            401 => Error::Unauthorized { url, user },
            403 => Error::Forbidden { url, user },
            404 => Error::NotFound { url },
            409 => Error::Conflict {
                url,
                message: message(),
            },
            410 => Error::CursorGone { url },
            400 if says_already_exists(&message()) => Error::AlreadyExists {
                url,
                message: message(),
            },
            400..=499 | 502..=504 => Error::Refused {
                url,
                status,
                body: Box::new(body.clone()),
                message: message(),
            },
            status => Error::Unexpected {
                url,
                expected: "an answer",
                got: format!("status {status} with {}", quoted()),
            },
        }
    }
}

fn retry_pause(budget: &Budget, repeatable: bool, tried: u32) -> Option<Duration> {
    repeatable.then(|| budget.pause_after(tried)).flatten()
}

fn broken(url: &Url, error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::Timeout {
            url: url.to_string(),
        };
    }
    // The innermost cause says it ("Connection refused"); the outer ones repeat the address.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let (url, reason) = (url.to_string(), cause.to_string());
    if error.is_connect() {
        Error::Unreachable { url, reason }
    } else {
        Error::Lost { url, reason }
    }
}
