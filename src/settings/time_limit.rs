//! The time limit of a game, as the settings have it.

use simpl::{Game, Overdue, TimeLimit};

use super::{Settings, SettingsError};

impl Settings {
    /// How long a world has for a period of this game: what the settings say, else what the game says.
    ///
    /// # Errors
    /// A limit that no period can have, or a word that says nothing that can be done.
    pub fn time_limit(&self, game: &Game) -> Result<Option<TimeLimit>, SettingsError> {
        let set = self.of(game);
        let own = game.time_limit();
        let then = match set.and_then(|set| set.overdue.as_deref()) {
            None => own.map_or(Overdue::Wait, |own| own.then),
            Some(word) => self::overdue(word)?,
        };
        let seconds = match set.and_then(|set| set.time_limit) {
            None => own.map(|own| own.seconds),
            Some(span) if span.0.is_zero() => None,
            Some(span) => {
                let whole = u32::try_from(span.0.as_secs()).ok();
                let whole = whole.filter(|seconds| (1..=TimeLimit::LONGEST).contains(seconds));
                Some(whole.ok_or_else(|| SettingsError::Value {
                    key: "game.<name>.time_limit",
                    got: format!("{} ms", span.0.as_millis()),
                    expected: format!("0s, or 1s to {}s", TimeLimit::LONGEST),
                })?)
            }
        };
        Ok(seconds.map(|seconds| TimeLimit { seconds, then }))
    }
}

fn overdue(word: &str) -> Result<Overdue, SettingsError> {
    Overdue::from_name(word).ok_or_else(|| SettingsError::Value {
        key: "game.<name>.overdue",
        got: word.to_owned(),
        expected: "default, last, bot, skip or wait".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{GameSettings, Span};

    fn limit(set: GameSettings) -> Result<Option<TimeLimit>, String> {
        let mut settings = Settings::default();
        settings.game.insert("div".to_owned(), set);
        let limit = settings.time_limit(&div::game());
        limit.map_err(|error| error.to_string())
    }

    #[test]
    fn a_limit_of_the_settings_wins_over_the_games_own() {
        assert_eq!(limit(GameSettings::default()), Ok(None));
        let set = |seconds, overdue: Option<&str>| {
            limit(GameSettings {
                time_limit: Some(Span::seconds(seconds)),
                overdue: overdue.map(str::to_owned),
                ..GameSettings::default()
            })
        };
        let then = |then| Ok(Some(TimeLimit { seconds: 30, then }));
        assert_eq!(set(30, None), then(Overdue::Wait));
        assert_eq!(set(30, Some("skip")), then(Overdue::Skip));
        assert_eq!(set(30, Some("bot")), then(Overdue::Bot));
        assert_eq!(set(0, Some("skip")), Ok(None));
        assert!(set(u64::from(TimeLimit::LONGEST) + 1, None).is_err());
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        for (word, reason) in [("bots", "default, last, bot"), ("Skip", "default, last")] {
            let refused = limit(GameSettings {
                overdue: Some(word.to_owned()),
                ..GameSettings::default()
            });
            let refused = refused.unwrap_err();
            assert!(
                refused.contains(word) && refused.contains(reason),
                "{refused}"
            );
        }
    }
}
