//! Whose session is whose on a foreign router, as its meta events tell.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use wamp::Id;

use crate::dispatch::STAFF;
use crate::sight::{Audience, Online, Staff};

/// The sessions of users on the router. Those of others, who are no users of the games API, are not kept: nothing is for them.
#[derive(Debug)]
pub struct People {
    online: Arc<Online>,
    /// How many sessions are kept at most; one more hears nothing.
    most: usize,
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<Id, Person>,
    by_user: HashMap<u64, BTreeSet<Id>>,
    staff: BTreeSet<Id>,
    /// Users who may not be here, as long as they are.
    barred: HashSet<u64>,
}

/// Whose session it is, and with which rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// The user's pk in the games API.
    pub user: u64,
    /// Whether the router let the session in as staff.
    pub staff: bool,
}

/// The user whose authid this is: the pk as it is written, in no other way, so that one user has one name.
#[must_use]
pub fn user_of(authid: &str) -> Option<u64> {
    let user: u64 = authid.parse().ok()?;
    (user != 0 && user.to_string() == authid).then_some(user)
}

/// The session that `details` of a meta event or procedure are about, and whose it is; `None` for one that is no user's.
pub(super) fn person(details: &Value) -> Option<(Id, Person)> {
    let text = |key: &str| details.get(key).and_then(Value::as_str);
    let person = Person {
        user: user_of(text("authid")?)?,
        staff: text("authrole") == Some(STAFF),
    };
    Some((details.get("session")?.as_u64()?, person))
}

impl People {
    /// Nobody yet; `online` is told who comes and goes.
    #[must_use]
    pub fn new(online: Arc<Online>, most: usize) -> Self {
        Self {
            online,
            most,
            sessions: Mutex::default(),
        }
    }

    /// A session has joined.
    pub(super) fn joined(&self, session: Id, person: Person) {
        if self.lock().by_id.len() >= self.most {
            tracing::warn!(
                session,
                "more sessions than limits.sessions: this one hears of nothing"
            );
            return;
        }
        self.enter(session, person);
    }

    fn enter(&self, session: Id, person: Person) {
        let mut sessions = self.lock();
        if sessions.by_id.insert(session, person).is_some() {
            return;
        }
        sessions
            .by_user
            .entry(person.user)
            .or_default()
            .insert(session);
        if person.staff {
            sessions.staff.insert(session);
        }
        drop(sessions);
        self.online.joined(person.user, person.staff);
    }

    /// A session has left.
    pub(super) fn left(&self, session: Id) {
        let mut sessions = self.lock();
        let Some(person) = sessions.by_id.remove(&session) else {
            return;
        };
        sessions.staff.remove(&session);
        if let Some(others) = sessions.by_user.get_mut(&person.user) {
            others.remove(&session);
            if others.is_empty() {
                sessions.by_user.remove(&person.user);
                sessions.barred.remove(&person.user);
            }
        }
        drop(sessions);
        self.online.left(person.user, person.staff);
    }

    /// These are here now and no others: what was known is from before the router was lost.
    pub(super) fn are(&self, present: &HashMap<Id, Person>) {
        let known: Vec<(Id, Person)> = {
            let sessions = self.lock();
            sessions.by_id.iter().map(|(id, who)| (*id, *who)).collect()
        };
        // Who comes is told before who goes: whoever has only changed the session has not been away.
        for (session, person) in present.iter().take(self.most) {
            self.enter(*session, *person);
        }
        for (session, person) in known {
            if present.get(&session) != Some(&person) {
                self.left(session);
            }
        }
    }

    /// Those of the sessions that are to hear what is for this audience, in order.
    #[must_use]
    pub fn eligible(&self, audience: &Audience) -> Vec<Id> {
        let sessions = self.lock();
        let users = audience.users.iter().filter_map(|authid| user_of(authid));
        let mut eligible: BTreeSet<Id> = users
            .filter_map(|user| sessions.by_user.get(&user))
            .flatten()
            .copied()
            .collect();
        match audience.staff {
            Staff::Too => eligible.extend(&sessions.staff),
            Staff::Otherwise => eligible.retain(|session| !sessions.staff.contains(session)),
            Staff::AsUsers => {}
        }
        let may_hear = |session: &Id| {
            let person = sessions.by_id.get(session);
            person.is_some_and(|person| !sessions.barred.contains(&person.user))
        };
        eligible.into_iter().filter(may_hear).collect()
    }

    /// Is anybody here at all?
    #[must_use]
    pub fn has_any(&self) -> bool {
        !self.lock().by_id.is_empty()
    }

