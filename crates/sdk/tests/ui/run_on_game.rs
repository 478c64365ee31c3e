use simpl::prelude::*;

#[rpc(game)]
async fn ranking(_run: Run) -> Reply<u32> {
    Ok(1)
}

fn main() {}
