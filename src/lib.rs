//! The model service: turn-based, multi-player simulations for the classroom.
//!
//! A front end calls WAMP procedures such as `<root topic>.model.period.17.submit_decision`; the service keeps the tree of runs,
//! worlds, scenarios and periods, persists every decision through the games API over HTTP, and runs a game's `Model::step` once all
//! required seats have decided. What happens to one decision, in the order of the modules:
//!
//! 1. [`gate`] let the player in; the router hands the call to [`dispatch`], which finds scope, caller and rights.
//! 2. The world's actor ([`mailbox`], [`game`]) runs the handler; [`turns`] stores the decision and answers `"ok"`.
//! 3. The tree ([`scopes`]) is updated from the games API's answer, and those with [`sight`] of it get the event.
//! 4. Where [`bots`] sit, they decide. When every seat has decided, or [`deadlines`] have ended the period, [`turns`] runs the model, stores the result and opens the next one.
//!
//! Procedures, callbacks and hooks of a game's author run in `handlers`.
//! A game is also played without any of that, by bots in memory: [`play`].
//!
//! A lecturer makes [`runs`], and [`seating`] says who plays where; people without an account come in by [`joining`].
//!
//! [`run`] is all of it as a program, for a game in a project of its own; [`authoring`] makes such projects, and [`watch`] serves them as they
//! change.
//!
//! Around that: [`settings`], [`users`], [`refusal`], [`figures`], [`environment`], [`http`], [`rawsocket`], [`lease`], [`service`] and the command line in [`cli`].
//! [`realm`] is where the games publish: the router of this process, or a [`foreign`] one.
//! [`router`] is the WAMP router alone, without any game.
//! What is absent: SQL, the database and HTTP routes of the games API (they are `games-api`), WAMP messages and sockets (`wamp-transport`).

pub mod audit;
pub mod authoring;
pub mod bots;
pub mod cli;
pub mod deadlines;
pub mod dispatch;
pub mod environment;
pub mod figures;
pub mod foreign;
pub mod game;
pub mod gate;
mod handlers;
pub mod http;
pub mod joining;
pub mod lease;
pub mod mailbox;
pub mod play;
pub mod rawsocket;
pub mod realm;
pub mod refusal;
pub mod rewind;
pub mod router;
pub mod runs;
pub mod scopes;
pub mod seating;
pub mod service;
pub mod settings;
pub mod sight;
pub mod turns;
pub mod users;
pub mod watch;

pub use cli::main as run;
