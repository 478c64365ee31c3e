//! Users in memory: read from the games API once, forgotten after a while or when the games API says that they changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use games_client::{Error, GamesClient};
use games_contract::Resource;
use moka::future::Cache;

use crate::scopes::Row;

/// How often a user is read again because somebody changed meanwhile.
const ATTEMPTS: usize = 5;

/// What the service needs to know of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's pk.
    pub pk: u64,
    /// The e-mail address they log in with.
    pub email: String,
    /// First and last name.
    pub name: String,
    /// May see and do everything.
    pub staff: bool,
    /// May log in.
    pub active: bool,
}

/// The users in memory. Clones share them.
#[derive(Clone, Debug)]
pub struct Users {
    cache: Cache<u64, User>,
    /// How often users were forgotten.
    forgotten: Arc<AtomicU64>,
    client: GamesClient,
}

impl Users {
    /// At most `capacity` users, each remembered for `ttl`.
    #[must_use]
    pub fn new(client: GamesClient, capacity: u64, ttl: Duration) -> Self {
        let cache = Cache::builder()
            .max_capacity(capacity)
            .time_to_live(ttl)
            .build();
        Self {
            cache,
            forgotten: Arc::default(),
            client,
        }
    }

    /// The user of that pk. Many who ask at once cost one request.
    ///
    /// # Errors
    /// The games API has no such user, or does not answer.
    pub async fn get(&self, pk: u64) -> Result<User, Arc<Error>> {
        let mut attempts = 1;
        loop {
            let before = self.forgotten.load(Ordering::Acquire);
            let user = self.cache.try_get_with(pk, self.read(pk)).await?;
            // What was being read while somebody changed may be older than the change, and is remembered after it was forgotten.
            if self.forgotten.load(Ordering::Acquire) == before || attempts == ATTEMPTS {
                return Ok(user);
            }
            self.cache.invalidate(&pk).await;
            attempts += 1;
        }
    }

    /// Forgets a user: the games API said that they changed.
    pub async fn forget(&self, pk: u64) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.cache.invalidate(&pk).await;
    }

    /// Forgets everybody: what changed meanwhile is not known.
    pub fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.cache.invalidate_all();
    }

    async fn read(&self, pk: u64) -> Result<User, Error> {
        let json = self.client.get(Resource::User, &pk.to_string()).await?;
        let row = Row::new(Resource::User, json).ok_or_else(|| Error::Unexpected {
            url: self.client.url().to_string(),
            expected: "a user with an id",
            got: "one without".to_owned(),
        })?;
        Ok(User {
            pk,
            email: row.text("email").into_owned(),
            name: format!("{} {}", row.text("first_name"), row.text("last_name"))
                .trim()
                .to_owned(),
            staff: row.flag("is_staff") || row.flag("is_superuser"),
            active: row.flag("is_active"),
        })
    }
}
