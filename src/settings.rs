//! Settings: defaults, then `settings.toml`, then `SIMPL_…` variables; flags are laid over them by the command that has them.
//!
//! This is the only place that reads the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

/// Everything that can be set. See `settings.toml` in the repository for what each key means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The model service itself.
    pub service: ServiceSettings,
    /// The games API it talks to.
    pub api: ApiSettings,
    /// Our own games API.
    pub games_api: GamesApiSettings,
    /// The WAMP router.
    pub wamp: WampSettings,
    /// What strangers may use up.
    pub limits: LimitSettings,
    /// The users in memory.
    pub users: UserSettings,
    /// Turns.
    pub turns: TurnSettings,
    /// The log.
    pub log: LogSettings,
    /// Other names for games, by the name in their code.
    pub game: BTreeMap<String, GameSettings>,
}

/// Section `[service]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// The games to serve; empty for all.
    pub games: Vec<String>,
    /// How long a stop may wait.
    pub shutdown_grace: Span,
}

/// Section `[api]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiSettings {
    /// Its address, ending in `/apis/`.
    pub url: Url,
    /// The service's login.
    pub user: String,
    /// The service's password.
    pub password: Secret,
    /// A file with the password.
    pub password_file: PathBuf,
    /// How long one request may take.
    pub timeout: Span,
}

/// Section `[games_api]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GamesApiSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The folder of its database.
    pub data: PathBuf,
}

/// Section `[wamp]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WampSettings {
    /// The realm.
    pub realm: String,
    /// The largest message, in bytes.
    pub max_message_bytes: usize,
    /// What may wait for one slow client, in bytes.
    pub outbox_bytes: usize,
    /// How often an idle client is pinged.
    pub ping_interval: Span,
    /// How long a client may be silent.
    pub ping_timeout: Span,
    /// Web pages that may connect besides those of the same host.
    pub allowed_origins: Vec<String>,
}

/// Section `[limits]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Sessions at once.
    pub sessions: usize,
    /// Subscriptions of one session.
    pub subscriptions_per_session: usize,
    /// Calls of one session that wait for their answer.
    pub calls_per_session: usize,
    /// From the open connection to the end of the login.
    pub handshake_timeout: Span,
}

/// Section `[users]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserSettings {
    /// How many users are kept in memory.
    pub cache_capacity: u64,
    /// For how long.
    pub cache_ttl: Span,
}

/// Section `[turns]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnSettings {
    /// How long a procedure of a game may take.
    pub handler_timeout: Span,
    /// How long a step may take.
    pub step_timeout: Span,
    /// How many calls may wait for one world.
    pub mailbox: usize,
}

/// Section `[log]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// What is logged.
    pub level: String,
    /// How it is written.
    pub format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For a log collector.
    Json,
}

/// Section `[game.<name>]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GameSettings {
    /// The slug in the games API; `None` for the game's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The prefix of topics; `None` for the game's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_topic: Option<String>,
}

/// A length of time, written as `250ms`, `10s`, `5m` or `2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// A password that no log shows.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(pub String);

/// Settings that cannot be used; the text says where, what was expected and what came.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("the settings file {} cannot be read: {reason}; name a file that exists with --settings, or leave it out", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The file has a wrong key or value.
    #[error("the settings in {} cannot be used:\n{reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Line, snippet and what was expected.
        reason: String,
    },
    /// A variable has a wrong value.
    #[error("the variable {name} cannot be used: {reason}; correct it or unset it")]
    Variable {
        /// The variable.
        name: String,
        /// What was expected.
        reason: String,
    },
    /// The password file cannot be read.
    #[error(
        "api.password_file = {path:?} cannot be read: {reason}; correct the path, or set SIMPL_API_PASSWORD"
    )]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
}

impl Settings {
    /// Reads the settings: the file at `path`, or `./settings.toml` where there is one, under the `SIMPL_…` variables of the
    /// environment.
    ///
    /// # Errors
    /// The file or a variable cannot be used.
    pub fn load(path: Option<&Path>) -> Result<Self, SettingsError> {
        Self::layered(
            path,
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
        )
    }

