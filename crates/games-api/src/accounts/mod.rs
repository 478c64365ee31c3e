//! Who somebody is: passwords, tokens, tickets, the logins that are remembered for a moment, and the limit on wrong ones.

mod attempts;
mod known;
mod password;
mod passwords;
mod rehash;
mod strangers;
pub(crate) mod tickets;
pub(crate) mod tokens;

pub(crate) use passwords::Passwords;

use std::{net::IpAddr, sync::Arc};

use crate::{
    Clock, keys,
    refusal::Refusal,
    storage::{Connection, Fault, Readers, Storage, Value},
};

use self::{
    attempts::Attempts,
    known::Known,
    rehash::Rehash,
    strangers::Strangers,
    tickets::{Signer, Ticket},
};

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

impl Who {
    /// Whether it names that user.
    pub(crate) fn is(&self, user: &Viewer) -> bool {
        match self {
            Self::Id(id) => *id == user.id,
            Self::Email(email) => email.eq_ignore_ascii_case(&user.email),
        }
    }
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
    strangers: Strangers,
    signer: Signer,
    rehash: Rehash,
    clock: Arc<dyn Clock>,
}

impl Accounts {
    /// The accounts of a database; the key of its tickets is made where there is none yet.
    pub(crate) async fn open(storage: &Storage, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let key = keys::of(storage, keys::TICKETS).await?;
        let passwords = Passwords::new();
        Ok(Self {
            readers: storage.readers.clone(),
            rehash: Rehash::start(passwords.clone(), storage.writer.clone()),
            passwords,
            known: Known::new()?,
            attempts: Attempts::default(),
            strangers: Strangers::default(),
            signer: Signer::new(&key)?,
            clock,
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
        let fitted = self.known.fitted(&print);
        if fitted.is_none() {
            self.strangers.check(from)?;
        }
        let generation = self.known.generation();
        let account = self.readers.read({
            let who = who.clone();
            move |connection| find(connection, &who)
        });
        let account = account.await?;
        if let Some(Account {
            viewer,
            active: true,
            hash: Some(hash),
            ..
        }) = &account
            && fitted == Some(self.known.print_of_hash(hash))
        {
            self.known
                .keep_checked(print, viewer.clone(), generation, hash);
            return Ok(Some(viewer.clone()));
        }
        // One account is one, whether it is named by id or by address.
        let name = match (&account, &who) {
            (Some(account), _) => account.viewer.id.to_string(),
            (None, Who::Id(id)) => format!("?{id}"),
            (None, Who::Email(email)) => format!("?{}", email.to_lowercase()),
        };
        let attempt = self.attempts.begin((door, from, name))?;
        let hash = account.as_ref().and_then(|account| account.hash.clone());
        let old = hash.clone().filter(|hash| !password::is_current(hash));
        let old = old.map(|hash| (password.clone(), hash));
        let right = self.passwords.verify(password, hash.clone()).await?;
        let Some(account) = account.filter(|account| right && account.active) else {
            self.strangers.count(from);
            return Ok(None);
        };
        attempt.succeeded();
        if let Some((password, hash)) = old {
            self.rehash.leave(account.viewer.id, password, hash);
        }
        let viewer = account.viewer.clone();
        self.known
            .keep_checked(print, viewer, generation, &hash.unwrap_or_default());
        Ok(Some(account.viewer))
    }

    /// Counts a request without a login, or refuses it when that address has made too many.
    pub(crate) fn stranger(&self, from: IpAddr) -> Result<(), Refusal> {
        self.strangers.check(from)?;
        self.strangers.count(from);
        Ok(())
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

    /// The user whom a ticket stands for and when it ends, if it holds. A user who is remembered costs no read.
    pub(crate) async fn bearer(&self, ticket: &str) -> Result<Option<(Viewer, i64)>, Refusal> {
        let now = self.clock.now().unix_timestamp();
        let read = self.signer.read(ticket);
        let Some(ticket) = read.filter(|ticket| ticket.expires > now) else {
            return Ok(None);
        };
        let print = self.known.print_of_tickets(ticket.user, ticket.generation);
        if let Some(viewer) = self.known.get(&print) {
            return Ok(Some((viewer, ticket.expires)));
        }
        let generation = self.known.generation();
        let account = self.account(ticket.user).await?;
        let account =
            account.filter(|account| account.active && account.generation == ticket.generation);
        let Some(Account { viewer, .. }) = account else {
            return Ok(None);
        };
        self.known.keep(print, viewer.clone(), generation);
        Ok(Some((viewer, ticket.expires)))
    }

    /// A ticket for an active user and when it ends, in seconds since 1970: in so many seconds, but not after `latest`.
    pub(crate) async fn ticket(
        &self,
        user: i64,
        seconds: i64,
        latest: Option<i64>,
    ) -> Result<Option<(String, i64)>, Refusal> {
        let account = self.account(user).await?;
        let Some(account) = account.filter(|account| account.active) else {
            return Ok(None);
        };
        let expires = self.clock.now().unix_timestamp() + seconds;
        let expires = latest.map_or(expires, |latest| latest.min(expires));
        let ticket = Ticket {
            user,
            generation: account.generation,
            expires,
        };
        Ok(Some((self.signer.sign(ticket), expires)))
    }

    async fn account(&self, user: i64) -> Result<Option<Account>, Refusal> {
        let read = move |connection: &mut dyn Connection| find(connection, &Who::Id(user));
        Ok(self.readers.read(read).await?)
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
    /// That of their tickets.
    generation: i64,
}

/// What a login needs to know of a user, from the columns of [`account_of`].
const COLUMNS: &str = r#"SELECT "id", "email", "is_staff", "is_superuser", "is_lecturer", "is_active", "password", "generation" FROM "user""#;

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
        generation: row[7].integer().unwrap_or_default(),
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

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use super::*;
    use crate::{Account as Wanted, Config, SystemClock, people};

    const WANTED: Wanted<'_> = Wanted {
        email: "simpl@simpl.world",
        password: "simpl",
        first_name: "",
        last_name: "",
        staff: true,
        reset_password: false,
    };

    #[tokio::test(start_paused = true)]
    async fn who_has_logged_in_does_not_stand_in_line_until_the_stored_hash_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(folder.path().join("a.sqlite"), ([127, 0, 0, 1], 0).into());
        let clock = Arc::new(SystemClock);
        let storage = Storage::open(&config, clock.clone()).unwrap();
        let accounts = Accounts::open(&storage, clock).await.unwrap();
        people::ensure(&storage, &accounts, WANTED).await.unwrap();
        let log_in = async |password: &str| {
            let who = Who::Email(WANTED.email.to_owned());
            let from = Ipv4Addr::LOCALHOST.into();
            let found = accounts.identify(who, password.to_owned(), Door::Basic, from);
            found.await.map(|found| found.is_some())
        };
        assert_eq!(log_in("simpl").await, Ok(true));
        let busy = accounts.passwords.busy().await;
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(61)).await;
            assert_eq!(log_in("simpl").await, Ok(true));
        }
        assert_eq!(log_in("other").await, Err(Refusal::Busy));
        // As by another process: nobody here is told.
        let hash = password::hash("other", &mut password::Memory::new()).unwrap();
        let sql = r#"UPDATE "user" SET "password" = $1"#;
        let changed = storage
            .writer
            .write(move |write| write.execute(sql, &[hash.into()]));
        assert_eq!(changed.await, Ok::<_, Fault>(1));
        drop(busy);
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(log_in("simpl").await, Ok(false));
        assert_eq!(log_in("other").await, Ok(true));
    }
}
