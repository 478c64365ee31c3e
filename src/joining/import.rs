//! A roster comes into a run: everybody on it gets an account, a seat, and a personal link where the service may give one.
//!
//! A link signs somebody in as the account, wherever else that has a seat. So there is one only to accounts that were made from a roster,
//! and only for whoever made them, or for staff: a leader who writes somebody's e-mail address into a roster must not become them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use games_client::{Error, GamesClient};
use games_contract::{Map, Resource};
use serde_json::{Value, json};
use simpl::Rejected;
use tokio::sync::oneshot;

use super::kept::{RunJoining, SeatJoining};
use super::refusal::{full, no_randomness, no_tickets};
use super::roster::Listed;
use super::seat::Newcomer;
use super::secrets::{PersonalLink, RunSecret};
use crate::game::{Hosted, RunActor, RunState};
use crate::refusal;
use crate::scopes::Row;
use crate::sight::Viewer;

/// Accounts looked up or made at once.
const AT_ONCE: usize = 16;
/// Where an account says who made it from a roster.
const MADE_BY: &str = "made_by";

/// Somebody on a roster with their account.
#[derive(Clone, Debug)]
struct Known {
    listed: Listed,
    user: u64,
    /// May whoever imports hand out a link to it?
    link: bool,
}

/// Brings everybody on a roster into a run, and answers what each has, in their order. Who is there stays where they are.
///
/// # Errors
/// Somebody cannot be found without doubt, or it could not be stored. Then nobody has got a seat; accounts that were made stay, and are
/// found when the roster is imported again.
pub async fn import(
    hosted: &Arc<Hosted>,
    run: &RunActor,
    listed: Vec<Listed>,
    importer: Viewer,
) -> Result<Value, Rejected> {
    if hosted.groups.is_none() {
        return Err(no_tickets());
    }
    let secret = in_actor(run, |state| Box::pin(state.secret())).await??;
    let accounts = &Accounts {
        client: &hosted.client,
        secret: &secret,
        importer,
    };
    // First everybody is looked for, so that no account is made when somebody's is in doubt.
    let found: Vec<Option<(u64, bool)>> = stream::iter(listed.clone())
        .map(|one| async move { accounts.find(&one).await })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let known: Vec<Known> = stream::iter(listed.into_iter().zip(found))
        .map(|(one, found)| accounts.known(one, found))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut seen = BTreeSet::new();
    if let Some(again) = known.iter().find(|one| !seen.insert(one.user)) {
        let line = again.listed.line;
        return Err(in_line(line, "email", "this is somebody of a line before"));
    }
    in_actor(run, move |state| Box::pin(state.import(known))).await?
}

/// Does something in the run's actor.
async fn in_actor<T: Send + 'static>(
    run: &RunActor,
    job: impl for<'a> FnOnce(&'a mut RunState) -> std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>
    + Send
    + 'static,
) -> Result<T, Rejected> {
    let (done, told) = oneshot::channel();
    let queued = run.mailbox.try_post(move |state| {
        Box::pin(async move {
            // Whoever has gone away meanwhile finds it done.
            let _ = done.send(job(state).await);
        })
    });
    queued.map_err(|_| refusal::busy())?;
    told.await.map_err(|_| refusal::gone("run"))
}

/// Where accounts come from.
struct Accounts<'a> {
    client: &'a GamesClient,
    secret: &'a RunSecret,
    importer: Viewer,
}

impl Accounts<'_> {
    /// The account of somebody on the roster and whether it may have a link, if there is one.
    async fn find(&self, one: &Listed) -> Result<Option<(u64, bool)>, Rejected> {
        if let Some(email) = &one.email {
            let found = self
                .client
                .find(Resource::User, &member("email", email))
                .await;
            if let Some(user) = found.map_err(|error| not_looked_up(&error))? {
                return Ok(Some(self.seen(&user)));
            }
        }
        let Some(number) = &one.student_number else {
            return Ok(None);
        };
        let filter = [("external_id", number.clone())];
        let found = self.client.list(Resource::User, &filter).await;
        match found.map_err(|error| not_looked_up(&error))?.as_slice() {
            [] => Ok(None),
            [user] => Ok(Some(self.seen(user))),
            several => Err(in_line(
                one.line,
                "student_number",
                &format!(
                    "{} accounts have this number: give the e-mail address of the right one",
                    several.len()
                ),
            )),
        }
    }

    fn seen(&self, user: &Map) -> (u64, bool) {
        let flag = |name: &str| user.get(name).and_then(Value::as_bool).unwrap_or_default();
        let maker = user.get("data").and_then(|data| data.get(MADE_BY));
        let maker = maker.and_then(Value::as_u64);
        let may = match self.importer {
            Viewer::Service | Viewer::User { staff: true, .. } => maker.is_some(),
            Viewer::User { user, .. } => maker == Some(user),
        };
        let powerful = flag("is_staff") || flag("is_superuser");
        (pk_of(user), may && !powerful)
    }

    /// Somebody with their account, which is made where there is none.
    async fn known(&self, listed: Listed, found: Option<(u64, bool)>) -> Result<Known, Rejected> {
        if let Some((user, link)) = found {
            return Ok(Known { listed, user, link });
        }
        let number = listed.student_number.as_deref();
        let email = listed.email.clone();
        let email = email.unwrap_or_else(|| self.secret.address("roster", number.as_slice()));
        let importer = match self.importer {
            Viewer::User { user, .. } => user,
            Viewer::Service => 0,
        };
        let defaults = json!({
            "first_name": listed.first_name,
            "last_name": listed.last_name,
            "external_id": listed.student_number,
            "data": {MADE_BY: importer},
        });
        let Value::Object(defaults) = defaults else {
            unreachable!("it is an object")
        };
        let key = member("email", &email);
        let made = self.client.get_or_create(Resource::User, &key, &defaults);
        match made.await {
            Ok((user, _)) => {
                let (user, link) = self.seen(&user);
                Ok(Known { listed, user, link })
            }
            Err(Error::AlreadyExists { .. }) => Err(in_line(
                listed.line,
                "email",
                "an account has this address with other capital letters: write it as it is there",
            )),
            Err(Error::Refused {
                status: 400,
                message,
                ..
            }) => Err(in_line(listed.line, "email", &message)),
            Err(error) => Err(refusal::not_stored("an account", &error)),
        }
    }
}

