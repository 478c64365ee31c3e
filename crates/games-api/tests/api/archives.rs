//! Runs that go into a file and come back, beside a running games API.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use games_api::{ArchiveError, People, SystemClock, archive, unarchive};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Api, Class};

const BELOW: [&str; 6] = [
    "worlds",
    "runusers",
    "scenarios",
    "periods",
    "decisions",
    "results",
];

/// A class that has played, at a table and alone, in the phase "Play".
async fn played(api: &Api) -> Class {
    let class = api.class("div").await;
    let game = api.get("/apis/games/div/").await.json()["id"].clone();
    let phase = api
        .create("phases", json!({"game": game, "name": "Play", "order": 1}))
        .await;
    let run = format!("/apis/runs/{}/", class.run);
    api.patch(&run, &json!({"phase": phase, "data": {"options": {"rounds": 3.50}}}))
        .await;
    let leader = json!({"email": "leader@div.edu", "password": "leader"});
    let leader = api.create("users", leader).await;
    api.create("runusers", json!({"user": leader, "run": class.run, "leader": true}))
        .await;
    let decision = json!({"period": class.period, "name": "decision", "role": class.role, "data": {"operand": 1e300}});
    api.create("decisions", decision).await;
    let result = json!({"period": class.period, "name": "result", "data": {"_private": {"seed": 7}}});
    api.create("results", result).await;
    let own = json!({"runuser": class.runuser, "name": "alone"});
    let own = api.create("scenarios", own).await;
    api.create("periods", json!({"scenario": own, "order": 1}))
        .await;
    class
}

/// The run with everything below it, by resource.
async fn rows(api: &Api, run: u64) -> Vec<Value> {
    let mut all = vec![api.get(&format!("/apis/runs/{run}/")).await.json()];
    for below in BELOW {
        let listed = api.get(&format!("/apis/{below}/?run={run}")).await.json();
        all.extend(listed.as_array().unwrap().iter().cloned());
    }
    all
}

/// Rows without what a return changes.
fn contents(mut rows: Vec<Value>) -> Vec<Value> {
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("updated");
    }
    rows
}

async fn exists(api: &Api, run: u64) -> bool {
    api.get(&format!("/apis/runs/{run}/")).await.status == 200
}

/// The cursor of the newest change, also of one that another process has just made.
async fn cursor(api: &Api) -> u64 {
    let now = api.get("/apis/changes/?after=0").await.json();
    now["cursor"].as_u64().unwrap()
}

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn count(&self) -> usize {
        self.0.path().read_dir().unwrap().count()
    }
}

async fn save(api: &Api, run: u64, file: &Path) -> Result<usize, ArchiveError> {
    let config = api.place().config();
    let saved = archive(config, Arc::new(SystemClock), run, file, false).await?;
    Ok(saved.rows)
}

async fn keep(api: &Api, run: u64, file: &Path) {
    let config = api.place().config();
    let saved = archive(config, Arc::new(SystemClock), run, file, true).await;
    assert_eq!(saved.unwrap().name, "default");
}

async fn put_back(api: &Api, file: &Path) -> Result<u64, ArchiveError> {
    let config = api.place().config();
    let back = unarchive(config, Arc::new(SystemClock), file).await?;
    Ok(back.run)
}

