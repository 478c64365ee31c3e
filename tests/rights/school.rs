//! A school in which everybody of the table is somebody, and everything is marked by whose it is.

use std::collections::{BTreeMap, BTreeSet};

use games_contract::Resource;
use serde_json::{Value, json};
use simpl::prelude::*;
use wamp_transport::{CallError, Inbound, MatchPolicy, Payload};

use crate::common::{Class, PATIENCE, ROOT, Seat, until};

/// The secret of the run that leaves by no path.
const PRIVATE: &str = "mark-private";
/// What the player has decided in the period that is not stepped.
pub(crate) const HIDDEN: &str = "mark-hidden";

/// Somebody of the table.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) viewer: &'static str,
    pub(crate) user: u64,
    /// The marks of what belongs to their own table or run.
    pub(crate) own: &'static [&'static str],
    pub(crate) seat: Seat,
    /// Policy and topic or pattern of each subscription.
    pub(crate) subscriptions: BTreeMap<u64, (MatchPolicy, String)>,
}

pub(crate) struct School {
    pub(crate) class: Class,
    pub(crate) people: Vec<Person>,
    /// Where placeholders of the table lead.
    pub(crate) places: BTreeMap<&'static str, u64>,
    pub(crate) elsewhere: u64,
    pub(crate) roles: u64,
}

/// What a seat plays: a word.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Word {
    mark: String,
}

#[derive(Debug)]
struct Words;

impl Model for Words {
    type Options = ();
    type Decision = Word;
    type Outcome = Word;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Word> {
        let words = turn.decisions().map(|(_, word)| word.mark.clone());
        let mark = words.collect::<Vec<_>>().join(" ");
        Ok(Word { mark })
    }
}

/// The event that the game publishes.
pub(crate) const EVENT: &str = "greeted";

async fn of_game(_: GameScope) -> Reply<&'static str> {
    Ok("ok")
}

async fn of_run(run: Run) -> Reply<&'static str> {
    run.publish(EVENT, "a word", Sight::Everybody).await?;
    Ok("ok")
}

async fn of_world(world: World) -> Reply<&'static str> {
    world.publish(EVENT, "a word", Sight::Everybody).await?;
    Ok("ok")
}

async fn of_runuser(runuser: RunUser) -> Reply<&'static str> {
    runuser.publish(EVENT, "a word", Sight::Everybody).await?;
    Ok("ok")
}

async fn of_scenario(_: Scenario) -> Reply<&'static str> {
    Ok("ok")
}

/// What a front end says; the game looks at none of it.
type Said = Arg<Value>;

async fn heard_on_run(run: Run, _: Said, _: Said, _: Said) -> Reply<()> {
    run.publish(EVENT, "a word", Sight::Everybody).await
}

async fn heard_on_world(world: World, _: Said, _: Said, _: Said) -> Reply<()> {
    world.publish(EVENT, "a word", Sight::Everybody).await
}

async fn heard_on_runuser(runuser: RunUser, _: Said, _: Said, _: Said) -> Reply<()> {
    runuser.publish(EVENT, "a word", Sight::Everybody).await
}

async fn of_period(_: Period) -> Reply<&'static str> {
    Ok("ok")
}

/// Under the name of div: three seats, hidden decisions, and a procedure of its own on every scope that may have one.
fn words() -> simpl::Game {
    simpl::Game::builder("div")
        .roles([Role::new("Member").seats(3, 3)])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .hidden_decisions()
        .model(Words)
        .game(|game| game.rpc(OWN, of_game))
        .run(|run| run.rpc(OWN, of_run).subscribe(OWN, heard_on_run))
        .world(|world| world.rpc(OWN, of_world).subscribe(OWN, heard_on_world))
        .runuser(|own| own.rpc(OWN, of_runuser).subscribe(OWN, heard_on_runuser))
        .scenario(|scenario| scenario.rpc(OWN, of_scenario))
        .period(|period| period.rpc(OWN, of_period))
        .build()
}

/// The name that the game's author has given.
pub(crate) const OWN: &str = "greet";

fn pk(row: &games_contract::Map) -> u64 {
    row["id"].as_u64().unwrap()
}

