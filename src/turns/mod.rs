//! Turns: decisions become steps, steps become results.
//!
//! [`seats`] says who has to decide, [`plan`] what is to be stepped and [`told`] what comes of it as rows, all without I/O; [`decide`]
//! stores a decision, [`start`] what a game begins with, and [`step`] runs the model and stores the outcome, in the branch's actor.
//! [`alone`] opens the scenario of who plays alone.

mod alone;
mod at_once;
mod decide;
pub(crate) mod once;
mod plan;
mod seats;
mod start;
mod step;
mod stuck;
#[cfg(test)]
mod tests;
mod told;

pub use decide::Submission;
pub use plan::{Due, Plan, Stage, due, plan, run_plan};
pub(crate) use plan::{before, last_period};
pub(crate) use seats::played_as;
pub use seats::{Table, decision_name};
pub use step::Progress;
pub use stuck::Stuck;
pub use told::Outcome;