#[tokio::test]
async fn a_run_leaves_and_comes_back_as_it_was_and_the_running_games_api_tells_of_both() {
    let api = Api::start().await;
    let class = played(&api).await;
    let other = api.class("other").await;
    let before = rows(&api, class.run).await;
    let untouched = rows(&api, other.run).await;
    let files = Files::new();
    let file = files.file("run.jsonl");
    let head = cursor(&api).await;
    // Whoever waits hears of what another process has done.
    let poll = format!("/apis/changes/?after={head}&game_slug=div&wait=30");
    let (heard, saved) = tokio::join!(api.get(&poll), save(&api, class.run, &file));
    assert_eq!(saved.unwrap(), before.len());
    let heard = heard.json();
    let told = heard["changes"].as_array().unwrap();
    assert_eq!(told.len(), before.len());
    assert_eq!(told[0]["event"], "div.run.deleted", "the run's end comes first");
    for (change, row) in told.iter().zip(&before) {
        assert_eq!(change["data"], *row);
        assert!(change["event"].as_str().unwrap().ends_with(".deleted"));
    }
    assert!(!exists(&api, class.run).await);
    assert_eq!(rows(&api, other.run).await, untouched);
    for below in BELOW {
        let left = api.get(&format!("/apis/{below}/")).await.json();
        let of_other = api.get(&format!("/apis/{below}/?run={}", other.run)).await;
        assert_eq!(left, of_other.json(), "{below}");
    }
    let users = api.get("/apis/users/").await.json();
    assert_eq!(users.as_array().unwrap().len(), 4, "people stay");
    assert_eq!(files.count(), 1);
    let held = std::fs::read_to_string(&file).unwrap();
    assert!(!held.contains("argon2"), "no passwords");

    let poll = format!("/apis/changes/?after={}&game_slug=div&wait=30", heard["cursor"]);
    let (heard, back) = tokio::join!(api.get(&poll), put_back(&api, &file));
    assert_eq!(back.unwrap(), class.run);
    let after = rows(&api, class.run).await;
    assert_eq!(contents(after.clone()), contents(before.clone()));
    for (now, then) in after.iter().zip(&before) {
        let version = |row: &Value| row["updated"].as_str().unwrap().to_owned();
        assert!(version(now) > version(then), "a version never comes again");
    }
    let heard = heard.json();
    let told = heard["changes"].as_array().unwrap();
    assert_eq!(told.len(), before.len());
    for (change, row) in told.iter().zip(&after) {
        assert_eq!(change["data"], *row);
        assert!(change["event"].as_str().unwrap().ends_with(".created"));
    }
    // Numbers go on after the ones that were given.
    let next = api.create("worlds", json!({"run": class.run, "name": "World 3"})).await;
    assert!(next > other.other_world, "{next}");
    let again = put_back(&api, &file).await.unwrap_err();
    assert!(
        matches!(again, ArchiveError::There { run, .. } if run == class.run),
        "{again}"
    );
    assert_eq!(rows(&api, class.run).await.len(), before.len() + 1);
}

#[tokio::test]
async fn a_run_that_is_kept_is_there_already_until_it_is_deleted_and_then_comes_back() {
    let api = Api::start().await;
    let class = played(&api).await;
    let before = rows(&api, class.run).await;
    let files = Files::new();
    let file = files.file("run.jsonl");
    keep(&api, class.run, &file).await;
    assert_eq!(rows(&api, class.run).await, before);
    let held = std::fs::read(&file).unwrap();
    let told = save(&api, class.run, &file).await.unwrap_err().to_string();
    assert!(told.contains("there already"), "{told}");
    assert_eq!(std::fs::read(&file).unwrap(), held);
    let told = put_back(&api, &file).await.unwrap_err().to_string();
    assert!(told.contains(&format!("has it as run {}", class.run)), "{told}");
    // One world goes on living elsewhere, under its number.
    let game = api.get("/apis/games/div/").await.json()["id"].clone();
    let elsewhere = api.create("runs", json!({"game": game, "name": "next"})).await;
    let world = format!("/apis/worlds/{}/", class.other_world);
    api.patch(&world, &json!({"run": elsewhere})).await;
    api.delete(&format!("/apis/runs/{}/", class.run)).await;
    let run = put_back(&api, &file).await.unwrap();
    assert!(run > elsewhere, "not a number that was given before: {run}");
    let after = rows(&api, run).await;
    assert_eq!(after.len(), before.len());
    for (now, then) in after.iter().zip(&before) {
        assert!(now["id"].as_u64() > then["id"].as_u64(), "{now}");
        for same in ["name", "data", "created", "user", "order", "email"] {
            assert_eq!(now[same], then[same], "{same}");
        }
    }
    let world = after.iter().find(|row| row["name"] == "World 1").unwrap();
    let scenario = after.iter().find(|row| row["name"] == "World Scenario 1");
    assert_eq!(scenario.unwrap()["world"], world["id"], "references follow");
    let next = api.create("runs", json!({"game": game, "name": "more"})).await;
    assert!(next > run);
    let told = put_back(&api, &file).await.unwrap_err().to_string();
    assert!(told.contains(&format!("has it as run {run}")), "{told}");
}

