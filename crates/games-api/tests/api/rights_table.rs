//! Who may what, as a table: everybody against every resource and everything that can be done to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::server::{Answer, Api, As, STAFF};

/// What a request says, and what the row is called in the class of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    List,
    Read,
    Create,
    Change,
    Delete,
    Rewind,
    Audit,
    History,
}

use Act::{Audit, Change, Create, Delete, History, List, Read, Rewind};

/// Everybody of the table, in the order of its columns.
const VIEWERS: [&str; 9] = [
    "stranger",
    "player",
    "player2",
    "leader",
    "assistant",
    "leader2",
    "lecturer",
    "lecturer2",
    "staff",
];

/// What each of [`VIEWERS`] is answered about a row of the first run: `.` for yes, `3` for 403, `4` for 404, `0` for 400; in a list
/// `+` for a row and `-` for none. The lecturer leads the first run, the second lecturer and the second leader another one.
const TABLE: &[(&str, &str)] = &[
    // stranger player player2 leader assistant leader2 lecturer lecturer2 staff
    ("games List", "+++++++++"),
    ("games Read", "........."),
    ("games Create", "33333333."),
    ("games Change", "33333333."),
    ("games Delete", "33333333."),
    ("phases List", "+++++++++"),
    ("phases Read", "........."),
    ("phases Create", "33333333."),
    ("phases Change", "33333333."),
    ("phases Delete", "33333333."),
    ("roles List", "+++++++++"),
    ("roles Read", "........."),
    ("roles Create", "33333333."),
    ("roles Change", "33333333."),
    ("roles Delete", "33333333."),
    ("runs List", "-+-++-+-+"),
    ("runs Read", "4.4..4.4."),
    ("runs Create", "333333..."),
    ("runs Change", "434.34.4."),
    ("runs Delete", "333333.4."),
    ("runs Audit", "434..4.4."),
    ("worlds List", "333++-+-+"),
    ("worlds Read", "333..4.4."),
    ("worlds Create", "333.30.0."),
    ("worlds Change", "333.34.4."),
    ("worlds Delete", "333.34.4."),
    ("runusers List", "-+-++-+-+"),
    ("runusers Read", "4.4..4.4."),
    ("runusers Create", "333.30.0."),
    ("runusers Change", "434.34.4."),
    ("runusers Delete", "434.34.4."),
    ("leaders List", "---++-+-+"),
    ("leaders Read", "444..4.4."),
    ("leaders Create", "333330.0."),
    ("leaders Change", "444334.4."),
    ("leaders Delete", "444334.4."),
    ("scenarios List", "333++-+-+"),
    ("scenarios Read", "333..4.4."),
    ("scenarios Create", "333.30.0."),
    ("scenarios Change", "333.34.4."),
    ("scenarios Delete", "333.34.4."),
    ("scenarios Rewind", "333.34.4."),
    ("scenarios History", "333..4.4."),
    ("periods List", "333++-+-+"),
    ("periods Read", "333..4.4."),
    ("periods Create", "333.30.0."),
    ("periods Change", "333.34.4."),
    ("periods Delete", "333.34.4."),
    ("decisions List", "333++-+-+"),
    ("decisions Read", "333..4.4."),
    ("decisions Create", "333.30.0."),
    ("decisions Change", "333.34.4."),
    ("decisions Delete", "333.34.4."),
    ("results List", "333++-+-+"),
    ("results Read", "333..4.4."),
    ("results Create", "333.30.0."),
    ("results Change", "333.34.4."),
    ("results Delete", "333.34.4."),
    ("users List", "-+-++-+-+"),
    ("users Read", "4.4..4.4."),
    ("users Create", "33333333."),
    ("users Change", "33333333."),
    ("users Delete", "33333333."),
    ("hooks List", "33333333+"),
    ("hooks Read", "33333333."),
    ("hooks Create", "33333333."),
    ("hooks Change", "33333333."),
    ("hooks Delete", "33333333."),
];

