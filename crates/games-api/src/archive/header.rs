//! The first line of an archive: whose run it is, and what its rows refer to outside of it, by name.

use games_contract::{Kind, Map, Resource};
use serde::{Deserialize, Serialize};

use crate::{
    rows::OF_A_RUN,
    storage::{Fault, Row, Value, Write},
};

/// What the first member says.
pub(super) const KIND: &str = "simpl run";

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Header {
    /// [`KIND`].
    pub(super) archive: String,
    /// The version of the tables from which the rows come.
    pub(super) schema: i64,
    /// A random name of this archive.
    pub(super) id: String,
    /// When it was made.
    pub(super) at: String,
    /// The run's primary key.
    pub(super) run: i64,
    /// Its name.
    pub(super) name: String,
    /// When it was made.
    pub(super) created: String,
    /// Its game's primary key.
    pub(super) game: i64,
    /// The run's game, and other games of which roles are used.
    pub(super) games: Vec<Game>,
    /// The phase that the run is in.
    pub(super) phases: Vec<Part>,
    /// The roles that are used.
    pub(super) roles: Vec<Part>,
    /// The users who are members.
    pub(super) users: Vec<Person>,
}

impl Person {
    /// What a row of theirs says of them.
    pub(super) fn as_row(&self) -> Map {
        [
            ("email", &self.email),
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.as_str().into()))
        .collect()
    }
}

/// A game, known by its slug.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Game {
    pub(super) id: i64,
    pub(super) slug: String,
}

/// A phase or a role, known by its game and its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) id: i64,
    pub(super) game: i64,
    pub(super) name: String,
}

/// A user, known by their e-mail address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) id: i64,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
}

impl Header {
    /// That of a run; none when there is no such run.
    pub(super) fn of(
        write: &mut Write<'_>,
        run: i64,
        id: String,
        schema: i64,
    ) -> Result<Option<Self>, Fault> {
        let sql = r#"SELECT "name", "game", "created" FROM "run" WHERE "id" = $1"#;
        let found = write.query(sql, &[run.into()])?;
        let Some([name, game, created]) = found.first().map(Vec::as_slice) else {
            return Ok(None);
        };
        let game = game.integer().unwrap_or_default();
        let parts = |rows: Vec<Row>| -> Vec<Part> {
            let part = |row: &Row| Part {
                id: row[0].integer().unwrap_or_default(),
                game: row[1].integer().unwrap_or_default(),
                name: text(&row[2]),
            };
            rows.iter().map(part).collect()
        };
        let columns = r#""id", "game", "name""#;
        let phases = parts(used(write, run, Resource::Phase, columns)?);
        let roles = parts(used(write, run, Resource::Role, columns)?);
        let users = used(
            write,
            run,
            Resource::User,
            r#""id", "email", "first_name", "last_name""#,
        )?;
        let games = phases.iter().chain(&roles).map(|part| part.game);
        let mut games: Vec<Value> = games.chain([game]).map(Value::Integer).collect();
        games.sort_unstable_by_key(Value::integer);
        games.dedup();
        let sql = r#"SELECT "id", "slug" FROM "game" WHERE "id" IN"#;
        let games = write.find_all(sql, &[], &games)?;
        Ok(Some(Self {
            archive: KIND.to_owned(),
            schema,
            id,
            at: write.stamp().to_owned(),
            run,
            name: text(name),
            created: text(created),
            game,
            games: games
                .iter()
                .map(|row| Game {
                    id: row[0].integer().unwrap_or_default(),
                    slug: text(&row[1]),
                })
                .collect(),
            phases,
            roles,
            users: users
                .iter()
                .map(|row| Person {
                    id: row[0].integer().unwrap_or_default(),
                    email: text(&row[1]),
                    first_name: text(&row[2]),
                    last_name: text(&row[3]),
                })
                .collect(),
        }))
    }
}

/// The rows of a resource outside of the run that its rows refer to.
fn used(
    write: &mut Write<'_>,
    run: i64,
    resource: Resource,
    columns: &str,
) -> Result<Vec<Row>, Fault> {
    let mut conditions = Vec::new();
    let mut params: Vec<Value> = Vec::new();
    for child in OF_A_RUN {
        for field in child.table().fields {
            if field.kind == Kind::Reference(resource) {
                params.push(run.into());
                let of = match child {
                    Resource::Run => "id",
                    _ => "run",
                };
                conditions.push(format!(
                    r#""id" IN (SELECT t."{}" FROM "{child}" AS t WHERE t."{of}" = ${})"#,
                    field.name,
                    params.len()
                ));
            }
        }
    }
    let sql = format!(
        r#"SELECT {columns} FROM "{resource}" WHERE {} ORDER BY "id""#,
        conditions.join(" OR ")
    );
    write.query(&sql, &params)
}

fn text(value: &Value) -> String {
    value.text().unwrap_or_default().to_owned()
}
