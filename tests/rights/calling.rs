//! Every procedure, called by everybody.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wamp_transport::{CallError, Payload};

use crate::common::{Class, ROOT, Seat};
use crate::school::{HIDDEN, OWN, Person, School, marks, word};
use crate::table::{Findings, Row, rows};

/// What the procedure is called with.
fn arguments(school: &School, row: &Row, person: &Person) -> (Vec<Value>, Value) {
    let name = row.name.rsplit('.').next().unwrap();
    let args = match (row.name.as_str(), name) {
        (_, "get_run_data") => vec![json!(true)],
        (_, "submit_decision") if person.name == "s1" => vec![json!(HIDDEN)],
        (_, "submit_decision" | "message") => vec![json!("a word")],
        (_, "extend") => vec![json!(3600)],
        // For nobody, so that everybody goes on deciding.
        (_, "add_bots" | "remove_bots") => vec![json!([])],
        // No scenario of theirs has so many periods.
        (_, "rewind") => vec![json!(99)],
        (name, _) if !name.starts_with("wamp.") => Vec::new(),
        // Of the router, so that nobody is hurt: names that nobody has.
        ("wamp.session.kill_by_authid" | "wamp.session.kill_by_authrole", _) => {
            vec![json!("nobody")]
        }
        (_, "lookup" | "match") => vec![json!("a.b")],
        (_, "count" | "list" | "kill_all") => Vec::new(),
        _ => vec![json!(1)],
    };
    let kwargs = match name {
        "kill_all" => json!({"reason": "no uri"}),
        _ if is_of_time(row) || name == "rewind" => json!({"worlds": [school.places["<world>"]]}),
        _ => json!({}),
    };
    (args, kwargs)
}

/// Is it for leaders, about the time of periods?
fn is_of_time(row: &Row) -> bool {
    let name = row.name.rsplit('.').next().unwrap();
    ["extend", "pause", "resume", "force"].contains(&name)
}

/// Is it for leaders, about the run as a whole, and called without what it needs?
fn is_of_run(row: &Row) -> bool {
    let names = [
        "move_player",
        "merge_worlds",
        "dissolve_world",
        "create_run",
        "approve",
        "refuse",
        "import_roster",
    ];
    names.contains(&row.name.rsplit('.').next().unwrap())
}

/// The word for the runs that somebody was shown.
fn shown(runs: &Value, viewer: &str) -> String {
    let names = runs
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["data"]["name"].as_str().unwrap());
    let (others, own): (Vec<&str>, Vec<&str>) = names.partition(|name| *name == "other");
    match (others.len(), own.len()) {
        (0, 0) => "nothing",
        (1, 0) if viewer == "other run" => "own",
        (0, 1) => "own",
        (1, 1) => "all",
        _ => panic!("{runs}"),
    }
    .to_owned()
}

/// The word for what came of a call.
fn found(row: &Row, person: &Person, reply: &Result<Value, CallError>) -> String {
    match reply {
        Err(CallError::Refused(error)) => match error.uri.as_str() {
            "wamp.error.no_such_procedure" => "–",
            "wamp.error.not_authorized" => "no",
            // Whoever may ask the router is told what is wrong with the question.
            _ if row.name.starts_with("wamp.") => "yes",
            // Whoever leads is told that the player's last period is over.
            _ if is_of_time(row) => {
                assert_eq!(error.payload.kwargs().unwrap()["code"], "no_open_period");
                "yes"
            }
            // Whoever may do it is told what is missing.
            _ if is_of_run(row)
                || row.name.ends_with(".rewind")
                || row.name.ends_with(".branch") =>
            {
                assert_eq!(error.payload.kwargs().unwrap()["code"], "invalid_argument");
                "yes"
            }
            _ => "no",
        }
        .to_owned(),
        Err(other) => panic!("{}: {other}", row.name),
        Ok(answer) => match row.name.as_str() {
            "game.get_seats" => match answer.as_array().unwrap().as_slice() {
                [] => "nothing".to_owned(),
                [seat] if seat["data"]["user"] == json!(person.user) => "own".to_owned(),
                other => format!("{other:?}"),
            },
            "game.get_runs" => shown(answer, person.viewer),
            "game.get_current_run_and_phase" if answer["run"].is_null() => "nothing".to_owned(),
            "game.get_current_run_and_phase" => {
                let name = answer["run"]["data"]["name"] == json!("other");
                assert_eq!(name, person.viewer == "other run");
                "own".to_owned()
            }
            name => word(
                person,
                row.is_wide(),
                name.contains("<hidden>"),
                marks(answer),
            ),
        },
    }
}

