//! Whether a router still answers: it is asked, and counts as lost when nothing comes.

use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};
use wamp::Payload;
use wamp_transport::{CallError, Session};

use super::address::ANSWER;

/// How often the router is asked whether it is still there.
const PULSE: Duration = Duration::from_secs(10);

/// Returns when the router has not answered in time: at most [`PULSE`] and [`ANSWER`] after what it answered last.
pub(super) async fn silence(session: &Session) {
    loop {
        sleep(PULSE).await;
        match within(session.call("wamp.session.count", Payload::empty())).await {
            // A refusal is an answer, and an end comes by the inbox.
            Ok(Ok(_) | Err(CallError::Refused(_) | CallError::Closed(_))) => {}
            _ => return,
        }
    }
}

/// Waits as long as the router may take for something, be it only to take it.
pub(super) async fn within<F: Future>(what: F) -> Result<F::Output, Elapsed> {
    timeout(ANSWER, what).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};

    use serde_json::{Value, json};
    use tempfile::TempDir;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{UnixListener, UnixStream};
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, advance, pause};
    use wamp_transport::{Inbound, Inbox};

    use super::super::people::Person;
    use super::super::{Address, Line, Method, People};
    use super::*;
    use crate::sight::{Audience, Staff};

    /// Timers are exact to a millisecond.
    const TICK: Duration = Duration::from_millis(1);
    const MARGIN: Duration = Duration::from_millis(20);

    /// Time stands still unless it is advanced, also while a socket is waited for.
    struct Stopped {
        _release: mpsc::Sender<()>,
    }

    fn stop_time() -> Stopped {
        let (release, released) = mpsc::channel::<()>();
        // As long as such a task runs, tokio does not go on to the next timer by itself.
        tokio::task::spawn_blocking(move || released.recv());
        pause();
        Stopped { _release: release }
    }

    /// The other end of a session that has joined: JSON over RawSocket, on a unix socket.
    struct Router {
        stream: UnixStream,
        _folder: TempDir,
    }

    impl Router {
        /// A router with one session on it.
        async fn joined() -> (Self, Session, Inbox) {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("router");
            let listener = UnixListener::bind(&path).unwrap();
            let address = Address {
                url: format!("unix:{}", path.display()),
                realm: "realm1".to_owned(),
                method: Method::Anonymous,
                authid: String::new(),
                secret: String::new().into(),
                authorities: None,
                authenticator: None,
                authorizer: None,
            };
            let joining = tokio::spawn(async move { address.join().await });
            let (mut stream, _) = listener.accept().await.unwrap();
            // The handshake of RawSocket: the same serializer, and messages of up to 2^24 bytes.
            let mut words = [0; 4];
            stream.read_exact(&mut words).await.unwrap();
            stream.write_all(&words).await.unwrap();
            let mut router = Self {
                stream,
                _folder: folder,
            };
            assert_eq!(router.hear().await[0], 1, "HELLO");
            router.say(&json!([2, 7, {"roles": {}}])).await;
            let (session, inbox) = joining.await.unwrap().unwrap();
            (router, session, inbox)
        }

        async fn hear(&mut self) -> Value {
            let length = self.stream.read_u32().await.unwrap();
            let mut message = vec![0; length as usize];
            self.stream.read_exact(&mut message).await.unwrap();
            serde_json::from_slice(&message).unwrap()
        }

        async fn say(&mut self, message: &Value) {
            let bytes = serde_json::to_vec(message).unwrap();
            let length = u32::try_from(bytes.len()).unwrap();
            self.stream.write_u32(length).await.unwrap();
            self.stream.write_all(&bytes).await.unwrap();
        }

        /// Hears a question and answers it; returns when whoever asked has the answer.
        async fn answers(&mut self, inbox: &mut Inbox) {
            let question = self.hear().await;
            assert_eq!(question[0], 48, "CALL");
            assert_eq!(question[3], "wamp.session.count");
            self.say(&json!([50, question[1], {}, [1]])).await;
            self.say(&json!([36, 1, 2, {}])).await;
            let event = inbox.recv().await;
            assert!(matches!(event, Some(Inbound::Event { .. })), "{event:?}");
        }
    }

    /// When the router that is listened to counts as silent.
    async fn listening(session: Session) -> JoinHandle<Instant> {
        let listening = tokio::spawn(async move {
            silence(&session).await;
            Instant::now()
        });
        // It has to have begun to wait before time goes on.
        settled().await;
        listening
    }

    /// Lets everybody do what there is to do.
    async fn settled() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_router_that_gives_no_answer_for_twenty_seconds_is_silent() {
        let (mut router, session, mut inbox) = Router::joined().await;
        let _stopped = stop_time();
        let listening = listening(session).await;
        for _ in 0..3 {
            advance(PULSE + TICK).await;
            router.answers(&mut inbox).await;
            settled().await;
        }
        let answered = Instant::now();
        advance(PULSE + TICK).await;
        assert_eq!(router.hear().await[0], 48, "it is asked, and says nothing");
        advance(ANSWER - MARGIN).await;
        settled().await;
        assert!(!listening.is_finished(), "it may still answer");
        advance(2 * MARGIN).await;
        let silent_for = listening.await.unwrap() - answered;
        assert_eq!(silent_for.as_secs(), 20);
    }

    #[tokio::test]
    async fn a_router_that_takes_nothing_for_ten_seconds_is_given_up() {
        let (router, session, mut inbox) = Router::joined().await;
        let _stopped = stop_time();
        let people = People::new(Arc::default(), 10);
        let (user, staff) = (5, false);
        people.joined(9, Person { user, staff });
        let line = Line::new(people);
        line.opened(session);
        let audience = Audience {
            users: [user.to_string()].into(),
            staff: Staff::AsUsers,
        };
        let published = Arc::new(AtomicUsize::new(0));
        let counted = published.clone();
        let publishing = tokio::spawn(async move {
            let much = "x".repeat(1 << 16);
            // Four times what may wait in the session.
            for _ in 0..1_000 {
                line.publish("a.topic", Payload::text(&much), &audience)
                    .await;
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let over = tokio::spawn(async move { inbox.recv().await });
        // More than fits into the socket and into what waits for it.
        let mut before = usize::MAX;
        while before != published.load(Ordering::Relaxed) {
            before = published.load(Ordering::Relaxed);
            settled().await;
        }
        assert!(before > 0, "nothing was published");
        advance(ANSWER - MARGIN).await;
        settled().await;
        assert!(!over.is_finished(), "it may still take something");
        advance(2 * MARGIN).await;
        let reason = "the router takes no more messages".to_owned();
        assert_eq!(over.await.unwrap(), Some(Inbound::Closed { reason }));
        publishing.abort();
        drop(router);
    }
}
