//! What somebody is: in this installation, and in one run.

use games_contract::Resource;
use serde_json::Value as Json;

use crate::{
    accounts::Viewer,
    refusal::Refusal,
    storage::{Connection, Fault},
};

/// What somebody is in this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// May everything.
    Staff,
    /// Anybody, where the installation is as open as the original.
    Open,
    /// May create runs, and leads what they create.
    Lecturer,
    /// Is in each run what their run user says.
    Person,
}

/// What somebody is in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    /// Nothing.
    Stranger,
    /// A player, or a leader who is not active.
    Player,
    /// A leader whose run user has `"assistant": true` in its data: sees the run and changes nothing.
    Assistant,
    /// A leader.
    Leader,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rights {
    pub(super) user: i64,
    pub(super) standing: Standing,
}

impl Rights {
    /// The rights of somebody, in an installation that is as open as the original or is not.
    pub(crate) const fn of(viewer: &Viewer, open: bool) -> Self {
        let standing = match (viewer.staff, open, viewer.lecturer) {
            (true, ..) => Standing::Staff,
            (_, true, _) => Standing::Open,
            (_, _, true) => Standing::Lecturer,
            _ => Standing::Person,
        };
        Self {
            user: viewer.id,
            standing,
        }
    }

    /// Whose rights these are.
    pub(crate) const fn user(&self) -> i64 {
        self.user
    }

    /// True when nothing has to be looked up: everything is allowed.
    pub(crate) fn everything(&self) -> bool {
        self.standing == Standing::Staff
    }

    /// What they are in a run.
    pub(super) fn tie(&self, connection: &mut dyn Connection, run: i64) -> Result<Tie, Fault> {
        let sql =
            r#"SELECT "leader", "active", "data" FROM "runuser" WHERE "user" = $1 AND "run" = $2"#;
        let found = connection.query(sql, &[self.user.into(), run.into()])?;
        let Some([leader, active, data]) = found.first().map(Vec::as_slice) else {
            return Ok(Tie::Stranger);
        };
        if !(leader.flag() && active.flag()) {
            return Ok(Tie::Player);
        }
        let data: Json = serde_json::from_str(data.text().unwrap_or_default()).unwrap_or_default();
        Ok(match data.get("assistant") {
            Some(Json::Bool(true)) => Tie::Assistant,
            _ => Tie::Leader,
        })
    }

    /// Whether they lead any run, be it as an assistant.
    pub(super) fn leads(&self, connection: &mut dyn Connection) -> Result<bool, Fault> {
        let sql = r#"SELECT 1 FROM "runuser" WHERE "user" = $1 AND "leader" AND "active" LIMIT 1"#;
        Ok(!connection.query(sql, &[self.user.into()])?.is_empty())
    }
}

/// The run that a row is, or is below of; none outside runs.
pub(super) fn run_of(
    connection: &mut dyn Connection,
    resource: Resource,
    pk: i64,
) -> Result<Option<i64>, Refusal> {
    if resource == Resource::Run {
        return Ok(Some(pk));
    }
    if !resource.below_run() {
        return Ok(None);
    }
    let sql = format!(r#"SELECT "run" FROM "{resource}" WHERE "id" = $1"#);
    let found = connection.query(&sql, &[pk.into()])?;
    Ok(found.first().and_then(|row| row[0].integer()))
}
