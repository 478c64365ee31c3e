//! What a game's author writes beside a model, over real sockets: callbacks, subscriptions, hooks, and what handlers do to other scopes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::time::Duration;

use common::{Class, PATIENCE, ROOT, Seat, refusal, until};
use games_contract::Resource;
use modelservice::settings::Span;
use serde_json::{Value, json};
use simpl::prelude::*;
use wamp_transport::{Inbound, MatchPolicy, Payload, PublishOptions};

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Bid {
    bid: f64,
}

#[derive(Debug)]
struct Auction;

impl Model for Auction {
    type Options = ();
    type Decision = Bid;
    type Outcome = Bid;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Bid> {
        let bid = turn.decisions().map(|(_, bid)| bid.bid).fold(0.0, f64::max);
        Ok(Bid { bid })
    }
}

/// What the game keeps with a run.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Ledger {
    told: Vec<String>,
}

/// Notes with the run what the game was told.
async fn note(run: &Run, what: String) -> Reply<()> {
    let mut ledger: Ledger = run.data()?;
    ledger.told.push(what);
    run.save(ledger).await
}

#[on(advance_phase)]
async fn advanced(run: Run, change: ChangePhase) -> Reply<()> {
    note(&run, format!("{:?}>{}", change.from, change.to)).await?;
    for world in run.worlds() {
        world.call("open", [change.to.as_str()]).await?;
    }
    Ok(())
}

#[on(rollback_phase)]
async fn rolled_back(run: Run, change: ChangePhase) -> Reply<()> {
    match run.phase().as_deref() {
        Some("Play") => panic!("back to {}", change.to),
        _ => std::future::pending().await,
    }
}

#[on(runuser_created)]
async fn came(run: Run, who: RunUser) -> Reply<()> {
    note(&run, format!("came: leads {}", who.is_leader()?)).await
}

#[on(runuser_deleted)]
async fn left(run: Run, who: RunUser) -> Reply<()> {
    let email = who.row()?.member("email").clone();
    note(&run, format!("left: {email}")).await
}

#[on(connected)]
async fn connected(run: Run, who: RunUser) -> Reply<()> {
    note(&run, format!("here: {}", who.row()?.member("email"))).await
}

#[on(disconnected)]
async fn disconnected(run: Run, who: RunUser) -> Reply<()> {
    note(&run, format!("gone: {}", who.row()?.member("email"))).await
}

#[on(start)]
async fn started(run: Run) -> Reply<()> {
    note(&run, "started".to_owned()).await
}

#[on(stop)]
async fn stopped(run: Run) -> Reply<()> {
    note(&run, "stopped".to_owned()).await
}

#[on(hook)]
async fn hooked(run: Run, changed: Changed) -> Reply<()> {
    let name = changed.row.name().to_owned();
    run.publish("hooked", name, Sight::Leaders).await
}

#[rpc(world)]
async fn open(world: World, Arg(phase): Arg<String>) -> Reply<()> {
    let data = json!({"open": phase, "_private": {"forged": true}, "_turn": {"forged": true}});
    world.save(data).await?;
    world.publish("opened", phase, Sight::Everybody).await
}

#[rpc(world)]
async fn chat(world: World, player: Player, Arg(text): Arg<String>) -> Reply<()> {
    if text.is_empty() {
        return Err(Rejected::because("say something"));
    }
    let said = json!({"from": player.role, "text": text});
    world.publish("said", said, Sight::Everybody).await
}

#[rpc(world)]
async fn whisper(world: World, player: Player) -> Reply<()> {
    world
        .publish("whispered", "psst", Sight::Only(player.runuser))
        .await
}

/// A scenario beside the others, with a period and what came of it.
#[rpc(world)]
async fn rehearse(world: World, client: Client) -> Reply<Value> {
    let scenario = world.create_scenario("rehearsal").await?;
    let period = scenario.create_period(1).await?;
    let price = period.create_result("price", json!({"price": 3})).await?;
    let gone = period.create_result("gone", json!({})).await?;
    client.delete(gone.kind, gone.pk).await?;
    scenario.save(json!({"note": "first"})).await?;
    let taken = period.create_result("result", json!({"bid": 1.0})).await;
    Ok(json!({
        "scenarios": world.scenarios().len(),
        "results": period.results().len(),
        "note": scenario.row()?.member("data"),
        "price": price.member("data"),
        "taken": taken.map_or_else(|no| no.code().to_owned(), |_| "ok".to_owned()),
    }))
}