/// Brings the run to where the procedure has something to do, and back.
async fn phase(school: &School, name: &str) {
    let uri = school.uri(&format!("run.<run>.{name}"));
    school.person("leader").call(&uri, &[]).await.unwrap();
}

pub(crate) async fn walk(school: &School, findings: &mut Findings) {
    for row in rows("Calling") {
        let uri = school.uri(&row.name);
        for person in &school.people {
            if row.name.ends_with("rollback_phase") {
                phase(school, "advance_phase").await;
            }
            let (args, kwargs) = arguments(school, &row, person);
            let payload = Payload::json(&args, &kwargs).unwrap();
            let reply = person.seat.session.call(&uri, payload).await;
            let reply =
                reply.map(|reply| reply.args().unwrap().into_iter().next().unwrap_or_default());
            let found = found(&row, person, &reply);
            match row.name.as_str() {
                "run.<run>.advance_phase" if found == "yes" => {
                    phase(school, "rollback_phase").await;
                }
                "run.<run>.archive" if found == "yes" => phase(school, "unarchive").await,
                "run.<run>.rollback_phase" if found != "yes" => {
                    phase(school, "rollback_phase").await;
                }
                _ => {}
            }
            findings.compare(&row, person.viewer, person.name, &found);
        }
    }
}

/// Everything that is registered has a row, and every row names something that is there.
pub(crate) async fn is_complete(school: &School, findings: &mut Findings) {
    let staff = school.person("office");
    let listed = staff.call("wamp.registration.list", &[]).await.unwrap();
    let mut there: BTreeSet<String> = wamp_transport::meta_procedures()
        .map(str::to_owned)
        .collect();
    for id in listed
        .as_object()
        .unwrap()
        .values()
        .flat_map(|ids| ids.as_array().unwrap())
    {
        let found = staff
            .call("wamp.registration.get", std::slice::from_ref(id))
            .await
            .unwrap();
        there.insert(found["uri"].as_str().unwrap().to_owned());
    }
    let written: BTreeSet<String> = rows("Calling")
        .iter()
        .map(|row| pattern(&row.name))
        .collect();
    for uri in there.difference(&written) {
        findings.note(format!("{uri} has no row under Calling"));
    }
    for uri in written.difference(&there) {
        findings.note(format!("{uri} has a row under Calling, but is not there"));
    }
}

/// What a name of the table is registered or subscribed to as: without the pk.
pub(crate) fn pattern(name: &str) -> String {
    let parts = name.split('.').map(|part| match part {
        "<own>" => OWN,
        part if part.starts_with('<') => "",
        part => part,
    });
    let parts: Vec<&str> = parts.collect();
    match parts[0] {
        "wamp" => parts.join("."),
        "ready" | "error" => format!("{ROOT}.{}", parts.join(".")),
        _ => format!("{ROOT}.model.{}", parts.join(".")),
    }
}

/// Registering: for nobody from outside.
pub(crate) async fn registering(school: &School, findings: &mut Findings) {
    for row in rows("Registering") {
        for person in &school.people {
            let uri = school.uri(&row.name);
            let registered = person
                .seat
                .session
                .register(&uri, wamp_transport::MatchPolicy::Exact)
                .await;
            let found = match registered {
                Err(CallError::Refused(error)) if error.uri == "wamp.error.not_authorized" => "no",
                other => panic!("{}: {other:?}", person.name),
            };
            findings.compare(&row, person.viewer, person.name, found);
        }
    }
}

/// Who has not signed in has no session, whatever is tried.
pub(crate) async fn nobody(class: &Class) {
    for (authid, ticket) in [("s1@div.edu", "wrong"), ("", ""), ("nobody@div.edu", "s1")] {
        let refused: Result<Seat, _> = class.log_in(authid, ticket).await;
        assert!(refused.is_err(), "{authid}");
    }
    let anonymous = wamp_transport::ConnectOptions::default();
    let refused = wamp_transport::connect(&class.url(), anonymous).await;
    assert!(refused.is_err(), "anonymous");
    for heading in [
        "Calling",
        "Registering",
        "Publishing",
        "Subscribing",
        "Hearing",
    ] {
        let rows = rows(heading);
        let open: Vec<_> = rows
            .iter()
            .filter(|row| row.cell("nobody") != "–")
            .collect();
        assert!(open.is_empty(), "{open:?}");
    }
}
