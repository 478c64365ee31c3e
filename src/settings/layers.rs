//! Layers: the file under the variables, each checked with a message that names it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use games_contract::LEASE_SECONDS;

use url::Url;

use super::password_file::password_in;
use super::{Secret, Settings};

/// The one key of `[game.<name>]` that is no text.
const NEXT_PERIOD: &str = "next_period";
/// What a number that bounds something may be at most.
pub(super) const MOST: usize = 1 << 30;
/// What a time that bounds something may be.
const SHORTEST: Duration = Duration::from_millis(1);
/// How many characters must follow the question mark of an address for callbacks.
const SHORTEST_CALLBACK_KEY: usize = 16;
/// How many characters a key must have that secrets are derived from.
pub(super) const SHORTEST_KEY: usize = 32;
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

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
    #[error(
        "the settings in {} cannot be used:\n{reason}\ncorrect that line; the settings.toml that comes with the program lists every key with its default",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Line, snippet and what was expected.
        reason: String,
    },
    /// A game is named that this binary does not have.
    #[error("service.games names `{name}`, but this binary has only: {games}")]
    UnknownGame {
        /// The name.
        name: String,
        /// The games linked.
        games: String,
    },
    /// A variable has a wrong value.
    #[error("the variable {name} cannot be used: {reason}; correct it or unset it")]
    Variable {
        /// The variable.
        name: String,
        /// What was expected.
        reason: String,
    },
    /// A value of the right kind that nothing can work with.
    #[error(
        "{key} = {got}: {expected} is expected; correct it in the settings file, or in the variable or flag that sets it"
    )]
    Value {
        /// The key with its section.
        key: &'static str,
        /// What came.
        got: String,
        /// What was expected.
        expected: String,
    },
    /// A password stands where messages would repeat it.
    #[error(
        "api.url holds a login, which is not used and would be seen in messages: leave out what is before the @, and set api.user and SIMPL_API_PASSWORD"
    )]
    LoginInUrl,
    /// A key that others could guess.
    #[error(
        "{key} has {got} characters: at least {SHORTEST_KEY} that nobody can guess are expected, for example from `openssl rand -hex 32`"
    )]
    ShortKey {
        /// The key of the settings.
        key: &'static str,
        /// How long it is.
        got: usize,
    },
    /// An address for callbacks that anybody could call.
    #[error(
        "service.callback_url has to be an address that the games API can reach, ending in a key of at least {SHORTEST_CALLBACK_KEY} characters that only the games API is told: for example http://model:8080/callback?key=… with what `openssl rand -hex 16` prints"
    )]
    CallbackUrl,
    /// A password file cannot be read.
    #[error("{key} = {path:?} cannot be read: {reason}; correct the path, or {instead}")]
    PasswordFile {
        /// The key that names it.
        key: &'static str,
        /// What can be done without a file.
        instead: &'static str,
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
                reason: reason.to_string().trim_end().to_owned(),
            };
            toml::from_str::<Self>(&text).map_err(refuse)?;
            table = text.parse().map_err(refuse)?;
        }
        let known = toml::Table::try_from(Self::default()).unwrap_or_default();
        let mut unknown = Vec::new();
        for (name, value) in variables {
            let Some((section, key)) = place_of(&name, &known, &table) else {
                unknown.extend(name.starts_with("SIMPL_").then_some(name));
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
        settings.unknown_variables = unknown;
        settings.listen_is_set = table
            .get("service")
            .is_some_and(|service| service.get("listen").is_some());
        settings.check()?;
        settings.read_password_file()?;
        Ok(settings)
    }

    /// Looks for values with which the service could not start, or would hang or panic later.
    ///
    /// # Errors
    /// The first such value.
    pub fn check(&self) -> Result<(), SettingsError> {
        let url = &self.api.url;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SettingsError::LoginInUrl);
        }
        let (wamp, limits, turns) = (&self.wamp, &self.limits, &self.turns);
        for (key, got) in [
            ("wamp.max_message_bytes", wamp.max_message_bytes),
            ("wamp.outbox_bytes", wamp.outbox_bytes),
            ("limits.sessions", limits.sessions),
            ("limits.sessions_per_user", limits.sessions_per_user),
            ("limits.waiting_messages", limits.waiting_messages),
            ("limits.waiting_bytes", limits.waiting_bytes),
            ("limits.calls_per_session", limits.calls_per_session),
            ("turns.mailbox", turns.mailbox),
        ] {
            if !(1..=MOST).contains(&got) {
                let (got, expected) = (got.to_string(), format!("a number between 1 and {MOST}"));
                return Err(SettingsError::Value { key, got, expected });
            }
        }
        for (key, got) in [
            ("api.timeout", self.api.timeout),
            ("wamp.ping_interval", wamp.ping_interval),
            ("wamp.ping_timeout", wamp.ping_timeout),
            ("limits.handshake_timeout", limits.handshake_timeout),
            ("limits.call_timeout", limits.call_timeout),
            ("limits.ask_timeout", limits.ask_timeout),
            ("limits.goodbye_timeout", limits.goodbye_timeout),
            ("turns.handler_timeout", turns.handler_timeout),
            ("turns.step_timeout", turns.step_timeout),
        ] {
            if !(SHORTEST..=LONGEST).contains(&got.0) {
                let (got, expected) = (
                    format!("{:?}", got.0),
                    "a time between 1ms and 24h".to_owned(),
                );
                return Err(SettingsError::Value { key, got, expected });
            }
        }
        self.check_public()?;
        self.joining.check()?;
        self.check_router()?;
        self.check_foreign_router()?;
        let (shortest, longest) = (LEASE_SECONDS.start(), LEASE_SECONDS.end());
        if !LEASE_SECONDS.contains(&self.service.lease.0.as_secs()) {
            return Err(SettingsError::Value {
                key: "service.lease",
                got: format!("{:?}", self.service.lease.0),
                expected: format!("a time between {shortest}s and {longest}s"),
            });
        }
        Ok(())
    }

    /// Replaces the password by the content of the password file, when one is named.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_password_file(&mut self) -> Result<(), SettingsError> {
        let key = "api.password_file";
        let password = password_in(&self.api.password_file, key, "set SIMPL_API_PASSWORD")?;
        if let Some(password) = password {
            self.api.password = password;
        }
        Ok(())
    }

    /// The password for the database of the games API, when a file is named for it. Read only when it is needed: other commands
    /// may run where the file is not.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn database_password(&self) -> Result<Option<Secret>, SettingsError> {
        password_in(
            &self.games_api.database_password_file,
            "games_api.database_password_file",
            "put the password into the address",
        )
    }

    /// Where a games API without a change stream is to call back, and the key that the address ends in.
    ///
    /// # Errors
    /// It is no address, or has no key.
    pub fn callback(&self) -> Result<Option<(Url, Secret)>, SettingsError> {
        let text = &self.service.callback_url.0;
        if text.is_empty() {
            return Ok(None);
        }
        let url = Url::parse(text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let key = url.as_ref().and_then(Url::query).unwrap_or_default();
        if key.len() < SHORTEST_CALLBACK_KEY {
            return Err(SettingsError::CallbackUrl);
        }
        let key = Secret(key.to_owned());
        Ok(url.map(|url| (url, key)))
    }

    /// The key that users' WAMP-CRA secrets are derived from, when there is one. Read only when it is needed, as
    /// [`Settings::database_password`].
    ///
    /// # Errors
    /// The file cannot be read, or the key could be guessed.
    pub fn cra_key(&self) -> Result<Option<wamp::Secret>, SettingsError> {
        let key = "wamp.cra_key_file";
        let in_file = password_in(&self.wamp.cra_key_file, key, "set SIMPL_WAMP_CRA_KEY")?;
        let found = in_file.unwrap_or_else(|| self.wamp.cra_key.clone()).0;
        match found.chars().count() {
            0 => Ok(None),
            got if got < SHORTEST_KEY => Err(SettingsError::ShortKey {
                key: "wamp.cra_key",
                got,
            }),
            _ => Ok(Some(found.into())),
        }
    }
}

