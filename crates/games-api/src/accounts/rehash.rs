//! Bringing old password hashes up to date: the one moment when a password is known is a login, and nobody waits for it.

use tokio::sync::mpsc;

use super::Passwords;
use crate::storage::{Fault, Writer};

/// Passwords that may wait: as many as logins may. What finds no place is hashed at the next login.
const WAITING: usize = 512;

/// A password that was right, and the hash that it was held against.
struct Old {
    user: i64,
    password: String,
    hash: String,
}

/// Where logins leave passwords whose hash is old.
#[derive(Clone)]
pub(super) struct Rehash(mpsc::Sender<Old>);

impl std::fmt::Debug for Rehash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rehash")
    }
}

impl Rehash {
    /// Starts the task that hashes them, one at a time, so that logins keep the other cores. It ends when the last of those who
    /// leave something has gone.
    pub(super) fn start(passwords: Passwords, writer: Writer) -> Self {
        let (left, mut taken) = mpsc::channel::<Old>(WAITING);
        tokio::spawn(async move {
            while let Some(old) = taken.recv().await {
                let user = old.user;
                if let Err(reason) = replace(&passwords, &writer, old).await {
                    tracing::debug!(
                        user,
                        reason,
                        "an old password hash is kept until the next login"
                    );
                }
            }
        });
        Self(left)
    }

    /// Leaves a password that was right.
    pub(super) fn leave(&self, user: i64, password: String, hash: String) {
        // Full: there will be another login.
        let _ = self.0.try_send(Old {
            user,
            password,
            hash,
        });
    }
}

async fn replace(passwords: &Passwords, writer: &Writer, old: Old) -> Result<(), String> {
    let hash = passwords.hash(old.password).await;
    let hash = hash.map_err(|refusal| refusal.told().1.to_string())?;
    // Not a change of the user: tokens and tickets hold, and nobody is told. Unless the password has changed meanwhile.
    let sql = r#"UPDATE "user" SET "password" = $1 WHERE "id" = $2 AND "password" = $3"#;
    let stored = writer
        .write(move |write| write.execute(sql, &[hash.into(), old.user.into(), old.hash.into()]));
    stored
        .await
        .map(drop)
        .map_err(|fault: Fault| fault.to_string())
}
