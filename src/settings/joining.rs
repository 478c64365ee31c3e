//! Section `[joining]`: how long what people get by joining is good for, and how many they may be.

use games_contract::TICKET_SECONDS;
use serde::{Deserialize, Serialize};

use super::{SettingsError, Span};

/// What a number of people or codes may be at most.
const MOST: u32 = 1 << 20;

/// Section `[joining]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JoiningSettings {
    /// For how long somebody who has joined may sign in without coming back.
    pub ticket: Span,
    /// Run users in one run, after which nobody new comes in.
    pub players: u32,
    /// How many may wait for a leader in one run.
    pub waiting: u32,
    /// Wrong codes a minute from one address.
    pub wrong_codes: u32,
}

impl Default for JoiningSettings {
    fn default() -> Self {
        Self {
            ticket: Span::seconds(12 * 3_600),
            players: 2_000,
            waiting: 200,
            wrong_codes: 60,
        }
    }
}

impl JoiningSettings {
    /// Looks for values with which nobody could join.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let seconds = self.ticket.0.as_secs();
        if !TICKET_SECONDS.contains(&seconds) {
            let (least, most) = (TICKET_SECONDS.start(), TICKET_SECONDS.end() / 3_600);
            return Err(SettingsError::Value {
                key: "joining.ticket",
                got: format!("{:?}", self.ticket.0),
                expected: format!("a time between {least}s and {most}h"),
            });
        }
        for (key, got) in [
            ("joining.players", self.players),
            ("joining.waiting", self.waiting),
            ("joining.wrong_codes", self.wrong_codes),
        ] {
            if !(1..=MOST).contains(&got) {
                let (got, expected) = (got.to_string(), format!("a number between 1 and {MOST}"));
                return Err(SettingsError::Value { key, got, expected });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_which_nobody_could_join_is_refused_with_those_that_can_be() {
        let usual = JoiningSettings::default;
        usual().check().unwrap();
        for (key, settings) in [
            (
                "joining.ticket",
                JoiningSettings {
                    ticket: Span::seconds(0),
                    ..usual()
                },
            ),
            (
                "joining.ticket",
                JoiningSettings {
                    ticket: Span::seconds(169 * 3_600),
                    ..usual()
                },
            ),
            (
                "joining.players",
                JoiningSettings {
                    players: 0,
                    ..usual()
                },
            ),
            (
                "joining.waiting",
                JoiningSettings {
                    waiting: MOST + 1,
                    ..usual()
                },
            ),
            (
                "joining.wrong_codes",
                JoiningSettings {
                    wrong_codes: 0,
                    ..usual()
                },
            ),
        ] {
            let told = settings.check().unwrap_err().to_string();
            assert!(told.contains(key) && told.contains("between"), "{told}");
        }
    }
}