async fn person(class: &Class, name: &str, more: Value) -> u64 {
    let mut user = json!({"email": format!("{name}@div.edu"), "password": name, "first_name": name, "last_name": "U"});
    for (member, value) in more.as_object().unwrap() {
        user[member] = value.clone();
    }
    class.create(Resource::User, user).await
}

/// Marks a row as belonging to a table.
async fn mark(class: &Class, resource: Resource, pk: u64, mark: &str) {
    class
        .change(resource, pk, json!({"data": {"mark": mark}}))
        .await;
}

impl School {
    /// Everybody has signed in; those who are to lose their seat still have it.
    pub(crate) async fn start() -> Self {
        let game = words();
        let mut class = Class::seeded(&game, |_| {}).await;
        let run = pk(&class.rows(Resource::Run, &[]).await[0]);
        let worlds = class.rows(Resource::World, &[]).await;
        let (world, elsewhere) = (pk(&worlds[0]), pk(&worlds[1]));
        let role = pk(&class.rows(Resource::Role, &[]).await[0]);
        let phase = pk(&class.rows(Resource::Phase, &[]).await[0]);
        let game_row = pk(&class.rows(Resource::Game, &[]).await[0]);
        let data = json!({"data": {"_private": {"seed": PRIVATE}}});
        class.change(Resource::Run, run, data).await;

        // Two tables of three, and everything on them with the mark of its table.
        let runusers = class.rows(Resource::RunUser, &[]).await;
        let of = |email: &str| {
            let email = format!("{email}@div.edu");
            pk(runusers
                .iter()
                .find(|row| row["email"] == json!(email))
                .unwrap())
        };
        for (table, sign) in [(world, "mark-a"), (elsewhere, "mark-b")] {
            mark(&class, Resource::World, table, sign).await;
            for row in runusers.iter().filter(|row| row["world"] == json!(table)) {
                mark(&class, Resource::RunUser, pk(row), sign).await;
            }
        }
        for row in class.rows(Resource::Scenario, &[]).await {
            let parents = (row["world"].as_u64(), row["runuser"].as_u64());
            let on_a = parents.0 == Some(world)
                || parents
                    .1
                    .is_some_and(|own| [of("s1"), of("s2"), of("s3")].contains(&own));
            let sign = if on_a { "mark-a" } else { "mark-b" };
            mark(&class, Resource::Scenario, pk(&row), sign).await;
        }
        let scenario = class
            .rows(Resource::Scenario, &[("world", world.to_string())])
            .await;
        let scenario = pk(&scenario[0]);
        let periods = class
            .rows(Resource::Period, &[("scenario", scenario.to_string())])
            .await;
        let hidden_period = pk(&periods[0]);
        let stepped = json!({"scenario": scenario, "order": 2, "data": {"mark": "mark-a"}});
        let stepped = class.create(Resource::Period, stepped).await;
        let name = format!("decision.{}", of("s1"));
        let below =
            json!({"period": stepped, "role": role, "name": name, "data": {"mark": "mark-a"}});
        let decision = class.create(Resource::Decision, below).await;
        let below =
            json!({"period": stepped, "role": null, "name": "result", "data": {"mark": "mark-a"}});
        let result = class.create(Resource::Result, below).await;
        let below =
            json!({"period": hidden_period, "role": role, "name": name, "data": {"mark": HIDDEN}});
        let hidden = class.create(Resource::Decision, below).await;

        // Those who are somebody else.
        let (assists, led, moves) = (
            person(&class, "assistant", json!({})).await,
            person(&class, "led", json!({})).await,
            person(&class, "moved", json!({})).await,
        );
        person(&class, "stranger", json!({})).await;
        person(&class, "lecturer", json!({"is_lecturer": true})).await;
        let office = person(&class, "office", json!({})).await;
        let s6 = class
            .client
            .get(Resource::RunUser, &of("s6").to_string())
            .await
            .unwrap();
        for staff in [office, s6["user"].as_u64().unwrap()] {
            class
                .change(Resource::User, staff, json!({"is_staff": true}))
                .await;
        }
        let runuser = |user: u64, more: Value| {
            let mut row = json!({"run": run, "user": user});
            for (member, value) in more.as_object().unwrap() {
                row[member] = value.clone();
            }
            row
        };
        for row in [
            runuser(
                assists,
                json!({"leader": true, "data": {"assistant": true}}),
            ),
            runuser(led, json!({"leader": true})),
            runuser(moves, json!({"world": world, "data": {"mark": "mark-a"}})),
        ] {
            class.create(Resource::RunUser, row).await;
        }
        let other = json!({"game": game_row, "name": "other", "phase": phase});
        let other = class.create(Resource::Run, other).await;
        let far = json!({"run": other, "name": "far", "data": {"mark": "mark-c"}});
        class.create(Resource::World, far).await;
        let elses = person(&class, "elses", json!({})).await;
        let leads =
            json!({"run": other, "user": elses, "leader": true, "data": {"mark": "mark-c"}});
        class.create(Resource::RunUser, leads).await;

        class.open(game).await;
        let mut school = Self {
            class,
            people: Vec::new(),
            places: BTreeMap::from([
                ("<run>", run),
                ("<world>", world),
                ("<runuser>", of("s1")),
                ("<scenario>", scenario),
                ("<period>", hidden_period),
                ("<decision>", decision),
                ("<hidden>", hidden),
                ("<result>", result),
                ("<phase>", phase),
                ("<role>", role),
            ]),
            elsewhere,
            roles: role,
        };
        for (viewer, name, own) in [
            ("stranger", "stranger", &[][..]),
            ("lecturer", "lecturer", &[]),
            ("other run", "elses", &["mark-c"]),
            ("inactive", "s3", &[]),
            ("inactive", "led", &[]),
            ("elsewhere", "s4", &["mark-b"]),
            ("elsewhere", "moved", &["mark-b"]),
            ("neighbour", "s2", &["mark-a"]),
            ("player", "s1", &["mark-a"]),
            ("assistant", "assistant", &[]),
            ("leader", "leader", &[]),
            ("staff", "office", &[]),
            ("staff at a table", "s6", &["mark-b"]),
        ] {
            let seat = school.class.join(name).await;
            let filters = [("email", format!("{name}@div.edu"))];
            let user = pk(&school.class.rows(Resource::User, &filters).await[0]);
            school.people.push(Person {
                name,
                viewer,
                user,
                own,
                seat,
                subscriptions: BTreeMap::new(),
            });
        }
        let player = school.person("s1").user;
        school.places.insert("<user>", player);
        school
    }

