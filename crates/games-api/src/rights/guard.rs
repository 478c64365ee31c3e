//! The writes of `rows`, each allowed before it is done and again when it is: a row's run counts before and after, and so do the
//! runs of the rows that a body names. A refusal undoes the whole request.

use games_contract::{Kind, Map, Resource};
use serde_json::{Value as Json, json};

use super::{
    Act, Rights, secrets,
    standing::{Standing, Tie, run_of},
    verdict::{Subject, allows},
};
use crate::{
    refusal::{Errors, Refusal},
    rows::{self, Body, Mode, Selection, Wish},
    storage::{Connection, Write},
};

impl Rights {
    /// The row that a path names, when they may do this to it: one that they do not see is not there.
    pub(crate) fn find_for(
        &self,
        connection: &mut dyn Connection,
        resource: Resource,
        act: Act,
        key: &str,
    ) -> Result<i64, Refusal> {
        self.admit(connection, resource, act)?;
        let pk = self.find(connection, resource, key)?;
        self.check(connection, resource, act, pk)?;
        Ok(pk)
    }

    /// Creates a row.
    pub(crate) fn create(
        &self,
        write: &mut Write<'_>,
        resource: Resource,
        body: Body,
    ) -> Result<Map, Refusal> {
        let body = self.checked(write, resource, body)?;
        let row = rows::create(write, resource, self.user, &body)?;
        self.created(write, resource, &row)?;
        Ok(row)
    }

    /// Creates one row of a bulk request.
    pub(crate) fn create_one(
        &self,
        write: &mut Write<'_>,
        resource: Resource,
        body: Body,
    ) -> Result<Map, Refusal> {
        let body = self.checked(write, resource, body)?;
        let row = rows::create_one(write, resource, self.user, &body)?;
        self.created(write, resource, &row)?;
        Ok(row)
    }

    /// Creates the rows of a bulk request, all of them or none.
    pub(crate) fn create_all(
        &self,
        write: &mut Write<'_>,
        resource: Resource,
        bodies: Vec<Result<Body, Refusal>>,
    ) -> Result<Vec<Map>, Refusal> {
        let mut checked = Vec::with_capacity(bodies.len());
        for body in bodies {
            checked.push(
                match body.and_then(|body| self.checked(write, resource, body)) {
                    // What is wrong with one row is told at its place.
                    Err(refusal) if !matches!(refusal, Refusal::Invalid(_)) => return Err(refusal),
                    told => told,
                },
            );
        }
        let rows = rows::create_all(write, resource, self.user, &checked)?;
        for row in &rows {
            self.created(write, resource, row)?;
        }
        Ok(rows)
    }

    /// Changes a row.
    pub(crate) fn change(
        &self,
        write: &mut Write<'_>,
        resource: Resource,
        key: &str,
        mode: Mode,
        body: Body,
    ) -> Result<Map, Refusal> {
        let pk = self.find_for(write.connection(), resource, Act::Change, key)?;
        if self.everything() {
            return rows::update(write, resource, pk, mode, &body);
        }
        let before = rows::read(write.connection(), resource, pk)?.ok_or_else(Refusal::no_row)?;
        self.check_body(write.connection(), resource, &body)?;
        let body = secrets::keep(resource.table(), Some(&before), body)?;
        let after = rows::update(write, resource, pk, mode, &body)?;
        self.check(write.connection(), resource, Act::Change, pk)?;
        // To be of another game is to be another run.
        let moved = resource == Resource::Run && before.get("game") != after.get("game");
        if moved && !self.could(Resource::Run, Act::Create) {
            return Err(Refusal::Forbidden);
        }
        Ok(after)
    }

    /// Deletes a row and everything below it; its primary key.
    pub(crate) fn delete(
        &self,
        write: &mut Write<'_>,
        resource: Resource,
        key: &str,
    ) -> Result<i64, Refusal> {
        let pk = self.find_for(write.connection(), resource, Act::Delete, key)?;
        rows::delete(write, resource, pk)?;
        Ok(pk)
    }

    /// Deletes the rows that a query selects and that they see; nothing when one of them may not be deleted.
    pub(crate) fn delete_selected(
        &self,
        write: &mut Write<'_>,
        resource: Resource,
        query: &[(String, String)],
    ) -> Result<(), Refusal> {
        self.admit(write.connection(), resource, Act::Delete)?;
        let table = resource.table();
        let mut selection = self.select(write.connection(), resource, query)?;
        if !selection.is_empty() {
            self.narrow(resource, query, &mut selection);
        }
        if !self.everything() {
            self.check_selected(write, resource, selection.clone())?;
        }
        rows::delete_selected(write, table, selection)
    }

    /// Takes a scenario back to one of its periods.
    pub(crate) fn rewind(
        &self,
        write: &mut Write<'_>,
        key: &str,
        body: &Body,
    ) -> Result<(), Refusal> {
        let resource = Resource::Scenario;
        let scenario = self.find_for(write.connection(), resource, Act::Rewind, key)?;
        let wish = Wish::of(body)?;
        rows::rewind(write, scenario, wish, Some(self.user)).map(drop)
    }

