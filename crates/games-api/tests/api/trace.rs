//! The recorded traffic of the original, asked of ours: same status, same body, but for ids, times and the differences named here.
//!
//! The recording leaves some steps out; [`before`] makes up for them. Rows have other primary keys here than there, so each one
//! created under a recorded key is remembered and both sides are compared in recorded keys.

use std::collections::HashMap;

use games_contract::{Kind, Resource};
use serde_json::{Map, Value, json};

use crate::server::{Answer, Api, As, STAFF};

/// What ours answers on purpose, where the original did something else, and why; each is explained in `docs/contract-differences.md`.
const DIFFERENT: &[(&str, u16, &str)] = &[
    (
        "authcheck unknown user",
        400,
        "was a crash; is answered like a wrong password",
    ),
    ("game patch", 200, "PATCH works"),
    ("run patch phase", 200, "PATCH works"),
    ("user patch", 200, "PATCH works"),
    ("user patch password (staff)", 200, "PATCH works"),
    ("decision PATCH", 200, "PATCH works"),
    ("runuser patch leader", 200, "PATCH works"),
    ("run deactivate", 200, "PATCH works"),
    (
        "user create without names",
        201,
        "was a crash; names may be left out",
    ),
    (
        "scenario with neither world nor runuser",
        400,
        "was a crash that left a row",
    ),
    (
        "decision without role again (null role uniqueness)",
        400,
        "null is one seat",
    ),
    (
        "POST missing trailing slash (DEBUG -> 500)",
        404,
        "was a page of the debugger",
    ),
    (
        "OPTIONS metadata games",
        200,
        "only JSON is rendered, no pages",
    ),
    (
        "user create with extra fields (ignored by custom create)",
        201,
        "what staff gives counts",
    ),
    ("user after create", 200, "what staff gives counts"),
    (
        "non-staff user may create game",
        403,
        "players write nothing",
    ),
    (
        "non-staff user may delete game",
        403,
        "players write nothing",
    ),
    (
        "non-staff PUT own user is_superuser",
        403,
        "players write nothing",
    ),
    (
        "non-staff user lists all users",
        200,
        "a player sees their own user",
    ),
    (
        "malformed JSON",
        400,
        "the parser's own words after the same beginning",
    ),
    ("/users/ mount", 404, "JSON instead of a page"),
    (
        "bulk create duplicate inside",
        400,
        "was a crash that left a row",
    ),
    (
        "rewind to nonexistent order -> 500",
        400,
        "was a crash after the later periods were deleted",
    ),
    (
        "bulk delete unfiltered",
        400,
        "the answer says which filters there are; was without a word",
    ),
    ("bulk detail DELETE", 405, "was a crash"),
    (
        "bulk delete with only an unknown filter: deletes EVERYTHING",
        400,
        "a filter that is not known deletes nothing",
    ),
    (
        "ordering param has no effect (no OrderingFilter)",
        200,
        "a list comes in the order that is asked for",
    ),
    ("no bulk games", 404, "JSON instead of a page"),
];

/// Where the original, with its second null-role decision, shows more rows than ours has.
const FEWER_ROWS: &[&str] = &[
    "decisions filter by period",
    "decisions filter run_active",
    "decisions filter run",
    "decisions filter long path",
    "after rewind decisions kept",
];

/// Recorded keys of rows → ours, by resource.
#[derive(Default)]
struct Keys(HashMap<(Resource, u64), u64>);

impl Keys {
    fn ours(&self, resource: Resource, recorded: u64) -> u64 {
        self.0
            .get(&(resource, recorded))
            .copied()
            .unwrap_or(recorded)
    }

    fn recorded(&self, resource: Resource, ours: u64) -> u64 {
        let found = self
            .0
            .iter()
            .find(|((of, _), pk)| *of == resource && **pk == ours);
        found.map_or(ours, |((_, recorded), _)| *recorded)
    }

    /// As [`row`](Self::row), also in a list of rows.
    fn rows(
        &self,
        resource: Resource,
        rows: &Value,
        way: impl Fn(&Self, Resource, u64) -> u64 + Copy,
    ) -> Value {
        match rows {
            Value::Array(rows) => rows
                .iter()
                .map(|row| self.row(resource, row, way))
                .collect(),
            row => self.row(resource, row, way),
        }
    }

