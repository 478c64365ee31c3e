//! Somebody comes in: a job of the run's actor, so that two who come at the same moment come one after the other.

use std::sync::Arc;

use games_contract::{Map, Resource};
use serde_json::Value;
use simpl::Rejected;
use time::OffsetDateTime;

use super::kept::{RunJoining, SeatJoining};
use super::nickname::{Nickname, fold};
use super::refusal;
use super::seat::Newcomer;
use super::secrets::{Hidden, PersonalLink, Print, ReturnCode, RunSecret};
use super::waiting::{Asker, Request};
use crate::game::RunState;
use crate::scopes::{Row, RunView};

/// What somebody shows who wants to come in.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A name and a key that only their browser knows, and perhaps the return code that it has kept.
    Nickname(Nickname, Key, Option<ReturnCode>),
    /// They have signed in as a user of the games API.
    Account {
        /// The user's pk.
        user: u64,
        /// First and last name, or the e-mail address.
        name: String,
    },
}

/// What somebody shows who has a seat already.
#[derive(Clone, Copy, Debug)]
pub enum Claim {
    /// They have been here before.
    Return(ReturnCode),
    /// They are on a roster.
    Link(PersonalLink),
}

/// What a browser calls its request, so that it counts once however often it is sent: as secret as the return code made from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// Somebody who wants to come in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What they show.
    pub proof: Proof,
    /// What only leaders will see.
    pub student_number: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Entered {
    /// They have a seat.
    Seated {
        /// Their run user.
        runuser: Arc<Row>,
        /// With what they come back, where they have no account of their own.
        return_code: Option<ReturnCode>,
    },
    /// A leader has to let them in: they ask again with the same key.
    Waiting {
        /// Since when they wait.
        since: OffsetDateTime,
    },
}

impl Key {
    /// Characters of a key: enough for 128 random bits in base64, and not too many.
    const LENGTH: std::ops::RangeInclusive<usize> = 20..=64;

    /// The key that a browser sent.
    ///
    /// # Errors
    /// It could be guessed, or is too long.
    pub fn parse(text: String) -> Result<Self, Rejected> {
        if Self::LENGTH.contains(&text.chars().count()) {
            return Ok(Self(text));
        }
        let (least, most) = (Self::LENGTH.start(), Self::LENGTH.end());
        let expected = format!("{least} to {most} characters that nobody can guess");
        let message = format!("`key` has to be a text of {expected}, for example a random UUID");
        Err(Rejected::invalid_argument(
            message,
            expected,
            "another text",
        ))
    }

    /// A new one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// The text itself: for an answer, never for a message.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// The seat that somebody shows to be theirs. Nothing changes, so a snapshot of the run is enough, and strangers trouble no actor.
///
/// # Errors
/// It is not theirs, or they may not have it any more.
pub fn come_back(run: &RunView, claim: &Claim) -> Result<Entered, Rejected> {
    if !run.run.is_active() {
        return Err(refusal::run_over());
    }
    match claim {
        Claim::Return(code) => {
            let seat = run.runusers.get(&code.runuser);
            let seat = seat.filter(|row| guest(row).is_some_and(|seat| seat.knows(&code.proof)));
            seated(seat.ok_or_else(refusal::wrong_return_code)?, Some(*code))
        }
        Claim::Link(link) => {
            let seat = run.runusers.get(&link.runuser);
            let seat = seat.filter(|row| opens(&RunJoining::of(&run.run), row, link));
            seated(seat.ok_or_else(refusal::wrong_link)?, None)
        }
    }
}

impl RunState {
    /// Gives somebody a seat, the one they had where they had one, or has them wait for a leader.
    ///
    /// # Errors
    /// They may not come in, or it could not be stored; the same request may be made again.
    pub async fn enter(&mut self, entry: Entry) -> Result<Entered, Rejected> {
        if !self.run.run.is_active() {
            return Err(refusal::run_over());
        }
        let joining = RunJoining::of(&self.run.run);
        match &entry.proof {
            Proof::Account { user, name } => self.account(*user, name, &entry, &joining).await,
            Proof::Nickname(nickname, key, code) => {
                self.nickname(nickname, key, *code, &entry, &joining).await
            }
        }
    }

    async fn account(
        &mut self,
        user: u64,
        name: &str,
        entry: &Entry,
        joining: &RunJoining,
    ) -> Result<Entered, Rejected> {
        let own = |row: &&Arc<Row>| row.reference("user") == Some(user);
        if let Some(seat) = self.run.runusers.values().find(own) {
            return seated(seat, None);
        }
        self.lets_in(joining, entry)?;
        if joining.terms.approval {
            return self.wait(Asker::Account(user), name, entry).await;
        }
        let keeps = SeatJoining {
            student_number: entry.student_number.clone(),
            ..SeatJoining::default()
        };
        let newcomer = Newcomer::new(user, keeps);
        let seat = self.seat_one(newcomer).await?;
        seated(&seat, None)
    }

