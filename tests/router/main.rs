//! `modelservice router`, as operators run it and clients meet it.

mod alone;
mod process;
