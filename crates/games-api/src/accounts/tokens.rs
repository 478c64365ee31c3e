//! Tokens: 40 hexadecimal digits that stand for a user until they log out or get another password.

use sha2::{Digest, Sha256};

use super::{Account, COLUMNS, account_of};
use crate::{
    clock::timestamp,
    storage::{Connection, Fault, Value, Write},
};

/// Random bytes of a token.
const BYTES: usize = 20;
/// Tokens of one user; a further one takes the place of the oldest.
const KEPT: i64 = 32;

/// A new token, known to nobody yet.
pub(crate) fn generate() -> Result<String, String> {
    crate::random::hex(BYTES)
}

/// Lets a token stand for a user.
pub(crate) fn add(write: &mut Write<'_>, user: i64, token: &str) -> Result<(), Fault> {
    let at = timestamp(write.now());
    write.execute(
        r#"INSERT INTO "token" ("user", "hash", "created") VALUES ($1, $2, $3)"#,
        &[user.into(), hash(token).into(), at.into()],
    )?;
    write.execute(
        r#"DELETE FROM "token" WHERE "user" = $1 AND "id" NOT IN (SELECT k."id" FROM "token" AS k WHERE k."user" = $2 ORDER BY k."id" DESC LIMIT $3)"#,
        &[user.into(), user.into(), Value::Integer(KEPT)],
    )?;
    Ok(())
}

/// Forgets a token; true when it was known.
pub(crate) fn remove(write: &mut Write<'_>, token: &str) -> Result<bool, Fault> {
    let sql = r#"DELETE FROM "token" WHERE "hash" = $1"#;
    Ok(write.execute(sql, &[hash(token).into()])? > 0)
}

/// Forgets every token of a user.
pub(crate) fn remove_all(write: &mut Write<'_>, user: i64) -> Result<(), Fault> {
    let sql = r#"DELETE FROM "token" WHERE "user" = $1"#;
    write.execute(sql, &[user.into()]).map(drop)
}

/// Whom a token stands for.
pub(super) fn find(connection: &mut dyn Connection, token: &str) -> Result<Option<Account>, Fault> {
    let condition = r#""id" = (SELECT k."user" FROM "token" AS k WHERE k."hash" = $1)"#;
    let sql = format!("{COLUMNS} WHERE {condition}");
    let rows = connection.query(&sql, &[hash(token).into()])?;
    Ok(rows.first().map(|row| account_of(row)))
}

/// What is kept of a token. It is random enough that a plain hash of it tells nothing.
fn hash(token: &str) -> String {
    crate::random::digits(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_forty_digits_and_is_kept_as_its_hash() {
        let token = generate().unwrap();
        assert_eq!(token.len(), 40);
        assert_ne!(token, generate().unwrap());
        // From `printf abc | sha256sum`.
        assert_eq!(
            hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
