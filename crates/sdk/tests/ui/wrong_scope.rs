use simpl::prelude::*;

#[rpc(run)]
async fn bid(_period: Period) -> Reply {
    Ok("ok")
}

fn main() {}
