//! The test kit: a world in memory that keeps the rules of the service, without router, storage or async runtime.
//!
//! Its pks are made up. A panic in a model is not caught in a [`TestWorld`], so that a test shows where it came from.
//! [`generated`] plays games that nobody thought of, and tells what is wrong with a game by its cause.

mod generated;
mod occasions;
mod record;
mod rounds;
mod scopes;
mod world;

pub use generated::{Cause, Finding, Generated, Report, generated};
pub use record::Record;
pub use scopes::Published;
pub use serde_json::json;
pub use world::TestWorld;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Runs a handler that is called as a plain function: `block_on(submit_decision(world.period(), player, Arg(6.0)))`.
///
/// # Panics
/// When the future waits for something: nothing that a handler can reach in a test makes it wait.
pub fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!(
            "the handler waits for something that is not of the game: a sleep, a socket, a lock?"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "waits for something that is not of the game")]
    fn a_handler_that_waits_for_the_outside_is_told_so() {
        block_on(std::future::pending::<()>());
    }
}
