use simpl::prelude::*;

#[rpc(run)]
async fn bid(_a: Arg<u8>, _b: Arg<u8>, _c: Arg<u8>, _d: Arg<u8>, _e: Arg<u8>, _f: Arg<u8>, _g: Arg<u8>) -> Reply {
    Ok("ok")
}

fn main() {}
