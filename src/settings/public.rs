//! Section `[public]`: how the world reaches this service, directly or through a proxy.

use std::path::PathBuf;

use games_api::PublicUrl;
use http_server::{Certificate, CertificateError, Serving, TrustedProxies};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Settings, SettingsError};

/// Section `[public]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublicSettings {
    /// The address that people type; empty when nobody has said.
    pub url: String,
    /// The file with the certificate; empty for plain HTTP.
    pub tls_cert: PathBuf,
    /// The file with its key.
    pub tls_key: PathBuf,
    /// The proxies before the service, as addresses or networks.
    pub trusted_proxies: Vec<String>,
}

/// Why there is no way to serve as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum ServingError {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A file of `public.tls_cert` or `public.tls_key` cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Settings {
    /// The address that people type, like `https://games.school.example`, when somebody has said.
    ///
    /// # Errors
    /// It is no such address.
    pub fn site(&self) -> Result<Option<PublicUrl>, SettingsError> {
        let expected = "the address that people type, as http or https, without login, path and query, like https://games.school.example";
        let at_the_root = |text: &str| Url::parse(text).is_ok_and(|url| url.path() == "/");
        let text = &self.public.url;
        match PublicUrl::parse(text).filter(|_| at_the_root(text)) {
            None if !text.is_empty() => Err(not_an_address("public.url", text, expected)),
            site => Ok(site),
        }
    }

    /// What the addresses in the answers of the games API begin with, when that is not the host that was asked.
    ///
    /// # Errors
    /// It is no such address.
    pub fn public_url(&self) -> Result<Option<PublicUrl>, SettingsError> {
        let text = &self.games_api.public_url;
        match PublicUrl::parse(text) {
            None if !text.is_empty() => {
                let key = "games_api.public_url";
                Err(not_an_address(key, text, PublicUrl::EXPECTED))
            }
            url => Ok(url),
        }
    }

    /// How browsers and other clients are served. Reads the files of the certificate.
    ///
    /// # Errors
    /// One of the two files is not named or cannot be used, or a proxy is no address.
    pub fn serving(&self) -> Result<Serving, ServingError> {
        self.check_files()?;
        let (chain, key) = (&self.public.tls_cert, &self.public.tls_key);
        let certificate = match chain.as_os_str().is_empty() {
            true => None,
            false => Some(Certificate::read(chain, key)?.into()),
        };
        Ok(Serving {
            certificate,
            proxies: self.trusted_proxies()?,
            // Each session has begun as a connection, and a class begins all at once.
            connections: self.limits.sessions,
        })
    }

    /// The proxies whose word counts for where a request comes from.
    ///
    /// # Errors
    /// One is neither an address nor a network.
    pub fn trusted_proxies(&self) -> Result<TrustedProxies, SettingsError> {
        let named = self.public.trusted_proxies.iter().map(String::as_str);
        TrustedProxies::parse(named).map_err(|got| SettingsError::Value {
            key: "public.trusted_proxies",
            got: got.to_owned(),
            expected: TrustedProxies::EXPECTED.to_owned(),
        })
    }

    /// Looks at what can be seen without reading files.
    pub(super) fn check_public(&self) -> Result<(), SettingsError> {
        self.public_url()?;
        self.site()?;
        self.trusted_proxies()?;
        self.check_files()
    }

    fn check_files(&self) -> Result<(), SettingsError> {
        let (chain, key) = (&self.public.tls_cert, &self.public.tls_key);
        let missing = match (chain.as_os_str().is_empty(), key.as_os_str().is_empty()) {
            (true, false) => "public.tls_cert",
            (false, true) => "public.tls_key",
            _ => return Ok(()),
        };
        Err(SettingsError::Value {
            key: missing,
            got: "\"\"".to_owned(),
            expected:
                "a file, as the certificate and its key are two files (--tls-cert and --tls-key),"
                    .to_owned(),
        })
    }
}

fn not_an_address(key: &'static str, text: &str, expected: &str) -> SettingsError {
    SettingsError::Value {
        key,
        // What comes before the @ may be a password.
        got: text.rsplit('@').next().unwrap_or_default().to_owned(),
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: impl FnOnce(&mut PublicSettings)) -> Settings {
        let mut settings = Settings::default();
        set(&mut settings.public);
        settings
    }

    #[test]
    fn the_address_that_people_type_has_neither_path_nor_login() {
        let site = |text: &str| with(|public| public.url = text.to_owned()).site();
        assert_eq!(site("").unwrap(), None);
        let found = site("https://games.school.example/").unwrap().unwrap();
        assert_eq!(found.to_string(), "https://games.school.example");
        for wrong in [
            "games.school.example",
            "https://school.example/games",
            "https://simpl:secret@games.school.example",
        ] {
            let told = site(wrong).unwrap_err().to_string();
            assert!(told.starts_with("public.url = "), "{told}");
            assert!(told.contains("like https://games.school.example"), "{told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }

    #[test]
    fn a_certificate_without_its_key_is_told_of() {
        let alone = with(|public| public.tls_cert = "full.pem".into());
        let told = alone.check().unwrap_err().to_string();
        assert!(told.contains("public.tls_key = \"\""), "{told}");
        assert!(told.contains("--tls-key"), "{told}");
        let alone = with(|public| public.tls_key = "key.pem".into());
        let told = alone.serving().unwrap_err().to_string();
        assert!(told.contains("public.tls_cert = \"\""), "{told}");
    }

    #[test]
    fn a_proxy_that_is_no_address_is_named() {
        let wrong = with(|public| public.trusted_proxies = vec!["nginx".to_owned()]);
        let told = wrong.check().unwrap_err().to_string();
        assert!(
            told.contains("public.trusted_proxies = nginx") && told.contains("10.0.0.0/8"),
            "{told}"
        );
    }
}
