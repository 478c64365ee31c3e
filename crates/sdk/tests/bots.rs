//! Bots at a table in memory: what they see, what they play, and what is said where they cannot.

use simpl::prelude::*;
use simpl::testing::{TestWorld, json};

/// Sealed bids, in whole coins.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Bid {
    /// How much.
    #[schemars(range(min = 1, max = 20), extend("unit" = "coins"))]
    bid: u32,
}

#[derive(Debug)]
struct Auction;

impl Model for Auction {
    type Options = ();
    type Decision = Bid;
    type Outcome = u32;

    fn check(&self, _: &Turn<'_, Self>, decision: &Bid) -> Reply<()> {
        if decision.bid % 2 == 1 {
            return Err(Rejected::because("an even bid is needed"));
        }
        Ok(())
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
        Ok(turn.decisions().map(|(_, bid)| bid.bid).max().unwrap_or(0))
    }
}

/// Bids 2, and 2 more for each bid that it sees.
fn copycat(turn: &Turn<'_, Auction>, _: &mut Rng) -> Option<Bid> {
    let seen = u32::try_from(turn.decisions().count()).ok()?;
    Some(Bid { bid: 2 + 2 * seen })
}

/// Leaves it to chance, and the last seat to others.
fn gambler(turn: &Turn<'_, Auction>, rng: &mut Rng) -> Option<Bid> {
    let last = turn.seats().last()?;
    let bid = u32::try_from(rng.whole(1..=10)).ok()? * 2;
    (turn.seat()? != last).then_some(Bid { bid })
}

/// Bids 3, and 21 from the second period on.
#[derive(Debug)]
struct Odd;

impl Bot<Auction> for Odd {
    fn decide(&self, turn: &Turn<'_, Auction>, _: &mut Rng) -> Option<Bid> {
        let bid = if turn.period() == 1 { 3 } else { 21 };
        Some(Bid { bid })
    }
}

fn described() -> simpl::GameBuilder {
    Game::builder("auction")
        .roles([Role::new("Bidder").seats(3, 3)])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Auction)
        .bot("copycat", copycat)
        .bot("gambler", gambler)
        .bot("odd", Odd)
}

fn auction() -> TestWorld {
    TestWorld::new(described().build())
}

fn bids(world: &TestWorld, period: u32) -> Vec<u64> {
    let decisions = world.decisions_of(period);
    let bids = decisions
        .iter()
        .filter_map(|(_, data)| data["bid"].as_u64());
    bids.collect()
}

fn bid(world: &TestWorld, bid: u32) -> Reply<serde_json::Value> {
    let first = world.players("Bidder").swap_remove(0);
    world.call_as("period.submit_decision", Some(first), json!([bid]))
}

#[test]
fn bots_play_the_seats_that_have_not_decided_and_the_world_goes_on() {
    let world = auction();
    bid(&world, 20).unwrap();
    world.bots_decide("copycat").unwrap();
    assert_eq!(
        (bids(&world, 1), world.result(), world.order()),
        (vec![20, 4, 6], Some(json!(20)), 2)
    );
}

#[test]
fn a_bot_sees_no_decision_that_its_seat_may_not_see() {
    let world = TestWorld::new(described().hidden_decisions().build());
    bid(&world, 20).unwrap();
    world.bots_decide("copycat").unwrap();
    assert_eq!(bids(&world, 1), [20, 2, 2]);
}

#[test]
fn chance_is_another_for_each_seat_and_period_and_the_same_for_a_seed() {
    let play = |seed| {
        let world = auction().with_seed(seed);
        for _ in 0..3 {
            world.bots_decide("random").unwrap();
        }
        (1..=3)
            .flat_map(|period| bids(&world, period))
            .collect::<Vec<_>>()
    };
    let played = play(7);
    assert_eq!(played, play(7));
    assert_ne!(played, play(8));
    assert!(
        played
            .iter()
            .all(|bid| bid % 2 == 0 && (2..=20).contains(bid)),
        "{played:?}"
    );
    assert!(played.iter().any(|bid| *bid != played[0]), "{played:?}");
}

#[test]
fn what_a_bot_may_not_decide_or_does_not_is_said_with_its_name() {
    let world = auction();
    let no = world.bots_decide("odd").unwrap_err();
    assert_eq!(
        no.message(),
        "what the bot odd decided does not count: an even bid is needed"
    );
    let no = world.bots_decide("gambler").unwrap_err();
    assert!(
        no.message()
            .contains("the bot gambler has nothing to decide as Bidder"),
        "{no}"
    );
    assert_eq!(no.code(), "bot_silent");
    let no = world.bots_decide("cat").unwrap_err();
    assert_eq!(
        no.message(),
        r#"this game has no bot "cat": it has copycat, gambler, odd, random"#
    );
    world.bots_decide("random").unwrap();
    let no = world.bots_decide("odd").unwrap_err();
    let beyond = "what the bot odd decided does not count: bid: a whole number from 1 to 20 is expected, got 21";
    assert_eq!(no.message(), beyond);
}

#[test]
fn a_decision_beyond_its_limits_is_refused_before_the_game_is_asked() {
    let world = auction();
    for (played, told) in [
        (21, "bid: a whole number from 1 to 20 is expected, got 21"),
        (0, "bid: a whole number from 1 to 20 is expected, got 0"),
        (5, "an even bid is needed"),
    ] {
        assert_eq!(bid(&world, played).unwrap_err().message(), told);
    }
    assert!(world.decisions().is_empty());
}

#[test]
fn options_are_looked_at_by_type_and_limits() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Options {
        #[schemars(range(min = 1, max = 3))]
        rounds: u32,
    }

    #[derive(Debug)]
    struct Short;

    impl Model for Short {
        type Options = Options;
        type Decision = Bid;
        type Outcome = u32;

        fn step(&self, _: &Turn<'_, Self>) -> Reply<u32> {
            Ok(0)
        }
    }

    let game = Game::builder("short")
        .roles(["Bidder"])
        .phases([Phase::open("Play")])
        .model(Short)
        .build();
    let model = game.model().unwrap();
    assert_eq!(model.options_schema()["properties"]["rounds"]["maximum"], 3);
    assert_eq!(model.check_options(&json!({"rounds": 3})), Ok(()));
    for (odd, told) in [
        (
            json!({"rounds": 4}),
            "the options: rounds: a whole number from 1 to 3 is expected, got 4",
        ),
        (
            json!({}),
            "the options: rounds: a value is expected, got nothing",
        ),
    ] {
        assert_eq!(model.check_options(&odd).unwrap_err().message(), told);
    }
}
