//! Tickets: signed texts that stand for a user until they expire, are ended, or the user gets another password.
//!
//! `simpl-ticket-1.<user>.<generation>.<expires>.<signature>`: nothing of a ticket is stored but the key that signs all of them and,
//! with each user, a generation that grows when every ticket before is to end.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use games_contract::TICKET_PREFIX;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::storage::{Fault, Write};

/// What a ticket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) user: i64,
    /// That of the user when it was signed.
    pub(super) generation: i64,
    /// Seconds since 1970.
    pub(crate) expires: i64,
}

/// Signs tickets and reads them.
pub(super) struct Signer(Hmac<Sha256>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    pub(super) fn new(key: &str) -> Result<Self, String> {
        Hmac::new_from_slice(key.as_bytes())
            .map(Self)
            .map_err(|error| error.to_string())
    }

    pub(super) fn sign(&self, ticket: Ticket) -> String {
        let Ticket {
            user,
            generation,
            expires,
        } = ticket;
        let said = format!("{TICKET_PREFIX}{user}.{generation}.{expires}");
        let signature = self.over(&said).finalize().into_bytes();
        format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// What a ticket says, when it is signed with this key; whether it still holds is another question.
    pub(super) fn read(&self, text: &str) -> Option<Ticket> {
        let (said, signature) = text.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.over(said).verify_slice(&signature).ok()?;
        let mut numbers = said.strip_prefix(TICKET_PREFIX)?.split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Ticket {
            user: next()?,
            generation: next()?,
            expires: next()?,
        })
    }

    fn over(&self, said: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(said.as_bytes());
        mac
    }
}

/// Ends every ticket of a user.
pub(crate) fn end_all(write: &mut Write<'_>, user: i64) -> Result<(), Fault> {
    let sql = r#"UPDATE "user" SET "generation" = "generation" + 1 WHERE "id" = $1"#;
    write.execute(sql, &[user.into()]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: Ticket = Ticket {
        user: 5,
        generation: 1,
        expires: 1_795_000_000,
    };

    #[test]
    fn a_ticket_is_read_with_the_key_that_signed_it_and_no_other() {
        let signer = Signer::new("a key").unwrap();
        let text = signer.sign(TICKET);
        assert!(games_contract::is_ticket(&text), "{text}");
        assert_eq!(signer.read(&text), Some(TICKET));
        assert_eq!(Signer::new("another").unwrap().read(&text), None);
    }

    #[test]
    fn a_ticket_that_was_touched_is_none() {
        let signer = Signer::new("a key").unwrap();
        let text = signer.sign(TICKET);
        let (said, signature) = text.rsplit_once('.').unwrap();
        for touched in [
            text.replace(".5.", ".6."),
            text.replace("1795", "1895"),
            text[..text.len() - 1].to_owned(),
            format!("{said}."),
            format!("{said}.0.{signature}"),
            String::new(),
        ] {
            assert_eq!(signer.read(&touched), None, "{touched}");
        }
    }

    #[test]
    fn a_text_signed_with_the_key_for_something_else_is_no_ticket() {
        let signer = Signer::new("a key").unwrap();
        for said in [
            "5.1.1795000000",
            "simpl-ticket-1.5.1",
            "simpl-ticket-1.x.1.2",
        ] {
            let signature = signer.over(said).finalize().into_bytes();
            let text = format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature));
            assert_eq!(signer.read(&text), None, "{said}");
        }
    }
}
