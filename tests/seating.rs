//! Students come into runs and get seats, whoever comes when.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::fault::Fault;
use common::students::{come, come_as};
use common::{Class, refusal, until};
use futures_util::future::join_all;
use games_contract::{Map, Resource};
use modelservice::seating::{Person, Placed, Wish};
use serde_json::{Value, json};

/// The same users in another order.
fn shuffled(users: &[u64], stride: usize) -> Vec<u64> {
    let mut all = users.to_vec();
    let mut order = Vec::new();
    let mut at = stride;
    while !all.is_empty() {
        at = (at + stride) % all.len();
        order.push(all.remove(at));
    }
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_one_in_any_order_five_twice_and_three_late_are_twenty_pairs_and_one_as_chosen() {
    let class = Class::start().await;
    let lecturer = class.lecturer("lecturer").await;
    let users = class.students(41).await;
    for (odd, stride) in [("wait", 7), ("larger", 11), ("bot", 17)] {
        let run = class
            .new_run(&lecturer, json!({"name": odd, "odd": odd}))
            .await;
        let order = shuffled(&users, stride);
        let (early, late) = order.split_at(38);
        let twice = early.iter().take(5);
        let coming = early
            .iter()
            .chain(twice)
            .map(|user| come(&run, std::slice::from_ref(user)));
        for placed in join_all(coming).await {
            assert_eq!(
                placed.unwrap()[0].world,
                None,
                "nobody sits before the start"
            );
        }
        let started = lecturer
            .call(&format!("run.{}.start", run.pk), &[])
            .await
            .unwrap();
        assert_eq!(started["seated"].as_array().unwrap().len(), 38);
        assert_eq!(started["worlds"].as_array().unwrap().len(), 19);
        let early = class.players(run.pk).await;
        for user in late {
            come(&run, &[*user]).await.unwrap();
        }

        let players = class.players(run.pk).await;
        let is_bot = |row: &&Map| row["email"].as_str().unwrap().ends_with("@bots.invalid");
        let bots: Vec<&Map> = players.values().filter(is_bot).collect();
        let alone = usize::from(odd == "bot");
        // The first who came late had a bot until the second came.
        assert_eq!(bots.len(), 2 * alone);
        let playing = bots.iter().filter(|row| row["active"] == json!(true));
        assert_eq!(playing.count(), alone);
        assert_eq!(players.len(), 41 + bots.len());
        for (user, row) in &early {
            assert_eq!(
                players[user]["world"], row["world"],
                "who has a seat keeps it"
            );
        }
        let tables = class.tables(run.pk).await;
        let full = |table: &&Vec<(String, u64)>| {
            let roles: Vec<&str> = table.iter().map(|(role, _)| role.as_str()).collect();
            roles == ["Dividend", "Divisor"]
        };
        assert_eq!(
            tables.values().filter(full).count(),
            20 + alone,
            "{odd}: {tables:?}"
        );
        let waiting = players
            .values()
            .filter(|row| row["world"].is_null())
            .count();
        assert_eq!((waiting, tables.len()), (1 - alone, 20 + alone), "{odd}");
        let worlds = class
            .rows(Resource::World, &[("run", run.pk.to_string())])
            .await;
        let marked = worlds
            .iter()
            .filter(|row| row["data"]["_turn"]["empty"].is_object());
        assert_eq!(marked.count(), 0, "where a bot is to sit, one sits");
        let of_run = [("run", run.pk.to_string())];
        for resource in [Resource::World, Resource::Scenario, Resource::Period] {
            let rows = class.rows(resource, &of_run).await;
            assert_eq!(
                rows.len(),
                tables.len(),
                "{odd}: one {resource} for each world"
            );
        }
        class.caught_up().await;
        let held = run.view.load();
        assert_eq!(held.worlds.len(), tables.len());
        assert_eq!(held.runusers.len(), 42 + bots.len());
    }
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_who_come_at_once_for_the_last_seat_one_gets_it() {
    let class = Class::start().await;
    let lecturer = class.lecturer("lecturer").await;
    let users = class.students(24).await;
    let run = class.new_run(&lecturer, json!({"name": "last seat"})).await;
    come(&run, &users[..4]).await.unwrap();
    lecturer
        .call(&format!("run.{}.start", run.pk), &[])
        .await
        .unwrap();
    let gone = run.view.load().runuser_of(users[0]).unwrap().clone();
    class
        .change(Resource::RunUser, gone.pk, json!({"active": false}))
        .await;
    until("the seat is free", || async {
        run.view.load().runuser_of(users[0]).is_none()
    })
    .await;
    let placed = join_all(
        users[4..]
            .iter()
            .map(|user| come(&run, std::slice::from_ref(user))),
    )
    .await;
    let placed: Vec<Placed> = placed
        .into_iter()
        .map(|placed| placed.unwrap()[0])
        .collect();
    let last = placed
        .iter()
        .filter(|placed| placed.world == gone.reference("world"));
    assert_eq!(last.count(), 1);
    let tables = class.tables(run.pk).await;
    assert_eq!(tables.len(), 11);
    assert!(tables.values().all(|table| table.len() == 2), "{tables:?}");
    let players = class.players(run.pk).await;
    let waiting = players
        .values()
        .filter(|row| row["world"].is_null())
        .count();
    assert_eq!((players.len(), waiting), (24, 1));

    // Who was taken out is not brought back by coming again; a leader gets no seat.
    let back = come(&run, &[users[0]]).await.unwrap()[0];
    assert!(!back.active);
    let leader = run
        .view
        .load()
        .leaders()
        .next()
        .unwrap()
        .reference("user")
        .unwrap();
    let placed = come(&run, &[leader]).await.unwrap()[0];
    assert!(placed.leader && placed.world.is_none());
    let nobody = come(&run, &[users[1], 999_999]).await.unwrap_err();
    assert!(nobody.message().contains("999999"), "{nobody}");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_somebody_else_gave_away_meanwhile_is_not_given_twice() {
    let class = Class::start().await;
    let lecturer = class.lecturer("lecturer").await;
    let users = class.students(3).await;
    let run = class.new_run(&lecturer, json!({"name": "raced"})).await;
    lecturer
        .call(&format!("run.{}.start", run.pk), &[])
        .await
        .unwrap();
    come(&run, &users[..1]).await.unwrap();
    class.caught_up().await;
    // From now on the service hears of nothing that others do.
    class.line.breaks("GET", "changes", Fault::Hasty);
    class
        .create(Resource::World, json!({"run": run.pk, "name": "noise"}))
        .await;
    until("the service asks anew", || async { class.line.met() > 0 }).await;
    class.line.heals();
    class.line.breaks("GET", "changes", Fault::Away);
    let met = class.line.met();
    until("the service is deaf", || async { class.line.met() > met }).await;

    let roles = class.rows(Resource::Role, &[]).await;
    let world = class
        .create(Resource::World, json!({"run": run.pk, "name": "World 2"}))
        .await;
    let there = json!({"run": run.pk, "user": users[1], "world": world, "role": roles[0]["id"]});
    class.create(Resource::RunUser, there).await;
    assert!(run.view.load().runuser_of(users[1]).is_none());
    let placed = come(&run, &users[1..]).await.unwrap();
    assert_eq!(
        placed[0].world,
        Some(world),
        "where the other program has put them"
    );
    let tables = class.tables(run.pk).await;
    assert_eq!(
        tables.values().map(Vec::len).sum::<usize>() + 1,
        3 + usize::from(tables.len() > 1),
        "{tables:?}"
    );
    let held = run.view.load();
    assert_eq!(
        held.runuser_of(users[1]).unwrap().reference("world"),
        Some(world)
    );
    drop(held);
    class.line.heals();
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_and_what_somebody_brings_along_wait_with_them_for_the_start() {
    let class = Class::start().await;
    let lecturer = class.lecturer("lecturer").await;
    let users = class.students(5).await;
    let roles = class.rows(Resource::Role, &[]).await;
    let divisor = roles
        .iter()
        .find(|role| role["name"] == json!("Divisor"))
        .unwrap();
    let divisor = divisor["id"].as_u64();
    let run = class.new_run(&lecturer, json!({"name": "wishes"})).await;
    let person = |at: usize, role: Option<u64>, world: Option<&str>| Person {
        user: users[at],
        wish: Wish {
            role,
            world: world.map(str::to_owned),
        },
        data: serde_json::from_value(json!({"_private": {"number": at}, "team": "red"})).unwrap(),
    };
    let odd = come_as(&run, vec![person(0, None, Some(" "))])
        .await
        .unwrap_err();
    assert!(odd.message().contains("1 to 100 characters"), "{odd}");
    for (at, role, world) in [
        (0, divisor, Some("Friends")),
        (1, divisor, None),
        (2, None, None),
        (3, None, Some("Friends")),
    ] {
        come_as(&run, vec![person(at, role, world)]).await.unwrap();
    }
    let waiting = class.players(run.pk).await;
    assert_eq!(
        waiting[&users[0]]["data"]["_turn"]["wish"],
        json!({"role": divisor, "world": "Friends"})
    );
    lecturer
        .call(&format!("run.{}.start", run.pk), &[])
        .await
        .unwrap();
    let players = class.players(run.pk).await;
    let at = |at: usize| &players[&users[at]];
    assert_eq!(at(0)["world"], at(3)["world"]);
    assert_eq!(
        (&at(0)["role"], &at(1)["role"]),
        (&json!(divisor), &json!(divisor))
    );
    let worlds = class
        .rows(Resource::World, &[("run", run.pk.to_string())])
        .await;
    let names: Vec<&str> = worlds
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Friends", "World 2"]);
    for (at, user) in users[..4].iter().enumerate() {
        let data = json!({"_private": {"number": at}, "team": "red"});
        assert_eq!(players[user]["data"], data, "the wish is spent");
    }
    // Who comes again with another wish keeps the seat.
    let again = come_as(&run, vec![person(0, None, Some("World 2"))])
        .await
        .unwrap();
    assert_eq!(again[0].world, at(0)["world"].as_u64());
    // A world that is full sends those who have named it elsewhere.
    let late = come_as(&run, vec![person(4, None, Some("Friends"))])
        .await
        .unwrap();
    assert_eq!(late[0].world, None);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_who_wait_are_seated_by_one_start_while_some_of_them_look_on() {
    let class = Class::start().await;
    let lecturer = class.lecturer("lecturer").await;
    let users = class.students(100).await;
    let run = class.new_run(&lecturer, json!({"name": "school"})).await;
    come(&run, &users).await.unwrap();
    let mut watching = Vec::new();
    for user in &users[..20] {
        let seat = class.student(*user).await;
        seat.watch_scope(&format!("runuser.{}", seat.runuser()))
            .await;
        watching.push(seat);
    }
    let started = lecturer
        .call(&format!("run.{}.start", run.pk), &[])
        .await
        .unwrap();
    assert_eq!(started["worlds"].as_array().unwrap().len(), 50);
    let tables = class.tables(run.pk).await;
    assert!(tables.len() == 50 && tables.values().all(|table| table.len() == 2));
    for seat in &mut watching {
        let mut told = seat.hears_of("runuser").await;
        // Who sits at the same table is told of, too.
        while told["id"] != json!(seat.runuser()) {
            told = seat.hears_of("runuser").await;
        }
        assert!(
            tables.contains_key(&told["world"].as_u64().unwrap()),
            "{told}"
        );
    }
    class.stop().await;
}

/// Four students in two worlds of a run that plays, those of one world first.
async fn four(class: &Class) -> (common::Seat, u64, Vec<(u64, u64)>) {
    let lecturer = class.lecturer("lecturer").await;
    let users = class.students(4).await;
    let run = class.new_run(&lecturer, json!({"name": "four"})).await;
    come(&run, &users).await.unwrap();
    lecturer
        .call(&format!("run.{}.start", run.pk), &[])
        .await
        .unwrap();
    let tables = class.tables(run.pk).await;
    let seated = tables
        .into_iter()
        .flat_map(|(world, table)| table.into_iter().map(move |(_, user)| (user, world)));
    (lecturer, run.pk, seated.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_moved_sees_the_new_table_and_hears_nothing_more_of_the_old_one() {
    let class = Class::start().await;
    let (lecturer, run, seated) = four(&class).await;
    let [(a, near), (b, _), (c, far), (d, _)] = seated[..] else {
        panic!("{seated:?}")
    };
    let (mut moved, stays) = (class.student(a).await, class.student(b).await);
    let (swapped, other) = (class.student(c).await, class.student(d).await);
    let own = format!("runuser.{}", moved.runuser());
    moved.watch(near).await;
    moved.watch(far).await;
    moved.watch_scope(&own).await;
    let old_period = moved.periods(near).await[0];
    moved.submit(old_period, json!(12)).await.unwrap();
    for _ in ["on the topic of the world", "on its own"] {
        moved.hears_of("decision").await;
    }

    let go = format!("run.{run}.move_player");
    let (code, _) = refusal(stays.call(&go, &[json!(moved.runuser()), json!(far)]).await);
    assert_eq!(code, "wamp.error.not_authorized");
    let (_, taken) = refusal(
        lecturer
            .call(&go, &[json!(moved.runuser()), json!(far)])
            .await,
    );
    assert!(taken.contains("1 of Dividend and no more"), "{taken}");
    let told = lecturer
        .ask(
            &go,
            &[json!(moved.runuser()), json!("World 2")],
            json!({"swap": true, "_key": "a"}),
        )
        .await
        .unwrap();
    assert_eq!(told["seated"].as_array().unwrap().len(), 2, "{told}");
    let again = lecturer
        .ask(
            &go,
            &[json!(moved.runuser()), json!("World 2")],
            json!({"swap": true, "_key": "a"}),
        )
        .await
        .unwrap();
    assert_eq!(again, told);

    // The decision stays with the seat; its period is for those who sit there now.
    let (code, _) = refusal(moved.submit(old_period, json!(5)).await);
    assert_eq!(code, "wamp.error.no_such_procedure");
    let scope = swapped
        .call(&format!("period.{old_period}.get_scope_tree"), &[])
        .await
        .unwrap();
    assert_eq!(
        scope["children"][0]["data"]["data"],
        json!({"operand": 12.0})
    );
    stays.submit(old_period, json!(4)).await.unwrap();
    until("the old table plays on", || async {
        stays.periods(near).await.len() == 2
    })
    .await;
    let new_period = moved.periods(far).await[0];
    other.submit(new_period, json!(2)).await.unwrap();
    let heard = moved.hears_of("decision").await;
    assert_eq!(
        heard["period"],
        json!(new_period),
        "nothing of the old table came before"
    );
    moved.submit(new_period, json!(8)).await.unwrap();
    assert_eq!(
        moved.hears_of("result").await["data"],
        json!({"quotient": 4.0})
    );

    let (_, no) = refusal(lecturer.call(&go, &[json!("me")]).await);
    assert!(no.contains("pk of a run user"), "{no}");
    let (_, no) = refusal(
        lecturer
            .call(&go, &[json!(moved.runuser()), json!("World 9")])
            .await,
    );
    assert!(no.contains("World 9"), "{no}");
    let told = lecturer.call(&go, &[json!(moved.runuser())]).await.unwrap();
    assert_eq!(told["waiting"], json!([moved.runuser()]));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_empty_worlds_are_merged_and_those_of_a_dissolved_one_wait_or_find_a_seat() {
    let class = Class::start().await;
    let (lecturer, run, seated) = four(&class).await;
    let [(a, near), (b, _), (c, far), (d, _)] = seated[..] else {
        panic!("{seated:?}")
    };
    let merge = format!("run.{run}.merge_worlds");
    let (_, no) = refusal(
        lecturer
            .ask(&merge, &[json!([far]), json!(near)], json!({}))
            .await,
    );
    assert!(no.contains("no room for all of them"), "{no}");
    let runusers = class.players(run).await;
    for user in [b, d] {
        let pk = runusers[&user]["id"].as_u64().unwrap();
        class
            .change(Resource::RunUser, pk, json!({"active": false}))
            .await;
    }
    class.caught_up().await;
    until("both have gone", || async {
        let run = class.hosted().run(run).unwrap();
        [b, d]
            .iter()
            .all(|user| run.view.load().runuser_of(*user).is_none())
    })
    .await;
    let told = lecturer
        .ask(&merge, &[json!([near, far])], json!({}))
        .await
        .unwrap();
    assert_eq!(told["seated"].as_array().unwrap().len(), 1, "{told}");
    let tables = class.tables(run).await;
    let roles: Vec<&str> = tables[&near]
        .iter()
        .map(|(role, _)| role.as_str())
        .collect();
    assert_eq!((tables.len(), roles), (1, vec!["Dividend", "Divisor"]));
    let merged = class
        .rows(Resource::World, &[("run", run.to_string())])
        .await;
    let gone = |row: &&games_contract::Map| row["data"]["_turn"]["dissolved"].is_string();
    assert_eq!(merged.iter().filter(gone).count(), 1, "its rows are kept");

    let player = class.student(c).await;
    let period = player.periods(near).await[0];
    player.submit(period, json!(3)).await.unwrap();
    let told = lecturer
        .call(&format!("run.{run}.dissolve_world"), &[json!(near)])
        .await
        .unwrap();
    assert_eq!(told["waiting"].as_array().unwrap().len(), 2);
    let (_, no) = refusal(
        lecturer
            .call(
                &format!("run.{run}.move_player"),
                &[json!(player.runuser()), json!(near)],
            )
            .await,
    );
    assert!(no.contains("was dissolved"), "{no}");
    let told = lecturer
        .call(&format!("run.{run}.assign"), &[])
        .await
        .unwrap();
    assert_eq!(
        (told["worlds"].as_array().unwrap().len(), &told["waiting"]),
        (1, &json!([]))
    );
    let world = told["worlds"][0].as_u64().unwrap();
    let names = class
        .rows(Resource::World, &[("run", run.to_string())])
        .await;
    let named = names.iter().find(|row| row["id"] == json!(world)).unwrap();
    assert_eq!(named["name"], "World 3");
    assert_eq!(class.tables(run).await[&world].len(), 2);
    assert!(
        class.tables(run).await[&world]
            .iter()
            .any(|(_, user)| *user == a)
    );
    assert_eq!(
        player.periods(world).await.len(),
        1,
        "it can be played at once"
    );
    let nothing = lecturer
        .call(&format!("run.{run}.assign"), &[])
        .await
        .unwrap();
    assert_eq!(nothing, json!({"seated": [], "waiting": [], "worlds": []}));
    let odd = lecturer.ask(&merge, &[Value::Null], json!({})).await;
    assert!(refusal(odd).1.contains("a list of pks or names"));
    class.stop().await;
}
