//! Batches and leases, against our games API.

use std::time::Duration;

use games_client::{Error, Group, Operation, Resource, Target};
use serde_json::{Value, json};

use crate::against_ours::{Api, game, map};

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

fn create(resource: Resource, row: Value) -> Operation {
    Operation::Create {
        resource,
        row: map(row),
    }
}

fn group(key: &str, fence: Option<u64>, operations: Vec<Operation>) -> Group {
    Group {
        key: key.to_owned(),
        fence,
        operations,
    }
}

#[tokio::test]
async fn groups_are_written_together_and_answered_one_by_one() {
    let api = Api::start().await;
    let client = api.client();
    assert!(client.announcement().await.unwrap().has_batch());
    let game = game(&client).await;
    let run = create(
        Resource::Run,
        json!({"game": game["id"], "name": "default"}),
    );
    let world = create(
        Resource::World,
        json!({"run": {"ref": 0}, "name": "World 1"}),
    );
    let close = Operation::Update {
        resource: Resource::Run,
        pk: Target::Ref { operation: 0 },
        row: map(json!({"active": false})),
        if_updated: None,
    };
    let groups = [
        group("class", None, vec![run.clone(), world, close]),
        group(
            "nothing",
            None,
            vec![
                run,
                Operation::Delete {
                    resource: Resource::World,
                    pk: Target::Pk(99),
                    if_updated: None,
                },
            ],
        ),
    ];
    let results = client.batch(&groups).await.unwrap();
    assert!(results[0].is_done());
    assert_eq!(results[0].rows[1]["run"], results[0].rows[0]["id"]);
    assert_eq!(results[0].rows[2]["active"], false);
    assert_eq!((results[1].status, results[1].operation), (404, Some(1)));
    let runs = client.list(Resource::Run, &[]).await.unwrap();
    assert_eq!(runs, [results[0].rows[2].clone()]);
    assert_eq!(client.batch(&groups).await.unwrap(), results, "done once");
    assert_eq!(client.list(Resource::Run, &[]).await.unwrap().len(), 1);
    assert_eq!(client.batch(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_game_is_taken_renewed_and_given_back() {
    let api = Api::start().await;
    let client = api.client();
    assert!(client.announcement().await.unwrap().has_leases());
    game(&client).await;
    let lease = client
        .take_lease("div", "one", HALF_A_MINUTE)
        .await
        .unwrap();
    assert_eq!((lease.game.as_str(), lease.holder.as_str()), ("div", "one"));
    let held = client.take_lease("div", "two", HALF_A_MINUTE).await;
    let held = held.unwrap_err();
    assert!(matches!(held, Error::Conflict { .. }), "{held}");
    assert!(held.to_string().contains("one serves it until"), "{held}");
    let renewed = client
        .renew_lease(lease.fence, HALF_A_MINUTE)
        .await
        .unwrap();
    assert!(renewed.expires >= lease.expires);
    client.release_lease(lease.fence).await.unwrap();
    let next = client
        .take_lease("div", "two", HALF_A_MINUTE)
        .await
        .unwrap();
    assert!(next.fence > lease.fence);
    let late = client.renew_lease(lease.fence, HALF_A_MINUTE).await;
    assert!(matches!(late, Err(Error::Conflict { .. })));
    let groups = [
        group("late", Some(lease.fence), Vec::new()),
        group("now", Some(next.fence), Vec::new()),
    ];
    let results = client.batch(&groups).await.unwrap();
    assert_eq!((results[0].status, results[1].status), (409, 200));
}
