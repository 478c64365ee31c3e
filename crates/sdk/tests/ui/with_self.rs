use simpl::prelude::*;

struct Auction;

impl Auction {
    #[rpc(period)]
    async fn bid(&self) -> Reply {
        Ok("ok")
    }
}

fn main() {}
