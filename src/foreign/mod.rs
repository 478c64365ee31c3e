//! The model service as a client of somebody else's router, such as Crossbar.io.
//!
//! The router says who calls; the service says who hears what, by naming the sessions that may (`eligible`). `docs/foreign-router.md` tells
//! how to configure one, and what this cannot guarantee.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `people` | whose session is whose; no I/O |
//! | `line` | publishing, and the session of the service while there is one |
//! | `address` | where the router is and how the service proves who it is there |
//! | `fault` | why the service cannot serve there, and what to do |
//! | `guest` | joining, registering, serving, and all of that again when the router was lost |
//! | `pulse` | whether the router still answers |
//! | `porter` | what a router asks that leaves logins and rights to the service |

mod address;
mod fault;
mod guest;
mod line;
mod people;
mod porter;
mod pulse;

pub use address::{Address, Method};
pub use fault::Fault;
pub use guest::{Guest, Served};
pub use line::Line;
pub use people::{People, user_of};
