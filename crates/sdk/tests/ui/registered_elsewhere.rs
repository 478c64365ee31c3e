use simpl::prelude::*;

#[rpc(period)]
async fn bid(_period: Period) -> Reply {
    Ok("ok")
}

fn main() {
    let _ = Game::builder("auction").run(|r| r.rpc("bid", bid));
}
