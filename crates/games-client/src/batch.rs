//! What ours offers to a model service: many writes in one request, and the lease of a game.

use std::time::Duration;

use games_contract::{Group, GroupResult, Groups, Lease, LeaseRequest, Map, RowText};
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, GamesClient,
    http::{Answer, Ask},
};

/// The body of a batch, without a copy of its groups.
#[derive(Serialize)]
struct Sent<'a, G> {
    groups: &'a [G],
}

impl GamesClient {
    /// Does groups of operations, each as a whole or not at all, and returns what became of each, in the same order. Offered
    /// where [`Announcement::has_batch`](crate::Announcement::has_batch) says so.
    ///
    /// Sent again when no answer comes: a group's key makes sure that it is done once.
    ///
    /// # Errors
    /// [`Error::Refused`] when the batch as a whole is wrong, [`Error::NotFound`] from a games API that takes no batches, and as
    /// every request. A group that is refused is no error: see [`GroupResult`].
    pub async fn batch(&self, groups: &[Group]) -> Result<Vec<GroupResult>, Error> {
        let keys: Vec<&str> = groups.iter().map(|group| group.key.as_str()).collect();
        self.batch_of(&keys, groups).await
    }

    /// As [`batch`](Self::batch), with groups of these keys and rows in any form that is theirs in JSON.
    pub(crate) async fn batch_of<G: Serialize + Sync, R: DeserializeOwned>(
        &self,
        keys: &[&str],
        groups: &[G],
    ) -> Result<Vec<GroupResult<R>>, Error> {
        const EXPECTED: &str = "a result for each group";
        let answer = self.repeated(&["batch"], &Sent { groups }).await?;
        let results: Groups<GroupResult<R>> = answer.read(EXPECTED)?;
        let answered = results.groups.iter().map(|result| result.key.as_str());
        if !answered.eq(keys.iter().copied()) {
            return Err(Error::Unexpected {
                url: answer.url,
                expected: EXPECTED,
                got: format!("{} results for other keys", results.groups.len()),
            });
        }
        Ok(results.groups)
    }

    /// The rows of a group that is done, or why it is not.
    pub(crate) fn rows_of(&self, result: GroupResult<RowText>) -> Result<Vec<RowText>, Error> {
        if result.is_done() {
            return Ok(result.rows);
        }
        let url = self.shared.address(&["batch"], &[]).to_string();
        let status = result.status;
        let quoted = || result.error.to_string();
        Err(self.shared.refusal(url, status, &result.error, quoted))
    }

    /// The error of a write whose fate nobody can tell.
    pub(crate) fn lost(&self) -> Error {
        Error::Lost {
            url: self.shared.address(&["batch"], &[]).to_string(),
            reason: "the requests of this client have ended".to_owned(),
        }
    }

    /// A page, from 1, of so many lines of a run's audit log, the newest first: those that concern a world, or all of them. Offered where
    /// [`Announcement::has_audit`](crate::Announcement::has_audit) says so.
    ///
    /// # Errors
    /// [`Error::NotFound`] beyond the last page, and as every request.
    pub async fn audit(
        &self,
        run: u64,
        world: Option<u64>,
        page: u32,
        size: u32,
    ) -> Result<Vec<Map>, Error> {
        let run = run.to_string();
        let mut query = vec![
            ("ordering", "-id".to_owned()),
            ("page", page.to_string()),
            ("page_size", size.to_string()),
        ];
        query.extend(world.map(|world| ("world", world.to_string())));
        self.shared
            .ask::<()>(Ask {
                query: &query,
                repeatable: true,
                ..Ask::new(Method::GET, &["runs", &run, "audit"])
            })
            .await?
            .read("lines of the audit log")
    }

    /// Takes a game for `holder`, whose name is that of one process. Whoever holds it already gets a new lease. Offered where
    /// [`Announcement::has_leases`](crate::Announcement::has_leases) says so.
    ///
    /// # Errors
    /// [`Error::Conflict`] while somebody else holds it, [`Error::Refused`] when there is no such game or the time is not 1 to
    /// 600 whole seconds, and as every request.
    pub async fn take_lease(
        &self,
        game_slug: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, Error> {
        let request = LeaseRequest::Take {
            game: game_slug.to_owned(),
            holder: holder.to_owned(),
            seconds: time.as_secs(),
        };
        self.lease(&request).await?.read("a lease")
    }

    /// Holds a game for longer, from now.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else has taken it or it was given back, and as every request.
    pub async fn renew_lease(&self, fence: u64, time: Duration) -> Result<Lease, Error> {
        let seconds = time.as_secs();
        let request = LeaseRequest::Renew { fence, seconds };
        self.lease(&request).await?.read("a lease")
    }

    /// Gives a game back, so that the next one need not wait. Right also when it is no longer held.
    ///
    /// # Errors
    /// As every request.
    pub async fn release_lease(&self, fence: u64) -> Result<(), Error> {
        let request = LeaseRequest::Release { fence };
        self.lease(&request).await.map(drop)
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Answer, Error> {
        self.repeated(&["leases"], request).await
    }

    /// Posts what may arrive twice.
    async fn repeated<B: Serialize + Sync>(
        &self,
        path: &[&str],
        body: &B,
    ) -> Result<Answer, Error> {
        self.shared
            .ask(Ask {
                body: Some(body),
                repeatable: true,
                ..Ask::new(Method::POST, path)
            })
            .await
    }
}
