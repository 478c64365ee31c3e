//! Turns: decisions become steps, steps become results.
//!
//! [`seats`] says who has to decide, [`plan`] what is to be stepped, both without I/O; [`decide`] stores a decision and [`step`]
//! runs the model and stores what comes of it, both in the branch's actor.

mod at_once;
mod decide;
pub(crate) mod once;
mod plan;
mod seats;
mod step;
mod stuck;
#[cfg(test)]
mod tests;

pub use decide::Submission;
pub use plan::{Due, Outcome, Plan, Stage, due, plan, run_plan};
pub(crate) use plan::{before, last_period, outcome_before};
pub use seats::{Table, decision_name};
pub(crate) use seats::{played_as, public};
pub use step::Progress;
pub use stuck::Stuck;