    /// From now on this user hears nothing and may do nothing. Returns their sessions.
    pub(super) fn bar(&self, user: u64) -> Vec<Id> {
        let mut sessions = self.lock();
        let of_user = sessions.by_user.get(&user);
        let of_user: Vec<Id> = of_user.into_iter().flatten().copied().collect();
        if !of_user.is_empty() {
            sessions.barred.insert(user);
        }
        of_user
    }

    /// This user may be here.
    pub fn admit(&self, user: u64) {
        self.lock().barred.remove(&user);
    }

    /// May this user not be here, though they still are?
    #[must_use]
    pub fn is_barred(&self, user: u64) -> bool {
        self.lock().barred.contains(&user)
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // Nothing panics while holding it, so what it guards is whole.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn player(user: u64) -> Person {
        Person { user, staff: false }
    }

    fn staff(user: u64) -> Person {
        Person { user, staff: true }
    }

    fn people() -> (People, Arc<Online>) {
        let online = Arc::new(Online::default());
        (People::new(online.clone(), 100), online)
    }

    fn audience(users: &[u64], staff: Staff) -> Audience {
        Audience {
            users: users.iter().map(u64::to_string).collect(),
            staff,
        }
    }

    #[test]
    fn sessions_hear_what_is_for_their_user_and_staff_what_is_for_staff() {
        let (people, _) = people();
        for (session, person) in [
            (1, player(7)),
            (2, player(7)),
            (3, player(8)),
            (4, staff(9)),
            (5, staff(8)),
        ] {
            people.joined(session, person);
        }
        let eligible = |users: &[u64], staff: Staff| people.eligible(&audience(users, staff));
        assert_eq!(eligible(&[7], Staff::AsUsers), [1, 2]);
        assert_eq!(eligible(&[7], Staff::Too), [1, 2, 4, 5]);
        assert_eq!(eligible(&[7, 8], Staff::Otherwise), [1, 2, 3]);
        assert_eq!(eligible(&[8], Staff::AsUsers), [3, 5]);
        assert_eq!(eligible(&[99], Staff::AsUsers), [0; 0]);
        assert_eq!(eligible(&[], Staff::Too), [4, 5]);
    }

    #[test]
    fn a_session_that_has_left_hears_nothing_and_takes_its_user_offline() {
        let (people, online) = people();
        people.joined(1, player(7));
        people.joined(1, player(7));
        people.joined(2, player(7));
        people.left(1);
        assert!(online.is_online(7));
        assert_eq!(people.eligible(&audience(&[7], Staff::Too)), [2]);
        people.left(2);
        people.left(2);
        assert!(!online.is_online(7) && !people.has_any());
    }

    #[tokio::test]
    async fn after_the_router_was_lost_those_count_who_are_there_then() {
        let (people, online) = people();
        people.joined(1, player(7));
        people.joined(2, player(8));
        people.are(&HashMap::from([(3, player(7)), (4, staff(9))]));
        assert_eq!(
            people.eligible(&audience(&[7, 8, 9], Staff::AsUsers)),
            [3, 4]
        );
        assert_eq!(online.turned().await, [8], "7 was never away");
    }

    #[test]
    fn who_is_barred_hears_nothing_until_admitted() {
        let (people, _) = people();
        people.joined(1, staff(7));
        assert_eq!(people.bar(7), [1]);
        assert!(people.is_barred(7));
        assert_eq!(people.eligible(&audience(&[7], Staff::Too)), [0; 0]);
        people.admit(7);
        assert_eq!(people.eligible(&audience(&[7], Staff::Too)), [1]);
        assert_eq!(people.bar(8), [0; 0]);
        assert!(!people.is_barred(8), "who is not here is not remembered");
    }

    #[test]
    fn a_user_has_one_name_and_who_is_no_user_is_not_kept() {
        for authid in ["07", "+7", "0", "", "X3KD-PL2A", "7 "] {
            assert_eq!(user_of(authid), None, "{authid}");
        }
        let details = json!({"session": 5, "authid": "7", "authrole": "staff"});
        assert_eq!(person(&details), Some((5, staff(7))));
        let anonymous = json!({"session": 5, "authid": "X3KD", "authrole": "anonymous"});
        assert_eq!(person(&anonymous), None);
        assert_eq!(person(&json!([5])), None);
    }

    #[test]
    fn no_more_sessions_are_kept_than_the_limit() {
        let people = People::new(Arc::default(), 1);
        people.joined(1, player(7));
        people.joined(2, player(8));
        assert_eq!(people.eligible(&audience(&[7, 8], Staff::Too)), [1]);
    }
}
