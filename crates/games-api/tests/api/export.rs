//! A run as tables: the same rows in every format, for those who lead it.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use crate::server::{Answer, Api, As, Class, STAFF};

const TABLES: [&str; 6] = ["decisions", "results", "players", "grades", "events", "superseded"];
/// What a player may type, and what of it stays in a CSV.
const TYPED: [(&str, &str); 4] = [
    ("=HYPERLINK(\"http://x\",\"y\")", "'=HYPERLINK(\"http://x\",\"y\")"),
    ("+49 170", "'+49 170"),
    ("-12.5", "-12.5"),
    ("a,\"b\"\r\nü", "a,\"b\"\r\nü"),
];

/// A class that has played two periods, with a second player, a bot's decision, and somebody who leads.
async fn played(api: &Api) -> (Class, u64) {
    let class = api.class("div").await;
    let user = format!("/apis/users/{}/", class.user);
    api.patch(&user, &json!({"external_id": "m-17"})).await;
    let seat = format!("/apis/runusers/{}/", class.runuser);
    api.patch(&seat, &json!({"data": {"score": 12.5, "_private": {"code": "secret"}}}))
        .await;
    let run = api.get(&format!("/apis/runs/{}/", class.run)).await.json();
    let role = json!({"game": run["game"], "name": "Divisor"});
    let divisor = api.create("roles", role).await;
    let two = json!({"email": "s2@div.edu", "password": "s2", "first_name": "=cmd"});
    let two = api.create("users", two).await;
    let two = json!({"user": two, "run": class.run, "world": class.world, "role": divisor});
    let two = api.create("runusers", two).await;
    let leader = json!({"email": "leader@div.edu", "password": "leader"});
    let leader = api.create("users", leader).await;
    let leader = json!({"user": leader, "run": class.run, "leader": true});
    api.create("runusers", leader).await;
    let second = json!({"scenario": class.scenario, "order": 2});
    let second = api.create("periods", second).await;
    let decide = async |period: u64, role: u64, data: Value| {
        let row = json!({"period": period, "role": role, "name": "decision", "data": data});
        api.create("decisions", row).await
    };
    let detail = json!({"args": ["=1+1", 60]});
    let record = json!({"op": "record", "run": class.run, "world": class.world, "user": class.user, "what": "extend", "detail": detail});
    let batch = json!({"groups": [{"key": "a", "operations": [record]}]});
    assert_eq!(api.post("/apis/batch/", &batch).await.json()["groups"][0]["status"], 200);
    decide(class.period, class.role, json!({"operand": 12, "why": TYPED[0].0})).await;
    decide(class.period, divisor, json!({"operand": 2.50, "why": TYPED[1].0, "_turn": {"by": "bot"}})).await;
    decide(second, class.role, json!({"operand": true, "why": TYPED[2].0, "_private": {"seed": "secret"}})).await;
    decide(second, divisor, json!({"more": {"a": [1, {"_private": "secret", "b": 2}]}, "why": TYPED[3].0, "_turn": {"by": "default"}})).await;
    let result = json!({"period": class.period, "name": "result", "role": null, "data": {"quotient": 4.8}});
    api.create("results", result).await;
    let third = json!({"scenario": class.scenario, "order": 3});
    let third = api.create("periods", third).await;
    decide(third, divisor, json!({"operand": 3, "why": TYPED[0].0})).await;
    let rewind = format!("/apis/scenarios/{}/rewind/", class.scenario);
    let back = json!({"last_period_order": 2, "delete_last_period_decisions": false, "keep": true});
    assert_eq!(api.post(&rewind, &back).await.status, 204);
    (class, two)
}

fn path(run: u64, query: &str) -> String {
    format!("/apis/runs/{run}/export/?{query}")
}

async fn sheets(api: &Api, run: u64, query: &str) -> Xlsx<Cursor<Vec<u8>>> {
    let answer = api.bytes(&path(run, query)).await;
    Xlsx::new(Cursor::new(answer)).unwrap()
}

/// A table of JSON as rows of text, the names of the columns first.
fn from_json(answer: &Answer) -> Vec<Vec<String>> {
    let rows = answer.json();
    let rows = rows.as_array().unwrap();
    let names = rows[0].as_object().unwrap().keys().cloned().collect();
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = rows.iter().map(|row| {
        let members = row.as_object().unwrap();
        members.values().map(text).collect()
    });
    std::iter::once(names).chain(rows).collect()
}

fn from_csv(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        row.iter().map(str::to_owned).collect()
    });
    rows.collect()
}