/// What the caller may see from a world.
#[rpc(world)]
async fn survey(world: World, run: Run) -> Reply<Value> {
    let scenario = world.scenarios().remove(0);
    let period = scenario.periods().remove(0);
    let decided = period.decisions();
    let decided: Vec<&Value> = decided.iter().map(|row| row.member("data")).collect();
    Ok(json!({
        "worlds": run.worlds().len(),
        "siblings": world.siblings()?.len(),
        "players": world.runusers().len(),
        "decided": decided,
        "private": run.row()?.member("data").get("_private"),
        "phase": run.phase(),
    }))
}

/// Worlds call nobody beside or above them.
#[rpc(world)]
async fn overreach(world: World) -> Reply<Value> {
    world.run()?.call("broaden", ()).await
}

/// A new world, made by the game.
#[rpc(run)]
async fn broaden(run: Run) -> Reply<Value> {
    let world = run.create_world("annex").await?;
    let scenario = world.create_scenario("first").await?;
    scenario.create_period(1).await?;
    Ok(json!([
        run.worlds().len(),
        world.scenarios().len(),
        scenario.periods().len()
    ]))
}

#[rpc(game)]
async fn ranking(game: GameScope) -> Reply<Value> {
    let worlds = game
        .runs()
        .iter()
        .map(|run| run.worlds().len())
        .sum::<usize>();
    Ok(json!([game.runs().len(), worlds]))
}

#[rpc(runuser)]
async fn own(who: RunUser) -> Reply<Option<String>> {
    who.role()
}

#[rpc(scenario)]
async fn length(scenario: Scenario, world: World) -> Reply<Value> {
    Ok(json!([scenario.periods().len(), world.pk]))
}

/// Under the name of div, as every class of these tests.
fn auction() -> simpl::Game {
    Game::builder("div")
        .roles([Role::new("Bidder").seats(2, 2)])
        .phases([
            Phase::open("Play"),
            Phase::closed("Break"),
            Phase::closed("Debrief"),
        ])
        .hidden_decisions()
        .model(Auction)
        .on_advance_phase(advanced)
        .on_rollback_phase(rolled_back)
        .on_runuser_created(came)
        .on_runuser_deleted(left)
        .on_connected(connected)
        .on_disconnected(disconnected)
        .on_start(started)
        .on_stop(stopped)
        .hook("scenario.changed", hooked)
        .game(|g| g.rpc("ranking", ranking))
        .run(|r| r.rpc("broaden", broaden))
        .runuser(|u| u.rpc("own", own))
        .scenario(|s| s.rpc("length", length))
        .world(|w| {
            w.rpc("open", open)
                .rpc("rehearse", rehearse)
                .rpc("survey", survey)
                .rpc("overreach", overreach)
                .rpc("whisper", whisper)
                .subscribe("chat", chat)
        })
        .build()
}

async fn class() -> Class {
    Class::of(auction(), |settings| {
        settings.turns.handler_timeout = Span(Duration::from_secs(2));
    })
    .await
}

/// What the game was told, as it has noted it with the run.
async fn told(class: &Class) -> Vec<String> {
    let run = class.rows(Resource::Run, &[]).await.remove(0);
    let told = run["data"]["told"].as_array().cloned().unwrap_or_default();
    let told = told.iter().map(|what| what.as_str().unwrap().to_owned());
    told.collect()
}

async fn was_told(class: &Class, what: &str) {
    until(&format!("the game was told: {what}"), || async {
        told(class).await.iter().any(|one| one.contains(what))
    })
    .await;
}

impl Seat {
    async fn listen(&self, topic: &str) {
        let topic = format!("{ROOT}.{topic}");
        self.session
            .subscribe(&topic, MatchPolicy::Exact)
            .await
            .unwrap();
    }

    async fn publish(&self, topic: &str, args: &[Value]) -> Result<(), wamp_transport::CallError> {
        let options = PublishOptions {
            acknowledge: true,
            ..PublishOptions::default()
        };
        let topic = format!("{ROOT}.model.{topic}");
        let payload = Payload::from_args(args);
        self.session
            .publish(&topic, options, payload)
            .await
            .map(drop)
    }

