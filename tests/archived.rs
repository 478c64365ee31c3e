//! A run that is archived while it is played, and comes back: the change stream tells the service of both.

mod common;

use std::sync::Arc;

use common::{Class, refusal, until};
use games_api::{Config, SystemClock, archive, unarchive};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_archived_is_unloaded_and_one_that_comes_back_is_played_on() {
    let class = Class::start().await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let (run, world) = (class.run().pk, s1.world());
    let first = s1.periods(world).await[0];
    s1.submit(first, json!(12)).await.unwrap();
    s2.submit(first, json!(4)).await.unwrap();
    until("the next period", || async {
        s1.periods(world).await.len() == 2
    })
    .await;
    let second = s1.periods(world).await[1];
    s1.submit(second, json!(20)).await.unwrap();

    let config = || {
        Config::new(
            class.folder.path().join("games.db"),
            ([127, 0, 0, 1], 0).into(),
        )
    };
    let file = class.folder.path().join("run.jsonl");
    let clock = || Arc::new(SystemClock);
    archive(config(), clock(), run, &file, false).await.unwrap();
    until("the service has heard of it", || async {
        class.hosted().runs().is_empty()
    })
    .await;
    let (uri, _) = refusal(s2.submit(second, json!(5)).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");

    let back = unarchive(config(), clock(), &file).await.unwrap();
    assert_eq!(back.run, run);
    until("the service has heard of it", || async {
        class.hosted().runs().len() == 1
    })
    .await;
    class.caught_up().await;
    // What was decided before counts, and the same sessions play on under the same numbers.
    assert_eq!(s1.periods(world).await, [first, second]);
    s2.submit(second, json!(5)).await.unwrap();
    until("the period after", || async {
        s1.periods(world).await.len() == 3
    })
    .await;
    let expected = [json!({"quotient": 3.0}), json!({"quotient": 4.0})];
    assert_eq!(class.results().await, expected);
    class.stop().await;
}
