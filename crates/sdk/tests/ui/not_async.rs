use simpl::prelude::*;

#[rpc(period)]
fn bid(_period: Period) -> Reply {
    Ok("ok")
}

fn main() {}
