//! Keys of a database: random texts that are made once and never leave it.

use crate::storage::{Connection, Fault, Storage, Write};

/// Random bytes of a key.
const BYTES: usize = 32;

/// What signs tickets.
pub(crate) const TICKETS: &str = "ticket_key";
/// What the secrets of webhook subscriptions come from.
pub(crate) const HOOKS: &str = "hook_key";

/// The key of that name; it is made where there is none yet.
pub(crate) async fn of(storage: &Storage, name: &'static str) -> Result<String, String> {
    let told = |fault: Fault| fault.to_string();
    let read = storage.readers.read(|connection| read(connection, name));
    if let Some(key) = read.await.map_err(told)? {
        return Ok(key);
    }
    let made = storage.writer.write(|write| make(write, name));
    made.await.map_err(told)
}

fn read(connection: &mut dyn Connection, name: &str) -> Result<Option<String>, Fault> {
    let sql = r#"SELECT "value" FROM "meta" WHERE "key" = $1"#;
    let found = connection.query(sql, &[name.into()])?;
    Ok(found
        .first()
        .and_then(|row| row[0].text().map(str::to_owned)))
}

/// Makes the key, unless somebody else has just done it.
fn make(write: &mut Write<'_>, name: &str) -> Result<String, Fault> {
    let made = crate::random::hex(BYTES).map_err(Fault::Other)?;
    write.execute(
        r#"INSERT INTO "meta" ("key", "value") VALUES ($1, $2) ON CONFLICT ("key") DO NOTHING"#,
        &[name.into(), made.as_str().into()],
    )?;
    Ok(read(write.connection(), name)?.unwrap_or(made))
}
