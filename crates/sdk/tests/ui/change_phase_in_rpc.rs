use simpl::prelude::*;

#[rpc(run)]
async fn note(_change: ChangePhase) {}

fn main() {}