    async fn nickname(
        &mut self,
        nickname: &Nickname,
        key: &Key,
        code: Option<ReturnCode>,
        entry: &Entry,
        joining: &RunJoining,
    ) -> Result<Entered, Rejected> {
        let secret = joining.secret.as_ref().ok_or_else(refusal::closed)?;
        let folded = nickname.folded();
        let proof = secret.of_key(&folded, &key.0);
        if let Some(row) = self.named(&folded) {
            let seat = guest(&row).ok_or_else(|| refusal::name_taken(nickname.as_str()))?;
            let shown = code.filter(|code| code.runuser == row.pk && seat.knows(&code.proof));
            let own = || ReturnCode {
                runuser: row.pk,
                proof,
            };
            let shown = shown.or_else(|| seat.knows(&proof).then(own));
            if let Some(code) = shown {
                return seated(&row, Some(code));
            }
            if !joining.open {
                return Err(refusal::closed());
            }
            let asker = Asker::Browser(proof.print());
            return self.wait(asker, nickname.as_str(), entry).await;
        }
        self.lets_in(joining, entry)?;
        if !joining.terms.nicknames {
            return Err(refusal::accounts_only());
        }
        let print = proof.print();
        if joining.terms.approval {
            let asker = Asker::Browser(print);
            return self.wait(asker, nickname.as_str(), entry).await;
        }
        let number = entry.student_number.clone();
        let seat = self
            .make_guest(nickname.as_str(), &folded, print, number, secret)
            .await?;
        let code = ReturnCode {
            runuser: seat.pk,
            proof,
        };
        seated(&seat, Some(code))
    }

    /// May somebody who is new come in?
    fn lets_in(&self, joining: &RunJoining, entry: &Entry) -> Result<(), Rejected> {
        let room = self.hosted.joining.players;
        if !joining.open {
            Err(refusal::closed())
        } else if joining.terms.student_number && entry.student_number.is_none() {
            Err(refusal::no_student_number())
        } else if self.run.runusers.len() >= room {
            Err(refusal::full(room))
        } else {
            Ok(())
        }
    }

    /// The run user of that name, whether they take part any more or not.
    pub(super) fn named(&self, folded: &str) -> Option<Arc<Row>> {
        let mut all = self.run.runusers.values();
        all.find(|row| fold(&name_of(row)) == folded).cloned()
    }

    async fn wait(&mut self, asker: Asker, name: &str, entry: &Entry) -> Result<Entered, Rejected> {
        let folded = fold(name);
        if let Some(request) = self.waiting.of(&asker, &folded) {
            return match request.refused {
                true => Err(refusal::turned_away()),
                false => Ok(Entered::Waiting {
                    since: request.since,
                }),
            };
        }
        let request = Request {
            number: 0,
            asker,
            name: name.to_owned(),
            folded,
            student_number: entry.student_number.clone(),
            since: self.hosted.clock.now(),
            refused: false,
        };
        let since = self.waiting.enter(request)?.since;
        self.tell_who_waits().await;
        Ok(Entered::Waiting { since })
    }

    /// Makes the account of somebody who has none, and gives it a seat. Done again for the same return code, it finds what was made.
    pub(super) async fn make_guest(
        &mut self,
        name: &str,
        folded: &str,
        print: Print,
        student_number: Option<String>,
        secret: &RunSecret,
    ) -> Result<Arc<Row>, Rejected> {
        let email = secret.address("guest", &[folded, print.as_str()]);
        let user = Map::from_iter([("email".to_owned(), email.into())]);
        let names = Map::from_iter([("first_name".to_owned(), name.into())]);
        let made = self
            .hosted
            .client
            .get_or_create(Resource::User, &user, &names)
            .await;
        let (user, _) =
            made.map_err(|error| crate::refusal::not_stored("the new account", &error))?;
        let user = user.get("id").and_then(Value::as_u64).unwrap_or_default();
        let keeps = SeatJoining {
            guest: Some(user),
            codes: vec![print],
            student_number,
            ..SeatJoining::default()
        };
        let newcomer = Newcomer::new(user, keeps);
        self.seat_one(newcomer).await
    }
}

/// A run user's first and last name.
pub(super) fn name_of(runuser: &Row) -> String {
    let (first, last) = (runuser.text("first_name"), runuser.text("last_name"));
    format!("{first} {last}").trim().to_owned()
}

/// What a seat keeps, if the service may let somebody in as its user. A leader's seat is never one.
pub(super) fn guest(runuser: &Row) -> Option<SeatJoining> {
    let seat = SeatJoining::of(runuser);
    // Leaders can give a run user to another user, and must not get at that one's account so.
    let same = seat.guest.is_some() && seat.guest == runuser.reference("user");
    (same && !runuser.is_leader()).then_some(seat)
}

/// Is it the personal link to this seat?
fn opens(joining: &RunJoining, runuser: &Row, link: &PersonalLink) -> bool {
    let right: Option<Hidden> = joining.secret.as_ref().map(|s| s.of_link(runuser.pk));
    let right = right.is_some_and(|right| right.is(&link.proof));
    right && guest(runuser).is_some_and(|seat| seat.link)
}

fn seated(runuser: &Arc<Row>, return_code: Option<ReturnCode>) -> Result<Entered, Rejected> {
    if !runuser.is_active() {
        return Err(refusal::left_out());
    }
    Ok(Entered::Seated {
        runuser: runuser.clone(),
        return_code,
    })
}