/// A class in which everybody of the table is somebody, and one row of everything.
struct School {
    api: Api,
    rows: BTreeMap<&'static str, u64>,
    /// What creates one more row of everything.
    bodies: BTreeMap<&'static str, Value>,
}

fn login(viewer: &str) -> String {
    match viewer {
        "staff" => STAFF.0.to_owned(),
        "player" => "s1@div.edu".to_owned(),
        "player2" => "s1@other.edu".to_owned(),
        other => format!("{other}@x.edu"),
    }
}

fn password(viewer: &str) -> &str {
    match viewer {
        "staff" => STAFF.1,
        _ => "s1",
    }
}

impl School {
    async fn start() -> Self {
        let api = Api::start().await;
        let class = api.class("div").await;
        let other = api.class("other").await;
        let mut people = BTreeMap::new();
        for name in ["stranger", "leader", "assistant", "leader2", "lecturer", "lecturer2", "new"] {
            let user = json!({
                "email": login(name),
                "password": password(name),
                "is_lecturer": name.starts_with("lecturer"),
            });
            people.insert(name, api.create("users", user).await);
        }
        let mut leaders = BTreeMap::new();
        for (name, run, data) in [
            ("leader", class.run, json!({})),
            ("assistant", class.run, json!({"assistant": true})),
            ("lecturer", class.run, json!({})),
            ("leader2", other.run, json!({})),
            ("lecturer2", other.run, json!({})),
        ] {
            let row = json!({"user": people[name], "run": run, "leader": true, "data": data});
            leaders.insert(name, api.create("runusers", row).await);
        }
        let game = api.get(&format!("/apis/runs/{}/", class.run)).await.json()["game"].clone();
        let phase = json!({"game": game, "name": "Play"});
        let moved = json!({"period": class.period, "name": "one", "role": class.role});
        let hook = json!({"event": "div.*", "url": "http://127.0.0.1:9/callback"});
        let rows = BTreeMap::from([
            ("phases", api.create("phases", phase).await),
            ("roles", class.role),
            ("runs", class.run),
            ("worlds", class.world),
            ("runusers", class.runuser),
            ("leaders", leaders["assistant"]),
            ("scenarios", class.scenario),
            ("periods", class.period),
            ("decisions", api.create("decisions", moved.clone()).await),
            ("results", api.create("results", moved).await),
            ("users", class.user),
            ("hooks", api.create("hooks", hook).await),
        ]);
        let more = json!({"period": class.period, "name": "two", "role": class.role});
        let bodies = BTreeMap::from([
            ("games", json!({"name": "More", "slug": "more"})),
            ("phases", json!({"game": game, "name": "More"})),
            ("roles", json!({"game": game, "name": "More"})),
            ("runs", json!({"game": game, "name": "More"})),
            ("worlds", json!({"run": class.run, "name": "More"})),
            ("runusers", json!({"run": class.run, "user": people["new"]})),
            ("leaders", json!({"run": class.run, "user": people["new"], "leader": true})),
            ("scenarios", json!({"world": class.world, "name": "More"})),
            ("periods", json!({"scenario": class.scenario, "order": 9})),
            ("decisions", more.clone()),
            ("results", more),
            ("users", json!({"email": "more@x.edu"})),
            ("hooks", json!({"event": "div.run.created", "url": "http://127.0.0.1:9/"})),
        ]);
        Self {
            api,
            rows,
            bodies,
        }
    }

    async fn ask(&self, viewer: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let email = login(viewer);
        let body = body.map(|body| ("application/json", body.to_string()));
        self.api
            .ask(As::User(&email, password(viewer)), method, path, body)
            .await
    }

