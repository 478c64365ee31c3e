//! What leaders do about bots: put them into seats, and take them out again. In the run's actor, one after another.

use std::collections::BTreeSet;

use games_client::Error;
use games_contract::{Map, Operation, Resource, Target};
use serde_json::{Value, json};
use simpl::Rejected;

use super::empty::{self, Which};
use super::seat;
use crate::game::RunState;
use crate::refusal;
use crate::scopes::Row;

/// Which seats are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Those of people who have no session now.
    Absent,
    /// Those that a role needs and nobody has.
    Empty,
    /// Those of these run users.
    Those(BTreeSet<u64>),
    /// Every seat.
    Everybody,
}

/// What somebody wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// In which seats.
    pub who: Who,
    /// Of which worlds; none for every world of the run.
    pub worlds: Option<BTreeSet<u64>>,
    /// The bot; none for the game's first.
    pub bot: Option<String>,
}

impl RunState {
    /// Has a bot decide in these seats from the next open decision on, and tells which seats those are. Where one does already,
    /// nothing changes, unless the seat is named: then the bot is put in anew.
    ///
    /// # Errors
    /// The game has no such bot, a run user named has no seat in this run, or it could not be stored.
    pub async fn add_bots(&mut self, wanted: Wanted) -> Result<Vec<Value>, Rejected> {
        let game = &self.hosted.game;
        let bot = wanted.bot.as_deref().or(game.default_bot()).unwrap_or("");
        if !game.bots().any(|name| name == bot) {
            return Err(game.no_bot(bot));
        }
        let (bot, now) = (bot.to_owned(), self.hosted.now());
        let writes = match wanted.who {
            Who::Empty => {
                let which = Which::Needed(wanted.worlds.as_ref());
                self.in_empty_seats(which, &bot, &now).await?
            }
            _ => self.in_peoples_seats(&wanted, &bot, &now)?,
        };
        // Whoever puts bots in wants them asked, whatever became of others.
        self.hosted.bots.forget();
        self.write_seats(writes).await
    }

    /// The writes by which a bot decides in seats of people.
    fn in_peoples_seats(
        &self,
        wanted: &Wanted,
        bot: &str,
        now: &str,
    ) -> Result<Vec<Operation>, Rejected> {
        let rows = self.meant(wanted)?.into_iter();
        let online = |row: &Row| {
            let user = row.reference("user");
            user.is_some_and(|user| self.hosted.online.is_online(user))
        };
        let takes = |row: &&Row| match wanted.who {
            Who::Those(_) => true,
            Who::Absent => seat::of(row).is_none() && !online(row),
            Who::Empty | Who::Everybody => seat::of(row).is_none(),
        };
        let writes = rows.filter(takes).map(|row| {
            let data = seat::with(row.data(), Some(bot), now);
            change(row, json!({ "data": data }))
        });
        Ok(writes.collect())
    }

    /// Seats bots where seating people has marked seats for them. Where that fails the marks stay, and it is done with the next change of
    /// seats.
    pub(crate) async fn seat_marked_bots(&mut self) {
        let Some(bot) = self.hosted.game.default_bot().map(str::to_owned) else {
            return;
        };
        let now = self.hosted.now();
        let seated = match self.in_empty_seats(Which::Marked, &bot, &now).await {
            Ok(writes) => self.write_seats(writes).await,
            Err(refused) => Err(refused),
        };
        if let Err(reason) = seated {
            let run = self.run.run.pk;
            tracing::warn!(run, %reason, "bots could not be seated where nobody sits");
        }
    }

    /// The writes that seat bots where nobody sits. Their users are there then.
    async fn in_empty_seats(
        &self,
        which: Which<'_>,
        bot: &str,
        now: &str,
    ) -> Result<Vec<Operation>, Rejected> {
        let run = self.run.run.pk;
        let catalogue = self.hosted.catalogue.load_full();
        let (worlds, _) = self.worlds();
        let seats = empty::seats(&self.hosted.game, &catalogue, &self.run, &worlds, which);
        let mut number = empty::next_number(&self.run);
        let mut writes = Vec::with_capacity(seats.len());
        for empty in &seats {
            if let Some(again) = empty.seat_again(&self.run, bot, now) {
                writes.push(again);
                continue;
            }
            let user = self.user_of_bot(run, number).await;
            let user = user.map_err(|error| refusal::not_stored("a bot's user", &error))?;
            writes.push(empty.seat_new(run, user, bot, now));
            number += 1;
        }
        writes.extend(empty::unmarked(&seats, &worlds));
        Ok(writes)
    }

