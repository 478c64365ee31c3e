//! Every change, and who hears of it, by every kind of subscription.

use std::collections::{BTreeMap, BTreeSet};

use games_contract::Resource;
use serde_json::{Value, json};
use wamp_transport::MatchPolicy;

use crate::common::ROOT;
use crate::school::{EVENT, HIDDEN, Person, School, marks, word};
use crate::table::{Findings, Row, rows};

const EVENTS: [&str; 5] = [
    "add_child",
    "update_child",
    "remove_child",
    "message",
    EVENT,
];
const POLICIES: [MatchPolicy; 3] = [
    MatchPolicy::Exact,
    MatchPolicy::Prefix,
    MatchPolicy::Wildcard,
];

/// Topic and what it is about, as the table names them, with the marks told; one for each policy.
type Told = BTreeMap<(String, String), BTreeSet<&'static str>>;

/// Everybody subscribes to everything that can be subscribed to, in every way.
pub(crate) async fn listen(school: &mut School) {
    let scopes = ["run.<run>", "world.<world>", "runuser.<runuser>"].map(|scope| school.uri(scope));
    let player = school.uri("error.<user>");
    for person in &mut school.people {
        for scope in &scopes {
            for event in EVENTS {
                assert!(
                    person
                        .subscribe(&format!("{scope}.{event}"), MatchPolicy::Exact)
                        .await
                );
            }
            for policy in [MatchPolicy::Prefix, MatchPolicy::Wildcard] {
                assert!(person.subscribe(&format!("{scope}."), policy).await);
            }
        }
        let joining = format!("{}.joining", scopes[0]);
        assert!(person.subscribe(&joining, MatchPolicy::Exact).await);
        for (topic, policy) in [
            (player.clone(), MatchPolicy::Exact),
            (format!("{ROOT}.error"), MatchPolicy::Prefix),
            (format!("{ROOT}.error."), MatchPolicy::Wildcard),
        ] {
            assert!(person.subscribe(&topic, policy).await);
        }
        for (topic, policy) in [
            ("wamp.session.on_join", MatchPolicy::Exact),
            ("wamp.", MatchPolicy::Prefix),
            ("wamp.session.", MatchPolicy::Wildcard),
        ] {
            let staff = person.viewer.starts_with("staff");
            assert_eq!(
                person.subscribe(topic, policy).await,
                staff,
                "{}",
                person.name
            );
        }
        person.heard().await;
    }
}

/// Whoever has lost their seat has heard just that of the run.
pub(crate) async fn farewell(school: &mut School) {
    for name in ["s3", "led"] {
        let person = school.person_mut(name);
        let own = person.seat.seat["pk"].clone();
        let heard = person.heard().await;
        let last = heard
            .last()
            .unwrap_or_else(|| panic!("{name} has heard nothing"));
        assert_eq!(
            (&last.2[0], &last.2[2]["active"]),
            (&own, &json!(false)),
            "{name}"
        );
    }
}

/// Makes every change there is, at both tables.
async fn changes(school: &School) {
    let (class, places) = (&school.class, &school.places);
    let (run, world) = (places["<run>"], places["<world>"]);
    let tables = [(world, "mark-a"), (school.elsewhere, "mark-b")];
    let delete = async |resource: Resource, pk: u64| {
        class
            .client
            .delete(resource, &pk.to_string())
            .await
            .unwrap();
    };
    for (number, (table, mark)) in tables.into_iter().enumerate() {
        let data = json!({"data": {"mark": mark, "again": 1}});
        let user =
            json!({"email": format!("late{number}@div.edu"), "first_name": "L", "last_name": "U"});
        let user = class.create(Resource::User, user).await;
        let late = json!({"run": run, "user": user, "world": table, "data": {"mark": mark}});
        let late = class.create(Resource::RunUser, late).await;
        class.change(Resource::RunUser, late, data.clone()).await;
        class.change(Resource::World, table, data.clone()).await;
        let scenario = json!({"world": table, "name": "second", "data": {"mark": mark}});
        let scenario = class.create(Resource::Scenario, scenario).await;
        let period = json!({"scenario": scenario, "order": 1, "data": {"mark": mark}});
        let period = class.create(Resource::Period, period).await;
        let result =
            json!({"period": period, "role": null, "name": "result", "data": {"mark": mark}});
        let result = class.create(Resource::Result, result).await;
        let decision = json!({"period": period, "role": school.roles, "name": "decision.0", "data": {"mark": mark}});
        let decision = class.create(Resource::Decision, decision).await;
        for (resource, pk) in [
            (Resource::Decision, decision),
            (Resource::Result, result),
            (Resource::Period, period),
            (Resource::Scenario, scenario),
        ] {
            class.change(resource, pk, data.clone()).await;
        }
        for (resource, pk) in [
            (Resource::Decision, decision),
            (Resource::Result, result),
            (Resource::Period, period),
            (Resource::Scenario, scenario),
            (Resource::RunUser, late),
        ] {
            delete(resource, pk).await;
        }
    }
    // A table at which nobody sits.
    let empty = json!({"run": run, "name": "empty", "data": {"mark": "mark-a"}});
    let empty = class.create(Resource::World, empty).await;
    class
        .change(
            Resource::World,
            empty,
            json!({"data": {"mark": "mark-a", "again": 1}}),
        )
        .await;
    delete(Resource::World, empty).await;
    let hidden = class
        .rows(
            Resource::Decision,
            &[("period", places["<period>"].to_string())],
        )
        .await;
    for row in hidden {
        delete(Resource::Decision, row["id"].as_u64().unwrap()).await;
    }
    school.quiet().await;
    let player = &school.person("s1");
    let submit = school.uri("period.<period>.submit_decision");
    for word in [HIDDEN, "mark-hidden again"] {
        assert_eq!(player.call(&submit, &[json!(word)]).await.unwrap(), "ok");
    }
    let refused = player.call(&submit, &[json!({"no": "word"})]).await;
    assert!(refused.is_err());
    for scope in ["run.<run>", "world.<world>"] {
        let say = school.uri(&format!("{scope}.message"));
        let leader = school.person("leader");
        leader.call(&say, &[json!("a word")]).await.unwrap();
    }
    for scope in ["run.<run>", "world.<world>", "runuser.<runuser>"] {
        let greet = school.uri(&format!("{scope}.<own>"));
        school.person("leader").call(&greet, &[]).await.unwrap();
    }
    somebody_waits(school).await;
    class.join("s5").await;
    school.quiet().await;
}

