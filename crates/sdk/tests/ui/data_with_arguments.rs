use simpl::prelude::*;

#[data(rename_all = "camelCase")]
struct Bid {
    price: f64,
}

fn main() {
    let _ = Bid { price: 1.0 }.price;
}
