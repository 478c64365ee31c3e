use simpl::prelude::*;

#[on(phase)]
async fn note(_run: Run) {}

fn main() {}
