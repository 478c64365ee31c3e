//! Plans and seats on hand-made trees.

use std::sync::Arc;

use games_contract::Resource;
use serde_json::{Value, json};
use simpl::Stepped;
use simpl::prelude::*;

use super::told::{RESULT, Told};
use super::{Due, Outcome, Table, due, plan, run_plan};
use crate::game::Catalogue;
use crate::scopes::{Branch, Node, Owner, RunView, row};

/// Each decision, added to the total so far.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Amount {
    amount: f64,
}

#[derive(Debug)]
struct Sum;

impl Model for Sum {
    type Options = ();
    type Decision = Amount;
    type Outcome = Amount;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Amount> {
        let before = turn.previous().map_or(0.0, |total| total.amount);
        let added: f64 = turn.decisions().map(|(_, decision)| decision.amount).sum();
        Ok(Amount {
            amount: before + added,
        })
    }

    fn score(&self, turn: &Turn<'_, Self>, seat: &simpl::Seat, _: &Amount) -> Option<f64> {
        let mut decisions = turn.decisions();
        decisions.find_map(|(by, decision)| (by == seat).then_some(decision.amount))
    }
}

fn game(revision: Revision) -> simpl::Game {
    simpl::Game::builder("sum")
        .roles(["Left", "Right"])
        .phases([Phase::open("Play")])
        .revision(revision)
        .next_period()
        .model(Sum)
        .build()
}

fn stamp(second: u64) -> String {
    format!("2026-11-21T08:50:{second:02}.000000Z")
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue {
        game: row(Resource::Game, json!({"id": 1})),
        phases: Vec::new(),
        roles: Vec::new(),
    };
    for (pk, name) in [(5, "Left"), (6, "Right")] {
        catalogue.apply(Some(row(
            Resource::Role,
            json!({"id": pk, "name": name, "created": stamp(pk), "updated": stamp(pk)}),
        )));
    }
    catalogue
}

/// World 10 with a Left (run user 2) and a Right (run user 3), and a second Left (run user 4) who came too late.
fn run() -> RunView {
    let mut run = RunView::new(row(
        Resource::Run,
        json!({"id": 5, "data": {"_private": {"seed": "s"}}}),
    ));
    for (pk, role) in [(2, 5), (3, 6), (4, 5)] {
        let json = json!({"id": pk, "user": pk + 100, "world": 10, "role": role, "leader": false, "active": true});
        run.apply(row(Resource::RunUser, json));
    }
    run
}

struct Tree(Branch);

impl Tree {
    /// Scenario 7 with periods 11, 12, … of orders 1, 2, …
    fn with_periods(count: u64) -> Self {
        let mut branch = Branch::new(row(Resource::World, json!({"id": 10})));
        branch.apply(row(
            Resource::Scenario,
            json!({"id": 7, "world": 10, "created": stamp(1), "updated": stamp(1)}),
        ));
        for order in 1..=count {
            let json = json!({"id": 10 + order, "scenario": 7, "order": order, "created": stamp(order), "updated": stamp(order)});
            branch.apply(row(Resource::Period, json));
        }
        Self(branch)
    }

    fn decide(&mut self, period: u64, role: u64, amount: f64, at: u64) -> &mut Self {
        let json = json!({"id": period * 10 + role, "period": period, "name": "decision", "role": role, "created": stamp(1),
            "updated": stamp(at), "data": {"amount": amount, "_turn": {"by": "bot"}}});
        self.0.apply(row(Resource::Decision, json));
        self
    }

    fn result(&mut self, period: u64, amount: f64, at: u64) -> &mut Self {
        let json = json!({"id": period, "period": period, "name": "result", "role": null, "created": stamp(at),
            "updated": stamp(at), "data": {"amount": amount}});
        self.0.apply(row(Resource::Result, json));
        self
    }

    /// A result of the first period, of the whole table or of a seat.
    fn told(&mut self, pk: u64, name: &str, role: Option<u64>, data: &Value) -> &mut Self {
        let json = json!({"id": pk, "period": 11, "name": name, "role": role, "created": stamp(pk), "updated": stamp(pk), "data": data});
        self.0.apply(row(Resource::Result, json));
        self
    }

    fn scenario(&self) -> &Arc<Node> {
        self.0.node(Resource::Scenario, 7).unwrap()
    }
}

