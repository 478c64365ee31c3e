//! The section `[foreign_router]`: somebody else's router to serve on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;
use wamp::uri::{self, Strictness};
use wamp::{MatchPolicy, cryptosign};

use super::password_file::password_in;
use super::{Secret, Settings, SettingsError};
use crate::foreign::{Address, Method};

/// Section `[foreign_router]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForeignRouterSettings {
    /// Where it is; empty for the router in this process.
    pub url: String,
    /// How the service proves there who it is.
    pub auth: Method,
    /// As whom.
    pub authid: String,
    /// Its ticket, its secret or its private key.
    pub secret: Secret,
    /// A file with it.
    pub secret_file: PathBuf,
    /// A file with the certificates of the authorities that count for `wss://`; empty for those that the machine trusts.
    pub ca_file: PathBuf,
    /// The procedure by which the router asks who somebody is; empty for none.
    pub authenticator: String,
    /// The procedure by which the router asks what somebody may do; empty for none.
    pub authorizer: String,
}

impl Settings {
    /// The foreign router to serve on, when there is one. Its secret is read only when it is needed.
    ///
    /// # Errors
    /// The file with the secret cannot be read, or something that the login needs is missing.
    pub fn foreign_router(&self) -> Result<Option<Address>, SettingsError> {
        let set = &self.foreign_router;
        if set.url.is_empty() {
            return Ok(None);
        }
        if !self.wamp.rawsocket.is_empty() || !self.wamp.rawsocket_unix.as_os_str().is_empty() {
            return Err(SettingsError::Value {
                key: "wamp.rawsocket",
                got: "a place to connect".to_owned(),
                expected: "nothing, as with foreign_router.url clients connect to that router,"
                    .to_owned(),
            });
        }
        let key = "foreign_router.secret_file";
        let in_file = password_in(&set.secret_file, key, "set SIMPL_FOREIGN_ROUTER_SECRET")?;
        let secret = in_file.unwrap_or_else(|| set.secret.clone()).0;
        if set.auth != Method::Anonymous && secret.is_empty() {
            return Err(SettingsError::Value {
                key: "foreign_router.secret",
                got: "nothing".to_owned(),
                expected: format!(
                    "what the service proves with who it is (foreign_router.auth = {:?}), as SIMPL_FOREIGN_ROUTER_SECRET or in foreign_router.secret_file,",
                    set.auth
                ),
            });
        }
        let secret = wamp::Secret::from(secret);
        if set.auth == Method::CryptoSign && cryptosign::public_key(&secret).is_none() {
            return Err(SettingsError::Value {
                key: "foreign_router.secret",
                // A secret must not be repeated.
                got: "something else".to_owned(),
                expected: "the private half of a key, 32 bytes in hexadecimal (foreign_router.auth = CryptoSign),".to_owned(),
            });
        }
        let named = |uri: &String| (!uri.is_empty()).then(|| uri.clone());
        Ok(Some(Address {
            url: set.url.clone(),
            realm: self.wamp.realm.clone(),
            method: set.auth,
            authid: set.authid.clone(),
            secret,
            authorities: (!set.ca_file.as_os_str().is_empty()).then(|| set.ca_file.clone()),
            authenticator: named(&set.authenticator),
            authorizer: named(&set.authorizer),
        }))
    }