fn from_sheet(range: &calamine::Range<Data>) -> Vec<Vec<String>> {
    let text = |cell: &Data| match cell {
        Data::Empty => String::new(),
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

#[tokio::test]
async fn the_same_rows_come_in_every_format() {
    let api = Api::start().await;
    let (class, _) = played(&api).await;
    let mut book = sheets(&api, class.run, "").await;
    assert_eq!(book.sheet_names(), TABLES);
    for table in TABLES {
        let json = api.get(&path(class.run, &format!("table={table}&format=json"))).await;
        assert_eq!(json.header("Content-Type"), "application/json");
        let rows = from_json(&json);
        let csv = api.get(&path(class.run, &format!("table={table}"))).await;
        assert_eq!(csv.header("Content-Type"), "text/csv; charset=utf-8");
        let name = format!("attachment; filename=\"div-run-{}-{table}.csv\"", class.run);
        assert_eq!(csv.header("Content-Disposition"), name);
        assert_eq!(csv.header("Content-Length"), csv.text.len().to_string());
        let unmarked = |cell: String| match cell.strip_prefix('\'') {
            Some(text) => text.to_owned(),
            None => cell,
        };
        let unmarked = |row: Vec<String>| row.into_iter().map(unmarked).collect();
        let plain: Vec<Vec<String>> = from_csv(&csv.text).into_iter().map(unmarked).collect();
        assert_eq!(plain, rows, "{table}");
        assert_eq!(from_sheet(&book.worksheet_range(table).unwrap()), rows, "{table}");
        let query = format!("table={table}&format=xlsx");
        let mut one = sheets(&api, class.run, &query).await;
        assert_eq!(one.sheet_names(), [table]);
        assert_eq!(from_sheet(&one.worksheet_range(table).unwrap()), rows, "{table}");
    }
}

#[tokio::test]
async fn decisions_tell_where_whose_and_what_each_is() {
    let api = Api::start().await;
    let (class, two) = played(&api).await;
    // Another run of the same game is another export.
    api.class("other").await;
    let answer = api.get(&path(class.run, "table=decisions&format=json")).await;
    let rows = answer.json();
    assert_eq!(rows.as_array().unwrap().len(), 4);
    let first = rows[0].as_object().unwrap();
    let columns: Vec<&String> = first.keys().collect();
    assert_eq!(
        columns,
        ["id", "world_id", "world", "scenario_id", "scenario", "period", "role", "name", "runuser_id", "email", "created", "updated",
            "made_by", "data.operand", "data.why", "data.more"]
    );
    let known = [
        ("world_id", json!(class.world)),
        ("world", json!("World 1")),
        ("scenario_id", json!(class.scenario)),
        ("scenario", json!("World Scenario 1")),
        ("period", json!(1)),
        ("role", json!("Dividend")),
        ("runuser_id", json!(class.runuser)),
        ("email", json!("s1@div.edu")),
        ("made_by", json!("person")),
        ("data.operand", json!(12)),
        ("data.more", Value::Null),
    ];
    for (column, value) in known {
        assert_eq!(first[column], value, "{column}");
    }
    let other = &rows[3];
    assert_eq!((&other["period"], &other["runuser_id"]), (&json!(2), &json!(two)));
    assert_eq!(other["data.more"], json!({"a": [1, {"b": 2}]}));
    let by: Vec<&Value> = rows.as_array().unwrap().iter().map(|row| &row["made_by"]).collect();
    assert_eq!(by, ["person", "bot", "person", "default"]);
    assert!(!answer.text.contains("secret"), "{}", answer.text);
    let csv = api.get(&path(class.run, "table=decisions&format=csv")).await;
    let why = from_csv(&csv.text).into_iter().skip(1).map(|row| row[14].clone());
    assert_eq!(why.collect::<Vec<_>>(), TYPED.map(|(_, kept)| kept));
}

#[tokio::test]
async fn players_and_grades_tell_who_did_what() {
    let api = Api::start().await;
    let (class, two) = played(&api).await;
    let bot = json!({"email": "bot-1-1@bots.invalid", "is_active": false});
    let bot = api.create("users", bot).await;
    let bot = json!({"user": bot, "run": class.run, "active": false});
    api.create("runusers", bot).await;
    let players = api.get(&path(class.run, "table=players&format=json")).await;
    let rows = players.json();
    assert_eq!(rows.as_array().unwrap().len(), 4, "a bot played, and is not graded");
    assert_eq!(rows[0]["external_id"], "m-17");
    assert_eq!((&rows[1]["runuser_id"], &rows[1]["role"]), (&json!(two), &json!("Divisor")));
    assert_eq!((&rows[2]["leader"], &rows[2]["world"]), (&json!(true), &Value::Null));
    let grades = api.get(&path(class.run, "table=grades&format=json")).await;
    let expected = |who: [&str; 3], counts: [u8; 3], external: Value, score: Value| {
        json!({
            "external_id": external, "email": who[0], "first_name": who[1], "last_name": if who[1] == "=cmd" { "" } else { "User" },
            "world": "World 1", "role": who[2],
            "periods_by_self": counts[0], "periods_by_default": counts[1], "periods_by_bot": counts[2], "score": score,
        })
    };
    let one = expected(["s1@div.edu", "Student1", "Dividend"], [2, 0, 0], json!("m-17"), json!(12.5));
    let second = expected(["s2@div.edu", "=cmd", "Divisor"], [0, 1, 1], Value::Null, Value::Null);
    assert_eq!(grades.json(), json!([one, second]));
    assert!(!players.text.contains("secret"));
    let csv = api.get(&path(class.run, "table=grades")).await;
    assert!(csv.text.contains(",'=cmd,"), "{}", csv.text);
}

#[tokio::test]
async fn a_run_that_has_not_begun_has_columns_and_no_rows() {
    let api = Api::start().await;
    let class = api.class("div").await;
    for table in ["decisions", "results"] {
        let csv = api.get(&path(class.run, &format!("table={table}"))).await;
        assert_eq!(csv.text.lines().count(), 1, "{}", csv.text);
        let json = api.get(&path(class.run, &format!("table={table}&format=json"))).await;
        assert_eq!(json.json(), json!([]));
    }
    assert_eq!(sheets(&api, class.run, "").await.sheet_names(), TABLES);
}

#[tokio::test]
async fn those_who_lead_a_run_or_look_on_export_it_and_nobody_else() {
    let mut api = Api::start().await;
    let (class, _) = played(&api).await;
    let other = api.class("other").await;
    let add = async |name: &str, run: u64, row: Value| {
        let user = json!({"email": format!("{name}@x.edu"), "password": name, "is_lecturer": name == "lecturer"});
        let user = api.create("users", user).await;
        let mut row = row;
        row["user"] = user.into();
        row["run"] = run.into();
        api.create("runusers", row).await;
    };
    add("assistant", class.run, json!({"leader": true, "data": {"assistant": true}})).await;
    add("former", class.run, json!({"leader": true, "active": false})).await;
    add("lecturer", class.run, json!({"leader": true})).await;
    add("elsewhere", other.run, json!({"leader": true})).await;
    let query = "table=grades";
    let cases = [
        (As::User(STAFF.0, STAFF.1), 200),
        (As::User("leader@div.edu", "leader"), 200),
        (As::User("assistant@x.edu", "assistant"), 200),
        (As::User("lecturer@x.edu", "lecturer"), 200),
        (As::User("former@x.edu", "former"), 403),
        (As::User("s1@div.edu", "s1"), 403),
        (As::User("s1@other.edu", "s1"), 404),
        (As::User("elsewhere@x.edu", "elsewhere"), 404),
        (As::Nobody, 401),
    ];
    for (who, status) in cases {
        for method in ["GET", "HEAD"] {
            let answer = api.ask(who, method, &path(class.run, query), None).await;
            assert_eq!(answer.status, status, "{method} {who:?}: {}", answer.text);
        }
    }
    let gone = api.get("/apis/runs/4711/export/").await;
    assert_eq!((gone.status, gone.json()), (404, json!({"detail": "Not found."})));
    assert_eq!(api.get("/apis/runs/x/export/").await.status, 404);
    api.stop().await;
    api.open().await;
    let player = As::User("s1@div.edu", "s1");
    let answer = api.ask(player, "GET", &path(class.run, query), None).await;
    assert_eq!(answer.status, 200, "as open as the original");
}

#[tokio::test]
async fn a_header_chooses_the_format_and_a_wrong_question_is_answered_with_what_there_is() {
    let api = Api::start().await;
    let (class, _) = played(&api).await;
    let head = api.ask(As::User(STAFF.0, STAFF.1), "HEAD", &path(class.run, ""), None).await;
    let name = format!("attachment; filename=\"div-run-{}.xlsx\"", class.run);
    assert_eq!(head.header("Content-Disposition"), name);
    assert_eq!(head.text, "");
    let wrong = api.get(&path(class.run, "table=decision")).await;
    assert_eq!(wrong.status, 400);
    let words = r#"Expected decisions, results, players, grades, events or superseded, got "decision": choose one of them."#;
    assert_eq!(wrong.json(), json!({"table": [words]}));
    let wrong = api.get(&path(class.run, "format=csv")).await;
    let words = "Expected decisions, results, players, grades, events or superseded, got nothing: name one; only format=xlsx holds all of them at once.";
    assert_eq!(wrong.json(), json!({"table": [words]}));
    let posted = api.post(&path(class.run, ""), &json!({})).await;
    assert_eq!((posted.status, posted.header("Allow")), (405, "GET, HEAD, OPTIONS"));
}