#[test]
fn a_period_is_complete_when_every_seat_within_the_maximum_has_decided() {
    let (game, catalogue, run) = (game(Revision::Closed), catalogue(), run());
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    assert_eq!(
        table
            .seats
            .iter()
            .map(|seat| seat.runuser)
            .collect::<Vec<_>>(),
        [2, 3]
    );
    let mut tree = Tree::with_periods(1);
    tree.decide(11, 5, 1.0, 20);
    assert!(plan(&game, &table, tree.scenario(), 1).is_none());
    tree.decide(11, 6, 2.0, 21);
    let plan = plan(&game, &table, tree.scenario(), 1).unwrap();
    assert_eq!((plan.stages.len(), plan.opens), (1, Some(2)));
    let outcomes = run_plan(game.model().unwrap().as_ref(), &plan).unwrap();
    let expected = Stepped {
        outcome: json!({"amount": 3.0}),
        scores: vec![(2, 1.0), (3, 2.0)],
        ..Stepped::default()
    };
    assert_eq!(outcomes, [Outcome::of(11, expected).unwrap()]);
}

#[test]
fn a_world_below_a_roles_minimum_waits() {
    let (game, catalogue) = (game(Revision::Closed), catalogue());
    let mut run = run();
    run.remove(Resource::RunUser, 3);
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(1);
    tree.decide(11, 5, 1.0, 20);
    assert!(plan(&game, &table, tree.scenario(), 1).is_none());
    assert_eq!(due(&game, &table, tree.scenario()), []);
}

#[test]
fn a_changed_decision_steps_its_period_and_every_later_one_again_and_opens_none() {
    let (game, catalogue, run) = (game(Revision::Recalculate), catalogue(), run());
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(3);
    tree.decide(11, 5, 1.0, 20)
        .decide(11, 6, 2.0, 20)
        .result(11, 3.0, 30);
    tree.decide(12, 5, 10.0, 31)
        .decide(12, 6, 10.0, 31)
        .result(12, 23.0, 32);
    assert_eq!(due(&game, &table, tree.scenario()), []);
    tree.decide(11, 5, 5.0, 40);
    assert_eq!(due(&game, &table, tree.scenario()), [Due::Step(1)]);
    let plan = plan(&game, &table, tree.scenario(), 1).unwrap();
    assert_eq!(plan.opens, None);
    let outcomes = run_plan(game.model().unwrap().as_ref(), &plan).unwrap();
    let totals: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.stepped.outcome["amount"].clone())
        .collect();
    assert_eq!(totals, [json!(7.0), json!(27.0)]);
}

#[test]
fn a_step_sees_the_result_of_the_period_before() {
    let (game, catalogue, run) = (game(Revision::Closed), catalogue(), run());
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(2);
    tree.decide(11, 5, 1.0, 20)
        .decide(11, 6, 2.0, 20)
        .result(11, 3.0, 30);
    tree.decide(12, 5, 10.0, 31).decide(12, 6, 10.0, 31);
    let plan = plan(&game, &table, tree.scenario(), 2).unwrap();
    assert_eq!(plan.opens, Some(3));
    let outcomes = run_plan(game.model().unwrap().as_ref(), &plan).unwrap();
    assert_eq!(outcomes[0].stepped.outcome, json!({"amount": 23.0}));
}

#[test]
fn after_a_restart_a_complete_period_is_stepped_and_a_missing_next_one_opened() {
    let (game, catalogue, run) = (game(Revision::Closed), catalogue(), run());
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(1);
    tree.decide(11, 5, 1.0, 20).decide(11, 6, 2.0, 20);
    assert_eq!(due(&game, &table, tree.scenario()), [Due::Step(1)]);
    tree.result(11, 3.0, 30);
    assert_eq!(due(&game, &table, tree.scenario()), [Due::Open(2)]);
    // A game that closes its periods never steps one again, however new a decision in the database is.
    tree.decide(11, 5, 9.0, 50);
    assert_eq!(due(&game, &table, tree.scenario()), [Due::Open(2)]);
}

#[test]
fn a_period_stepped_again_to_the_same_result_hides_no_later_one_that_waits() {
    let (game, catalogue, run) = (game(Revision::Recalculate), catalogue(), run());
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(2);
    tree.decide(11, 5, 1.0, 20)
        .decide(11, 6, 2.0, 20)
        .result(11, 3.0, 30);
    // The same number once more: the result need not be written again and stays older than the decision.
    tree.decide(11, 5, 1.0, 40);
    tree.decide(12, 5, 10.0, 41).decide(12, 6, 10.0, 41);
    let found = due(&game, &table, tree.scenario());
    assert_eq!(found, [Due::Step(1), Due::Step(2)]);
}