    /// The first argument of the next event.
    async fn next(&mut self) -> Value {
        let next = tokio::time::timeout(PATIENCE, self.inbox.recv()).await;
        match next.expect("an event comes") {
            Some(Inbound::Event { payload, .. }) => payload.args().unwrap().remove(0),
            other => panic!("an event was expected, got {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_phase_begins_the_game_is_told_and_has_its_worlds_do_something() {
    let class = class().await;
    let (leader, mut s1) = (class.join("leader").await, class.join("s1").await);
    let run = class.run().pk;
    let world = s1.world();
    s1.listen(&format!("model.world.{world}.opened")).await;
    let advance = format!("run.{run}.advance_phase");
    leader.call(&advance, &[]).await.unwrap();
    assert!(
        told(&class)
            .await
            .contains(&"Some(\"Play\")>Break".to_owned())
    );
    assert_eq!(s1.next().await, json!("Break"));
    let row = class.rows(Resource::World, &[]).await.remove(0);
    assert_eq!(row["data"]["open"], json!("Break"));
    assert_eq!(
        (row["data"].get("_private"), row["data"].get("_turn")),
        (None, None)
    );

    // A player may not call what only the game calls by itself, but everybody in the world may call its procedures.
    let (uri, _) = refusal(s1.call(&advance, &[]).await);
    assert_eq!(uri, "wamp.error.not_authorized");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_panics_or_never_ends_is_told_to_the_leader_and_the_run_plays_on() {
    let class = class().await;
    let (mut leader, s1) = (class.join("leader").await, class.join("s1").await);
    let run = class.run().pk;
    leader
        .listen(&format!("error.{}", leader.seat["data"]["user"]))
        .await;
    for _ in 0..2 {
        let advance = format!("run.{run}.advance_phase");
        leader.call(&advance, &[]).await.unwrap();
    }
    let rollback = format!("run.{run}.rollback_phase");
    for why in ["took longer than 2 s", "its code panicked"] {
        assert_eq!(leader.call(&rollback, &[]).await.unwrap(), Value::Null);
        let complaint = leader.next().await;
        let complaint = complaint.as_str().unwrap();
        assert!(complaint.starts_with("on_rollback_phase: "), "{complaint}");
        assert!(complaint.contains(why), "{complaint}");
    }
    let period = s1.periods(s1.world()).await[0];
    assert_eq!(s1.submit(period, json!(3)).await.unwrap(), "ok");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_game_is_told_who_comes_who_goes_and_who_is_there() {
    let class = class().await;
    let s1 = class.join("s1").await;
    for scope in ["world", "runuser"] {
        let pk = if scope == "world" {
            s1.world()
        } else {
            s1.runuser()
        };
        s1.publish(&format!("{scope}.{pk}.connected"), &[])
            .await
            .unwrap();
    }
    was_told(&class, r#"here: "s1@div.edu""#).await;
    let Seat { session, inbox, .. } = s1;
    session.leave().await;
    drop(inbox);
    was_told(&class, r#"gone: "s1@div.edu""#).await;

    let user = json!({"email": "late@div.edu", "first_name": "L", "last_name": "U"});
    let user = class.create(Resource::User, user).await;
    let late = json!({"run": class.run().pk, "user": user, "leader": true});
    let late = class.create(Resource::RunUser, late).await;
    was_told(&class, "came: leads true").await;
    class
        .client
        .delete(Resource::RunUser, &late.to_string())
        .await
        .unwrap();
    was_told(&class, r#"left: "late@div.edu""#).await;
    let here = told(&class).await;
    let here = here.iter().filter(|what| what.starts_with("here"));
    assert_eq!(here.count(), 1, "however many pages somebody opens");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_game_is_told_when_a_run_begins_and_when_the_service_leaves_it() {
    let mut class = class().await;
    was_told(&class, "started").await;
    class.close().await;
    assert_eq!(told(&class).await, ["started", "stopped"]);
    class.open(auction()).await;
    until("it has begun again", || async {
        told(&class).await == ["started", "stopped", "started"]
    })
    .await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn players_publish_where_the_game_listens_and_nowhere_else() {
    let class = class().await;
    let (mut s1, mut s2) = (class.join("s1").await, class.join("s2").await);
    let s3 = class.join("s3").await;
    let world = s1.world();
    s2.listen(&format!("model.world.{world}.said")).await;
    s2.listen(&format!("model.world.{world}.chat")).await;
    // Of another table: it is as if there were no such world.
    s3.publish(&format!("world.{world}.chat"), &[json!("from afar")])
        .await
        .unwrap();
    s1.listen(&format!("error.{}", s1.seat["data"]["user"]))
        .await;
    for text in ["", "hello"] {
        s1.publish(&format!("world.{world}.chat"), &[json!(text)])
            .await
            .unwrap();
    }
    assert_eq!(s1.next().await, json!("say something"));
    assert_eq!(s2.next().await, json!({"from": "Bidder", "text": "hello"}));
    let refused = s1.publish(&format!("world.{world}.said"), &[]).await;
    assert!(refused.is_err(), "only the game says what was said");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_for_one_is_heard_by_nobody_else() {
    let class = class().await;
    let (mut s1, mut s2) = (class.join("s1").await, class.join("s2").await);
    let mut leader = class.join("leader").await;
    let world = s1.world();
    for seat in [&s1, &s2, &leader] {
        seat.listen(&format!("model.world.{world}.whispered")).await;
        seat.listen(&format!("model.world.{world}.opened")).await;
    }
    let whisper = format!("world.{world}.whisper");
    s1.call(&whisper, &[]).await.unwrap();
    s1.call(&format!("world.{world}.open"), &[json!("now")])
        .await
        .unwrap();
    assert_eq!(s1.next().await, json!("psst"));
    for seat in [&mut s1, &mut s2, &mut leader] {
        assert_eq!(seat.next().await, json!("now"));
    }
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_sees_what_its_caller_may_and_no_secret() {
    let class = class().await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let leader = class.join("leader").await;
    let world = s1.world();
    let period = s1.periods(world).await[0];
    assert_eq!(s1.submit(period, json!(3)).await.unwrap(), "ok");
    let survey = format!("world.{world}.survey");
    let seen = |decided: Value, worlds: u64| json!({"worlds": worlds, "siblings": worlds - 1, "players": 2, "decided": [decided], "private": null, "phase": "Play"});
    assert_eq!(
        s1.call(&survey, &[]).await.unwrap(),
        seen(json!({"bid": 3.0}), 1)
    );
    assert_eq!(s2.call(&survey, &[]).await.unwrap(), seen(json!({}), 1));
    assert_eq!(
        leader.call(&survey, &[]).await.unwrap(),
        seen(json!({"bid": 3.0}), 2)
    );
    let (_, sentence) = refusal(leader.call(&format!("world.{world}.overreach"), &[]).await);
    assert!(
        sentence.contains("each would wait for the other"),
        "{sentence}"
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_handler_makes_is_stored_and_told_before_it_goes_on() {
    let class = class().await;
    let (mut s1, leader) = (class.join("s1").await, class.join("leader").await);
    let world = s1.world();
    s1.watch(world).await;
    let made = s1
        .call(&format!("world.{world}.rehearse"), &[])
        .await
        .unwrap();
    assert_eq!(
        made,
        json!({"scenarios": 2, "results": 1, "note": {"note": "first"}, "price": {"price": 3}, "taken": "not_the_games"})
    );
    assert_eq!(s1.hears_of("scenario").await["name"], "rehearsal");
    assert_eq!(s1.hears_of("result").await["data"], json!({"price": 3}));
    let run = class.run().pk;
    let made = leader
        .call(&format!("run.{run}.broaden"), &[])
        .await
        .unwrap();
    assert_eq!(made, json!([3, 1, 1]));
    let stored = class.rows(Resource::World, &[]).await;
    assert_eq!(stored.last().unwrap()["name"], "annex");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_is_called_after_a_change_that_somebody_else_has_made() {
    let class = class().await;
    let mut leader = class.join("leader").await;
    let run = class.run().pk;
    leader.listen(&format!("model.run.{run}.hooked")).await;
    let scenario = class.rows(Resource::Scenario, &[]).await.remove(0);
    let pk = scenario["id"].as_u64().unwrap();
    let renamed = json!({"name": "renamed"});
    class.change(Resource::Scenario, pk, renamed).await;
    assert_eq!(leader.next().await, json!("renamed"));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn procedures_hang_on_the_game_on_run_users_and_on_scenarios() {
    let class = class().await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let leader = class.join("leader").await;
    assert_eq!(s1.call("game.ranking", &[]).await.unwrap(), json!([1, 1]));
    assert_eq!(
        leader.call("game.ranking", &[]).await.unwrap(),
        json!([1, 2])
    );
    let own = format!("runuser.{}.own", s1.runuser());
    assert_eq!(s1.call(&own, &[]).await.unwrap(), json!("Bidder"));
    let (uri, _) = refusal(s2.call(&own, &[]).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    let of = [("world", s1.world().to_string())];
    let scenario = class.rows(Resource::Scenario, &of).await.remove(0);
    let length = format!("scenario.{}.length", scenario["id"]);
    assert_eq!(s1.call(&length, &[]).await.unwrap(), json!([1, s1.world()]));
    class.stop().await;
}
