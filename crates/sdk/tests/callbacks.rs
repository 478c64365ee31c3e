//! Callbacks, subscriptions and hooks as an author writes them, and what game code does to other scopes.

use serde_json::Value;
use simpl::prelude::*;
use simpl::testing::{Published, TestWorld, json};
use simpl::{Action, ScopeKind};

#[derive(Serialize, Deserialize, JsonSchema)]
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
    phases: Vec<String>,
    came: Vec<String>,
    left: Vec<u64>,
}

#[on(advance_phase)]
async fn note_phase(run: Run, change: ChangePhase) -> Reply<()> {
    let mut ledger: Ledger = run.data()?;
    let from = change.from.unwrap_or_default();
    ledger.phases.push(format!("{from}>{}", change.to));
    run.save(ledger).await?;
    for world in run.worlds() {
        world.call("open", [change.to.as_str()]).await?;
    }
    Ok(())
}

#[on(runuser_created)]
async fn greet(run: Run, who: RunUser) -> Reply<()> {
    let mut ledger: Ledger = run.data()?;
    ledger.came.push(who.role()?.unwrap_or_default());
    run.save(ledger).await?;
    who.publish("welcome", "hello", Sight::Only(who.pk)).await
}

#[on(runuser_deleted)]
async fn farewell(run: Run, who: RunUser) -> Reply<()> {
    let mut ledger: Ledger = run.data()?;
    ledger.left.push(who.pk);
    run.save(ledger).await
}

#[on(stop)]
async fn grumble(_run: Run) -> Reply<()> {
    Err(Rejected::because("the hammer is lost"))
}

#[on(hook)]
async fn watch(run: Run, changed: Changed) -> Reply<()> {
    let what = format!("{} {}", changed.row.kind, changed.action.name());
    run.publish("seen", what, Sight::Leaders).await
}

/// Opens the world for what comes.
#[rpc(world)]
async fn open(world: World, Arg(phase): Arg<String>) -> Reply<()> {
    world
        .save(json!({"open": phase, "_private": {"forged": true}}))
        .await?;
    world.publish("opened", phase, Sight::Everybody).await
}

/// Says something to the table.
#[rpc(world)]
async fn chat(world: World, player: Player, Arg(text): Arg<String>) -> Reply<()> {
    if text.is_empty() {
        return Err(Rejected::because("say something"));
    }
    let said = json!({"from": player.role, "text": text});
    world.publish("said", said, Sight::Everybody).await
}

/// What there is around a period, as the caller may see it.
#[rpc(period)]
async fn survey(period: Period, scenario: Scenario, world: World, run: Run) -> Reply<Value> {
    let decided: Vec<Value> = period
        .decisions()
        .iter()
        .map(|row| row.member("data").clone())
        .collect();
    let leads: Vec<bool> = run
        .runusers()
        .iter()
        .map(RunUser::is_leader)
        .collect::<Reply<_>>()?;
    Ok(json!({
        "order": period.order()?,
        "decided": decided,
        "results": period.results().len(),
        "periods": scenario.periods().len(),
        "same_scenario": period.scenario()?.pk == scenario.pk,
        "world": scenario.world()?.map(|world| world.pk) == Some(world.pk),
        "siblings": world.siblings()?.len(),
        "players": world.runusers().len(),
        "leads": leads,
        "phase": run.phase(),
    }))
}

/// A scenario beside the others, with a period and what came of it.
#[rpc(world)]
async fn rehearse(world: World, client: Client) -> Reply<Value> {
    let scenario = world.create_scenario("rehearsal").await?;
    let period = scenario.create_period(1).await?;
    let result = period.create_result("price", json!({"price": 3})).await?;
    scenario.save(json!({"note": "first"})).await?;
    let members = serde_json::Map::from_iter([("name".to_owned(), json!("dress rehearsal"))]);
    client
        .change(ScopeKind::Scenario, scenario.pk, members)
        .await?;
    let row = scenario.row()?;
    let seen = json!([
        row.name(),
        row.member("data"),
        result.member("data"),
        world.scenarios().len()
    ]);
    client.delete(ScopeKind::Result, result.pk).await?;
    Ok(json!([seen, period.results().len()]))
}

