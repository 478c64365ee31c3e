use simpl::prelude::*;

#[rpc(period)]
async fn bid(period: Period, player: Player) -> Reply {
    let count = std::rc::Rc::new(1);
    period.decide(&player, 1).await?;
    drop(count);
    Ok("ok")
}

fn main() {}
