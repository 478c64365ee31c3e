//! Everything that is stored about a person.

use games_contract::{Map, Resource};
use serde_json::{Value as Json, json};

use crate::{
    audit,
    refusal::Refusal,
    rest::hide_private,
    rows::{self, Selection},
    storage::{Connection, Value},
};

/// What is a person's, by resource; `{}` stands for the user. A decision at a table shared with others is told by the seat's role, or by
/// a name that ends in the run user's number; one that ends in somebody else's is theirs.
const SHARES: [(&str, Resource, &str); 8] = [
    ("run_users", Resource::RunUser, r#"t."user" = {}"#),
    (
        "runs",
        Resource::Run,
        r#"t."id" IN (SELECT m."run" FROM "runuser" AS m WHERE m."user" = {})"#,
    ),
    (
        "worlds",
        Resource::World,
        r#"t."id" IN (SELECT m."world" FROM "runuser" AS m WHERE m."user" = {})"#,
    ),
    (
        "scenarios",
        Resource::Scenario,
        r#"t."runuser" IN (SELECT m."id" FROM "runuser" AS m WHERE m."user" = {})"#,
    ),
    (
        "periods",
        Resource::Period,
        r#"t."scenario" IN (SELECT s."id" FROM "scenario" AS s JOIN "runuser" AS m ON m."id" = s."runuser" WHERE m."user" = {})"#,
    ),
    (
        "decisions",
        Resource::Decision,
        r#"EXISTS (SELECT 1 FROM "period" AS p JOIN "scenario" AS s ON s."id" = p."scenario" JOIN "runuser" AS m ON m."id" = s."runuser" OR m."world" = s."world"
            WHERE p."id" = t."period" AND m."user" = {} AND (m."id" = s."runuser" OR t."name" = 'decision.' || m."id" OR (t."role" = m."role"
                AND t."name" NOT IN (SELECT 'decision.' || o."id" FROM "runuser" AS o WHERE o."run" = m."run" AND o."id" <> m."id"))))"#,
    ),
    (
        "results",
        Resource::Result,
        r#"t."period" IN (SELECT p."id" FROM "period" AS p JOIN "scenario" AS s ON s."id" = p."scenario" JOIN "runuser" AS m ON m."id" = s."runuser" WHERE m."user" = {})"#,
    ),
    ("hooks", Resource::Hook, r#"t."user" = {}"#),
];

/// Everything that is stored about a user, without secrets: theirs, and those of the games they played.
pub(crate) fn export(connection: &mut dyn Connection, user: i64) -> Result<Json, Refusal> {
    let row = rows::read(connection, Resource::User, user)?.ok_or_else(Refusal::no_row)?;
    let mut shown = Map::from_iter([("user".to_owned(), Json::Object(row))]);
    let sql =
        r#"SELECT "is_lecturer", "created", "updated", "password" FROM "user" WHERE "id" = $1"#;
    let found = connection.query(sql, &[user.into()])?;
    if let Some([lecturer, created, updated, password]) = found.first().map(Vec::as_slice) {
        let account = json!({
            "is_lecturer": lecturer.flag(),
            "has_password": *password != Value::Null,
            "created": created.text(),
            "updated": updated.text(),
        });
        shown.insert("account".to_owned(), account);
    }
    for (name, resource, condition) in SHARES {
        let mut selection = Selection::default();
        selection.add(condition, user);
        let mut rows = rows::list(connection, resource, selection)?;
        if resource == Resource::RunUser {
            rows.iter_mut().for_each(show_student_number);
        }
        shown.insert(name.to_owned(), rows.into());
    }
    shown.insert("audit".to_owned(), audit::of_user(connection, user)?.into());
    let sql = r#"SELECT "created" FROM "token" WHERE "user" = $1 ORDER BY "id""#;
    let tokens = connection.query(sql, &[user.into()])?;
    let tokens: Vec<Json> = tokens
        .iter()
        .map(|row| json!({"created": row[0].text()}))
        .collect();
    shown.insert("tokens".to_owned(), tokens.into());
    let mut shown = Json::Object(shown);
    hide_private(&mut shown);
    Ok(shown)
}

/// What somebody has typed of themselves is theirs to see, though it is kept among secrets.
fn show_student_number(runuser: &mut Map) {
    let data = runuser.get("data");
    let number = data.and_then(|data| data.pointer("/_private/join/student_number"));
    if let Some(number) = number.cloned() {
        runuser.insert("student_number".to_owned(), number);
    }
}
