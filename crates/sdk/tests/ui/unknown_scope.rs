use simpl::prelude::*;

#[rpc(perod)]
async fn bid(_period: Period) -> Reply {
    Ok("ok")
}

fn main() {}
