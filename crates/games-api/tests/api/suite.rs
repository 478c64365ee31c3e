// The suite, for each database: the test binary that includes it says with its module `place` which one.

mod batch;
mod bulk;
mod changes;
mod durability;
mod hooks;
mod leases;
mod limits;
mod logins;
mod model;
mod metrics;
mod openapi;
mod ordering;
mod requests;
mod people;
mod persons;
mod rest;
mod rights;
mod rights_table;
mod server;
mod start;
mod tickets;
mod tokens;
mod trace;