#[tokio::test]
async fn in_another_database_what_the_run_refers_to_is_found_by_name() {
    let from = Api::start().await;
    let class = played(&from).await;
    let files = Files::new();
    let file = files.file("run.jsonl");
    save(&from, class.run, &file).await.unwrap();
    let api = Api::start().await;
    let told = put_back(&api, &file).await.unwrap_err().to_string();
    for missing in [
        "the game div,",
        "the phase Play of the game div",
        "the role Dividend of the game div",
        "the user s1@div.edu",
        "the user leader@div.edu:",
    ] {
        assert!(told.contains(missing), "{missing} in {told}");
    }
    // The same names under other numbers, and rows that have the run's own.
    api.class("first").await;
    let game = json!({"name": "Game div", "slug": "div"});
    let game = api.create("games", game).await;
    api.create("roles", json!({"game": game, "name": "Divisor"})).await;
    let role = api.create("roles", json!({"game": game, "name": "Dividend"})).await;
    let phase = json!({"game": game, "name": "Play"});
    let phase = api.create("phases", phase).await;
    api.create("users", json!({"email": "leader@div.edu"})).await;
    let told = put_back(&api, &file).await.unwrap_err().to_string();
    assert!(told.contains("without the user s1@div.edu: make"), "{told}");
    let user = api.create("users", json!({"email": "S1@div.edu"})).await;
    let run = put_back(&api, &file).await.unwrap();
    let back = rows(&api, run).await;
    assert_eq!(back[0]["game"], game);
    assert_eq!(back[0]["phase"], phase);
    let seat = back.iter().find(|row| row["email"] == "S1@div.edu").unwrap();
    assert_eq!((&seat["user"], &seat["role"]), (&json!(user), &json!(role)));
    let told = put_back(&api, &file).await.unwrap_err();
    assert!(matches!(told, ArchiveError::There { .. }), "{told}");
    // In a database that never gave such numbers, rows keep theirs.
    let file = files.file("other.jsonl");
    let many = api.class("third").await;
    save(&api, many.run, &file).await.unwrap();
    let class = from.class("third").await;
    from.delete(&format!("/apis/runs/{}/", class.run)).await;
    let back = put_back(&from, &file).await.unwrap();
    assert_eq!(back, many.run);
}

#[tokio::test]
async fn a_renamed_user_is_known_where_the_archive_was_made_and_never_taken_for_another() {
    let api = Api::start().await;
    let class = played(&api).await;
    let files = Files::new();
    let file = files.file("run.jsonl");
    save(&api, class.run, &file).await.unwrap();
    let user = format!("/apis/users/{}/", class.user);
    api.patch(&user, &json!({"email": "renamed@div.edu"})).await;
    api.create("users", json!({"email": "s1@div.edu"})).await;
    put_back(&api, &file).await.unwrap();
    let seat = format!("/apis/runusers/{}/", class.runuser);
    let seat = api.get(&seat).await.json();
    assert_eq!((&seat["user"], &seat["email"]), (&json!(class.user), &json!("renamed@div.edu")));
}

#[tokio::test]
async fn two_members_do_not_become_one() {
    let api = Api::start().await;
    let class = played(&api).await;
    let files = Files::new();
    let file = files.file("run.jsonl");
    save(&api, class.run, &file).await.unwrap();
    // The player is gone, and the leader has their address.
    api.delete(&format!("/apis/users/{}/", class.user)).await;
    let leader = api.get("/apis/users/?email=leader@div.edu").await.json();
    let leader = format!("/apis/users/{}/", leader[0]["id"]);
    api.patch(&leader, &json!({"email": "s1@div.edu"})).await;
    let told = put_back(&api, &file).await.unwrap_err().to_string();
    assert!(told.contains("somebody else in the run"), "{told}");
    assert!(!exists(&api, class.run).await);
}

#[tokio::test]
async fn somebody_erased_meanwhile_is_not_named_again() {
    let api = Api::start().await;
    let class = played(&api).await;
    let user = format!("/apis/users/{}/", class.user);
    api.patch(&user, &json!({"first_name": "Ada", "last_name": "Lovelace"})).await;
    let world = format!("/apis/worlds/{}/", class.world);
    api.patch(&world, &json!({"data": {"note": "Ada Lovelace <S1@div.edu> leads"}})).await;
    let files = Files::new();
    let file = files.file("run.jsonl");
    save(&api, class.run, &file).await.unwrap();
    let people = People::open(api.place().config(), Arc::new(SystemClock)).await.unwrap();
    people.erase("s1@div.edu").await.unwrap().unwrap();
    people.close().await;
    put_back(&api, &file).await.unwrap();
    let back = api.get(&world).await.json();
    assert_eq!(back["data"]["note"], "[erased] <[erased]> leads");
    let all = json!(rows(&api, class.run).await).to_string();
    assert!(!all.contains("s1@div.edu") && !all.contains("Lovelace"), "{all}");
}