    /// Those who are to lose their seat, or to get another, do.
    pub(crate) async fn settle(&mut self) {
        for name in ["s3", "led"] {
            let row = self.runuser(name).await;
            let inactive = json!({"active": false});
            self.class.change(Resource::RunUser, row, inactive).await;
        }
        let row = self.runuser("moved").await;
        let there = json!({"world": self.elsewhere, "data": {"mark": "mark-b"}});
        self.class.change(Resource::RunUser, row, there).await;
        self.quiet().await;
    }

    async fn runuser(&self, name: &str) -> u64 {
        let filters = [("user", self.person(name).user.to_string())];
        pk(&self.class.rows(Resource::RunUser, &filters).await[0])
    }

    pub(crate) fn person(&self, name: &str) -> &Person {
        self.people
            .iter()
            .find(|person| person.name == name)
            .unwrap()
    }

    pub(crate) fn person_mut(&mut self, name: &str) -> &mut Person {
        let mut people = self.people.iter_mut();
        people.find(|person| person.name == name).unwrap()
    }

    /// A name of the table as a URI.
    pub(crate) fn uri(&self, name: &str) -> String {
        let mut uri = name.replace("<own>", OWN);
        for (placeholder, pk) in &self.places {
            uri = uri.replace(placeholder, &pk.to_string());
        }
        match uri.split('.').next() {
            Some("wamp") => uri,
            Some("ready" | "error") => format!("{ROOT}.{uri}"),
            _ => format!("{ROOT}.model.{uri}"),
        }
    }

    /// Waits until all that was changed so far has been taken in and told.
    pub(crate) async fn quiet(&self) {
        let run = self.places["<run>"];
        let hosted = self.class.hosted();
        let name = format!("marked {}", self.class.line.marks());
        self.class
            .change(Resource::Run, run, json!({"name": name}))
            .await;
        let run = hosted.run(run).unwrap();
        until("the service follows", || async {
            run.view.load().run.text("name") == name
        })
        .await;
        for branch in run.branches() {
            branch.mailbox.settled().await;
        }
        run.mailbox.settled().await;
    }

