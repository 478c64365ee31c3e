//! What leaders do about joining: open and close it, look who waits, let them in or turn them away.

use std::sync::Arc;

use serde_json::{Value, json};
use simpl::Rejected;

use super::enter::{guest, name_of};
use super::kept::{RunJoining, SeatJoining};
use super::nickname::fold;
use super::refusal::{name_taken, no_randomness, no_tickets};
use super::seat::Newcomer;
use super::waiting::{Asker, Request};
use super::{Code, RunSecret};
use crate::deadlines::written;
use crate::game::RunState;
use crate::refusal;
use crate::scopes::Row;

/// What a leader wishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Joining is opened, or opened on other terms.
    Open(Opening),
    /// Nobody new comes in; who has a seat comes back.
    Close,
    /// Nothing but to see how it stands.
    Look,
    /// These are let in.
    Approve(Vec<Named>),
    /// These are turned away.
    Refuse(Vec<Named>),
}

/// How joining is to be opened: what is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Without an account, under a nickname? At first, yes.
    pub nicknames: Option<bool>,
    /// With a student number? At first, no.
    pub student_number: Option<bool>,
    /// Only with a leader's consent? At first, no.
    pub approval: Option<bool>,
    /// Under a new code?
    pub new_code: bool,
}

/// Somebody who waits, as a leader names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By the number of their request.
    Number(u64),
    /// By the name that they want to join under.
    Name(String),
}

impl RunState {
    /// Does what a leader wishes, and tells how joining stands then; of those let in or turned away, what became of each.
    ///
    /// # Errors
    /// It cannot be done, or not be stored.
    pub async fn lead_joining(&mut self, wish: Wish) -> Result<Value, Rejected> {
        match wish {
            Wish::Open(opening) => self.open_joining(opening).await?,
            Wish::Close => {
                let joining = RunJoining::of(&self.run.run);
                if joining.open {
                    let closed = RunJoining {
                        open: false,
                        ..joining
                    };
                    self.store_joining(&closed).await?;
                }
            }
            Wish::Look => {}
            Wish::Approve(named) => return self.answer(named, true).await,
            Wish::Refuse(named) => return self.answer(named, false).await,
        }
        Ok(self.joining_told())
    }

    async fn open_joining(&mut self, opening: Opening) -> Result<(), Rejected> {
        if self.hosted.groups.is_none() {
            return Err(no_tickets());
        }
        let before = RunJoining::of(&self.run.run);
        let mut joining = before.clone();
        let terms = &mut joining.terms;
        let at_first = before.code.is_none();
        terms.nicknames = opening.nicknames.unwrap_or(terms.nicknames || at_first);
        terms.student_number = opening.student_number.unwrap_or(terms.student_number);
        terms.approval = opening.approval.unwrap_or(terms.approval);
        joining.open = true;
        let codes = &self.hosted.joining.codes;
        let owned = |code: &Code| codes.run(code) == Some(self.run.run.pk);
        if opening.new_code || !joining.code.as_ref().is_some_and(owned) {
            joining.code = Some(loop {
                let code = Code::random().map_err(no_randomness)?;
                if codes.run(&code).is_none() {
                    break code;
                }
            });
        }
        if joining.secret.is_none() {
            joining.secret = Some(RunSecret::random().map_err(no_randomness)?);
        }
        if joining == before {
            return Ok(());
        }
        self.store_joining(&joining).await
    }

    pub(super) async fn store_joining(&mut self, joining: &RunJoining) -> Result<(), Rejected> {
        let run = self.run.run.clone();
        let stored = self
            .hosted
            .change_data(&run, |data| joining.write(data))
            .await;
        let stored = stored.map_err(|error| refusal::not_stored("how people join", &error))?;
        self.absorb(stored).await;
        Ok(())
    }