    /// Every reference in a row, translated.
    fn row(
        &self,
        resource: Resource,
        row: &Value,
        way: impl Fn(&Self, Resource, u64) -> u64,
    ) -> Value {
        let Value::Object(members) = row else {
            return row.clone();
        };
        let translated = members.iter().map(|(name, value)| {
            let kind = resource.table().field(name).map(|field| field.kind);
            let target = match kind {
                Some(Kind::Id) => Some(resource),
                Some(Kind::Reference(to)) => Some(to),
                _ => None,
            };
            let pk = target
                .zip(value.as_u64())
                .map(|(to, pk)| way(self, to, pk).into());
            (name.clone(), pk.unwrap_or_else(|| value.clone()))
        });
        Value::Object(translated.collect())
    }

    /// The references in a path and its query, translated to ours.
    fn path(&self, resource: Option<Resource>, path: &str) -> String {
        let Some(resource) = resource else {
            return path.to_owned();
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        let key = if parts[2] == "bulk" { 4 } else { 3 };
        if let Some(pk) = parts.get(key).and_then(|part| part.parse().ok())
            && resource != Resource::Game
        {
            parts[key] = self.ours(resource, pk).to_string();
        }
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let last = name.rsplit("__").next().unwrap_or(name);
                match (Resource::from_name(last), value.parse()) {
                    (Some(to), Ok(pk)) => format!("{name}={}", self.ours(to, pk)),
                    _ => pair.to_owned(),
                }
            });
        let query: Vec<String> = pairs.collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", parts.join("/"), query.join("&"))
    }
}

fn resource_of(path: &str) -> Option<Resource> {
    let mut parts = path
        .split(['/', '?'])
        .skip(2)
        .filter(|part| *part != "bulk");
    Resource::from_collection(parts.next()?)
}

/// Nothing listens there: the deliveries of this test go nowhere.
fn elsewhere(text: &str) -> String {
    text.replace("127.0.0.1:8190", "127.0.0.1:9")
}

/// Steps that the recording leaves out: method, collection, recorded key, body in recorded keys.
fn before(note: &str) -> Vec<(&'static str, &'static str, u64, Value)> {
    match note {
        // What PATCH changed here and not there is taken back.
        "game put" => vec![("PATCH", "games", 1, json!({"data": {}}))],
        "run PUT missing required" => vec![("PATCH", "runs", 1, json!({"phase": null}))],
        "run create" => vec![
            ("POST", "roles", 2, json!({"game": 1, "name": "Divisor"})),
            (
                "POST",
                "phases",
                2,
                json!({"game": 1, "name": "Debrief", "order": 2}),
            ),
        ],
        "world create" => vec![
            (
                "POST",
                "users",
                3,
                json!({"email": "p2@probe.edu", "password": "s2", "first_name": "Student2", "last_name": "User"}),
            ),
            ("PATCH", "users", 2, json!({"first_name": "Student1"})),
        ],
        "runuser duplicate" => vec![(
            "POST",
            "runusers",
            2,
            json!({"user": 3, "run": 1, "world": 1, "role": 2}),
        )],
        // With one seat for null, the PUT that resets the role would meet this one.
        "decision PUT w/o role and data (role reset to null? data kept?)" => {
            vec![
                ("DELETE", "decisions", 2, Value::Null),
                ("PATCH", "decisions", 1, json!({"data": {"operand": 10.0}})),
            ]
        }
        // The row that the crash left there.
        "bulk list" => vec![(
            "POST",
            "decisions",
            5,
            json!({"period": 2, "name": "b0", "role": 1}),
        )],
        "rest-auth user" => vec![("PATCH", "users", 1, json!({"is_superuser": true}))],
        "hook to a failing URL (500)" => {
            vec![(
                "POST",
                "games",
                5,
                json!({"name": "Probe2", "slug": "probe2"}),
            )]
        }
        "run PUT full" => vec![(
            "POST",
            "runs",
            4,
            json!({"game": 5, "name": "x", "data": {"x": 1}}),
        )],
        "player basic auth reads users" => vec![(
            "PATCH",
            "users",
            5,
            json!({"first_name": "A", "data": null, "external_id": null, "is_staff": false}),
        )],
        "bulk create worlds ok" => vec![
            ("PATCH", "runs", 4, json!({"active": true})),
            ("POST", "worlds", 7, json!({"run": 4, "name": "W"})),
            ("POST", "scenarios", 6, json!({"world": 7, "name": "S"})),
        ],
        // What the misspelt filter deleted there and not here.
        "decisions left after that" => vec![
            ("DELETE", "decisions", 10, Value::Null),
            ("DELETE", "decisions", 11, Value::Null),
        ],
        _ => Vec::new(),
    }
}

