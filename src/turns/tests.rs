//! Plans and seats on hand-made trees.

use std::sync::Arc;

use games_contract::Resource;
use serde_json::json;
use simpl::prelude::*;

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
    assert_eq!(
        outcomes,
        [Outcome {
            period: 11,
            data: json!({"amount": 3.0}),
            scores: vec![(2, 1.0), (3, 2.0)],
        }]
    );
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
        .map(|outcome| outcome.data["amount"].clone())
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
    assert_eq!(outcomes[0].data, json!({"amount": 23.0}));
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

#[test]
fn points_are_kept_beside_an_outcome_and_with_them_what_was_there() {
    let outcome = Outcome {
        period: 11,
        data: json!({"amount": 3.0}),
        scores: vec![(2, 1.5)],
    };
    let kept = json!({"amount": 3.0, "_private": {"scores": {"2": 1.5}}});
    assert_eq!(outcome.stored(&json!(null)), kept);
    assert!(outcome.is_stored(&kept));
    let held =
        json!({"amount": 3.0, "_turn": {"a": 1}, "_private": {"seed": 7, "scores": {"2": 1.0}}});
    assert!(!outcome.is_stored(&held), "the points are others");
    let now =
        json!({"amount": 3.0, "_turn": {"a": 1}, "_private": {"seed": 7, "scores": {"2": 1.5}}});
    assert_eq!(outcome.stored(&held), now);
    let without = Outcome {
        scores: Vec::new(),
        ..outcome
    };
    assert_eq!(without.stored(&kept), json!({"amount": 3.0}));
}
