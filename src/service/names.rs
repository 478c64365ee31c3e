//! Every game that is served has a slug and a root topic of its own.

use std::collections::BTreeMap;

use simpl::Game;

use crate::settings::Settings;

/// Two games have one name, so that the games API, or front ends, could not tell them apart.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "two games, \"{first}\" and \"{second}\", have the {what} {name}: each needs its own; change one in its code, or with {member} under [game.{key}] in the settings"
)]
pub struct SameName {
    /// Title of the game that comes first.
    first: String,
    /// Title of the other one.
    second: String,
    /// What they share.
    what: &'static str,
    /// The name that they share.
    name: String,
    /// The name of the other one in the settings.
    key: String,
    /// The setting that gives another name.
    member: &'static str,
}

/// Looks whether they are.
///
/// # Errors
/// Two games have the same slug or root topic.
pub(super) fn are_different(settings: &Settings, games: &[Game]) -> Result<(), Box<SameName>> {
    type Name = fn(&Settings, &Game) -> String;
    let names: [(&str, &str, Name); 2] = [
        ("slug", "slug", Settings::slug),
        ("root topic", "root_topic", Settings::root_topic),
    ];
    for (what, member, name) in names {
        let mut known: BTreeMap<String, &Game> = BTreeMap::new();
        for game in games {
            let name = name(settings, game);
            if let Some(first) = known.insert(name.clone(), game) {
                return Err(Box::new(SameName {
                    first: first.title().to_owned(),
                    second: game.title().to_owned(),
                    what,
                    name,
                    key: game.slug().to_owned(),
                    member,
                }));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use simpl::Phase;

    use super::*;
    use crate::settings::GameSettings;

    fn game(slug: &str, title: &str) -> Game {
        let game = Game::builder(slug).title(title).roles(["Player"]);
        game.phases([Phase::open("Play")]).build()
    }

    #[test]
    fn two_games_of_one_slug_are_told_by_their_titles() {
        let settings = Settings::default();
        let different = [game("beer", "Beer"), game("div", "Division")];
        assert_eq!(are_different(&settings, &different), Ok(()));
        let same = [game("beer", "Beer"), game("beer", "More beer")];
        let told = are_different(&settings, &same).unwrap_err().to_string();
        assert!(
            told.starts_with("two games, \"Beer\" and \"More beer\", have the slug beer"),
            "{told}"
        );
    }

    #[test]
    fn settings_can_make_two_games_one_and_are_told_so() {
        let mut settings = Settings::default();
        let names = GameSettings {
            root_topic: Some("world.simpl.sims.div".to_owned()),
            ..GameSettings::default()
        };
        settings.game.insert("beer".to_owned(), names);
        let games = [game("beer", "Beer"), game("div", "Division")];
        let told = are_different(&settings, &games).unwrap_err().to_string();
        assert!(
            told.contains("the root topic world.simpl.sims.div"),
            "{told}"
        );
        assert!(told.contains("root_topic under [game.div]"), "{told}");
    }
}
