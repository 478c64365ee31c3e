//! Tickets: what a user shows for a while instead of a password.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::{Error, GamesClient, Secret, http::Ask};

impl GamesClient {
    /// A ticket for a user that is good for so long, which only ours can sign; for another user than ours, we have to be staff.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such active user or the time is not one that tickets may be good for, [`Error::NotFound`] from a
    /// games API that signs none, and as every request.
    pub async fn ticket(&self, user: u64, good_for: Duration) -> Result<Secret, Error> {
        #[derive(serde::Deserialize)]
        struct Made {
            ticket: String,
        }
        let body = json!({"user": user, "seconds": good_for.as_secs()});
        let made: Made = self
            .shared
            .ask(Ask {
                body: Some(&body),
                // Signing one more does no harm.
                repeatable: true,
                ..Ask::new(Method::POST, &["tickets"])
            })
            .await?
            .read("a ticket")?;
        Ok(made.ticket.into())
    }
}
