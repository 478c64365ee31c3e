//! The games API: the HTTP service that keeps games, runs, worlds, decisions and people, the only keeper of the truth.
//!
//! It is a drop-in for the original games API (the REST contract of `games-contract`), on an embedded SQLite file or a PostgreSQL
//! database: one writer thread owns one connection, takes everything that has queued, and answers when the common commit is on disk.
//! What changed goes into an outbox in the same transaction and from there to webhooks and to the change stream.
//!
//! Deliberately absent: the rules of any game, WAMP, reading of the environment, and any clock but the one passed in.
//!
//! * [`start`], [`Config`], [`Server`]: its life;
//! * [`People`]: the users of a database, for whoever runs it;
//! * [`Windows`]: counting of late, for limits on strangers;
//! * `rest`: paths, bodies, answers;
//! * `rights`: who may what;
//! * `metrics`: how it is doing, in numbers ([`Exposition`] and [`Histogram`] are there for the model service's, too);
//! * `openapi`: the description of all of it at `/openapi.json`, from the contract's tables;
//! * `rows`: what the resources do in the database, as statements built from the contract;
//! * `batch`, `leases`: many writes in one request, and who may write for a game;
//! * `storage`: the writer's thread and the readers; the only place that knows which database it is;
//! * [`archive()`], [`unarchive`]: a run into a file and back;
//! * `export`: a run as tables, for spreadsheets and statistics;
//! * `accounts`: passwords and logins;
//! * `hooks`: webhooks, from the outbox.

mod accounts;
mod archive;
mod audit;
mod batch;
mod clock;
mod config;
mod database;
mod export;
mod history;
mod hooks;
mod keys;
mod leases;
mod metrics;
mod new_file;
mod openapi;
mod people;
mod public_url;
mod random;
mod refusal;
mod reminder;
mod rest;
mod rights;
mod rows;
mod server;
mod storage;
mod windows;

pub use archive::{ArchiveError, Archived, Unarchived, archive, unarchive};
pub use clock::{Clock, SystemClock};
pub use config::{Config, StartError};
pub use database::{Database, PostgresUrl};
pub use metrics::{Exposition, Histogram, Kind, MEDIA_TYPE as METRICS_MEDIA_TYPE};
pub use people::{
    Account, AccountError, Erased, ImportError, Imported, LineError, People, Sheet, SheetRow,
};
pub use public_url::PublicUrl;
pub use server::{Server, start};
pub use storage::{BackupError, backup, restore};
pub use windows::{Windows, network};
