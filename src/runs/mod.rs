//! A lecturer's runs: made, listed, set up, put away and taken out again.
//!
//! [`Terms`] are what a run is set up with, read and checked without I/O. Making a run and taking one out again concern no run that is
//! loaded, so the game itself does them, one after another; the rest are jobs of the run's actor. Who sits where is
//! [`seating`](crate::seating).

mod archive;
mod create;
mod list;
mod set_up;
mod terms;

pub(crate) use create::seed;
pub use list::Listed;
pub use terms::Terms;