    fn layered(
        path: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let usual = PathBuf::from("settings.toml");
        let file = match path {
            Some(path) => Some(path.to_owned()),
            None => usual.is_file().then_some(usual),
        };
        let mut table = toml::Table::new();
        if let Some(path) = file {
            let text =
                std::fs::read_to_string(&path).map_err(|reason| SettingsError::Unreadable {
                    path: path.clone(),
                    reason,
                })?;
            let refuse = |reason: toml::de::Error| SettingsError::File {
                path: path.clone(),
                reason: reason.to_string(),
            };
            toml::from_str::<Self>(&text).map_err(refuse)?;
            table = text.parse().map_err(refuse)?;
        }
        let known = toml::Table::try_from(Self::default()).unwrap_or_default();
        for (name, value) in variables {
            let Some((section, key)) = place_of(&name, &known, &table) else {
                continue;
            };
            lay(&mut table, &section, &key, &value, &known);
            toml::from_str::<Self>(&table.to_string()).map_err(|reason| {
                SettingsError::Variable {
                    name,
                    reason: reason.message().to_owned(),
                }
            })?;
        }
        let mut settings: Self =
            toml::from_str(&table.to_string()).map_err(|reason| SettingsError::File {
                path: PathBuf::from("settings.toml"),
                reason: reason.to_string(),
            })?;
        settings.read_password_file()?;
        Ok(settings)
    }

    /// Replaces the password by the content of the password file, when one is named.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_password_file(&mut self) -> Result<(), SettingsError> {
        let path = self.api.password_file.clone();
        if path.as_os_str().is_empty() {
            return Ok(());
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|reason| SettingsError::PasswordFile { path, reason })?;
        self.api.password = Secret(text.trim_end_matches(['\r', '\n']).to_owned());
        Ok(())
    }

    /// The slug of a game in the games API.
    #[must_use]
    pub fn slug<'a>(&'a self, game: &'a simpl::Game) -> &'a str {
        self.game
            .get(game.slug())
            .and_then(|names| names.slug.as_deref())
            .unwrap_or_else(|| game.slug())
    }

    /// The root topic of a game.
    #[must_use]
    pub fn root_topic<'a>(&'a self, game: &'a simpl::Game) -> &'a str {
        self.game
            .get(game.slug())
            .and_then(|names| names.root_topic.as_deref())
            .unwrap_or_else(|| game.root_topic())
    }
}

/// The section and key that a variable `SIMPL_<SECTION>_<KEY>` is for; others that begin so are somebody else's.
fn place_of(name: &str, known: &toml::Table, file: &toml::Table) -> Option<(Vec<String>, String)> {
    let rest = name.strip_prefix("SIMPL_")?.to_ascii_lowercase();
    if let Some(rest) = rest.strip_prefix("game_") {
        for key in ["slug", "root_topic"] {
            if let Some(game) = rest
                .strip_suffix(key)
                .and_then(|game| game.strip_suffix('_'))
            {
                // A slug may hold a hyphen, which a variable cannot: take the file's spelling where it has one.
                let spelled = file
                    .get("game")
                    .and_then(toml::Value::as_table)
                    .and_then(|games| {
                        games
                            .keys()
                            .find(|known| known.replace('-', "_") == game)
                            .cloned()
                    });
                return Some((
                    vec![
                        "game".to_owned(),
                        spelled.unwrap_or_else(|| game.to_owned()),
                    ],
                    key.to_owned(),
                ));
            }
        }
    }
    known.iter().find_map(|(section, keys)| {
        let key = rest.strip_prefix(section.as_str())?.strip_prefix('_')?;
        keys.as_table()?
            .contains_key(key)
            .then(|| (vec![section.clone()], key.to_owned()))
    })
}

