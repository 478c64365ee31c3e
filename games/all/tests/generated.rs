//! Generated games of every game that the binary links, whether it has such a test of its own or not: other ones than those.

use simpl::testing::Generated;

#[test]
fn generated_games_find_nothing_wrong_with_any_of_them() {
    for game in games_all::games() {
        let report = Generated::of(game).seed(1_000).games(20).play();
        assert!(report.games == 20 && report.finding.is_none(), "{report}");
    }
}