async fn prepare(api: &Api, keys: &mut Keys, note: &str) {
    for (method, collection, recorded, body) in before(note) {
        let resource = Resource::from_collection(collection).unwrap();
        let body = keys.row(resource, &body, Keys::ours);
        let key = match resource {
            Resource::Game => "probe".to_owned(),
            _ => keys.ours(resource, recorded).to_string(),
        };
        let path = format!("/apis/{collection}/{key}/");
        match method {
            "POST" => {
                let pk = api.create(collection, body).await;
                keys.0.insert((resource, recorded), pk);
            }
            "DELETE" => {
                let gone = api.get(&path).await.status == 404;
                if !gone {
                    api.delete(&path).await;
                }
            }
            _ => assert_eq!(api.patch(&path, &body).await.status, 200, "before {note}"),
        }
    }
}

/// The recorded credentials, as far as they were recorded.
fn who<'a>(auth: &str, second_part: bool, token: &'a str) -> As<'a> {
    match auth {
        "basic" => As::User(STAFF.0, STAFF.1),
        "Basic" if second_part => As::User("q1@probe.edu", "p"),
        "Basic" => As::User("p1@probe.edu", "not this"),
        "Token" => As::Header(token),
        _ => As::Nobody,
    }
}

fn body_of(
    resource: Option<Resource>,
    keys: &Keys,
    sent: &Value,
) -> Option<(&'static str, String)> {
    match sent {
        Value::Null => None,
        Value::String(form) if form.contains('=') => {
            let run = keys.ours(Resource::Run, 1);
            let form = form.replace("run=1", &format!("run={run}"));
            Some(("application/x-www-form-urlencoded", form))
        }
        sent => {
            let sent = match resource {
                Some(resource) => keys.rows(resource, sent, Keys::ours),
                None => sent.clone(),
            };
            Some(("application/json", elsewhere(&sent.to_string())))
        }
    }
}

/// Takes what no two runs have in common out of a body: times, and how a subscription's deliveries went.
fn settle(body: &mut Value) {
    match body {
        Value::Array(rows) => rows.iter_mut().for_each(settle),
        Value::Object(row) => {
            for name in ["created", "updated", "modified"] {
                if let Some(value) = row.get_mut(name) {
                    assert_timestamp(value);
                    *value = "a time".into();
                }
            }
            if let Some(Value::String(key)) = row.get_mut("key")
                && key.len() == 40
            {
                *key = "<40 hex chars>".to_owned();
            }
            for name in [
                "connected",
                "erroring",
                "last_error",
                "last_error_status",
                "last_error_content",
            ] {
                if let Some(value) = row.get_mut(name) {
                    *value = "as it went".into();
                }
            }
        }
        _ => {}
    }
}

fn assert_timestamp(value: &Value) {
    let text = value.as_str().unwrap();
    assert_eq!(
        (text.len(), &text[19..20], &text[26..]),
        (27, ".", "Z"),
        "{text}"
    );
}

/// The recorded rows that are shown, without the note of how many more there were.
fn shown(recorded: &Value) -> Value {
    let Value::Array(rows) = recorded else {
        return recorded.clone();
    };
    rows.iter()
        .filter(|row| !row.is_string() || rows.len() == 1)
        .cloned()
        .collect()
}

struct Replay {
    api: Api,
    keys: Keys,
    second_part: bool,
    /// The header that shows a token; a wrong one until somebody has logged in.
    token: String,
    complaints: Vec<String>,
}

impl Replay {
    async fn step(&mut self, step: &Value) {
        let note = step["note"].as_str().unwrap();
        let request = &step["request"];
        let path = request["path"].as_str().unwrap();
        self.second_part |= note == "rest-auth login with username -> token key";
        prepare(&self.api, &mut self.keys, note).await;
        let resource = resource_of(path);
        let answer = self
            .api
            .ask(
                who(
                    request["auth"].as_str().unwrap(),
                    self.second_part,
                    &self.token,
                ),
                request["method"].as_str().unwrap(),
                &self.keys.path(resource, path),
                body_of(resource, &self.keys, &request["body"]),
            )
            .await;
        let response = &step["response"];
        if let Some(key) = answer.json()["key"].as_str() {
            self.token = format!("Token {key}");
        }
        if let (Some(resource), 201) = (resource, answer.status) {
            self.learn(resource, &response["body"], &answer.json());
        }
        if let Some(complaint) = self.compare(note, resource, response, &answer) {
            self.complaints.push(complaint);
        }
    }