#[tokio::test]
async fn a_file_that_is_damaged_or_newer_stores_nothing() {
    let api = Api::start().await;
    let class = played(&api).await;
    let files = Files::new();
    let file = files.file("run.jsonl");
    save(&api, class.run, &file).await.unwrap();
    let whole = std::fs::read_to_string(&file).unwrap();
    let head = cursor(&api).await;
    let newer = {
        // As a newer program would seal it.
        let (body, _) = whole.trim_end().rsplit_once('\n').unwrap();
        let body = body.replacen(r#""schema":"#, r#""schema":9"#, 1) + "\n";
        let digest = sha256(&body);
        format!("{body}{{\"rows\":{},\"sha256\":\"{digest}\"}}\n", body.lines().count() - 1)
    };
    for (content, words) in [
        (&whole[..whole.len() / 2], "cut short"),
        (&whole.replacen("World 1", "World 9", 1), "has changed"),
        (&newer, "newer program"),
        ("", "empty"),
        ("{}\n{}\n", "cut short"),
    ] {
        std::fs::write(&file, content).unwrap();
        let told = put_back(&api, &file).await.unwrap_err().to_string();
        assert!(told.contains(words), "{words} in {told}");
        assert!(told.contains(file.to_str().unwrap()), "{told}");
    }
    let told = put_back(&api, &files.file("none.jsonl")).await.unwrap_err();
    assert!(matches!(told, ArchiveError::Unreadable { .. }), "{told}");
    assert!(!exists(&api, class.run).await);
    assert_eq!(cursor(&api).await, head);
    std::fs::write(&file, whole).unwrap();
    assert_eq!(put_back(&api, &file).await.unwrap(), class.run);
}

#[tokio::test]
async fn what_fails_leaves_the_run_and_no_file_or_the_file_and_no_run() {
    let api = Api::start().await;
    let class = played(&api).await;
    let before = rows(&api, class.run).await;
    let head = cursor(&api).await;
    let files = Files::new();
    let file = files.file("run.jsonl");
    assert!(matches!(
        save(&api, 999_999, &file).await,
        Err(ArchiveError::NoRun { run: 999_999 })
    ));
    let nowhere = files.file("no").join("run.jsonl");
    let told = save(&api, class.run, &nowhere).await.unwrap_err();
    assert!(matches!(told, ArchiveError::Unwritable { .. }), "{told}");
    // A row that has to stay fails the deletion at once, or when it is committed.
    for when in ["", "DEFERRABLE INITIALLY DEFERRED"] {
        api.place().sql(&format!(
            r#"CREATE TABLE held (run BIGINT REFERENCES "run" ("id") {when}); INSERT INTO held VALUES ({});"#,
            class.run
        ));
        let told = save(&api, class.run, &file).await.unwrap_err();
        assert!(matches!(told, ArchiveError::Store { .. }), "{told}");
        api.place().sql("DROP TABLE held");
        assert_eq!(files.count(), 0, "{when}");
    }
    assert_eq!(rows(&api, class.run).await, before);
    assert_eq!(cursor(&api).await, head);
    save(&api, class.run, &file).await.unwrap();
    let head = cursor(&api).await;
    // The last rows of the file meet one that must not be there twice.
    api.place().sql(r#"CREATE UNIQUE INDEX "one" ON "period" ("run", "order")"#);
    assert!(put_back(&api, &file).await.is_err());
    api.place().sql(r#"DROP INDEX "one""#);
    assert!(!exists(&api, class.run).await);
    let worlds = api.get("/apis/worlds/").await.json();
    assert_eq!(worlds, json!([]));
    assert_eq!(cursor(&api).await, head);
    assert_eq!(put_back(&api, &file).await.unwrap(), class.run);
}

#[tokio::test]
async fn a_run_whose_rows_lead_into_another_one_stays() {
    let api = Api::start().await;
    let class = played(&api).await;
    let game = api.get("/apis/games/div/").await.json()["id"].clone();
    let other = api.create("runs", json!({"game": game, "name": "other"})).await;
    let seat = json!({"run": other, "user": class.user, "world": class.world});
    let seat = api.create("runusers", seat).await;
    let files = Files::new();
    for run in [class.run, other] {
        let told = save(&api, run, &files.file("run.jsonl")).await.unwrap_err();
        let words = format!("the runuser {seat}, which refers to the world {}", class.world);
        assert!(told.to_string().contains(&words), "{told}");
        assert!(exists(&api, run).await);
    }
    assert_eq!(files.count(), 0);
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Audit log and history of a run, without what a return changes.
async fn records(api: &Api, run: u64) -> Vec<Value> {
    let audit = api.get(&format!("/apis/runs/{run}/audit/")).await.json();
    let mut all = audit.as_array().unwrap().clone();
    let scenarios = api.get(&format!("/apis/scenarios/?run={run}")).await.json();
    for scenario in scenarios.as_array().unwrap() {
        let history = format!("/apis/scenarios/{}/history/", scenario["id"]);
        all.extend(api.get(&history).await.json().as_array().unwrap().iter().cloned());
    }
    for record in &mut all {
        record.as_object_mut().unwrap().remove("id");
    }
    all
}

#[tokio::test]
async fn the_audit_log_and_the_history_go_with_the_run_and_come_back_with_it() {
    let api = Api::start().await;
    let class = played(&api).await;
    let second = api.create("periods", json!({"scenario": class.scenario, "order": 2})).await;
    let said = json!({"period": second, "name": "decision", "role": class.role, "data": {"note": "ask s1@div.edu"}});
    api.create("decisions", said).await;
    let record = |world: u64| json!({"op": "record", "run": class.run, "world": world, "user": class.user, "what": "pause", "detail": {"args": [60]}, "key": world.to_string()});
    let back = json!({"op": "rewind", "scenario": class.scenario, "order": 1, "user": class.user});
    let operations = json!([record(class.world), record(class.other_world), back]);
    let batch = json!({"groups": [{"key": "a", "operations": operations}]});
    assert_eq!(api.post("/apis/batch/", &batch).await.json()["groups"][0]["status"], 200);
    api.delete(&format!("/apis/worlds/{}/", class.other_world)).await;
    let before = records(&api, class.run).await;
    assert_eq!(before.len(), 2 + 4);
    let count = rows(&api, class.run).await.len();
    let files = Files::new();
    let file = files.file("run.jsonl");
    assert_eq!(save(&api, class.run, &file).await.unwrap(), count, "records are no rows");
    for table in ["audit", "superseded"] {
        let left = format!(r#"SELECT count(*) FROM "{table}""#);
        assert_eq!(api.place().sql(&left), "0");
    }
    // Elsewhere the run has other numbers, and its world's line is that world's.
    let elsewhere = Api::start().await;
    elsewhere.class("other").await;
    played(&elsewhere).await;
    let there = put_back(&elsewhere, &file).await.unwrap();
    assert_ne!(there, class.run);
    let found = records(&elsewhere, there).await;
    let worlds = elsewhere.get(&format!("/apis/worlds/?run={there}")).await.json();
    assert_eq!((&found[0]["world"], &found[1]["world"]), (&worlds[0]["id"], &json!(0)));
    assert_eq!((&found[0]["email"], found.len()), (&json!("s1@div.edu"), before.len()));
    assert_eq!(found[3]["row"]["data"], before[3]["row"]["data"]);
    assert_eq!(found[3]["row"]["role"].is_u64(), before[3]["row"]["role"].is_u64());
    // Who was erased meanwhile is not named again.
    let erase = format!("/apis/users/{}/erase/", class.user);
    assert_eq!(api.post(&erase, &json!({})).await.status, 200);
    assert_eq!(put_back(&api, &file).await.unwrap(), class.run);
    let found = records(&api, class.run).await;
    assert_eq!(found.len(), before.len());
    assert_eq!((&found[0]["world"], &found[0]["created"]), (&json!(class.world), &before[0]["created"]));
    let all = Value::from(found).to_string();
    assert!(all.contains("ask [erased]") && !all.contains("s1@div.edu"), "{all}");
}
