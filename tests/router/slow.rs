//! Clients that do not read what they are sent, in a realm of each kind.

use serde_json::{Value, json};
use wamp_transport::{ConnectOptions, Inbound, Inbox, MatchPolicy, Payload, Session};

use crate::process::{PATIENCE, Router};
use crate::raw::Raw;

/// How much one event says, in bytes.
const EVENT: usize = 8_000;
/// More than sockets and outbox hold together.
const ENOUGH: u64 = 8_000;

fn settings(slow_readers: &str) -> String {
    format!(
        r#"
[wamp]
outbox_bytes = 262144
[router.realms.realm1]
anonymous = "all"
slow_readers = "{slow_readers}"
[router.realms.realm1.roles]
all = [
  {{ uri = "com.", match = "prefix", allow = ["publish", "subscribe"] }},
  {{ uri = "wamp.", match = "prefix", allow = ["call", "subscribe"] }},
]
"#
    )
}

/// Somebody who watches the router, and one who does not read.
async fn watched(router: &Router) -> (Session, Inbox, Raw) {
    let (watch, inbox) = router.join(ConnectOptions::default()).await.unwrap();
    let slow = watch.subscribe("wamp.session.on_slow", MatchPolicy::Exact);
    slow.await.unwrap();
    let mut stuck = Raw::join(router).await;
    assert_eq!(stuck.ask(&json!([32, 1, {}, "com.flood"])).await, 33);
    (watch, inbox, stuck)
}

async fn publish(session: &Session, text: &str) {
    let payload = Payload::text(text);
    let published = session.publish_acknowledged("com.flood", payload);
    published.await.unwrap();
}

/// What `on_slow` has told by now.
fn told(inbox: &mut Inbox) -> Option<Vec<Value>> {
    match futures_util::FutureExt::now_or_never(inbox.recv())?? {
        Inbound::Event { payload, .. } => Some(payload.args().unwrap()),
        other => panic!("expected an event, got {other:?}"),
    }
}

/// Publishes until `on_slow` tells something: how many were published, and what it tells.
async fn flood(session: &Session, inbox: &mut Inbox) -> (u64, Vec<Value>) {
    let text = "x".repeat(EVENT);
    for number in 1..=ENOUGH {
        publish(session, &text).await;
        if let Some(told) = told(inbox) {
            return (number, told);
        }
    }
    panic!("nothing was told of a session that does not read");
}

#[tokio::test]
async fn a_reader_that_falls_behind_loses_events_that_are_counted_and_hears_the_next_once_it_has_caught_up()
 {
    let router = Router::start(&settings("drop"), &[]).await;
    let (watch, mut inbox, mut stuck) = watched(&router).await;
    let (mut published, first) = flood(&watch, &mut inbox).await;
    assert_eq!(first[3], "dropping");
    for _ in 0..100 {
        publish(&watch, "more").await;
        published += 1;
    }
    assert!(told(&mut inbox).is_none(), "it is told once");

    let reading = tokio::spawn(async move {
        let mut heard = 0_u64;
        loop {
            let event = stuck.hear().await;
            assert_eq!(event[0], 36, "{event}");
            heard += 1;
            if event[4][0] == "last" {
                return heard;
            }
        }
    });
    // The router looks who has caught up when there is something to do.
    let catching_up = async {
        loop {
            publish(&watch, "again").await;
            published += 1;
            if let Some(told) = told(&mut inbox) {
                return told;
            }
        }
    };
    let told = tokio::time::timeout(PATIENCE, catching_up).await;
    let told = told.expect("it catches up within the time");
    assert_eq!((&told[0], &told[3]), (&first[0], &json!("caught_up")));
    publish(&watch, "last").await;
    let lost = told[4].as_u64().unwrap();
    assert!(lost >= 101, "{lost}");
    assert_eq!(reading.await.unwrap() + lost, published + 1);
    let (_, metrics) = router.http("GET /metrics HTTP/1.1", "").await;
    let dropped = format!("\nwamp_events_dropped_total {lost}\n");
    assert!(metrics.contains(&dropped), "{metrics}");
    assert!(
        metrics.contains("\nwamp_sessions_closed_slow_total 0\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_reader_that_falls_behind_where_nothing_may_be_missed_is_closed_and_that_is_told() {
    let router = Router::start(&settings("close"), &[]).await;
    let (watch, mut inbox, _stuck) = watched(&router).await;
    let (_, told) = flood(&watch, &mut inbox).await;
    assert_eq!((&told[3], &told[4]), (&json!("closed"), &json!(0)));
    let count = watch.call("wamp.session.count", Payload::empty()).await;
    assert_eq!(count.unwrap().args().unwrap(), [1]);
    let (_, metrics) = router.http("GET /metrics HTTP/1.1", "").await;
    assert!(
        metrics.contains("\nwamp_sessions_closed_slow_total 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("\nwamp_events_dropped_total 0\n"),
        "{metrics}"
    );
}