/// Somebody asks to join, and nobody has let them in yet.
async fn somebody_waits(school: &School) {
    let leader = &school.person("leader").seat;
    let run = format!("run.{}", school.places["<run>"]);
    let open = format!("{run}.open_joining");
    let open = leader.call_by_name(&open, json!({"approval": true})).await;
    let open = open.unwrap();
    let body = json!({"nickname": "Late"});
    let browser = school.class.browser();
    let told = browser.post(open["link"].as_str().unwrap(), body).await;
    assert_eq!(told.done()["waiting"], "approval");
    let close = format!("{run}.close_joining");
    leader.call(&close, &[]).await.unwrap();
}

/// What is told on a topic, in the words of the table; `None` for what the walk itself says.
fn told(school: &School, topic: &str, args: &[Value]) -> Option<(String, String)> {
    if topic == "wamp.session.on_join" {
        return Some((topic.to_owned(), "somebody who signs in".to_owned()));
    }
    if topic.starts_with("wamp.") {
        return None;
    }
    let named = ["<run>", "<world>", "<runuser>", "<user>"]
        .iter()
        .find_map(|place| {
            let resource = place.trim_matches(['<', '>']);
            let resource = if resource == "user" {
                "error"
            } else {
                resource
            };
            let rest = topic.strip_prefix(&school.uri(&format!("{resource}.{place}")))?;
            (rest.is_empty() || rest.starts_with('.')).then(|| format!("{resource}.{place}{rest}"))
        });
    let Some(named) = named else {
        panic!("{topic} was heard, and no scope of the table is on it");
    };
    if named == "error.<user>" {
        return Some((named, "what went wrong for the player".to_owned()));
    }
    if let Some(scope) = named.strip_suffix(EVENT) {
        return Some((format!("{scope}<event>"), "event of the game".to_owned()));
    }
    if named.ends_with(".message") {
        return Some((named, "message".to_owned()));
    }
    let (resource, row) = (args[1].as_str().unwrap(), &args[2]);
    let about = match resource {
        "decision" if row["period"] == json!(school.places["<period>"]) => "hidden decision",
        "world" if row["id"] != json!(school.places["<world>"]) => "another world",
        resource => resource,
    };
    Some((named, about.to_owned()))
}

fn fits(row: &Row, key: &(String, String)) -> bool {
    row.name == key.0 && row.about.split(", ").any(|about| about == key.1)
}

/// What one person has heard, by each kind of subscription alike.
async fn heard(
    person: &mut Person,
    words: impl Fn(&str, &[Value]) -> Option<(String, String)>,
) -> Told {
    let mut by: BTreeMap<&str, Told> = POLICIES
        .iter()
        .map(|policy| (policy.as_str(), Told::new()))
        .collect();
    for (policy, topic, args) in person.heard().await {
        if let Some(key) = words(&topic, &args) {
            let marks = marks(&Value::Array(args));
            by.get_mut(policy.as_str())
                .unwrap()
                .entry(key)
                .or_default()
                .extend(marks);
        }
    }
    let [exact, prefix, wildcard] = POLICIES.map(|policy| by.remove(policy.as_str()).unwrap());
    assert_eq!(exact, prefix, "{}", person.name);
    assert_eq!(exact, wildcard, "{}", person.name);
    exact
}

pub(crate) async fn walk(school: &mut School, findings: &mut Findings) {
    for person in &mut school.people {
        person.heard().await;
    }
    changes(school).await;
    let rows = rows("Hearing");
    let mut people = std::mem::take(&mut school.people);
    for person in &mut people {
        let told = heard(person, |topic, args| told(school, topic, args)).await;
        for key in told
            .keys()
            .filter(|key| !rows.iter().any(|row| fits(row, key)))
        {
            findings.note(format!(
                "{} hears of {} on {}, which has no row",
                person.name, key.1, key.0
            ));
        }
        for row in &rows {
            let of_row = told.iter().filter(|(key, _)| fits(row, key));
            let marks: Vec<_> = of_row.map(|(_, marks)| marks.clone()).collect();
            let found = if marks.is_empty() {
                "–".to_owned()
            } else {
                let hidden = row.about == "hidden decision";
                word(
                    person,
                    row.is_wide(),
                    hidden,
                    marks.into_iter().flatten().collect(),
                )
            };
            findings.compare(row, person.viewer, person.name, &found);
        }
    }
    school.people = people;
}
