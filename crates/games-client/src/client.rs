//! The client: what it needs to know, and one method a kind of request.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use games_contract::{Announcement, Map, PAGE_SIZE, Resource, RowText, is_ticket};
use reqwest::{Method, redirect};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::{
    Batch, Cursor, Error, Secret,
    http::{Answer, Ask},
    retry::Budget,
    tls,
};

/// How long an unused connection is kept: less than any server keeps its end, so that a write does not meet a closed one.
const IDLE: Duration = Duration::from_secs(15);
/// How much longer than other requests the check of a password may take: a class that logs in at once stands in a line for it.
const LINE: Duration = Duration::from_secs(7);
const USER_AGENT: &str = concat!("modelservice/", env!("CARGO_PKG_VERSION"));

/// Where a games API is and who we are to it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its base address, with `/apis/` at the end.
    pub url: Url,
    /// E-mail address of a staff user there.
    pub user: String,
    /// That user's password.
    pub password: Secret,
    /// How long one request may take, retries included.
    pub timeout: Duration,
}

/// A games API, over HTTP. Cheap to clone; clones share connections and the budget of retries.
#[derive(Clone)]
pub struct GamesClient {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) timeout: Duration,
    pub(crate) budget: Budget,
}

impl fmt::Debug for GamesClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GamesClient")
            .field("url", &self.shared.base.as_str())
            .field("user", &self.shared.user)
            .finish_non_exhaustive()
    }
}

