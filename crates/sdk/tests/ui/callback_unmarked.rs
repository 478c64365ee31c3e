use simpl::prelude::*;

async fn note(_change: ChangePhase) {}

fn main() {
    let _ = Game::builder("auction").on_start(note);
}