#[test]
fn a_changed_decision_makes_an_earlier_plan_void() {
    let (game, catalogue, run) = (game(Revision::Closed), catalogue(), run());
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(1);
    tree.decide(11, 5, 1.0, 20).decide(11, 6, 2.0, 20);
    let before = plan(&game, &table, tree.scenario(), 1).unwrap();
    tree.decide(11, 5, 4.0, 25);
    let after = plan(&game, &table, tree.scenario(), 1).unwrap();
    assert_ne!(before.rests_on, after.rests_on);
    assert_eq!(before.stages[0].turn.seed, after.stages[0].turn.seed);
}

/// Rows of an outcome of the first period, as they are stored: name, role and data.
fn stored(game: &simpl::Game, tree: &Tree, stepped: Stepped) -> Vec<(Value, Value, Value)> {
    let (catalogue, run) = (catalogue(), run());
    let table = Table::new(game, &catalogue, &run, Owner::World(10));
    let period = tree.0.node(Resource::Period, 11).unwrap();
    let rows = Outcome::of(11, stepped)
        .unwrap()
        .rows(&table, period, RESULT);
    let row = |told: &Told| {
        let row = told.row();
        let member = |name| row[name].clone();
        (!told.is_stored()).then(|| (member("name"), member("role"), member("data")))
    };
    rows.iter().filter_map(row).collect()
}

#[test]
fn points_and_what_is_carried_are_kept_beside_an_outcome_and_with_them_what_was_there() {
    let game = game(Revision::Recalculate);
    let stepped = |points: f64| Stepped {
        outcome: json!({"amount": 3.0}),
        carried: Some(json!({"deck": [5]})),
        over: true,
        scores: vec![(2, points)],
        ..Stepped::default()
    };
    let of_table = |data: Value| vec![(json!("result"), Value::Null, data)];
    let mut tree = Tree::with_periods(1);
    let kept = json!({"amount": 3.0, "_private": {"scores": {"2": 1.5}, "carried": {"deck": [5]}}, "_turn": {"over": true}});
    assert_eq!(stored(&game, &tree, stepped(1.5)), of_table(kept.clone()));
    tree.told(1, "result", None, &kept);
    assert_eq!(stored(&game, &tree, stepped(1.5)), []);
    let other = json!({"amount": 3.0, "_private": {"carried": {"deck": [5]}, "scores": {"2": 1.0}}, "_turn": {"over": true}});
    assert_eq!(stored(&game, &tree, stepped(1.0)), of_table(other));
    let plain = Stepped {
        outcome: json!({"amount": 3.0}),
        ..Stepped::default()
    };
    let nothing = json!({"amount": 3.0});
    assert_eq!(stored(&game, &tree, plain), of_table(nothing));
}

#[test]
fn what_has_no_place_beside_an_outcome_is_a_failed_step() {
    let refused = |stepped| Outcome::of(11, stepped).unwrap_err().to_string();
    let bare = Stepped {
        outcome: json!(3),
        ..Stepped::default()
    };
    assert!(Outcome::of(11, bare.clone()).is_ok());
    let with_carried = Stepped {
        carried: Some(json!(1)),
        ..bare.clone()
    };
    assert!(refused(with_carried).contains("what is carried has no place"));
    let with_part = Stepped {
        parts: vec![(2, json!(7))],
        ..bare
    };
    assert!(refused(with_part).contains("make it a struct"));
    let large = Stepped {
        outcome: json!({"amount": 3.0}),
        carried: Some("x".repeat(1 << 20).into()),
        ..Stepped::default()
    };
    assert!(refused(large).contains("bytes as JSON"));
}

/// What a seat has put in alone, and a secret that grows.
struct Secretive;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Nothing {}

impl Model for Secretive {
    type Options = ();
    type Decision = Amount;
    type Outcome = simpl::Outcome<Nothing, Amount, f64>;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Self::Outcome> {
        let before = turn.carried().copied().unwrap_or(0.0);
        let mut outcome = simpl::Outcome::new(Nothing {}).carry(before + 1.0);
        for (seat, decision) in turn.decisions() {
            let own = turn.part(seat).map_or(0.0, |part| part.amount);
            let amount = own + decision.amount;
            outcome = outcome.tell(seat, Amount { amount });
        }
        Ok(outcome)
    }