    pub(crate) async fn stop(self) {
        drop(self.people);
        self.class.stop().await;
    }
}

impl Person {
    /// Calls a procedure by its whole name.
    pub(crate) async fn call(&self, uri: &str, args: &[Value]) -> Result<Value, CallError> {
        let reply = self
            .seat
            .session
            .call(uri, Payload::from_args(args))
            .await?;
        Ok(reply.args().unwrap().into_iter().next().unwrap_or_default())
    }

    /// `false` when it is refused.
    pub(crate) async fn subscribe(&mut self, uri: &str, policy: MatchPolicy) -> bool {
        match self.seat.session.subscribe(uri, policy).await {
            Ok(id) => {
                self.subscriptions.insert(id, (policy, uri.to_owned()));
                true
            }
            Err(CallError::Refused(error)) => {
                assert_eq!(error.uri, "wamp.error.not_authorized", "{uri}");
                false
            }
            Err(error) => panic!("{}: {uri}: {error}", self.name),
        }
    }

    /// Everything heard up to now: by which policy, on which topic, and the arguments.
    ///
    /// An error of one's own comes last, as events come in order.
    pub(crate) async fn heard(&mut self) -> Vec<(MatchPolicy, String, Vec<Value>)> {
        let own = format!("{ROOT}.error.{}", self.user);
        let listening = |(policy, topic): &(MatchPolicy, String)| {
            *policy == MatchPolicy::Exact && *topic == own
        };
        if !self.subscriptions.values().any(listening) {
            assert!(self.subscribe(&own, MatchPolicy::Exact).await);
        }
        let fence = format!("fence {}", self.subscriptions.len());
        let nonsense = json!(fence);
        let procedure = format!("{ROOT}.model.game.get_scope_tree");
        let refused = self.call(&procedure, &[nonsense]).await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{refused:?}");
        let mut heard = Vec::new();
        // A fence comes by every subscription to errors that fits it.
        let fits =
            |(policy, pattern): &(MatchPolicy, String)| wamp::uri::matches(*policy, pattern, &own);
        let mut fences = self.subscriptions.values().filter(|one| fits(one)).count();
        while fences > 0 {
            let next = tokio::time::timeout(PATIENCE, self.seat.inbox.recv()).await;
            let Inbound::Event {
                subscription,
                topic,
                payload,
                ..
            } = next.expect("the fence comes").unwrap()
            else {
                panic!("{}: an event was expected", self.name);
            };
            let (policy, pattern) = &self.subscriptions[&subscription];
            let topic = topic.unwrap_or_else(|| pattern.clone());
            let args = payload.args().unwrap();
            if topic == own && args[0].as_str().unwrap().contains(&fence) {
                fences -= 1;
            } else {
                heard.push((*policy, topic, args));
            }
        }
        heard
    }
}

/// The marks in what somebody was told. Secrets are nobody's.
pub(crate) fn marks(told: &Value) -> BTreeSet<&'static str> {
    let told = told.to_string();
    assert!(!told.contains(PRIVATE), "a secret: {told}");
    ["mark-a", "mark-b", "mark-c", HIDDEN]
        .into_iter()
        .filter(|mark| told.contains(mark))
        .collect()
}

/// The word of the table for what somebody was shown.
pub(crate) fn word(
    person: &Person,
    wide: bool,
    hidden: bool,
    mut marks: BTreeSet<&'static str>,
) -> String {
    let may = !matches!(
        person.viewer,
        "stranger" | "lecturer" | "other run" | "inactive" | "elsewhere" | "neighbour"
    );
    let shown = marks.remove(HIDDEN);
    assert!(may || !shown, "{} reads what is hidden", person.name);
    let own: BTreeSet<&str> = person.own.iter().copied().collect();
    let everything = marks.is_superset(&["mark-a", "mark-b"].into());
    match (hidden, wide) {
        (true, _) if shown => "yes",
        (true, _) => "veiled",
        (_, true) if everything => "all",
        (_, true) if marks.is_empty() => "nothing",
        (_, true) if marks == own => "own",
        (_, false) if marks.is_subset(&["mark-a"].into()) => "yes",
        _ => return format!("{marks:?}"),
    }
    .to_owned()
}
