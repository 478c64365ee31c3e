use simpl::prelude::*;

#[rpc(run)]
async fn bid<T>(_bid: Arg<T>) -> Reply {
    Ok("ok")
}

fn main() {}