    fn over(&self, _: &Turn<'_, Self>, outcome: &Self::Outcome) -> bool {
        outcome.carried().is_some_and(|periods| *periods >= 3.0)
    }
}

fn secretive() -> simpl::Game {
    simpl::Game::builder("secretive")
        .roles(["Left", "Right"])
        .phases([Phase::open("Play"), Phase::closed("Debrief").reveals()])
        .next_period()
        .model(Secretive)
        .build()
}

#[test]
fn each_seat_has_a_row_of_its_own_and_the_tables_comes_last() {
    let game = secretive();
    let (catalogue, run) = (catalogue(), run());
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(2);
    tree.told(
        1,
        "start",
        None,
        &json!({"_private": {"carried": 0.0, "seats": [2, 3]}}),
    );
    tree.told(2, "start", Some(6), &json!({"amount": 10.0}));
    tree.decide(11, 5, 1.0, 20).decide(11, 6, 2.0, 20);
    let plan = plan(&game, &table, tree.scenario(), 1).unwrap();
    assert_eq!(plan.stages[0].turn.parts, [(3, json!({"amount": 10.0}))]);
    assert_eq!(plan.stages[0].turn.carried, Some(json!(0.0)));
    let outcomes = run_plan(game.model().unwrap().as_ref(), &plan).unwrap();
    let stepped = outcomes[0].stepped.clone();
    let rows = vec![
        (json!("result"), json!(5), json!({"amount": 1.0})),
        (json!("result"), json!(6), json!({"amount": 12.0})),
        (
            json!("result"),
            Value::Null,
            json!({"_private": {"carried": 1.0}}),
        ),
    ];
    assert_eq!(stored(&game, &tree, stepped), rows);
}

#[test]
fn a_part_that_a_step_made_again_does_not_give_is_withdrawn() {
    let game = secretive();
    let (catalogue, run) = (catalogue(), run());
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(2);
    tree.told(1, "result", Some(5), &json!({"amount": 1.0}));
    tree.told(2, "result", None, &json!({}));
    let stepped = Stepped {
        outcome: json!({}),
        ..Stepped::default()
    };
    let withdrawn = json!({"_turn": {"withdrawn": true}});
    let rows = vec![(json!("result"), json!(5), withdrawn.clone())];
    assert_eq!(stored(&game, &tree, stepped), rows);
    let mut tree = Tree::with_periods(2);
    tree.told(1, "result", Some(5), &withdrawn);
    tree.told(2, "result", None, &json!({}));
    let period = tree.0.node(Resource::Period, 12).unwrap();
    assert_eq!(table.turn(tree.scenario(), period).parts, []);
}

#[test]
fn after_the_end_of_a_game_no_period_is_opened_and_the_scenario_says_so() {
    let (catalogue, run) = (catalogue(), run());
    let of_two = simpl::Game::builder("sum")
        .roles(["Left", "Right"])
        .phases([Phase::open("Play")])
        .periods(2)
        .model(Sum)
        .build();
    let table = Table::new(&of_two, &catalogue, &run, Owner::World(10));
    let mut tree = Tree::with_periods(2);
    tree.result(11, 3.0, 30);
    assert_eq!(due(&of_two, &table, tree.scenario()), []);
    tree.result(12, 3.0, 31);
    assert_eq!(due(&of_two, &table, tree.scenario()), [Due::Ended(true)]);
    let scenario = |second: u64, over: bool| {
        let data = json!({"_turn": {"over": over}});
        row(
            Resource::Scenario,
            json!({"id": 7, "world": 10, "data": data, "created": stamp(1), "updated": stamp(second)}),
        )
    };
    tree.0.apply(scenario(40, true));
    assert_eq!(due(&of_two, &table, tree.scenario()), []);

    let game = secretive();
    let table = Table::new(&game, &catalogue, &run, Owner::World(10));
    let found = due(&game, &table, tree.scenario());
    assert_eq!(found, [Due::Ended(false), Due::Open(3)]);
    let mut tree = Tree::with_periods(1);
    tree.told(1, "result", None, &json!({"_turn": {"over": true}}));
    assert_eq!(due(&game, &table, tree.scenario()), [Due::Ended(true)]);
}