/// Tries what a world's handler may not.
#[rpc(world)]
async fn overreach(world: World, client: Client) -> Reply<Vec<String>> {
    let run = world.run()?;
    let members = |json: Value| json.as_object().cloned().unwrap_or_default();
    let refused = [
        run.call("nothing", ()).await.map(drop),
        world.call("open", ["x"]).await.map(drop),
        world.publish("update_child", 1, Sight::Everybody).await,
        world.save(5).await,
        client
            .change(ScopeKind::RunUser, 101, members(json!({"world": 11})))
            .await
            .map(drop),
        client
            .change(ScopeKind::Decision, 10_101, members(json!({"data": {}})))
            .await
            .map(drop),
        client
            .create(ScopeKind::RunUser, members(json!({"run": 5})))
            .await
            .map(drop),
        client
            .create(ScopeKind::Period, members(json!({"scenario": 999})))
            .await
            .map(drop),
    ];
    let codes = refused
        .into_iter()
        .map(|refused| refused.map_or_else(|no| no.code().to_owned(), |()| "ok".to_owned()));
    Ok(codes.collect())
}

#[rpc(game)]
async fn runs(game: GameScope) -> Reply<usize> {
    Ok(game.runs().len())
}

#[rpc(runuser)]
async fn own_role(who: RunUser, run: Run) -> Reply<Value> {
    Ok(json!([who.role()?, run.pk]))
}

#[rpc(scenario)]
async fn how_far(scenario: Scenario, world: World) -> Reply<Value> {
    Ok(json!([scenario.periods().len(), world.pk]))
}

#[rpc(run)]
async fn nothing() {}

fn game() -> Game {
    Game::builder("auction")
        .roles([Role::new("Bidder").seats(2, 4)])
        .phases([
            Phase::open("Play"),
            Phase::open("More"),
            Phase::closed("End"),
        ])
        .hidden_decisions()
        .next_period()
        .model(Auction)
        .on_advance_phase(note_phase)
        .on_runuser_created(greet)
        .on_runuser_deleted(farewell)
        .on_stop(grumble)
        .hook("scenario.changed", watch)
        .game(|g| g.rpc("runs", runs))
        .run(|r| r.rpc("nothing", nothing))
        .runuser(|u| u.rpc("own_role", own_role))
        .scenario(|s| s.rpc("how_far", how_far))
        .world(|w| {
            w.rpc("open", open)
                .rpc("rehearse", rehearse)
                .rpc("overreach", overreach)
                .subscribe("chat", chat)
        })
        .period(|p| p.rpc("survey", survey))
        .build()
}

fn event(topic: &str, content: Value, to: Sight) -> Published {
    let topic = topic.to_owned();
    Published { topic, content, to }
}

#[test]
fn a_change_of_phase_is_told_to_the_game_which_calls_its_worlds() {
    let world = TestWorld::new(game());
    world.advance_phase().unwrap();
    assert_eq!(world.run().phase().as_deref(), Some("More"));
    let ledger: Ledger = world.run().data().unwrap();
    assert_eq!(ledger.phases, ["Play>More"]);
    assert_eq!(
        world.world().row().unwrap().member("data"),
        &json!({"open": "More"})
    );
    let opened = event("world.10.opened", json!("More"), Sight::Everybody);
    assert_eq!(world.published(), [opened]);
    world.rollback_phase().unwrap();
    assert_eq!(world.rollback_phase().unwrap_err().code(), "no_phase");
    assert_eq!(world.complaints(), []);
}

#[test]
fn those_who_come_and_go_are_told_to_the_game() {
    let world = TestWorld::new(game());
    let [first, second] = world.players("Bidder").try_into().unwrap();
    world.tell_runuser_created(&first);
    world.tell_runuser_deleted(&second);
    let ledger: Ledger = world.run().data().unwrap();
    assert_eq!(ledger.came, ["Bidder"]);
    assert_eq!(ledger.left, [second.runuser]);
    let topic = format!("runuser.{}.welcome", first.runuser);
    let welcome = event(&topic, json!("hello"), Sight::Only(first.runuser));
    assert_eq!(world.published(), [welcome]);
}