    /// The letter of the table for one request.
    async fn letter(&self, viewer: &str, row: &'static str, act: Act) -> char {
        let collection = if row == "leaders" { "runusers" } else { row };
        let all = format!("/apis/{collection}/");
        let key = match row {
            "games" => "div".to_owned(),
            row => self.rows[row].to_string(),
        };
        let one = format!("{all}{key}/");
        let rewind = format!("{one}rewind/");
        let audit = format!("{one}audit/");
        let history = format!("{one}history/");
        // Whatever a row has; nothing of it changes.
        let same = json!({});
        let back = json!({"last_period_order": 1});
        let (method, path, body) = match act {
            List => ("GET", &all, None),
            Read => ("GET", &one, None),
            Create => ("POST", &all, Some(&self.bodies[row])),
            Change => ("PATCH", &one, Some(&same)),
            Delete => ("DELETE", &one, None),
            Rewind => ("POST", &rewind, Some(&back)),
            Audit => ("GET", &audit, None),
            History => ("GET", &history, None),
        };
        let answer = self.ask(viewer, method, path, body).await;
        let said = |words: &str| assert_eq!(answer.json(), json!({"detail": words}));
        match answer.status {
            200 if act == List => {
                let rows = answer.json();
                let key = rows.as_array().unwrap().iter().any(|listed| match row {
                    "games" => listed["slug"] == "div",
                    row => listed["id"] == self.rows[row],
                });
                if key { '+' } else { '-' }
            }
            200..=299 => '.',
            400 => '0',
            403 => {
                said("You do not have permission to perform this action.");
                '3'
            }
            404 => {
                said("Not found.");
                '4'
            }
            other => panic!("{viewer} {row} {act:?}: {other} {}", answer.text),
        }
    }
}

#[tokio::test]
async fn everybody_is_answered_as_the_table_says() {
    let mut wrong = Vec::new();
    let school = School::start().await;
    let row = |line: &str| {
        let name = line.split(' ').next().unwrap();
        *school.bodies.keys().find(|known| **known == name).unwrap()
    };
    let kept = async || {
        let all = school.api.get("/apis/changes/").await.json();
        all["cursor"].as_u64().unwrap()
    };
    // What leaves the class another one is done in the next test.
    for (line, expected) in TABLE {
        let act = [List, Read, Create, Change, Delete, Rewind, Audit, History]
            .into_iter()
            .find(|act| line.ends_with(&format!("{act:?}")))
            .unwrap();
        let mut found = String::new();
        for (viewer, letter) in VIEWERS.into_iter().zip(expected.chars()) {
            let destroys = matches!(act, Create | Delete | Rewind) && letter == '.';
            if destroys {
                found.push('.');
                continue;
            }
            let before = kept().await;
            found.push(school.letter(viewer, row(line), act).await);
            let refused = matches!(letter, '3' | '4' | '0');
            assert!(
                !refused || kept().await == before,
                "{line}: {viewer} was refused, and something changed"
            );
        }
        if found != *expected {
            wrong.push(format!("{line}: expected {expected}, got {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_the_table_allows_is_done() {
    // Those who may something that leaves the class another one.
    for viewer in ["leader", "lecturer", "lecturer2", "staff"] {
        let school = School::start().await;
        let column = VIEWERS.iter().position(|name| *name == viewer).unwrap();
        let allowed = |line: &str| {
            let (_, letters) = TABLE.iter().find(|(known, _)| *known == line).unwrap();
            letters.as_bytes()[column] == b'.'
        };
        for row in school.bodies.keys() {
            // The same person cannot be in a run twice.
            let twice = *row == "leaders" && allowed("runusers Create");
            if allowed(&format!("{row} Create")) && !twice {
                assert_eq!(school.letter(viewer, row, Create).await, '.', "{viewer} {row}");
            }
        }
        if allowed("scenarios Rewind") {
            assert_eq!(school.letter(viewer, "scenarios", Rewind).await, '.', "{viewer}");
        }
        let mut last_first = [
            "hooks", "results", "decisions", "periods", "scenarios", "leaders", "runusers",
            "worlds", "runs", "users", "roles", "phases", "games",
        ]
        .into_iter();
        while let Some(row) = last_first.find(|row| allowed(&format!("{row} Delete"))) {
            // The rewind has taken the moves of the period.
            let rewound = matches!(row, "results" | "decisions") && allowed("scenarios Rewind");
            if !rewound {
                assert_eq!(school.letter(viewer, row, Delete).await, '.', "{viewer} {row}");
            }
        }
    }
}
