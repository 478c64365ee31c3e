//! Which rows somebody sees.

use games_contract::{Resource, Table};

use super::{
    Act, Rights,
    standing::Standing::{self, Lecturer, Open, Person, Staff},
};
use crate::{
    refusal::Refusal,
    rows::{self, Selection},
    storage::Connection,
};

/// The runs that somebody leads; `{}` stands for the user.
macro_rules! led {
    () => {
        r#"(SELECT m."run" FROM "runuser" AS m WHERE m."user" = {} AND m."leader" AND m."active")"#
    };
}

/// How much of a resource somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// Every row.
    All,
    /// The rows `t` for which this holds; `{}` stands for the user.
    Where(&'static str),
    /// The resource is closed.
    Closed,
}

const OWNED: &str = r#"t."user" = {}"#;
const THEMSELVES: &str = r#"t."id" = {}"#;
const MEMBER: &str = r#"t."id" IN (SELECT m."run" FROM "runuser" AS m WHERE m."user" = {})"#;
const BELOW_LED: &str = concat!(r#"t."run" IN "#, led!());
const OWNED_OR_LED: &str = concat!(r#"(t."user" = {} OR t."run" IN "#, led!(), ")");
const THEMSELVES_OR_LED: &str = concat!(
    r#"(t."id" = {} OR t."id" IN (SELECT s."user" FROM "runuser" AS s WHERE s."run" IN "#,
    led!(),
    "))"
);

const fn sight(standing: Standing, resource: Resource) -> Sight {
    match (standing, resource) {
        // A subscription is its owner's alone, staff or not.
        (Staff, Resource::Hook) => Sight::Where(OWNED),
        (_, Resource::Hook) => Sight::Closed,
        (Staff | Open, _) => Sight::All,
        (Lecturer | Person, resource) => match resource {
            Resource::Game | Resource::Phase | Resource::Role => Sight::All,
            Resource::Run => Sight::Where(MEMBER),
            Resource::RunUser => Sight::Where(OWNED_OR_LED),
            Resource::User => Sight::Where(THEMSELVES_OR_LED),
            _ => Sight::Where(BELOW_LED),
        },
    }
}

/// The filters of users that others may use; the rest would tell what is not shown of them.
const OPEN_FILTERS: [&str; 2] = ["id", "email"];

impl Rights {
    /// Refuses what somebody may do to no row at all, before anything is looked up for it.
    pub(crate) fn admit(
        &self,
        connection: &mut dyn Connection,
        resource: Resource,
        act: Act,
    ) -> Result<(), Refusal> {
        let closed = sight(self.standing, resource) == Sight::Closed;
        if closed || !self.could(resource, act) {
            return Err(Refusal::Forbidden);
        }
        // Who leads nobody sees their own run users; the rest of a run is closed to them.
        let of_leaders =
            resource.below_run() && (resource != Resource::RunUser || act == Act::Create);
        if of_leaders && self.standing == Person && !self.leads(connection)? {
            return Err(Refusal::Forbidden);
        }
        Ok(())
    }

    /// Narrows a selection to what somebody sees. The query that made it must not tell what is not shown.
    pub(crate) fn narrow(
        &self,
        resource: Resource,
        query: &[(String, String)],
        selection: &mut Selection,
    ) {
        match sight(self.standing, resource) {
            Sight::All => {}
            Sight::Where(_) if resource == Resource::User && reveals(resource.table(), query) => {
                selection.add(THEMSELVES, self.user);
            }
            Sight::Where(condition) => selection.add(condition, self.user),
            Sight::Closed => selection.add("1 = {}", 0),
        }
    }

    /// The primary key of the row that a path names, when somebody sees it: a row that is not there answers alike.
    pub(crate) fn find(
        &self,
        connection: &mut dyn Connection,
        resource: Resource,
        key: &str,
    ) -> Result<i64, Refusal> {
        let pk = rows::find(connection, resource, key)?;
        let all = sight(self.standing, resource) == Sight::All;
        if all || self.sees(connection, resource, pk)? {
            return Ok(pk);
        }
        Err(Refusal::no_row())
    }

    /// Whether there is such a row for them.
    pub(crate) fn sees(
        &self,
        connection: &mut dyn Connection,
        resource: Resource,
        pk: i64,
    ) -> Result<bool, Refusal> {
        let mut selection = Selection::default();
        self.narrow(resource, &[], &mut selection);
        selection.add(r#"t."id" = {}"#, pk);
        let (conditions, params) = selection.into_parts();
        let sql = format!(r#"SELECT 1 FROM "{resource}" AS t {conditions}"#);
        Ok(!connection.query(&sql, &params)?.is_empty())
    }
}

/// Whether a query filters by something that is not shown of other people.
fn reveals(table: &Table, query: &[(String, String)]) -> bool {
    query.iter().any(|(name, value)| {
        let name = name.as_str();
        !value.is_empty() && table.filter(name).is_some() && !OPEN_FILTERS.contains(&name)
    })
}
