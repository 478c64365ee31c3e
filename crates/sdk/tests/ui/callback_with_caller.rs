use simpl::prelude::*;

#[on(advance_phase)]
async fn note(_run: Run, _player: Player) {}

fn main() {}