impl GamesClient {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Config`] when the address is not `http` or `https`, or TLS cannot be set up.
    pub fn new(mut config: Config) -> Result<Self, Error> {
        // A password in the address would be in every message that names it.
        let plain = config
            .url
            .set_username("")
            .and_then(|()| config.url.set_password(None));
        let https = match config.url.scheme() {
            "https" if plain.is_ok() => true,
            "http" if plain.is_ok() => false,
            _ => {
                return Err(Error::Config {
                    expected: "an address like http://127.0.0.1:8100/apis/",
                    got: config.url.to_string(),
                });
            }
        };
        let failed = |got: String| Error::Config {
            expected: "a working TLS set-up",
            got,
        };
        let tls = tls::config(https).map_err(|error| failed(error.to_string()))?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                base: config.url,
                user: config.user,
                password: config.password,
                timeout: config.timeout,
                budget: Budget::default(),
            }),
        })
    }

    /// The base address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.shared.base
    }

    /// What it says of itself. Also the way to find out whether address and password are right.
    ///
    /// # Errors
    /// As every request; a wrong address is [`Error::Unexpected`].
    pub async fn announcement(&self) -> Result<Announcement, Error> {
        const EXPECTED: &str = "the list of collections";
        let answer = self
            .shared
            .ask::<()>(Ask {
                repeatable: true,
                ..Ask::new(Method::GET, &[])
            })
            .await;
        match answer {
            Ok(answer) => answer.read(EXPECTED),
            Err(Error::NotFound { url }) => Err(Error::Unexpected {
                url,
                expected: EXPECTED,
                got: "status 404".to_owned(),
            }),
            Err(error) => Err(error),
        }
    }

    /// All rows that fit the filters, in the order of the table, page after page.
    ///
    /// # Errors
    /// As every request; [`Error::Refused`] when a filter names a row that does not exist.
    pub async fn list(
        &self,
        resource: Resource,
        filters: &[(&str, String)],
    ) -> Result<Vec<Map>, Error> {
        self.pages(resource, filters).await
    }

    /// As [`list`](Self::list), for many rows that nobody takes apart yet.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn list_texts(
        &self,
        resource: Resource,
        filters: &[(&str, String)],
    ) -> Result<Vec<RowText>, Error> {
        self.pages(resource, filters).await
    }

    async fn pages<R: DeserializeOwned>(
        &self,
        resource: Resource,
        filters: &[(&str, String)],
    ) -> Result<Vec<R>, Error> {
        let mut rows = Vec::new();
        for page in 1_u32.. {
            let mut query = filters.to_vec();
            query.push(("page_size", PAGE_SIZE.to_string()));
            if page > 1 {
                query.push(("page", page.to_string()));
            }
            let path = [resource.collection()];
            let answer = self
                .shared
                .ask::<()>(Ask {
                    query: &query,
                    repeatable: true,
                    ..Ask::new(Method::GET, &path)
                })
                .await?;
            rows.append(&mut answer.read::<Vec<R>>("a list of rows")?);
            // The next page is counted, not followed: its address is the server's idea of its own name, and might be elsewhere.
            if !answer.has_next {
                break;
            }
        }
        Ok(rows)
    }

    /// One row; a game by its slug, anything else by its primary key.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as every request.
    pub async fn get(&self, resource: Resource, key: &str) -> Result<Map, Error> {
        self.shared
            .ask::<()>(Ask {
                repeatable: true,
                ..Ask::new(Method::GET, &[resource.collection(), key])
            })
            .await?
            .read("a row")
    }

    /// Creates a row and returns it as stored.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when a unique constraint stands in the way, [`Error::Refused`] when a field is wrong.
    pub async fn create(&self, resource: Resource, row: &Map) -> Result<Map, Error> {
        self.write(Method::POST, &[resource.collection()], row)
            .await?
            .read("the new row")
    }

    /// Replaces a row (PUT, so `row` is the whole row) and returns it as stored.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::AlreadyExists`], [`Error::Refused`], and as every request.
    pub async fn update(&self, resource: Resource, key: &str, row: &Map) -> Result<Map, Error> {
        self.write(Method::PUT, &[resource.collection(), key], row)
            .await?
            .read("the changed row")
    }

    /// Deletes a row and everything below it.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as every request.
    pub async fn delete(&self, resource: Resource, key: &str) -> Result<(), Error> {
        self.shared
            .ask::<()>(Ask::new(Method::DELETE, &[resource.collection(), key]))
            .await
            .map(drop)
    }

    /// Takes a scenario back: the periods after the one of that order go, and its decisions and results.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Refused`] when there is no such period, and as every request.
    pub async fn rewind(&self, scenario: u64, order: i64) -> Result<(), Error> {
        let scenario = scenario.to_string();
        let path = [Resource::Scenario.collection(), &scenario, "rewind"];
        let body = json!({"last_period_order": order});
        let body = body.as_object().cloned().unwrap_or_default();
        self.write(Method::POST, &path, &body).await.map(drop)
    }

    /// Whether the password is that of `who`, an e-mail address or a user id: then the user's id and e-mail address. `None` when
    /// it is not, or there is no such active user.
    ///
    /// # Errors
    /// [`Error::Refused`] after too many wrong passwords (429) or under too much load (503), and as every request.
    pub async fn authcheck(
        &self,
        who: &str,
        password: &str,
    ) -> Result<Option<(u64, String)>, Error> {
        self.authcheck_from(who, password, None).await
    }

    /// As [`authcheck`](Self::authcheck), for a password or for a ticket ([`is_ticket`], which only ours knows), asked because somebody at
    /// `from` has shown it: a games API that trusts us counts wrong ones by that address.
    ///
    /// # Errors
    /// As [`authcheck`](Self::authcheck).
    pub async fn authcheck_from(
        &self,
        who: &str,
        secret: &str,
        from: Option<IpAddr>,
    ) -> Result<Option<(u64, String)>, Error> {
        #[derive(serde::Deserialize)]
        struct Known {
            authid: u64,
            email: String,
        }
        let shown = if is_ticket(secret) {
            "ticket"
        } else {
            "password"
        };
        let body = match who.parse::<u64>() {
            Ok(id) => json!({"authid": id, shown: secret}),
            Err(_) => json!({"email": who, shown: secret}),
        };
        let answer = self
            .shared
            .ask_any(Ask {
                body: Some(&body),
                authenticated: false,
                forwarded: from,
                held: LINE,
                ..Ask::new(Method::POST, &["authcheck"])
            })
            .await?;
        match answer.status.as_u16() {
            // The original fails (500) on a user that it does not know.
            400 | 500 => Ok(None),
            200..=299 => {
                let known: Known = answer.read("the user's id and e-mail address")?;
                Ok(Some((known.authid, known.email)))
            }
            _ => Err(self.shared.error_of(&answer)),
        }
    }

    /// Changes of a game (and of users) after a point: at once when there are any, else the first within `wait`. Without a point
    /// the current one, at once, and no changes.
    ///
    /// # Errors
    /// [`Error::CursorGone`] when the point is not one of this database or no longer kept, [`Error::NotFound`] from a games API
    /// without a change stream, and as every request.
    pub async fn changes(
        &self,
        after: Option<&Cursor>,
        game_slug: &str,
        wait: Duration,
    ) -> Result<Batch, Error> {
        let mut query = vec![
            ("game_slug", game_slug.to_owned()),
            ("wait", wait.as_secs().to_string()),
        ];
        if let Some(cursor) = after {
            query.push(("after", cursor.position.to_string()));
            query.push(("epoch", cursor.epoch.clone()));
        }
        self.shared
            .ask::<()>(Ask {
                query: &query,
                held: wait,
                ..Ask::new(Method::GET, &["changes"])
            })
            .await?
            .read("a batch of changes")
    }

    async fn write(&self, method: Method, path: &[&str], row: &Map) -> Result<Answer, Error> {
        self.shared
            .ask(Ask {
                body: Some(row),
                ..Ask::new(method, path)
            })
            .await
    }
}

/// A value as a filter in a query; `None` for what a query cannot say.
pub(crate) fn as_filter(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(if *yes { "True" } else { "False" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