    /// Remembers under which keys the recorded rows are here. Of a list the recording may show only the beginning; what it
    /// leaves out had the keys that follow.
    fn learn(&mut self, resource: Resource, recorded: &Value, ours: &Value) {
        match (recorded, ours) {
            (Value::Array(recorded), Value::Array(ours)) => {
                let first = recorded[0]["id"].as_u64().unwrap();
                for (recorded, ours) in (first..).zip(ours) {
                    self.learn(resource, &json!({"id": recorded}), ours);
                }
            }
            (recorded, ours) => {
                if let (Some(recorded), Some(ours)) = (recorded["id"].as_u64(), ours["id"].as_u64())
                {
                    self.keys.0.insert((resource, recorded), ours);
                }
            }
        }
    }

    fn compare(
        &self,
        note: &str,
        resource: Option<Resource>,
        response: &Value,
        answer: &Answer,
    ) -> Option<String> {
        let told = |expected: &dyn std::fmt::Display| {
            Some(format!(
                "{note}\n  expected {expected}\n  got {} {}",
                answer.status, answer.text
            ))
        };
        if let Some((_, status, _)) = DIFFERENT.iter().find(|(different, ..)| *different == note) {
            return if answer.status == *status {
                None
            } else {
                told(status)
            };
        }
        if answer.status != response["status"] {
            return told(&response["status"]);
        }
        let mut expected = shown(&response["body"]);
        if expected.is_null() {
            return if answer.text.is_empty() {
                None
            } else {
                told(&"no body")
            };
        }
        let mut got = answer.json();
        // Where the recording shows only the beginning of a list.
        if let (Value::Array(recorded), Value::Array(rows)) = (&response["body"], &mut got)
            && recorded
                .last()
                .is_some_and(|last| last.is_string() && recorded.len() > 1)
        {
            rows.truncate(recorded.len() - 1);
        }
        settle(&mut expected);
        settle(&mut got);
        let here =
            elsewhere(&expected.to_string()).replace("http://127.0.0.1:8100", self.api.base());
        let mut expected: Value = serde_json::from_str(&here).unwrap();
        got = match (resource, got) {
            (Some(resource), rows) => self.keys.rows(resource, &rows, Keys::recorded),
            (None, other) => other,
        };
        if FEWER_ROWS.contains(&note) {
            let ids: Vec<Value> = got
                .as_array()?
                .iter()
                .map(|row| row["id"].clone())
                .collect();
            expected
                .as_array_mut()?
                .retain(|row| ids.contains(&row["id"]));
            got.as_array_mut()?.truncate(expected.as_array()?.len());
        }
        // As text, so that the order of the keys and the form of the numbers count.
        let (expected, got) = (expected.to_string(), got.to_string());
        (expected != got).then(|| format!("{note}\n  expected {expected}\n  got      {got}"))
    }
}

#[tokio::test]
async fn the_recorded_traffic_is_answered_as_the_original_did() {
    let steps: Vec<Value> = serde_json::from_str(include_str!("../traces/rest.json")).unwrap();
    let mut replay = Replay {
        api: Api::start().await,
        keys: Keys::default(),
        second_part: false,
        token: format!("Token {}", "0".repeat(40)),
        complaints: Vec::new(),
    };
    let mut replayed = 0;
    for step in &steps {
        // One answer was recorded without its request; its words are looked at in `rest`.
        if step["request"].is_object() {
            replay.step(step).await;
            replayed += 1;
        }
    }
    assert!(replayed > 150, "the recording is there: {replayed} steps");
    assert!(
        replay.complaints.is_empty(),
        "{} differences that nobody has named:\n{}",
        replay.complaints.len(),
        replay.complaints.join("\n")
    );
}

#[test]
fn every_named_difference_is_in_the_recording() {
    let steps: Vec<Map<String, Value>> =
        serde_json::from_str(include_str!("../traces/rest.json")).unwrap();
    let notes: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["note"].as_str())
        .collect();
    for (note, _, why) in DIFFERENT {
        assert!(notes.contains(note), "{note}");
        assert!(!why.is_empty());
    }
    for note in FEWER_ROWS {
        assert!(notes.contains(note), "{note}");
    }
}
