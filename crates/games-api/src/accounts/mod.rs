//! Who somebody is: passwords, tokens, the logins that are remembered for a moment, and the limit on wrong ones.

mod attempts;
mod known;
mod password;
mod passwords;
pub(crate) mod tokens;

pub(crate) use passwords::Passwords;

use std::net::IpAddr;

use crate::{
    refusal::Refusal,
    storage::{Connection, Fault, Readers, Value},
};

use self::{attempts::Attempts, known::Known};

/// A user who has shown who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Viewer {
    pub(crate) id: i64,
    pub(crate) email: String,
    /// May everything.
    pub(crate) staff: bool,
    /// May create runs.
    pub(crate) lecturer: bool,
}

/// How somebody names themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Id(i64),
    Email(String),
}

/// Where a password came in: wrong ones at one door do not close the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Door {
    /// `Authorization: Basic` of a request.
    Basic,
    /// `POST /apis/authcheck/`, where one address may speak for a whole class.
    Authcheck,
    /// `POST /rest-auth/login/`.
    Login,
}

/// Everybody's logins.
#[derive(Debug)]
pub(crate) struct Accounts {
    readers: Readers,
    pub(crate) passwords: Passwords,
    known: Known,
    attempts: Attempts,
}

impl Accounts {
    pub(crate) fn new(readers: Readers) -> Result<Self, String> {
        Ok(Self {
            readers,
            passwords: Passwords::new(),
            known: Known::new()?,
            attempts: Attempts::default(),
        })
    }

    /// The user of that name and password, if there is one and they are active. Somebody unknown takes as long as a wrong password.
    pub(crate) async fn identify(
        &self,
        who: Who,
        password: String,
        door: Door,
        from: IpAddr,
    ) -> Result<Option<Viewer>, Refusal> {
        let print = self.known.print(&who, &password);
        if let Some(viewer) = self.known.get(&print) {
            return Ok(Some(viewer));
        }
        let turn = self.known.turn(print);
        let _checking = turn.lock().await;
        if let Some(viewer) = self.known.get(&print) {
            return Ok(Some(viewer));
        }
        let generation = self.known.generation();
        let account = self.readers.read({
            let who = who.clone();
            move |connection| find(connection, &who)
        });
        let account = account.await?;
        // One account is one, whether it is named by id or by address.
        let name = match (&account, &who) {
            (Some(account), _) => account.viewer.id.to_string(),
            (None, Who::Id(id)) => format!("?{id}"),
            (None, Who::Email(email)) => format!("?{}", email.to_lowercase()),
        };
        let attempt = self.attempts.begin((door, from, name))?;
        let hash = account.as_ref().and_then(|account| account.hash.clone());
        let right = self.passwords.verify(password, hash).await?;
        let Some(account) = account.filter(|account| right && account.active) else {
            return Ok(None);
        };
        attempt.succeeded();
        self.known.keep(print, account.viewer.clone(), generation);
        Ok(Some(account.viewer))
    }

    /// The user whom a token stands for, if there is one and they are active.
    pub(crate) async fn holder(&self, token: String) -> Result<Option<Viewer>, Refusal> {
        let print = self.known.print_of_token(&token);
        if let Some(viewer) = self.known.get(&print) {
            return Ok(Some(viewer));
        }
        let generation = self.known.generation();
        let account = self
            .readers
            .read(move |connection| tokens::find(connection, &token).map_err(Refusal::from))
            .await?;
        let viewer = account.filter(|account| account.active);
        let viewer = viewer.map(|account| account.viewer);
        if let Some(viewer) = &viewer {
            self.known.keep(print, viewer.clone(), generation);
        }
        Ok(viewer)
    }

    /// Forgets the remembered logins of a user who has changed.
    pub(crate) fn forget(&self, user: i64) {
        self.known.forget(user);
    }
}

struct Account {
    viewer: Viewer,
    active: bool,
    hash: Option<String>,
}

/// What a login needs to know of a user, from the columns of [`account_of`].
const COLUMNS: &str = r#"SELECT "id", "email", "is_staff", "is_superuser", "is_lecturer", "is_active", "password" FROM "user""#;

fn account_of(row: &[Value]) -> Account {
    Account {
        viewer: Viewer {
            id: row[0].integer().unwrap_or_default(),
            email: row[1].text().unwrap_or_default().to_owned(),
            staff: row[2].flag() || row[3].flag(),
            lecturer: row[4].flag(),
        },
        active: row[5].flag(),
        hash: row[6].text().map(str::to_owned),
    }
}

fn find(connection: &mut dyn Connection, who: &Who) -> Result<Option<Account>, Fault> {
    let (condition, key) = match who {
        Who::Id(id) => (r#""id" = $1"#, Value::Integer(*id)),
        Who::Email(email) => (r#"lower("email") = $1"#, email.to_ascii_lowercase().into()),
    };
    let rows = connection.query(&format!("{COLUMNS} WHERE {condition}"), &[key])?;
    Ok(rows.first().map(|row| account_of(row)))
}