    /// Looks for what nothing can mean.
    pub(super) fn check_foreign_router(&self) -> Result<(), SettingsError> {
        let set = &self.foreign_router;
        let url = Url::parse(&set.url).ok();
        let schemes = ["ws", "wss", "rs", "unix"];
        let holds_login = url
            .as_ref()
            .is_some_and(|url| !url.username().is_empty() || url.password().is_some());
        let fits = url.is_some_and(|url| schemes.contains(&url.scheme())) && !holds_login;
        if !set.url.is_empty() && !fits {
            return Err(SettingsError::Value {
                key: "foreign_router.url",
                // A password must not be repeated.
                got: match holds_login {
                    true => "an address with a login".to_owned(),
                    false => format!("{:?}", set.url),
                },
                expected: "an address such as ws://127.0.0.1:8080/ws (or wss://, rs://, unix:) without a login".to_owned(),
            });
        }
        let names_authorities = !set.ca_file.as_os_str().is_empty();
        if names_authorities && !set.url.is_empty() && !set.url.starts_with("wss:") {
            return Err(SettingsError::Value {
                key: "foreign_router.ca_file",
                got: format!("{:?} for {}", set.ca_file, set.url),
                expected: "an address that begins with wss:// (foreign_router.url), or no file, as without TLS there is no certificate,".to_owned(),
            });
        }
        let needs_authid = matches!(set.auth, Method::Ticket | Method::WampCra);
        if !set.url.is_empty() && needs_authid && set.authid.is_empty() {
            return Err(SettingsError::Value {
                key: "foreign_router.authid",
                got: "\"\"".to_owned(),
                expected: "the name of the service on the router (or --router-authid)".to_owned(),
            });
        }
        for (key, procedure) in [
            ("foreign_router.authenticator", &set.authenticator),
            ("foreign_router.authorizer", &set.authorizer),
        ] {
            let fits = uri::is_valid_pattern(MatchPolicy::Exact, procedure, Strictness::Loose);
            if !procedure.is_empty() && !fits {
                return Err(SettingsError::Value {
                    key,
                    got: format!("{procedure:?}"),
                    expected: "the URI of a procedure".to_owned(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(url: &str, auth: Method, authid: &str, secret: &str) -> Settings {
        Settings {
            foreign_router: ForeignRouterSettings {
                url: url.to_owned(),
                auth,
                authid: authid.to_owned(),
                secret: Secret(secret.to_owned()),
                ..ForeignRouterSettings::default()
            },
            ..Settings::default()
        }
    }

    #[test]
    fn without_an_address_the_router_is_in_this_process() {
        assert!(Settings::default().foreign_router().unwrap().is_none());
        let address = set("ws://127.0.0.1:8080/ws", Method::Anonymous, "", "");
        assert_eq!(
            address.check_foreign_router().map_err(|e| e.to_string()),
            Ok(())
        );
        assert_eq!(address.foreign_router().unwrap().unwrap().realm, "realm1");
    }

    #[test]
    fn what_a_login_needs_is_named_when_it_is_missing() {
        let url = "ws://127.0.0.1:8080/ws";
        let nobody = set(url, Method::Ticket, "", "t").check_foreign_router();
        let told = nobody.unwrap_err().to_string();
        assert!(told.contains("--router-authid"), "{told}");
        let nothing = set(url, Method::Ticket, "modelservice", "").foreign_router();
        let told = nothing.unwrap_err().to_string();
        assert!(told.contains("SIMPL_FOREIGN_ROUTER_SECRET"), "{told}");
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let told = set("ws://router/ws", Method::CryptoSign, "", "hunter2").foreign_router();
        let told = told.unwrap_err().to_string();
        assert!(told.contains("32 bytes in hexadecimal"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn authorities_are_named_only_for_a_router_with_a_certificate() {
        let named = |url| {
            let mut settings = set(url, Method::Anonymous, "", "");
            settings.foreign_router.ca_file = "/etc/ssl/school.pem".into();
            settings
        };
        let told = named("ws://router/ws").check_foreign_router().unwrap_err();
        assert!(told.to_string().contains("wss://"), "{told}");
        let settings = named("wss://router/ws");
        assert!(settings.check_foreign_router().is_ok());
        let address = settings.foreign_router().unwrap().unwrap();
        assert_eq!(address.authorities, Some("/etc/ssl/school.pem".into()));
    }

    #[test]
    fn no_place_is_opened_where_nobody_would_be_served() {
        let mut settings = set("ws://router/ws", Method::Anonymous, "", "");
        settings.wamp.rawsocket = vec!["127.0.0.1:0".parse().unwrap()];
        let told = settings.foreign_router().unwrap_err().to_string();
        assert!(told.contains("wamp.rawsocket"), "{told}");
    }

    #[test]
    fn an_address_is_one_of_a_router_and_a_password_in_it_is_not_repeated() {
        for url in ["127.0.0.1:8080", "http://127.0.0.1:8080/ws", "router"] {
            let told = set(url, Method::Anonymous, "", "").check_foreign_router();
            assert!(told.unwrap_err().to_string().contains("ws://"), "{url}");
        }
        let told = set("ws://me:hunter2@router/ws", Method::Anonymous, "", "");
        let told = told.check_foreign_router().unwrap_err().to_string();
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn the_secret_is_not_printed() {
        let settings = set("ws://router/ws", Method::WampCra, "modelservice", "hunter2");
        let address = settings.foreign_router().unwrap();
        assert!(!format!("{address:?} {settings:?}").contains("hunter2"));
    }
}