/// The section and key that a variable `SIMPL_<SECTION>_<KEY>` is for; others that begin so are somebody else's.
fn place_of(name: &str, known: &toml::Table, file: &toml::Table) -> Option<(Vec<String>, String)> {
    let rest = name.strip_prefix("SIMPL_")?.to_ascii_lowercase();
    if let Some(rest) = rest.strip_prefix("game_") {
        for key in ["slug", "root_topic", "time_limit", "overdue", NEXT_PERIOD] {
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
        None if key == NEXT_PERIOD => text
            .trim()
            .parse()
            .map_or_else(|_| text.into(), toml::Value::Boolean),
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
        let settings = with(&[]).unwrap();
        assert!(settings.listen_is_set);
        let listen_is_set = false;
        let settings = Settings {
            listen_is_set,
            ..settings
        };
        assert_eq!(settings, Settings::default());
        let file: toml::Table = include_str!("../../settings.toml").parse().unwrap();
        let mut known = toml::Table::try_from(Settings::default()).unwrap();
        known.remove("game");
        known["router"].as_table_mut().unwrap().remove("realms");
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
    fn a_value_that_nothing_can_work_with_is_refused_with_the_values_that_can_be() {
        for (variable, key, value) in [
            ("SIMPL_TURNS_MAILBOX", "turns.mailbox", "0"),
            (
                "SIMPL_TURNS_MAILBOX",
                "turns.mailbox",
                "9223372036854775807",
            ),
            ("SIMPL_LIMITS_SESSIONS", "limits.sessions", "0"),
            ("SIMPL_WAMP_PING_INTERVAL", "wamp.ping_interval", "0s"),
            ("SIMPL_API_TIMEOUT", "api.timeout", "0ms"),
            ("SIMPL_SERVICE_LEASE", "service.lease", "999ms"),
            ("SIMPL_TURNS_STEP_TIMEOUT", "turns.step_timeout", "9999999h"),
        ] {
            let error = with(&[(variable, value)]).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
            assert!(error.contains("between"), "{error}");
        }
    }

    #[test]
    fn an_address_for_others_is_one_that_links_can_begin_with() {
        let with = |address| with(&[("SIMPL_GAMES_API_PUBLIC_URL", address)]);
        assert_eq!(with("").unwrap().public_url().unwrap(), None);
        let public = with("https://sim.example.edu/").unwrap().public_url();
        assert_eq!(
            public.unwrap().unwrap().to_string(),
            "https://sim.example.edu"
        );
        let told = with("https://a:hunter2@sim.example.edu")
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("games_api.public_url") && told.contains("proxy"),
            "{told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn an_address_that_holds_a_password_is_refused_without_repeating_it() {
        let url = "http://simpl:hunter2@127.0.0.1:8100/apis/";
        let error = with(&[("SIMPL_API_URL", url)]).unwrap_err().to_string();
        assert!(
            error.contains("api.url") && error.contains("SIMPL_API_PASSWORD"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_password_is_never_printed() {
        let settings = with(&[("SIMPL_API_PASSWORD", "hunter2")]).unwrap();
        assert_eq!(settings.api.password.0, "hunter2");
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert!(!toml::to_string(&settings).unwrap().contains("hunter2"));
        let address = "postgres://games:hunter2@db/games";
        let settings = with(&[("SIMPL_GAMES_API_DATABASE", address)]).unwrap();
        assert_eq!(settings.games_api.database.0, address);
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn under_compat_games_go_by_the_names_that_front_ends_of_the_original_know() {
        let div = div::game();
        let plain = with(&[]).unwrap();
        assert_eq!(
            (plain.slug(&div), plain.next_period(&div)),
            ("div".to_owned(), true)
        );
        assert_eq!(plain.root_topic(&div), "world.simpl.sims.div");
        let compat = with(&[("SIMPL_SERVICE_COMPAT", "simpl")]).unwrap();
        assert_eq!(
            (compat.slug(&div), compat.next_period(&div)),
            ("simpl-div".to_owned(), false)
        );
        assert_eq!(compat.root_topic(&div), "world.simpl.sims.simpl-div");
        let named = [
            ("SIMPL_SERVICE_COMPAT", "simpl"),
            ("SIMPL_GAME_DIV_SLUG", "maths"),
            ("SIMPL_GAME_DIV_NEXT_PERIOD", "true"),
        ];
        let named = with(&named).unwrap();
        assert_eq!(
            (named.slug(&div), named.next_period(&div)),
            ("maths".to_owned(), true)
        );
        assert_eq!(named.root_topic(&div), "world.simpl.sims.maths");
        let wrong = with(&[("SIMPL_GAME_DIV_NEXT_PERIOD", "maybe")]).unwrap_err();
        assert!(
            wrong.to_string().contains("SIMPL_GAME_DIV_NEXT_PERIOD"),
            "{wrong}"
        );
        assert!(with(&[("SIMPL_SERVICE_COMPAT", "oTree")]).is_err());
    }

    #[test]
    fn a_key_for_secrets_comes_from_the_file_first_and_is_long_enough() {
        let long = "0123456789abcdef0123456789abcdef";
        assert_eq!(with(&[]).unwrap().cra_key().unwrap(), None);
        let settings = with(&[("SIMPL_WAMP_CRA_KEY", long)]).unwrap();
        assert_eq!(settings.cra_key().unwrap().unwrap().reveal(), long);
        assert!(!format!("{settings:?}").contains(long));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "too short\n").unwrap();
        let path = file.path().to_str().unwrap();
        let both = [
            ("SIMPL_WAMP_CRA_KEY", long),
            ("SIMPL_WAMP_CRA_KEY_FILE", path),
        ];
        let told = with(&both).unwrap().cra_key().unwrap_err().to_string();
        assert!(
            told.contains("9 characters") && !told.contains("too short"),
            "{told}"
        );
    }

    #[test]
    fn a_password_file_is_read_without_the_end_of_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hunter2\r\n").unwrap();
        let name = "SIMPL_GAMES_API_DATABASE_PASSWORD_FILE";
        let settings = with(&[(name, file.path().to_str().unwrap())]).unwrap();
        let password = settings.database_password().unwrap();
        assert_eq!(password, Some(Secret("hunter2".to_owned())));
        let settings = with(&[(name, "/no/such/file")]).unwrap();
        let told = settings.database_password().unwrap_err().to_string();
        assert!(told.contains("games_api.database_password_file"), "{told}");
        assert_eq!(with(&[]).unwrap().database_password().unwrap(), None);
    }
}
