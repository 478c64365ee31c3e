//! Which of several callees gets a call.

use std::str::FromStr;

use wamp::Id;

/// How the callees of one registration share its calls: the `invoke` option of REGISTER.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invoke {
    /// There is one callee only.
    #[default]
    Single,
    /// The one that registered first.
    First,
    /// The one that registered last.
    Last,
    /// One after another.
    RoundRobin,
    /// Any.
    Random,
}

impl Invoke {
    const ALL: [Self; 5] = [
        Self::Single,
        Self::First,
        Self::Last,
        Self::RoundRobin,
        Self::Random,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::First => "first",
            Self::Last => "last",
            Self::RoundRobin => "roundrobin",
            Self::Random => "random",
        }
    }
}

impl FromStr for Invoke {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|invoke| invoke.as_str() == word).ok_or(())
    }
}

/// The callees of one registration.
#[derive(Debug)]
pub(crate) struct Callees {
    pub(crate) invoke: Invoke,
    /// In the order in which they registered.
    sessions: Vec<Id>,
    /// Whose turn it is, as a place in `sessions`; may be one past the end.
    turn: usize,
}

impl Callees {
    pub(crate) fn new(invoke: Invoke, first: Id) -> Self {
        Self {
            invoke,
            sessions: vec![first],
            turn: 0,
        }
    }

    pub(crate) fn sessions(&self) -> &[Id] {
        &self.sessions
    }

    pub(crate) fn add(&mut self, session: Id) {
        self.sessions.push(session);
    }

    /// Takes one out. Who comes after it keeps its turn.
    pub(crate) fn remove(&mut self, session: Id) {
        if let Some(place) = self.sessions.iter().position(|other| *other == session) {
            self.sessions.remove(place);
            if place < self.turn {
                self.turn -= 1;
            }
        }
    }

    /// The callee of the next call: by the policy, among those that are `free`. `random` draws a number where one is needed.
    pub(crate) fn next(
        &mut self,
        random: impl FnOnce() -> u64,
        free: impl Fn(Id) -> bool,
    ) -> Option<Id> {
        let count = self.sessions.len();
        let start = match self.invoke {
            Invoke::Single | Invoke::First => 0,
            Invoke::Last => {
                let mut latest = self.sessions.iter().rev().copied();
                return latest.find(|session| free(*session));
            }
            Invoke::RoundRobin => self.turn,
            Invoke::Random => usize::try_from(random() % count.max(1) as u64).unwrap_or(0),
        };
        let mut places = (start..start + count).map(|place| place % count);
        let place = places.find(|place| free(self.sessions[*place]))?;
        self.turn = place + 1;
        Some(self.sessions[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three(invoke: Invoke) -> Callees {
        let mut callees = Callees::new(invoke, 1);
        callees.add(2);
        callees.add(3);
        callees
    }

    fn calls(callees: &mut Callees, count: u64, free: impl Fn(Id) -> bool) -> Vec<Option<Id>> {
        let calls = 0..count;
        calls.map(|random| callees.next(|| random, &free)).collect()
    }

    #[test]
    fn pitfall_15_last_takes_the_newest_and_first_the_oldest_that_is_free() {
        let some = |ids: [Id; 2]| ids.map(Some).to_vec();
        assert_eq!(calls(&mut three(Invoke::First), 2, |_| true), some([1, 1]));
        assert_eq!(
            calls(&mut three(Invoke::First), 2, |id| id != 1),
            some([2, 2])
        );
        assert_eq!(calls(&mut three(Invoke::Last), 2, |_| true), some([3, 3]));
        assert_eq!(
            calls(&mut three(Invoke::Last), 2, |id| id != 3),
            some([2, 2])
        );
        assert_eq!(
            calls(&mut three(Invoke::Random), 2, |_| false),
            [None, None]
        );
    }

    #[test]
    fn pitfall_15_round_robin_skips_who_is_not_free_and_goes_on_when_one_leaves() {
        let mut callees = three(Invoke::RoundRobin);
        let order = [1, 2, 3, 1].map(Some);
        assert_eq!(calls(&mut callees, 4, |_| true), order);
        assert_eq!(calls(&mut callees, 2, |id| id != 2), [Some(3), Some(1)]);
        callees.remove(1);
        assert_eq!(
            calls(&mut callees, 3, |_| true),
            [Some(2), Some(3), Some(2)]
        );
    }

    #[test]
    fn random_reaches_everybody_that_is_free() {
        let mut callees = three(Invoke::Random);
        assert_eq!(calls(&mut callees, 3, |_| true), [1, 2, 3].map(Some));
        assert_eq!(calls(&mut callees, 3, |id| id == 2), [2, 2, 2].map(Some));
    }

    #[test]
    fn every_policy_is_known_by_its_word() {
        for invoke in Invoke::ALL {
            assert_eq!(invoke.as_str().parse(), Ok(invoke));
        }
        assert_eq!("all".parse::<Invoke>(), Err(()));
    }
}
