//! Who may come in and what they may do: decided by whoever embeds the node.

use async_trait::async_trait;
use wamp::Dict;
use wamp_router::{Admission, Claim, Introduction, Permission, Request, SessionInfo};

/// Answers the router's questions about clients. Sessions joined with
/// [`Node::join`](crate::Node::join) are trusted and never asked about.
#[async_trait]
pub trait Gate: Send + Sync + 'static {
    /// What is this client to sign? The extra of CHALLENGE; [`wamp::cra::Challenge`] and [`wamp::cryptosign::challenge`] make one. `None`
    /// when there is none to be had.
    ///
    /// Asked only in a realm with [`AuthMethod::WampCra`](crate::AuthMethod::WampCra) or [`AuthMethod::CryptoSign`](crate::AuthMethod::CryptoSign), and polled like [`Gate::authorize`].
    async fn challenge(&self, introduction: Introduction) -> Option<Dict> {
        let _ = introduction;
        None
    }

    /// Is this who they say? Runs in a task of its own where there is a proof to check; a claim without one is polled like
    /// [`Gate::authorize`].
    async fn authenticate(&self, claim: Claim) -> Admission;

    /// May this session do that?
    ///
    /// Asked for every CALL, PUBLISH, SUBSCRIBE and REGISTER of a client. It is polled once inside
    /// the router's own task, so that an answer from memory costs nothing; only what it awaits runs
    /// elsewhere. Do not compute long before the first `await`.
    async fn authorize(&self, request: Request) -> Permission;

    /// A session has joined the realm. Called in order; must not block.
    fn joined(&self, session: &SessionInfo);

    /// A session that had joined has left. Called in order; must not block.
    fn left(&self, session: &SessionInfo);
}
