use simpl::prelude::*;

#[rpc]
async fn bid(_period: Period) -> Reply {
    Ok("ok")
}

fn main() {}