/// Lays a variable's text into the table, as the type that the key has.
fn lay(table: &mut toml::Table, section: &[String], key: &str, text: &str, known: &toml::Table) {
    let default = section
        .first()
        .and_then(|name| known.get(name))
        .and_then(|keys| keys.get(key));
    let value = match default {
        Some(toml::Value::Integer(_)) => text
            .trim()
            .parse()
            .map_or_else(|_| text.into(), toml::Value::Integer),
        Some(toml::Value::Boolean(_)) => text
            .trim()
            .parse()
            .map_or_else(|_| text.into(), toml::Value::Boolean),
        Some(toml::Value::Array(_)) => text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(toml::Value::from)
            .collect::<Vec<_>>()
            .into(),
        _ => text.into(),
    };
    let mut at = table;
    for name in section {
        let below = at
            .entry(name.clone())
            .or_insert_with(|| toml::Table::new().into());
        if !below.is_table() {
            *below = toml::Table::new().into();
        }
        match below {
            toml::Value::Table(below) => at = below,
            _ => return,
        }
    }
    at.insert(key.to_owned(), value);
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            games: Vec::new(),
            shutdown_grace: Span::seconds(2),
        }
    }
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            url: Url::parse("http://127.0.0.1:8100/apis/").expect("a constant address"),
            user: "simpl@simpl.world".to_owned(),
            password: Secret::default(),
            password_file: PathBuf::new(),
            timeout: Span::seconds(10),
        }
    }
}

impl Default for GamesApiSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8100)),
            data: PathBuf::from("data"),
        }
    }
}

impl Default for WampSettings {
    fn default() -> Self {
        Self {
            realm: "realm1".to_owned(),
            max_message_bytes: 1 << 20,
            outbox_bytes: 8 << 20,
            ping_interval: Span::seconds(10),
            ping_timeout: Span::seconds(60),
            allowed_origins: Vec::new(),
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            sessions: 10_000,
            subscriptions_per_session: 1_000,
            calls_per_session: 1_024,
            handshake_timeout: Span::seconds(20),
        }
    }
}

impl Default for UserSettings {
    fn default() -> Self {
        Self {
            cache_capacity: 10_000,
            cache_ttl: Span::seconds(300),
        }
    }
}

impl Default for TurnSettings {
    fn default() -> Self {
        Self {
            handler_timeout: Span::seconds(30),
            step_timeout: Span::seconds(10),
            mailbox: 1_024,
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Span {
    const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}ms", self.0.as_millis()))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refuse = || {
            serde::de::Error::custom(format!(
                "a length of time like \"250ms\", \"10s\", \"5m\" or \"2h\" is expected, got {text:?}"
            ))
        };
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(refuse)?;
        let number: u64 = text[..digits].parse().map_err(|_| refuse())?;
        let millis = match text[digits..].trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(refuse()),
        };
        number
            .checked_mul(millis)
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or_else(refuse)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { "***" })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let variables = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Settings::layered(
            Some(Path::new(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/settings.toml"
            ))),
            variables,
        )
    }

    #[test]
    fn the_commented_file_holds_every_key_with_its_default() {
        assert_eq!(with(&[]).unwrap(), Settings::default());
        let file: toml::Table = include_str!("../settings.toml").parse().unwrap();
        let mut known = toml::Table::try_from(Settings::default()).unwrap();
        known.remove("game");
        for (section, keys) in &known {
            let written = file[section].as_table().unwrap();
            for key in keys.as_table().unwrap().keys() {
                assert!(
                    written.contains_key(key),
                    "settings.toml lacks {section}.{key}"
                );
            }
        }
    }

    #[test]
    fn a_variable_wins_over_the_file() {
        let variables = [
            ("SIMPL_API_URL", "http://api:8100/apis/"),
            ("SIMPL_GAME_DIV_ROOT_TOPIC", "world.x"),
            ("SIMPL_TURNS_MAILBOX", "7"),
        ];
        let settings = with(&variables).unwrap();
        assert_eq!(settings.api.url.as_str(), "http://api:8100/apis/");
        assert_eq!(settings.game["div"].root_topic.as_deref(), Some("world.x"));
        assert_eq!(settings.turns.mailbox, 7);
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let error = with(&[("SIMPL_SERVICE_LISTEN", "8080")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("SIMPL_SERVICE_LISTEN"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_line_and_the_keys_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, "[service]\nlissen = \"127.0.0.1:1\"\n").unwrap();
        let error = Settings::layered(Some(&path), std::iter::empty())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("lissen") && error.contains("line 2") && error.contains("listen"),
            "{error}"
        );
    }

    #[test]
    fn a_password_is_never_printed() {
        let settings = with(&[("SIMPL_API_PASSWORD", "hunter2")]).unwrap();
        assert_eq!(settings.api.password.0, "hunter2");
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert!(!toml::to_string(&settings).unwrap().contains("hunter2"));
    }
}
