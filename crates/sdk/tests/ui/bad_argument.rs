use simpl::prelude::*;

#[rpc(period)]
async fn bid(_period: Period, _amount: f64) -> Reply {
    Ok("ok")
}

fn main() {}
