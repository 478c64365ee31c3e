//! `/join/<code>` and `/j/<token>`: how a browser gets a seat and a ticket, in JSON.
//!
//! A code and the token of a personal link are in addresses, because people type and click them; everything else that lets somebody in
//! is in bodies, which no log has.

mod answer;
mod body;
mod refuse;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::response::Response;
use axum::routing::{get, post};
use games_client::{Error, GamesClient};
use games_contract::Map;
use serde_json::{Value, json};
use simpl::Rejected;
use tokio::sync::oneshot;
use wamp_transport::Origins;

use self::answer::answer;
use self::body::{Joins, Returns};
use crate::game::{Hosted, RunActor};
use crate::joining::{
    Claim, Code, Entered, Entry, Guesses, Key, Nickname, PersonalLink, Proof, ReturnCode,
    RunJoining, come_back, refusal, student_number,
};
use crate::scopes::Place;
use crate::users::Users;

/// How long somebody may take to send their request.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the routes need.
#[derive(Clone, Debug)]
pub struct Doorway {
    /// The games that can be joined.
    pub games: Vec<Arc<Hosted>>,
    /// Signs tickets and checks passwords.
    pub client: GamesClient,
    /// Who people are.
    pub users: Users,
    /// Which pages may ask.
    pub origins: Origins,
    /// The limit on wrong codes.
    pub guesses: Arc<Guesses>,
    /// The realm that tickets are for.
    pub realm: String,
    /// For how long a ticket is good.
    pub ticket: Duration,
    /// How long a seat may take to be given.
    pub patience: Duration,
}

/// The routes.
pub fn routes(doorway: Doorway) -> Router {
    Router::new()
        .route("/join/{code}", get(look).post(join))
        .route("/join/{code}/return", post(return_to_seat))
        .route("/j/{token}", post(follow_link))
        .with_state(doorway)
}

type Peer = ConnectInfo<SocketAddr>;

async fn look(
    State(doorway): State<Doorway>,
    Path(code): Path<String>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
) -> Response {
    let looked = doorway
        .admit(&headers)
        .and_then(|()| doorway.find(&code, peer.ip()));
    answer(looked.map(|(game, run)| doorway.describe(&game, &run)))
}

async fn join(
    State(doorway): State<Doorway>,
    Path(code): Path<String>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(doorway.join(&code, peer.ip(), &headers, body).await)
}

async fn return_to_seat(
    State(doorway): State<Doorway>,
    Path(code): Path<String>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let back = async {
        doorway.admit(&headers)?;
        let (game, run) = doorway.find(&code, peer.ip())?;
        let Returns { return_code } = body::read(&headers, body, PATIENCE).await?;
        let shown = ReturnCode::parse(&return_code).ok_or_else(refusal::wrong_return_code)?;
        doorway.back(&game, &run, Claim::Return(shown)).await
    };
    answer(back.await)
}

async fn follow_link(
    State(doorway): State<Doorway>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let followed = async {
        doorway.admit(&headers)?;
        // 128 bits are not guessed: wrong ones need no limit.
        let link = PersonalLink::parse(&token).ok_or_else(refusal::wrong_link)?;
        let (game, run) = doorway.of_link(&link).ok_or_else(refusal::wrong_link)?;
        doorway.back(&game, &run, Claim::Link(link)).await
    };
    answer(followed.await)
}

