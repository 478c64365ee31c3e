//! Logins that were right a moment ago, so that Basic authentication does not cost a password hash a request.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::{Viewer, Who};

/// How long a login is remembered.
const REMEMBERED: Duration = Duration::from_secs(60);
/// For how long after its hash was made a login may go on to be remembered, where the stored hash is still the same.
const CHECKED: Duration = Duration::from_secs(3_600);
/// Logins remembered at most.
const PLACES: usize = 4_096;

/// A keyed hash of name and password: worth nothing outside this process.
pub(super) type Print = [u8; 32];

/// Held while a login is checked; whoever waits for it then finds the login remembered, if it was right.
pub(super) type Turn = tokio::sync::Mutex<()>;

/// The logins that are remembered.
pub(super) struct Known {
    key: [u8; 16],
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    logins: HashMap<Print, Login>,
    /// The logins under way, so that the same one is checked once, however many requests bring it.
    turns: HashMap<Print, Weak<Turn>>,
    /// Grows with every user that changes: a login that was looked up before is not kept after.
    generation: u64,
}

/// A login that was right.
struct Login {
    viewer: Viewer,
    until: Instant,
    /// When the password was hashed, and the print of the stored hash that it fitted; none for what needs no hash.
    checked: Option<(Instant, Print)>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

impl Known {
    pub(super) fn new() -> Result<Self, String> {
        Ok(Self {
            key: crate::random::bytes()?,
            inner: Mutex::default(),
        })
    }

    /// The print of a name and its password.
    pub(super) fn print(&self, who: &Who, password: &str) -> Print {
        let name = match who {
            Who::Id(id) => format!("i{id}"),
            Who::Email(email) => format!("e{email}"),
        };
        self.print_of(&name, password)
    }

    /// The print of a token, which needs no name.
    pub(super) fn print_of_token(&self, token: &str) -> Print {
        self.print_of("t", token)
    }

    /// The print of a user's tickets of one generation.
    pub(super) fn print_of_tickets(&self, user: i64, generation: i64) -> Print {
        self.print_of("k", &format!("{user}.{generation}"))
    }

    fn print_of(&self, name: &str, secret: &str) -> Print {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(name.len().to_le_bytes());
        hash.update(name);
        hash.update(secret);
        hash.finalize().into()
    }

    pub(super) fn get(&self, print: &Print) -> Option<Viewer> {
        let inner = self.lock();
        let login = inner.logins.get(print)?;
        (login.until > Instant::now()).then(|| login.viewer.clone())
    }

    /// The print of the stored hash that the password of that login was found to fit a while ago. Where it is still stored, the password
    /// need not be hashed again: who asks every other second for hours costs no hash each minute, and does not wait in line behind a class
    /// that logs in.
    pub(super) fn fitted(&self, print: &Print) -> Option<Print> {
        let inner = self.lock();
        let (at, fitted) = inner.logins.get(print)?.checked?;
        (at.elapsed() < CHECKED).then_some(fitted)
    }

    /// The print of a stored hash.
    pub(super) fn print_of_hash(&self, hash: &str) -> Print {
        self.print_of("h", hash)
    }

    /// The turn of that login: one for all who bring the same at the same time.
    pub(super) fn turn(&self, print: Print) -> Arc<Turn> {
        let mut inner = self.lock();
        if let Some(turn) = inner.turns.get(&print).and_then(Weak::upgrade) {
            return turn;
        }
        // What is left are the turns of requests under way, and connections are limited.
        inner.turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        inner.turns.insert(print, Arc::downgrade(&turn));
        turn
    }

    pub(super) fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// Remembers a login that was looked up in that generation.
    pub(super) fn keep(&self, print: Print, viewer: Viewer, generation: u64) {
        self.remember(print, viewer, generation, None);
    }

    /// As [`keep`](Self::keep), a login whose password fits a stored hash.
    pub(super) fn keep_checked(&self, print: Print, viewer: Viewer, generation: u64, hash: &str) {
        let fitted = self.print_of_hash(hash);
        self.remember(print, viewer, generation, Some(fitted));
    }

    fn remember(&self, print: Print, viewer: Viewer, generation: u64, fitted: Option<Print>) {
        let now = Instant::now();
        let mut inner = self.lock();
        if inner.generation != generation {
            return;
        }
        if inner.logins.len() >= PLACES {
            inner.logins.retain(|_, login| login.until > now);
        }
        if inner.logins.len() >= PLACES {
            return;
        }
        let before = inner.logins.get(&print).and_then(|login| login.checked);
        let checked = fitted.map(|fitted| match before {
            Some((at, same)) if same == fitted && at.elapsed() < CHECKED => (at, same),
            _ => (now, fitted),
        });
        let login = Login {
            viewer,
            until: now + REMEMBERED,
            checked,
        };
        inner.logins.insert(print, login);
    }

    pub(super) fn forget(&self, user: i64) {
        let mut inner = self.lock();
        inner.generation += 1;
        inner.logins.retain(|_, login| login.viewer.id != user);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(id: i64) -> Viewer {
        Viewer {
            id,
            email: String::new(),
            staff: false,
            lecturer: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_is_remembered_for_a_minute() {
        let known = Known::new().unwrap();
        let print = known.print(&Who::Id(5), "s1");
        known.keep(print, viewer(5), known.generation());
        assert_eq!(known.get(&print), Some(viewer(5)));
        assert_eq!(known.get(&known.print(&Who::Id(5), "s2")), None);
        tokio::time::advance(REMEMBERED).await;
        assert_eq!(known.get(&print), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_password_that_fitted_the_stored_hash_is_hashed_again_after_an_hour() {
        let known = Known::new().unwrap();
        let print = known.print(&Who::Id(5), "s1");
        let fits = |password: &str, hash: &str| {
            let print = known.print(&Who::Id(5), password);
            known.fitted(&print) == Some(known.print_of_hash(hash))
        };
        assert!(!fits("s1", "hash"));
        known.keep_checked(print, viewer(5), known.generation(), "hash");
        for _ in 0..59 {
            tokio::time::advance(REMEMBERED).await;
            assert_eq!(known.get(&print), None, "the user is looked up each minute");
            assert!(fits("s1", "hash") && !fits("s1", "other") && !fits("s2", "hash"));
            known.keep_checked(print, viewer(5), known.generation(), "hash");
        }
        tokio::time::advance(REMEMBERED).await;
        assert!(!fits("s1", "hash"));
        known.keep_checked(print, viewer(5), known.generation(), "hash");
        known.forget(5);
        assert!(!fits("s1", "hash"), "the user has changed");
    }

    #[tokio::test]
    async fn the_same_login_has_one_turn_while_somebody_waits_for_it() {
        let known = Known::new().unwrap();
        let (one, other) = (
            known.print(&Who::Id(5), "s1"),
            known.print(&Who::Id(5), "s2"),
        );
        let turn = known.turn(one);
        assert!(Arc::ptr_eq(&turn, &known.turn(one)));
        assert!(!Arc::ptr_eq(&turn, &known.turn(other)));
        drop(turn);
        known.turn(one);
        assert_eq!(known.lock().turns.len(), 1, "those of before are forgotten");
    }

    #[tokio::test]
    async fn a_changed_user_is_forgotten_also_in_the_middle_of_a_login() {
        let known = Known::new().unwrap();
        let print = known.print(&Who::Id(5), "s1");
        let before = known.generation();
        known.keep(print, viewer(5), before);
        known.forget(5);
        assert_eq!(known.get(&print), None);
        known.keep(print, viewer(5), before);
        assert_eq!(known.get(&print), None, "looked up before the change");
    }
}
