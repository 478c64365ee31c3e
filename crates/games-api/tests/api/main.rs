//! The games API as a stranger meets it: over real sockets, with a real SQLite file.

mod changes;
mod durability;
mod hooks;
mod logins;
mod rest;
mod rights;
mod server;
mod start;
mod trace;
