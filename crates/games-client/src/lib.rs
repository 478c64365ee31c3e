//! HTTP client for any games API: ours, or the original one in Django.
//!
//! It speaks only what the original offers (list, read, create, full update, delete, `authcheck`), and the change stream, batches
//! and leases where [`Announcement`] says so. Reads and batches are repeated for a moment when the games API does not answer; other writes are
//! not, because a write whose answer was lost may have been done: [`GamesClient::get_or_create`] and
//! [`GamesClient::create_or_update`] read before they write and again when a unique constraint says that somebody was faster.
//!
//! Deliberately absent: caches, knowledge of games, PATCH (broken in the original), and any reading of the environment.
//!
//! * [`GamesClient`], [`Config`]: the client and what it needs to know;
//! * [`Batch`], [`Cursor`]: changes since a point, and the point;
//! * [`Group`], [`Operation`], [`GroupResult`], [`Lease`]: many writes in one request, and who may write for a game;
//! * [`Collector`]: many small groups in few requests;
//! * [`Error`]: what can go wrong, told by what a caller can do about it;
//! * [`Secret`]: a password that no log shows.

mod batch;
mod client;
mod collector;
mod error;
mod http;
mod retry;
mod rows;
mod secret;
mod stream;
mod tickets;
mod tls;

pub use client::{Config, GamesClient};
pub use collector::Collector;
pub use error::Error;
pub use games_contract::{
    Action, Announcement, Change, Group, GroupResult, Lease, Map, Operation, Resource, RowText,
    Target,
};
pub use secret::Secret;
pub use stream::{Batch, Cursor};
