//! Generated games of every game that the binary links.

#[test]
fn generated_games_find_nothing_wrong_with_any_of_them() {
    for game in games_all::games() {
        simpl::testing::generated(game);
    }
}