    /// The pk of the user made for a bot; made now, unless an earlier attempt broke off after that.
    async fn user_of_bot(&self, run: u64, number: u64) -> Result<u64, Error> {
        let (client, user) = (&self.hosted.client, empty::user(run, number));
        let row = match client.create(Resource::User, &user).await {
            Err(Error::AlreadyExists { url, message }) => {
                let by_email = [("email", seat::address(run, number))];
                let known = client.list(Resource::User, &by_email).await?;
                let known = known.into_iter().next();
                known.ok_or(Error::AlreadyExists { url, message })?
            }
            made => made?,
        };
        let pk = row.get("id").and_then(Value::as_u64);
        pk.ok_or_else(|| Error::Unexpected {
            url: client.url().to_string(),
            expected: "a user with an id",
            got: "one without".to_owned(),
        })
    }

    /// Takes bots out of these seats, and tells which those are. A person decides again from the next open decision on; a run user
    /// that was made for a bot is taken from its seat.
    ///
    /// # Errors
    /// A run user named has no seat in this run, or it could not be stored.
    pub async fn remove_bots(&mut self, wanted: Wanted) -> Result<Vec<Value>, Rejected> {
        let now = self.hosted.now();
        let rows = self.meant(&wanted)?.into_iter();
        let writes = rows.filter(|row| seat::of(row).is_some()).map(|row| {
            let data = seat::with(row.data(), None, &now);
            match seat::number(row) {
                Some(_) => change(row, json!({"data": data, "active": false})),
                None => change(row, json!({ "data": data })),
            }
        });
        let writes = writes.collect();
        self.write_seats(writes).await
    }

    /// The run users with a seat at a table that are meant.
    fn meant(&self, wanted: &Wanted) -> Result<Vec<&Row>, Rejected> {
        let seated =
            |row: &&Row| row.is_active() && !row.is_leader() && row.reference("role").is_some();
        let in_world = |row: &&Row| {
            let world = row.reference("world");
            world.is_some_and(|world| {
                wanted
                    .worlds
                    .as_ref()
                    .is_none_or(|some| some.contains(&world))
            })
        };
        let rows = self.run.runusers.values().map(AsRef::as_ref);
        let rows = rows.filter(seated).filter(in_world);
        let Who::Those(named) = &wanted.who else {
            return Ok(rows.collect());
        };
        let rows: Vec<&Row> = rows.filter(|row| named.contains(&row.pk)).collect();
        let missing = named
            .iter()
            .find(|pk| rows.iter().all(|row| row.pk != **pk));
        match missing {
            None => Ok(rows),
            Some(pk) => Err(Rejected::invalid_argument(
                format!("the run user {pk} has no seat at a table here"),
                "pks of run users with a world and a role",
                *pk,
            )),
        }
    }

    /// Stores run users, and worlds with them, all of them or none, tells everybody concerned, and answers with the seats.
    async fn write_seats(&mut self, writes: Vec<Operation>) -> Result<Vec<Value>, Rejected> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let kinds: Vec<_> = writes.iter().map(Operation::resource).collect();
        let (stored, done) = self.hosted.write_all(writes).await;
        let rows = kinds.into_iter().zip(stored);
        let rows: Vec<Row> = rows
            .filter_map(|(resource, json)| Row::new(resource?, json))
            .collect();
        let seats = rows.iter().filter(|row| row.resource == Resource::RunUser);
        let told = seats.map(|row| {
            json!({"runuser": row.pk, "world": row.reference("world"), "role": row.text("role_name"),
                "bot": seat::of(row)})
        });
        let told = told.collect();
        self.take_in(rows).await;
        done.map_err(|error| refusal::not_stored("who decides", &error))?;
        Ok(told)
    }
}

/// Changes members of a run user, unless somebody else has changed it.
fn change(row: &Row, members: Value) -> Operation {
    let members = match members {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    Operation::Update {
        resource: Resource::RunUser,
        pk: Target::Pk(row.pk),
        row: members,
        if_updated: Some(row.text("updated").into_owned()),
    }
}
