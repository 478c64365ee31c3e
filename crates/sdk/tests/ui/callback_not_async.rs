use simpl::prelude::*;

#[on(start)]
fn note(_run: Run) {}

fn main() {}