#[test]
fn what_a_callback_refuses_is_a_complaint_and_stops_nothing() {
    let world = TestWorld::new(game());
    world.tell_start();
    world.tell_stop();
    let complaints: Vec<String> = world.complaints().iter().map(ToString::to_string).collect();
    assert_eq!(complaints, ["the hammer is lost"]);
}

#[test]
fn a_hook_is_called_for_the_change_that_it_names() {
    let world = TestWorld::new(game());
    let scenario = world.scenario().pk;
    world.tell_changed(ScopeKind::Scenario, scenario, Action::Created);
    assert_eq!(world.published(), []);
    world.tell_changed(ScopeKind::Scenario, scenario, Action::Changed);
    let seen = event("run.5.seen", json!("scenario changed"), Sight::Leaders);
    assert_eq!(world.published(), [seen]);
}

#[test]
fn a_game_hears_what_players_publish_where_it_has_subscribed() {
    let world = TestWorld::new(game());
    let bidder = || Some(world.player("Bidder"));
    world
        .publish_as("world.chat", bidder(), json!(["hi"]))
        .unwrap();
    let said = json!({"from": "Bidder", "text": "hi"});
    assert_eq!(
        world.published(),
        [event("world.10.said", said, Sight::Everybody)]
    );
    let no = world.publish_as("world.chat", bidder(), json!([""]));
    assert_eq!(no.unwrap_err().message(), "say something");
    let no = world.publish_as("world.song", bidder(), json!([]));
    assert_eq!(no.unwrap_err().code(), "no_such_procedure");
}

#[test]
fn a_handler_sees_what_is_around_it_as_its_caller_may() {
    let world = TestWorld::new(game());
    let [first, second] = world.players("Bidder").try_into().unwrap();
    world
        .call_as("period.submit_decision", Some(first.clone()), json!([7]))
        .unwrap();
    let survey =
        |player: Option<simpl::Player>| world.call_as("period.survey", player, json!([])).unwrap();
    let expected = |decided: Value| {
        json!({"order": 1, "decided": [decided], "results": 0, "periods": 1, "same_scenario": true, "world": true,
            "siblings": 0, "players": 2, "leads": [true, false, false], "phase": "Play"})
    };
    assert_eq!(survey(Some(first)), expected(json!({"bid": 7.0})));
    assert_eq!(survey(Some(second)), expected(json!({})));
    assert_eq!(survey(None), expected(json!({"bid": 7.0})));
}

#[test]
fn a_handler_makes_changes_and_deletes_rows_of_its_run() {
    let world = TestWorld::new(game());
    let done = world.call("world.rehearse", None, json!([]));
    let seen = json!(["dress rehearsal", {"note": "first"}, {"price": 3}, 2]);
    assert_eq!(done, Ok(json!([seen, 0])));
}

#[test]
fn what_is_not_a_handlers_to_do_is_refused_by_name() {
    let world = TestWorld::new(game());
    assert_eq!(
        world.call("world.overreach", None, json!([])),
        Ok(json!([
            "not_downwards",
            "not_downwards",
            "event_name",
            "not_the_games",
            "not_the_games",
            "not_the_games",
            "not_the_games",
            "gone"
        ]))
    );
}

#[test]
fn procedures_hang_on_every_scope_from_the_game_to_the_period() {
    let world = TestWorld::new(game());
    let bidder = Some("Bidder");
    assert_eq!(world.call("game.runs", bidder, json!([])), Ok(json!(1)));
    assert_eq!(
        world.call("runuser.own_role", bidder, json!([])),
        Ok(json!(["Bidder", 5]))
    );
    assert_eq!(
        world.call("scenario.how_far", bidder, json!([])),
        Ok(json!([1, 10]))
    );
}
