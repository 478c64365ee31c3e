//! A WAMP router as a state machine: one realm with its broker, its dealer, and who may join.
//!
//! The core is sans-I/O. A transport tells the [`Router`] what happened ([`Input`]) and what time
//! it is; the router returns what has to be done ([`Action`]), in order. It never waits: what it
//! cannot decide alone it asks ([`Question`]), and goes on when the answer comes. So a whole realm
//! runs inside a test, and the same script always gives the same result.
//!
//! ```
//! use std::time::Duration;
//! use wamp_router::{Action, RealmConfig, Router};
//! # struct Counter(u64);
//! # impl wamp_router::Ids for Counter {
//! #     fn draw(&mut self) -> u64 { self.0 += 1; self.0 }
//! # }
//! let mut router = Router::new(RealmConfig::default(), Box::new(Counter(0)));
//! let (session, actions) = router.join(Duration::ZERO, "model", "service");
//! assert!(matches!(&actions[..], [Action::Joined(info)] if info.id == session));
//! ```
//!
//! Deliberately absent: sockets, tasks, serialized bytes, clocks (time is passed in) and randomness
//! (ids come from an [`Ids`] passed in). Also absent: waiting for a slow peer. A callee with too
//! much waiting is not called, its caller is told at once.
//!
//! Reading order:
//!
//! | module | what it holds |
//! | --- | --- |
//! | `router` | [`Router`]: what comes in is sorted by the state of its session |
//! | `action`, `question`, `limits`, `disclosure`, `session_info` | the vocabulary at the boundary |
//! | `handshake`, `welcome`, `features` | HELLO to WELCOME, and which features either side announces |
//! | `asks` | questions, their answers, and what waits meanwhile |
//! | `task`, `options` | requests checked before anything happens |
//! | `broker`, `audience`, `listeners` | subscriptions and publications, who may receive them, and where nobody would |
//! | `publication`, `history`, `retained`, `testaments` | publications that are kept, and such as are to come |
//! | `dealer`, `invoke` | registrations, and which of several callees gets a call |
//! | `calls` | calls on their way: answered, canceled, in several pieces |
//! | `leaving` | every way a session ends |
//! | `meta` | the router's own procedures and events, about sessions, registrations and subscriptions |
//! | `patterns`, `deadlines`, `session`, `calendar` | the data structures beneath |

mod action;
mod asks;
mod audience;
mod broker;
mod calendar;
mod calls;
mod deadlines;
mod dealer;
mod disclosure;
mod features;
mod handshake;
mod history;
mod invoke;
mod leaving;
mod limits;
mod listeners;
mod meta;
mod options;
mod patterns;
mod publication;
mod question;
mod retained;
mod router;
mod session;
mod session_info;
mod task;
mod testaments;
mod welcome;

pub use action::{Action, AskId, CloseReason, Input, Slow};
pub use disclosure::Disclosure;
pub use history::HistoryRule;
pub use invoke::Invoke;
pub use limits::Limits;
pub use listeners::Listeners;
pub use meta::{META_TOPICS, meta_procedures};
pub use question::{
    Admission, Claim, Introduction, Operation, Permission, Proof, Question, Request, Verdict,
};
pub use router::{AuthMethod, Full, Ids, RealmConfig, Router};
pub use session_info::SessionInfo;
