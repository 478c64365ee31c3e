//! Run users without scenarios of their own: they are seen like others, and have an actor only once something is to be done for them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Class, Seat, until};
use games_contract::Resource;
use modelservice::scopes::Owner;
use serde_json::{Value, json};

/// A player who came after the class was made.
async fn newcomer(class: &Class) -> u64 {
    let user = json!({"email": "late@div.edu", "password": "late"});
    let user = class.create(Resource::User, user).await;
    let role = class.rows(Resource::Role, &[]).await.remove(0);
    let row = json!({"user": user, "run": class.run().pk, "role": role["id"], "leader": false});
    let pk = class.create(Resource::RunUser, row).await;
    class.caught_up().await;
    pk
}

async fn scenarios(seat: &Seat, runuser: u64) -> Vec<Value> {
    let procedure = format!("runuser.{runuser}.get_scenarios");
    let trees = seat.call(&procedure, &[]).await.unwrap();
    trees.as_array().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_user_has_an_actor_once_a_scenario_of_theirs_is_there_whenever_that_is() {
    let mut class = Class::start().await;
    let came_late = newcomer(&class).await;
    let owner = Owner::RunUser(came_late);
    for round in 1..=2 {
        let leader = class.join("leader").await;
        let run = class.run();
        assert!(run.has_branch(owner) && run.acting(owner).is_none());
        let procedure = format!("runuser.{came_late}.get_scope_tree");
        let tree = leader.call(&procedure, &[]).await.unwrap();
        assert_eq!(
            (&tree["pk"], &tree["children"]),
            (&json!(came_late), &json!([]))
        );
        assert_eq!(scenarios(&leader, came_late).await, Vec::<Value>::new());
        leader.call("game.list_scopes", &[]).await.unwrap();
        assert!(run.acting(owner).is_none(), "reading makes no actor");
        if round == 1 {
            class.close().await;
            class.open(div::game()).await;
        }
    }
    let mut leader = class.join("leader").await;
    leader.watch_scope(&format!("runuser.{came_late}")).await;
    let scenario = json!({"runuser": came_late, "name": "Alone"});
    let scenario = class.create(Resource::Scenario, scenario).await;
    assert_eq!(leader.hears_of("scenario").await["id"], scenario);
    class
        .create(Resource::Period, json!({"scenario": scenario, "order": 1}))
        .await;
    assert_eq!(leader.hears_of("period").await["scenario"], scenario);
    assert!(class.run().acting(owner).is_some());
    assert_eq!(scenarios(&leader, came_late).await[0]["pk"], scenario);

    class.close().await;
    class.open(div::game()).await;
    assert!(
        class.run().acting(owner).is_some(),
        "what is below is loaded"
    );
    let key = came_late.to_string();
    class.client.delete(Resource::RunUser, &key).await.unwrap();
    until("the run user is gone with all below", || async {
        let directory = &class.hosted().directory;
        !class.run().has_branch(owner)
            && directory.place(Resource::RunUser, came_late).is_none()
            && directory.place(Resource::Scenario, scenario).is_none()
    })
    .await;
    class.stop().await;
}
