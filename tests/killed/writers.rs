//! Writers: single rows, rows in bulk, a row that counts up, and groups with a key that are sent until they are answered.

use std::sync::Arc;

use games_contract::Resource::{Decision, Result as Outcomes};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::{
    Life,
    ledger::Ledger,
    server::{Api, Outcome},
};

/// One of those who write.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) number: usize,
    pub(crate) run: u64,
    pub(crate) period: u64,
    /// The row in which it counts.
    pub(crate) world: u64,
    pub(crate) api: Arc<Api>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) life: watch::Receiver<Life>,
    /// Where it says that it has stopped, once for each time that the games API is down.
    pub(crate) down: mpsc::Sender<usize>,
}

/// Writes one thing after another until it is told to stop.
pub(crate) async fn play(mut writer: Writer) {
    for n in 1.. {
        if writer.ledger.stopping() {
            return;
        }
        let answered = match n % 4 {
            0 => writer.one(n).await,
            1 => writer.many(n).await,
            2 => writer.count(n).await,
            _ => {
                writer.group(n).await;
                true
            }
        };
        if !answered || !writer.life.borrow().up {
            writer.until_up().await;
        }
    }
}

impl Writer {
    /// Says that it has noticed, and waits for the games API to be back.
    async fn until_up(&mut self) {
        // Whoever fails before the others know is still in the life that is about to end.
        let ended = self.life.borrow().number;
        self.down.send(self.number).await.unwrap();
        let back = self.life.wait_for(|life| life.up && life.number > ended);
        back.await.unwrap();
    }

    fn name(&self, n: u64, part: &str) -> String {
        format!("{}.{n}.{part}", self.number)
    }

    fn decision(&self, name: &str) -> Value {
        json!({"period": self.period, "name": name, "role": null, "data": {"operand": 12.5}})
    }

    async fn post(&self, path: &str, body: &Value) -> Outcome {
        self.api.ask(Method::POST, path, Some(body)).await
    }

    /// One row; true when it was answered.
    async fn one(&self, n: u64) -> bool {
        let name = self.name(n, "one");
        match self.post("/apis/decisions/", &self.decision(&name)).await {
            Outcome::Done(row) => self.ledger.stored(&[(Decision, &row)]),
            Outcome::Unknown => {
                self.ledger.cut_off(&[(Decision, name)]);
                return false;
            }
        }
        true
    }

    /// Several rows at once.
    async fn many(&self, n: u64) -> bool {
        let names = ["first", "second", "third"].map(|part| self.name(n, part));
        let bodies: Vec<Value> = names.iter().map(|name| self.decision(name)).collect();
        match self.post("/apis/bulk/decisions/", &json!(bodies)).await {
            Outcome::Done(rows) => {
                let rows: Vec<_> = rows.as_array().unwrap().iter().collect();
                let rows: Vec<_> = rows.into_iter().map(|row| (Decision, row)).collect();
                self.ledger.stored(&rows);
            }
            Outcome::Unknown => {
                let rows = names.map(|name| (Decision, name));
                self.ledger.cut_off(&rows);
                return false;
            }
        }
        true
    }

    /// The next number into its row.
    async fn count(&self, n: u64) -> bool {
        self.ledger.counts(self.world, n);
        let path = format!("/apis/worlds/{}/", self.world);
        let name = format!("of {}", self.number);
        let body = json!({"run": self.run, "name": name, "data": {"n": n}});
        let asked = self.api.ask(Method::PUT, &path, Some(&body)).await;
        if let Outcome::Done(row) = asked {
            assert_eq!(row["data"]["n"], n);
            self.ledger.counted(self.world, n);
            return true;
        }
        false
    }

    /// A group with a key, as often as it takes: a result, and instead of the decision of the group before a new one.
    async fn group(&mut self, n: u64) {
        let decision = self.name(n, "grouped");
        let result = self.name(n, "result");
        let mut row = self.decision(&result);
        row["data"] = json!({"quotient": 2.5});
        let mut operations = vec![
            json!({"op": "create", "resource": "decision", "row": self.decision(&decision)}),
            json!({"op": "upsert", "resource": "result", "row": row}),
        ];
        let mut deletes = None;
        let before = self.name(n.saturating_sub(4), "grouped");
        if let Some(row) = self.ledger.row(Decision, &before) {
            operations.push(json!({"op": "delete", "resource": "decision", "pk": row["id"]}));
            deletes = Some(before);
        }
        let key = format!("{}.{n}", self.number);
        let groups = json!({"groups": [{"key": key, "operations": operations}]});
        let makes = [(Decision, decision), (Outcomes, result)];
        let mut found = None;
        loop {
            if let Outcome::Done(answer) = self.post("/apis/batch/", &groups).await {
                let group = &answer["groups"][0];
                assert_eq!(group["status"], 200, "{group}");
                let rows = [(Decision, &group["rows"][0]), (Outcomes, &group["rows"][1])];
                if let Some(found) = found {
                    assert_eq!(*rows[0].1, json!(found), "done once, answered again");
                }
                if let Some(name) = &deletes {
                    self.ledger.deleted(name);
                }
                self.ledger.stored(&rows);
                return;
            }
            self.ledger.sent_again(&makes, deletes.as_deref());
            self.until_up().await;
            found = self.ledger.was_done(Decision, &makes[0].1);
        }
    }
}