impl Doorway {
    /// May a page of that origin ask?
    fn admit(&self, headers: &HeaderMap) -> Result<(), Rejected> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        match headers.get(ORIGIN) {
            Some(origin)
                if !self
                    .origins
                    .admit(origin.to_str().unwrap_or_default(), text(HOST)) =>
            {
                Err(refuse::origin(origin.to_str().unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    /// The run with that code.
    fn find(&self, text: &str, from: IpAddr) -> Result<(Arc<Hosted>, Arc<RunActor>), Rejected> {
        let code = Code::parse(text);
        let checked = self.guesses.check(from, code.as_ref());
        checked.map_err(refusal::too_many)?;
        let found = code.as_ref().and_then(|code| self.run_of(code));
        match (code, found) {
            (Some(code), Some(found)) => {
                self.guesses.right(from, &code);
                Ok(found)
            }
            _ => {
                self.guesses.wrong(from);
                Err(refusal::unknown_code())
            }
        }
    }

    fn run_of(&self, code: &Code) -> Option<(Arc<Hosted>, Arc<RunActor>)> {
        self.games.iter().find_map(|game| {
            let run = game.run(game.joining.codes.run(code)?)?;
            let row = run.view.load().run.clone();
            let its = row.is_active() && RunJoining::of(&row).code.as_ref() == Some(code);
            its.then(|| (game.clone(), run))
        })
    }

    fn of_link(&self, link: &PersonalLink) -> Option<(Arc<Hosted>, Arc<RunActor>)> {
        self.games.iter().find_map(|game| {
            let resource = games_contract::Resource::RunUser;
            let Place { run, .. } = game.directory.place(resource, link.runuser)?;
            Some((game.clone(), game.run(run)?))
        })
    }

    /// What a page has to know before anybody joins.
    fn describe(&self, game: &Hosted, run: &RunActor) -> Value {
        let run = run.view.load().run.clone();
        let joining = RunJoining::of(&run);
        let mut told = self.place(game, run.pk);
        told.extend(Map::from_iter([
            ("name".to_owned(), run.text("name").into()),
            ("title".to_owned(), game.game.title().into()),
            ("open".to_owned(), joining.open.into()),
            (
                "asks".to_owned(),
                json!({
                    "nickname": joining.terms.nicknames,
                    "student_number": joining.terms.student_number,
                    "approval": joining.terms.approval,
                }),
            ),
        ]));
        told.into()
    }

    /// Where a page goes on: run, game, and how to reach it over WAMP.
    fn place(&self, game: &Hosted, run: u64) -> Map {
        Map::from_iter([
            ("run".to_owned(), run.into()),
            ("game".to_owned(), game.slug.clone().into()),
            ("root_topic".to_owned(), game.root.clone().into()),
            ("realm".to_owned(), self.realm.clone().into()),
        ])
    }

    async fn join(
        &self,
        code: &str,
        from: IpAddr,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Value, Rejected> {
        self.admit(headers)?;
        let (game, run) = self.find(code, from)?;
        let sent: Joins = body::read(headers, body, PATIENCE).await?;
        let number = student_number(sent.student_number.as_deref().unwrap_or_default())?;
        let (proof, key) = match (sent.nickname, sent.email, sent.password) {
            (Some(nickname), None, None) => {
                let key = match sent.key {
                    Some(key) => Key::parse(key)?,
                    None => Key::random().map_err(refusal::no_randomness)?,
                };
                // One that cannot be read is none.
                let code = sent.return_code.as_deref().and_then(ReturnCode::parse);
                let proof = Proof::Nickname(Nickname::parse(&nickname)?, key.clone(), code);
                (proof, Some(key))
            }
            (None, Some(email), Some(password)) => {
                (self.sign_in(&email, &password, from).await?, None)
            }
            _ => return Err(refuse::neither()),
        };
        let entry = Entry {
            proof,
            student_number: number,
        };
        self.enter(&game, &run, entry, key).await
    }

    async fn sign_in(&self, email: &str, password: &str, from: IpAddr) -> Result<Proof, Rejected> {
        // A ticket proves as much as a password.
        let known = self
            .client
            .authcheck_from(email, password, Some(from))
            .await;
        let (user, _) = known
            .map_err(|error| refuse::unchecked(&error))?
            .ok_or_else(refuse::wrong_password)?;
        let found = self.users.get(user).await;
        let found = found.map_err(|error| refuse::unchecked(&error))?;
        let name = match found.name.is_empty() {
            true => found.email,
            false => found.name,
        };
        Ok(Proof::Account { user, name })
    }

    /// Signs a ticket for whoever shows that a seat is theirs.
    async fn back(&self, game: &Hosted, run: &RunActor, claim: Claim) -> Result<Value, Rejected> {
        let entered = come_back(&run.view.load(), &claim)?;
        self.told(game, run.pk, entered, false, None).await
    }

    /// Has the run's actor give a seat, and signs a ticket for whoever has it.
    async fn enter(
        &self,
        game: &Arc<Hosted>,
        run: &Arc<RunActor>,
        entry: Entry,
        key: Option<Key>,
    ) -> Result<Value, Rejected> {
        let own_account = matches!(entry.proof, Proof::Account { .. });
        let (done, entered) = oneshot::channel();
        let queued = run.mailbox.try_post(move |state| {
            Box::pin(async move {
                // Whoever has gone away meanwhile finds their seat when they ask again.
                let _ = done.send(state.enter(entry).await);
            })
        });
        queued.map_err(|_| crate::refusal::busy())?;
        let entered = tokio::time::timeout(self.patience, entered).await;
        let entered = entered.map_err(|_| crate::refusal::busy())?;
        let entered = entered.unwrap_or_else(|_| Err(crate::refusal::gone("run")))?;
        self.told(game, run.pk, entered, own_account, key).await
    }

    /// What a page is told of a seat, with a ticket to sign in with, or of having to wait.
    async fn told(
        &self,
        game: &Hosted,
        run: u64,
        entered: Entered,
        own_account: bool,
        key: Option<Key>,
    ) -> Result<Value, Rejected> {
        let key = || key.as_ref().map(Key::expose);
        match entered {
            Entered::Waiting { since } => Ok(json!({
                "waiting": "approval",
                "since": crate::deadlines::written(since),
                "key": key(),
            })),
            Entered::Seated {
                runuser,
                return_code,
            } => {
                let user = runuser.reference("user").unwrap_or_default();
                let ticket = self.ticket(user, own_account).await?;
                let mut told = self.place(game, run);
                told.extend(Map::from_iter([
                    ("user".to_owned(), user.into()),
                    ("ticket".to_owned(), ticket.into()),
                    ("seconds".to_owned(), self.ticket.as_secs().into()),
                    (
                        "return_code".to_owned(),
                        return_code.map(|code| code.expose()).into(),
                    ),
                    ("runuser".to_owned(), runuser.pk.into()),
                    ("world".to_owned(), runuser.reference("world").into()),
                    ("role".to_owned(), runuser.reference("role").into()),
                    (
                        "role_name".to_owned(),
                        runuser.members().swap_remove("role_name").into(),
                    ),
                ]));
                Ok(told.into())
            }
        }
    }

    async fn ticket(&self, user: u64, own_account: bool) -> Result<String, Rejected> {
        let found = self.users.get(user).await;
        let found = found.map_err(|error| refuse::unchecked(&error))?;
        // A seat opens the account that was made for it, and no door that it has been given since.
        if found.staff && !own_account {
            return Err(refuse::staff());
        }
        let ticket = self.client.ticket(user, self.ticket).await;
        let ticket = ticket.map_err(|error| match error {
            Error::Refused { status: 400, .. } => refuse::switched_off(),
            error => refuse::unchecked(&error),
        })?;
        Ok(ticket.expose().to_owned())
    }
}