impl RunState {
    /// What the run derives links from; it is made where there is none yet.
    async fn secret(&mut self) -> Result<RunSecret, Rejected> {
        let joining = RunJoining::of(&self.run.run);
        if let Some(secret) = joining.secret {
            return Ok(secret);
        }
        let secret = RunSecret::random().map_err(no_randomness)?;
        let joining = RunJoining {
            secret: Some(secret.clone()),
            ..joining
        };
        self.store_joining(&joining).await?;
        Ok(secret)
    }

    async fn import(&mut self, known: Vec<Known>) -> Result<Value, Rejected> {
        let secret = self.secret().await?;
        let held = self.by_account();
        let (mut new, mut there) = (Vec::new(), Vec::new());
        for one in &known {
            match held.get(&one.user) {
                None => new.push(Newcomer {
                    user: one.user,
                    wish: one.listed.wish.clone(),
                    keeps: one.keeps(SeatJoining::default()),
                }),
                Some(row) if row.is_leader() => {
                    let fault = "this is somebody who leads the run";
                    return Err(in_line(one.listed.line, "email", fault));
                }
                Some(row) => there.push((one.keeps(SeatJoining::of(row)), row.clone())),
            }
        }
        let room = self.hosted.joining.players;
        if self.run.runusers.len() + new.len() > room {
            return Err(full(room));
        }
        there.retain(|(keeps, row)| SeatJoining::of(row) != *keeps);
        if !new.is_empty() {
            self.seat_all(new).await?;
        }
        self.store_seats(there).await?;
        let held = self.by_account();
        let told = known.iter().map(|one| {
            let row = held.get(&one.user).ok_or_else(|| refusal::gone("seat"))?;
            let mut told = self.link_told(row, &secret);
            told["line"] = one.listed.line.into();
            told["world"] = row.reference("world").into();
            told["role"] = row.reference("role").into();
            Ok(told)
        });
        let told: Result<Vec<Value>, Rejected> = told.collect();
        Ok(told?.into())
    }

    /// Stores what seats keep, several at once.
    async fn store_seats(&mut self, seats: Vec<(SeatJoining, Arc<Row>)>) -> Result<(), Rejected> {
        let hosted = &self.hosted;
        let stored: Result<Vec<Row>, Error> =
            stream::iter(seats)
                .map(|(keeps, row)| async move {
                    hosted.change_data(&row, |data| keeps.write(data)).await
                })
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await;
        for row in stored.map_err(|error| refusal::not_stored("the seats", &error))? {
            self.absorb(row).await;
        }
        Ok(())
    }

    /// Everybody with a run user, active or not, by user.
    fn by_account(&self) -> BTreeMap<u64, Arc<Row>> {
        let all = self.run.runusers.values();
        all.filter_map(|row| Some((row.reference("user")?, row.clone())))
            .collect()
    }

    /// The personal links of a run, for its leaders.
    ///
    /// # Errors
    /// The secret that they are derived from could not be stored.
    pub async fn links(&mut self) -> Result<Value, Rejected> {
        let secret = self.secret().await?;
        let linked = self.run.runusers.values();
        let linked = linked.filter(|row| SeatJoining::of(row).link);
        let told = linked.map(|row| self.link_told(row, &secret));
        Ok(told.collect::<Vec<_>>().into())
    }

    fn link_told(&self, row: &Row, secret: &RunSecret) -> Value {
        let link = super::enter::guest(row).filter(|seat| seat.link).map(|_| {
            let (runuser, proof) = (row.pk, secret.of_link(row.pk));
            let token = PersonalLink { runuser, proof }.expose();
            format!("{}/j/{token}", self.hosted.joining.public_url)
        });
        json!({
            "runuser": row.pk,
            "user": row.reference("user"),
            "first_name": row.text("first_name"),
            "last_name": row.text("last_name"),
            "email": row.text("email"),
            "link": link,
        })
    }
}

impl Known {
    /// What their seat keeps from now on.
    fn keeps(&self, before: SeatJoining) -> SeatJoining {
        SeatJoining {
            guest: before.guest.or(self.link.then_some(self.user)),
            link: before.link || self.link,
            student_number: self.listed.student_number.clone().or(before.student_number),
            codes: before.codes,
        }
    }
}

fn member(name: &str, value: &str) -> Map {
    Map::from_iter([(name.to_owned(), value.into())])
}

fn pk_of(row: &Map) -> u64 {
    row.get("id").and_then(Value::as_u64).unwrap_or_default()
}

fn in_line(line: u64, column: &str, fault: &str) -> Rejected {
    let fault = [(format!("line {line}, {column}"), fault)];
    Rejected::validation(fault).about("nothing of this roster was imported")
}

fn not_looked_up(error: &Error) -> Rejected {
    tracing::warn!(%error, "somebody on a roster could not be looked up");
    Rejected::unavailable(std::time::Duration::from_secs(2))
}
