use simpl::prelude::*;

struct Bid;

#[rpc(period)]
async fn bid(_period: Period, _bid: Args<Bid>) -> Reply {
    Ok("ok")
}

fn main() {}
