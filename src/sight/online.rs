//! Who is here.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Which users have a session, which of them are staff, and of whom it is to be looked up whether they still are what they joined as.
///
/// A user is offline only when their last session has ended.
#[derive(Debug, Default)]
pub struct Online {
    state: Mutex<Sessions>,
    turned: Notify,
    doubtful: Notify,
}

#[derive(Debug, Default)]
struct Sessions {
    count: HashMap<u64, usize>,
    /// The sessions with staff's rights among them.
    staff: HashMap<u64, usize>,
    /// Who has gone or come back, and nobody has been told yet.
    turned: HashSet<u64>,
    /// Who has gone, and others have been told. Only users who had a session, so it grows no further than the class.
    away: HashSet<u64>,
    /// Only users with a session, so it grows no further than they do.
    doubted: BTreeSet<u64>,
}

impl Online {
    /// A session of `user` has begun, with staff's rights or without.
    pub fn joined(&self, user: u64, staff: bool) {
        let mut state = self.lock();
        let sessions = state.count.entry(user).or_default();
        *sessions += 1;
        let first = *sessions == 1;
        if staff {
            *state.staff.entry(user).or_default() += 1;
        }
        // Whoever is back before anybody was told that they had gone has not been away.
        if first && !state.turned.remove(&user) && state.away.remove(&user) {
            state.turned.insert(user);
            self.turned.notify_one();
        }
        // They may have changed between being looked up and being let in.
        state.doubted.insert(user);
        drop(state);
        self.doubtful.notify_one();
    }

    /// A session of `user` has ended.
    pub fn left(&self, user: u64, staff: bool) {
        let mut state = self.lock();
        if staff {
            fewer(&mut state.staff, user);
        }
        if fewer(&mut state.count, user) {
            state.doubted.remove(&user);
            state.turned.insert(user);
            drop(state);
            self.turned.notify_one();
        }
    }

    /// How many users have a session, and how many sessions these are.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let state = self.lock();
        (state.count.len(), state.count.values().sum())
    }

    /// Has this user a session?
    #[must_use]
    pub fn is_online(&self, user: u64) -> bool {
        self.lock().count.contains_key(&user)
    }

    /// Has this user a session with staff's rights?
    #[must_use]
    pub fn is_staff(&self, user: u64) -> bool {
        self.lock().staff.contains_key(&user)
    }

    /// Is anybody here with staff's rights?
    #[must_use]
    pub fn has_staff(&self) -> bool {
        !self.lock().staff.is_empty()
    }

    /// The staff who are here.
    #[must_use]
    pub fn staff(&self) -> Vec<u64> {
        self.lock().staff.keys().copied().collect()
    }

    /// Something about this user has changed: if they are here, they are looked up again.
    pub fn doubt(&self, user: u64) {
        let mut state = self.lock();
        if state.count.contains_key(&user) {
            state.doubted.insert(user);
            drop(state);
            self.doubtful.notify_one();
        }
    }

    /// Anything may have changed about anybody: all who are here are looked up again.
    pub fn doubt_all(&self) {
        let mut state = self.lock();
        state.doubted = state.count.keys().copied().collect();
        drop(state);
        self.doubtful.notify_one();
    }

    /// Waits until there are users to be looked up again, and says which.
    pub async fn doubted(&self) -> BTreeSet<u64> {
        loop {
            let doubted = std::mem::take(&mut self.lock().doubted);
            if !doubted.is_empty() {
                return doubted;
            }
            self.doubtful.notified().await;
        }
    }

    /// Waits until users have gone offline, or have come back from there, and says which. That somebody is here for the first time
    /// is theirs to say.
    pub async fn turned(&self) -> Vec<u64> {
        loop {
            let turned = self.lock().take_turned();
            if !turned.is_empty() {
                return turned;
            }
            self.turned.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    fn take_turned(&mut self) -> Vec<u64> {
        let turned: Vec<u64> = self.turned.drain().collect();
        let gone = turned.iter().filter(|user| !self.count.contains_key(user));
        self.away.extend(gone);
        turned
    }
}

/// One session less; `true` when it was the last.
fn fewer(sessions: &mut HashMap<u64, usize>, user: u64) -> bool {
    let Some(count) = sessions.get_mut(&user) else {
        return false;
    };
    *count -= 1;
    if *count == 0 {
        sessions.remove(&user);
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_user_is_offline_only_when_the_last_session_has_ended() {
        let online = Online::default();
        online.joined(7, false);
        online.joined(7, false);
        online.left(7, false);
        assert!(online.is_online(7));
        online.left(7, false);
        assert!(!online.is_online(7));
        assert_eq!(online.turned().await, [7]);
    }

    #[tokio::test]
    async fn whoever_comes_back_is_told_of_again_unless_nobody_knew_that_they_had_gone() {
        let online = Online::default();
        online.joined(7, false);
        online.left(7, false);
        online.joined(7, false);
        assert!(online.lock().turned.is_empty());
        online.left(7, false);
        assert_eq!(online.turned().await, [7]);
        online.joined(7, false);
        online.joined(7, false);
        assert_eq!(online.turned().await, [7]);
        assert!(online.lock().away.is_empty());
        // Back, and gone again before that was told.
        online.left(7, false);
        online.left(7, false);
        assert_eq!(online.turned().await, [7]);
        online.joined(7, false);
        online.left(7, false);
        assert_eq!(online.turned().await, [7]);
        online.joined(7, false);
        assert_eq!(online.turned().await, [7]);
    }

    #[test]
    fn staff_are_staff_as_long_as_one_of_their_sessions_is() {
        let online = Online::default();
        online.joined(7, true);
        online.joined(7, false);
        assert_eq!(online.staff(), [7]);
        online.left(7, true);
        assert!(online.is_online(7));
        assert!(!online.is_staff(7));
    }

    #[tokio::test]
    async fn who_joins_or_changes_is_looked_up_and_who_is_not_here_is_not() {
        let online = Online::default();
        online.joined(7, false);
        online.doubt(8);
        assert_eq!(online.doubted().await, [7].into());
        online.joined(8, false);
        online.doubt(7);
        online.left(8, false);
        assert_eq!(online.doubted().await, [7].into());
        online.doubt_all();
        assert_eq!(online.doubted().await, [7].into());
    }
}
