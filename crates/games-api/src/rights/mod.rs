//! Who may what over REST: the one place that decides it.
//!
//! * `standing`: what somebody is in this installation, and what they are in one run;
//! * `sight`: which rows somebody sees. Lists are narrowed by it, a row outside it is not there, and a body or a query that names one
//!   is answered as if it named nothing;
//! * `verdict`: what somebody may do to a row that they see, as a table without I/O;
//! * `guard`: the writes of `rows`, each held against the table before and after;
//! * `secrets`: what is taken from a row before it leaves, and put back before it is stored.
//!
//! Batches, leases and the change stream are staff's, which their paths check.

mod guard;
mod secrets;
mod sight;
mod standing;
mod verdict;

pub(crate) use standing::Rights;
pub(crate) use verdict::Act;