    /// How joining stands, for those who oversee the run.
    fn joining_told(&self) -> Value {
        let joining = RunJoining::of(&self.run.run);
        let path = joining.code.as_ref().map(|code| format!("/join/{code}"));
        let link = path.map(|path| format!("{}{path}", self.hosted.joining.public_url));
        let numbers = self.run.runusers.values().filter_map(|row| {
            let number = SeatJoining::of(row).student_number?;
            Some(json!({"runuser": row.pk, "name": name_of(row), "student_number": number}))
        });
        json!({
            "open": joining.open,
            "code": joining.code,
            "link": link,
            "nicknames": joining.terms.nicknames,
            "student_number": joining.terms.student_number,
            "approval": joining.terms.approval,
            "waiting": self.waiting_told(),
            "student_numbers": numbers.collect::<Vec<_>>(),
        })
    }

    /// Who waits, for those who oversee the run.
    fn waiting_told(&self) -> Vec<Value> {
        let told = self.waiting.pending().map(|request| {
            json!({
                "number": request.number,
                "name": request.name,
                "student_number": request.student_number,
                "since": written(request.since),
                // Somebody has this name: is it them?
                "has_seat": self.named(&request.folded).map(|row| row.pk),
            })
        });
        told.collect()
    }

    /// Tells those who oversee the run who waits now.
    pub(super) async fn tell_who_waits(&self) {
        let waiting = json!({"waiting": self.waiting_told()});
        self.hosted.announce_waiting(&self.run, &waiting).await;
    }

    async fn answer(&mut self, named: Vec<Named>, admit: bool) -> Result<Value, Rejected> {
        let mut told = Vec::new();
        let mut refused = None;
        let meant = named.len();
        for one in named {
            match self.answer_one(&one, admit).await {
                Ok(done) => told.push(done),
                Err(why) => {
                    let who = match one {
                        Named::Number(number) => json!(number),
                        Named::Name(name) => json!(name),
                    };
                    told.push(json!({"request": who, "refused": why.message()}));
                    refused.get_or_insert((0, why)).0 += 1;
                }
            }
        }
        if let Some((times, why)) = refused
            && times == meant
        {
            return Err(why);
        }
        self.tell_who_waits().await;
        Ok(told.into())
    }

    async fn answer_one(&mut self, named: &Named, admit: bool) -> Result<Value, Rejected> {
        let number = match named {
            Named::Number(number) => *number,
            Named::Name(name) => self.waiting.find(&fold(name))?,
        };
        let request = self.waiting.pending().find(|one| one.number == number);
        let request = request.cloned().ok_or_else(|| {
            Rejected::because(format!("nobody waits under the number {number} any more")).with(
                "not_waiting",
                "the number of somebody who waits",
                number,
            )
        })?;
        if !admit {
            self.waiting.refuse(number);
            return Ok(json!({"number": number, "name": request.name}));
        }
        let seat = self.admit(&request).await?;
        self.waiting.take(number);
        Ok(json!({"number": number, "name": request.name, "runuser": seat.pk}))
    }

    /// Gives somebody who waited the seat of that name, or a new one.
    async fn admit(&mut self, request: &Request) -> Result<Arc<Row>, Rejected> {
        let print = match &request.asker {
            Asker::Account(user) => {
                let keeps = SeatJoining {
                    student_number: request.student_number.clone(),
                    ..SeatJoining::default()
                };
                return self.seat_one(Newcomer::new(*user, keeps)).await;
            }
            Asker::Browser(print) => print.clone(),
        };
        let Some(row) = self.named(&request.folded) else {
            let joining = RunJoining::of(&self.run.run);
            let secret = joining.secret.ok_or_else(super::refusal::closed)?;
            let number = request.student_number.clone();
            let (name, folded) = (&request.name, &request.folded);
            return self.make_guest(name, folded, print, number, &secret).await;
        };
        let mut seat = guest(&row).ok_or_else(|| name_taken(&request.name))?;
        seat.keep(print);
        self.store_seat(&row, &seat).await?;
        Ok(row)
    }

    /// Stores what a seat keeps.
    pub(super) async fn store_seat(
        &mut self,
        row: &Row,
        keeps: &SeatJoining,
    ) -> Result<(), Rejected> {
        let stored = self.hosted.change_data(row, |data| keeps.write(data)).await;
        let stored = stored.map_err(|error| refusal::not_stored("the seat", &error))?;
        self.absorb(stored).await;
        Ok(())
    }
}