    /// The conditions that a query asks for; it may name only what they see.
    pub(crate) fn select(
        &self,
        connection: &mut dyn Connection,
        resource: Resource,
        query: &[(String, String)],
    ) -> Result<Selection, Refusal> {
        let rights = *self;
        rows::select_by(
            connection,
            resource.table(),
            query,
            move |connection, to, pk| rights.sees(connection, to, pk),
        )
    }

    /// A body from which a row may be created.
    fn checked(
        &self,
        write: &mut Write<'_>,
        resource: Resource,
        body: Body,
    ) -> Result<Body, Refusal> {
        self.admit(write.connection(), resource, Act::Create)?;
        if self.everything() {
            return Ok(body);
        }
        self.check_body(write.connection(), resource, &body)?;
        secrets::keep(resource.table(), None, body)
    }

    /// What follows a row that was created: a second look at it, and a leader for a lecturer's run.
    fn created(&self, write: &mut Write<'_>, resource: Resource, row: &Map) -> Result<(), Refusal> {
        if self.everything() {
            return Ok(());
        }
        let pk = row.get("id").and_then(Json::as_i64).unwrap_or_default();
        self.check(write.connection(), resource, Act::Create, pk)?;
        if resource == Resource::Run && self.standing == Standing::Lecturer {
            let leader = json!({"user": self.user, "run": pk, "leader": true});
            let leader = leader.as_object().cloned().unwrap_or_default();
            rows::create(write, Resource::RunUser, self.user, &Body::of(leader))?;
        }
        Ok(())
    }

    /// Refuses what they may not do to a row.
    fn check(
        &self,
        connection: &mut dyn Connection,
        resource: Resource,
        act: Act,
        pk: i64,
    ) -> Result<(), Refusal> {
        // Whose subscriptions are seen is who may change them.
        if self.everything() {
            return Ok(());
        }
        let subject = self.subject(connection, resource, pk)?;
        if !allows(self.standing, act, subject) {
            return Err(Refusal::Forbidden);
        }
        if (resource, act) != (Resource::World, Act::Delete) {
            return Ok(());
        }
        // The only rows that go along and may say who leads.
        let sql = r#"SELECT "id" FROM "runuser" WHERE "world" = $1"#;
        let seated = connection.query(sql, &[pk.into()])?;
        for seat in seated.iter().filter_map(|row| row[0].integer()) {
            self.check(connection, Resource::RunUser, act, seat)?;
        }
        Ok(())
    }

    fn check_selected(
        &self,
        write: &mut Write<'_>,
        resource: Resource,
        selection: Selection,
    ) -> Result<(), Refusal> {
        let (conditions, params) = selection.into_parts();
        let sql = format!(r#"SELECT t."id" FROM "{resource}" AS t {conditions}"#);
        let found = write.query(&sql, &params)?;
        for pk in found.iter().filter_map(|row| row[0].integer()) {
            self.check(write.connection(), resource, Act::Delete, pk)?;
        }
        Ok(())
    }

    /// Refuses a body that names rows which they do not see, or whose run they do not lead. Anybody may be given a seat.
    fn check_body(
        &self,
        connection: &mut dyn Connection,
        resource: Resource,
        body: &Body,
    ) -> Result<(), Refusal> {
        if self.standing == Standing::Open {
            // As in the original, passwords are given by staff.
            return match resource == Resource::User && body.members.contains_key("password") {
                true => Err(Refusal::Forbidden),
                false => Ok(()),
            };
        }
        let mut errors = Errors::default();
        for field in resource.table().writable() {
            let Kind::Reference(to) = field.kind else {
                continue;
            };
            let sent = body.members.get(field.name).and_then(rows::pk_of);
            let Some(pk) = sent.filter(|_| to != Resource::User) else {
                continue;
            };
            if !self.sees(connection, to, pk)? {
                errors.add(field.name, rows::no_such_pk(pk));
            } else if to == Resource::Run || to.below_run() {
                let subject = self.subject(connection, to, pk)?;
                if subject.tie != Tie::Leader {
                    return Err(Refusal::Forbidden);
                }
            }
        }
        errors.check()
    }

    fn subject(
        &self,
        connection: &mut dyn Connection,
        resource: Resource,
        pk: i64,
    ) -> Result<Subject, Refusal> {
        let tie = match run_of(connection, resource, pk)? {
            Some(run) => self.tie(connection, run)?,
            None => Tie::Stranger,
        };
        let marks = match resource {
            Resource::RunUser => Some(r#"SELECT "leader" FROM "runuser" WHERE "id" = $1"#),
            Resource::User => Some(
                r#"SELECT "is_staff", "is_superuser", "is_lecturer" FROM "user" WHERE "id" = $1"#,
            ),
            _ => None,
        };
        let gives_rights = match marks {
            Some(sql) => {
                let found = connection.query(sql, &[pk.into()])?;
                found.iter().flatten().any(crate::storage::Value::flag)
            }
            None => false,
        };
        Ok(Subject {
            resource,
            tie,
            gives_rights,
        })
    }
}
