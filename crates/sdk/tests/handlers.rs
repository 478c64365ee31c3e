//! Handlers as an author writes them: called as plain functions, and through their names.

use simpl::prelude::*;
use simpl::testing::{TestWorld, block_on, json};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bid {
    amount: f64,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sale {
    price: f64,
    round: u32,
    lot: u64,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Rules {
    reserve: f64,
}

struct Auction;

impl Model for Auction {
    type Options = Rules;
    type Decision = Bid;
    type Outcome = Sale;

    fn check(&self, turn: &Turn<'_, Self>, bid: &Bid) -> Reply<()> {
        let highest = turn
            .decisions()
            .map(|(_, bid)| bid.amount)
            .fold(turn.options().reserve, f64::max);
        if bid.amount < highest {
            return Err(Rejected::because("bid higher").with("too_low", highest, bid.amount));
        }
        Ok(())
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Sale> {
        let price = turn
            .decisions()
            .map(|(_, bid)| bid.amount)
            .fold(0.0, f64::max);
        Ok(Sale {
            price,
            round: turn.previous().map_or(1, |sale| sale.round + 1),
            lot: turn.seed(),
        })
    }
}

/// Bids without a check.
#[rpc(period)]
async fn shout(period: Period, player: Player, Arg(amount): Arg<f64>) -> Reply {
    period
        .decide(
            &player,
            Bid {
                amount,
                note: Some("shouted".to_owned()),
            },
        )
        .await?;
    Ok("ok")
}

#[rpc(period)]
async fn whereabouts(
    run: Run,
    world: World,
    period: Period,
    player: Player,
) -> Reply<(u64, u64, u64, String)> {
    Ok((run.pk, world.pk, period.pk, player.role.clone()))
}

#[derive(Deserialize)]
struct Ask {
    factor: f64,
    times: u8,
}

#[rpc(world)]
async fn scale(world: World, Args(ask): Args<Ask>) -> Reply<f64> {
    assert!(world.pk > 0);
    Ok(ask.factor.powi(i32::from(ask.times)))
}

#[rpc(run)]
async fn greet(
    _run: Run,
    Arg(name): Arg<String>,
    Arg(times): Arg<Option<u8>>,
    Kwargs(ask): Kwargs<std::collections::BTreeMap<String, u8>>,
) -> Reply<String> {
    Ok(format!("{name} {} {ask:?}", times.unwrap_or(1)))
}

#[rpc(run)]
async fn nothing() {}

fn game() -> Game {
    Game::builder("auction")
        .roles([Role::new("Bidder").seats(2, 4)])
        .phases([Phase::open("Play")])
        .model(Auction)
        .period(|p| p.rpc("shout", shout).rpc("whereabouts", whereabouts))
        .world(|w| w.rpc("scale", scale))
        .run(|r| {
            r.rpc("greet", greet)
                .rpc("nothing", nothing)
                .rpc("closure", |Arg(n): Arg<u8>| async move { Reply::Ok(n) })
        })
        .build()
}

#[test]
fn a_handler_is_a_plain_function() {
    let world = TestWorld::new(game());
    let [first, second] = world.players("Bidder").try_into().unwrap();
    assert_eq!(block_on(shout(world.period(), first, Arg(2.0))), Ok("ok"));
    assert_eq!(world.result(), None);
    assert_eq!(block_on(shout(world.period(), second, Arg(3.0))), Ok("ok"));
    assert_eq!(world.result().unwrap()["price"], json!(3.0));
}

#[test]
fn a_handler_learns_where_it_was_called_and_by_whom() {
    let world = TestWorld::new(game());
    let here = json!([
        world.run().pk,
        world.world().pk,
        world.period().pk,
        "Bidder"
    ]);
    assert_eq!(
        world.call("period.whereabouts", Some("Bidder"), json!([])),
        Ok(here)
    );
    assert_eq!(
        world
            .call("period.whereabouts", None, json!([]))
            .unwrap_err()
            .code(),
        "not_a_player"
    );
}

#[test]
fn arguments_of_handlers_are_read_leniently_and_counted() {
    let world = TestWorld::new(game());
    let call = |procedure, arguments| {
        world
            .call(procedure, None, arguments)
            .map_err(|no| no.message())
    };
    assert_eq!(call("world.scale", json!(["1.5", "2"])), Ok(json!(2.25)));
    assert_eq!(
        call("world.scale", json!({"times": 2, "factor": 3})),
        Ok(json!(9.0))
    );
    assert_eq!(
        call("world.scale", json!([2])),
        Err("times: a whole number from 0 to 255 is expected, got nothing".to_owned())
    );
    assert_eq!(call("run.greet", json!(["hello"])), Ok(json!("hello 1 {}")));
    assert_eq!(
        call("run.greet", json!([1])),
        Err("argument 1: a text is expected, got 1".to_owned())
    );
    assert_eq!(
        call("run.greet", json!(["hello", 2, 3])),
        Err(
            "the arguments: a list of at most 2 positional arguments is expected, got 3".to_owned()
        )
    );
    assert_eq!(call("run.nothing", json!([])), Ok(json!(null)));
    assert_eq!(
        call("run.nothing", json!([1])),
        Err("the arguments: no positional argument is expected, got 1".to_owned())
    );
    assert_eq!(call("run.closure", json!(["7"])), Ok(json!(7)));
}

#[test]
fn a_reply_with_a_number_that_is_not_finite_is_refused() {
    let no = TestWorld::new(game())
        .call("world.scale", None, json!([1e300, 2]))
        .unwrap_err();
    assert_eq!(no.message(), "the reply is not a finite number");
}

#[test]
fn an_unknown_procedure_is_refused_as_the_router_does() {
    let world = TestWorld::new(game());
    for procedure in ["period.sing", "world.shout", "table.shout", "shout"] {
        let no = world.call(procedure, None, json!([])).unwrap_err();
        assert_eq!(
            no.message(),
            format!("no callee registered for procedure <{procedure}>")
        );
        assert_eq!(no.uri(), "wamp.error.no_such_procedure");
    }
}

#[test]
fn a_check_sees_the_options_and_the_decisions_so_far() {
    let world = TestWorld::new(game()).with_options(json!({"reserve": 5}));
    let [first, second] = world.players("Bidder").try_into().unwrap();
    let bid = |player: &Player, amount| {
        world.call_as(
            "period.submit_decision",
            Some(player.clone()),
            json!([amount]),
        )
    };
    let no = bid(&first, 4).unwrap_err();
    assert_eq!(
        serde_json::Value::Object(no.kwargs()),
        json!({"code": "too_low", "expected": 5.0, "got": 4.0})
    );
    assert_eq!(bid(&first, 6), Ok(json!("ok")));
    assert_eq!(bid(&second, 5).unwrap_err().code(), "too_low");
    assert_eq!(bid(&second, 7), Ok(json!("ok")));
}

#[test]
fn a_period_that_is_over_stays_so_unless_the_game_recalculates() {
    let world = TestWorld::new(game());
    let [first, second] = world.players("Bidder").try_into().unwrap();
    for (player, amount) in [(&first, 2), (&second, 3)] {
        world
            .call_as(
                "period.submit_decision",
                Some(player.clone()),
                json!([amount]),
            )
            .unwrap();
    }
    assert_eq!(world.order(), 1, "this game has one period");
    let no = world
        .call_as("period.submit_decision", Some(second), json!([9]))
        .unwrap_err();
    assert_eq!(
        no.message(),
        r#"period 1 is over, and {"amount":3.0,"note":null} counted: play the current period"#
    );
    assert_eq!(world.result().unwrap()["price"], json!(3.0));
}

#[test]
fn recalculating_a_period_reaches_every_later_one_with_the_same_seeds() {
    let game = Game::builder("auction")
        .roles(["Bidder"])
        .phases([Phase::open("Play")])
        .revision(Revision::Recalculate)
        .next_period()
        .model(Auction)
        .build();
    let world = TestWorld::new(game).with_seed(7);
    let bid = |order, amount| {
        world.call_in(
            order,
            "period.submit_decision",
            Some(world.player("Bidder")),
            json!([amount]),
        )
    };
    for order in 1..=3 {
        bid(order, order).unwrap();
    }
    let before: Vec<_> = (1..=3).filter_map(|order| world.result_of(order)).collect();
    assert_eq!(
        before
            .iter()
            .map(|sale| sale["round"].as_u64())
            .collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3)]
    );

    bid(2, 20).unwrap();
    let after: Vec<_> = (1..=3).filter_map(|order| world.result_of(order)).collect();
    assert_eq!(after[1]["price"], json!(20.0));
    assert_eq!(after[1]["lot"], before[1]["lot"]);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    assert_eq!(
        world.order(),
        4,
        "no period begins because an old one is stepped again"
    );
    assert_eq!(bid(9, 1).unwrap_err().code(), "no_such_procedure");
}

#[test]
fn a_stored_decision_that_cannot_be_read_is_a_failed_step_that_says_whose() {
    let model = game().model().cloned().unwrap();
    let seat = TestWorld::new(game()).player("Bidder").0;
    let turn = simpl::RawTurn {
        decisions: vec![(seat, json!({"amount": "much"}))],
        period: 1,
        ..Default::default()
    };
    assert_eq!(
        model.step(&turn).unwrap_err().message(),
        r#"the stored decision of s1@auction.edu (Bidder): amount: a finite number is expected, got "much""#
    );
}
