use simpl::prelude::*;

#[rpc(period)]
async fn bid(_period: Period) -> f64 {
    1.0
}

fn main() {}
