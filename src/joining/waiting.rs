//! Who waits for a leader to let them in. In memory only: whoever waits asks again.

use std::collections::VecDeque;

use simpl::Rejected;
use time::OffsetDateTime;

use super::secrets::Print;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A browser that has shown no proof of a seat yet.
    Browser(Print),
    /// A user who has signed in.
    Account(u64),
}

/// Somebody who waits, or whom a leader has turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What leaders call it; no two of a run have the same.
    pub number: u64,
    /// Who asks.
    pub asker: Asker,
    /// As it is shown.
    pub name: String,
    /// As it is compared.
    pub folded: String,
    /// What only leaders see.
    pub student_number: Option<String>,
    /// Since when.
    pub since: OffsetDateTime,
    /// A leader has said no.
    pub refused: bool,
}

/// Who waits in a run, in the order in which they came. Bounded: those who were turned away first are forgotten first.
#[derive(Debug)]
pub struct Waiting {
    requests: VecDeque<Request>,
    next: u64,
    room: usize,
}

impl Waiting {
    /// Room for so many.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self {
            requests: VecDeque::new(),
            next: 1,
            room,
        }
    }

    /// The request of this asker under this name.
    #[must_use]
    pub fn of(&self, asker: &Asker, folded: &str) -> Option<&Request> {
        let mut requests = self.requests.iter();
        requests.find(|request| request.asker == *asker && request.folded == folded)
    }

    /// Enters a request; its number is given here.
    ///
    /// # Errors
    /// Too many wait already.
    pub fn enter(&mut self, request: Request) -> Result<&Request, Rejected> {
        if self.requests.len() >= self.room {
            let refused = self.requests.iter().position(|request| request.refused);
            let at = refused.ok_or_else(|| {
                Rejected::because("too many people wait for the leader already: ask again when some of them were let in")
                    .with("busy", "room among those who wait", self.room)
            })?;
            self.requests.remove(at);
        }
        let number = self.next;
        self.next += 1;
        self.requests.push_back(Request { number, ..request });
        Ok(&self.requests[self.requests.len() - 1])
    }

    /// Those who wait.
    pub fn pending(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(|request| !request.refused)
    }

    /// Takes a request out.
    pub fn take(&mut self, number: u64) -> Option<Request> {
        let at = self.at(number)?;
        self.requests.remove(at)
    }

    /// Turns somebody away: they are told when they ask again.
    pub fn refuse(&mut self, number: u64) {
        if let Some(at) = self.at(number) {
            self.requests[at].refused = true;
        }
    }

    /// What a leader means by a name or a number.
    ///
    /// # Errors
    /// Nobody or more than one waits under it.
    pub fn find(&self, folded: &str) -> Result<u64, Rejected> {
        let numbers: Vec<u64> = self
            .pending()
            .filter(|request| request.folded == folded)
            .map(|request| request.number)
            .collect();
        match numbers.as_slice() {
            [number] => Ok(*number),
            [] => Err(Rejected::because(format!("nobody waits as {folded}")).with(
                "not_waiting",
                "somebody who waits",
                folded,
            )),
            several => Err(Rejected::because(format!(
                "{} people wait as {folded}: say which by its number",
                several.len()
            ))
            .with("ambiguous", "the number of a request", several)),
        }
    }

    fn at(&self, number: u64) -> Option<usize> {
        let mut requests = self.requests.iter();
        requests.position(|request| request.number == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(user: u64, folded: &str) -> Request {
        Request {
            number: 0,
            asker: Asker::Account(user),
            name: folded.to_uppercase(),
            folded: folded.to_owned(),
            student_number: None,
            since: OffsetDateTime::UNIX_EPOCH,
            refused: false,
        }
    }

    #[test]
    fn who_was_turned_away_makes_room_and_who_waits_does_not() {
        let mut waiting = Waiting::new(2);
        waiting.enter(request(1, "ada")).unwrap();
        waiting.enter(request(2, "alan")).unwrap();
        assert_eq!(
            waiting.enter(request(3, "grace")).unwrap_err().code(),
            "busy"
        );
        waiting.refuse(1);
        assert!(waiting.of(&Asker::Account(1), "ada").unwrap().refused);
        assert_eq!(waiting.enter(request(3, "grace")).unwrap().number, 3);
        let pending: Vec<u64> = waiting.pending().map(|request| request.number).collect();
        assert_eq!(pending, [2, 3]);
        assert_eq!(waiting.of(&Asker::Account(1), "ada"), None);
        assert_eq!(
            waiting.take(2).map(|request| request.folded).as_deref(),
            Some("alan")
        );
        assert_eq!(waiting.take(2), None);
    }

    #[test]
    fn a_name_means_whoever_waits_under_it_alone() {
        let mut waiting = Waiting::new(9);
        for (user, name) in [(1, "ada"), (2, "alan"), (3, "ada")] {
            waiting.enter(request(user, name)).unwrap();
        }
        assert_eq!(waiting.find("alan"), Ok(2));
        assert_eq!(waiting.find("ada").unwrap_err().code(), "ambiguous");
        assert_eq!(waiting.find("grace").unwrap_err().code(), "not_waiting");
    }
}
