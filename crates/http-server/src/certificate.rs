//! TLS from two files, which can be read again while the service goes on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{Error, InconsistentKeys, ServerConfig};
use time::OffsetDateTime;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::validity;

/// How long a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// What every client that speaks TLS begins with.
const TLS_HANDSHAKE: u8 = 22;
/// What somebody reads who came with `http://`.
const PLAIN: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n\
     expected https on this port, got http: put https:// before the address\n";

/// Why TLS cannot be had. Each text says what was expected, what came and what to do.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error(
        "expected {what} at {}, got: {reason}: correct the path, or let the user of this service read the file", path.display()
    )]
    Unreadable {
        /// What is in the file.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file has something else in it.
    #[error(
        "expected {what} in {}, got {got}: name the file that has it, as text that begins with -----BEGIN", path.display()
    )]
    Content {
        /// What should be there.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is there.
        got: String,
    },
    /// The two do not belong together.
    #[error(
        "expected the private key of the certificate in {}, got another one in {}: name two files that were made together", certificate.display(), key.display()
    )]
    Mismatch {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
}

/// A server's certificate with its key, from two files in PEM.
#[derive(Debug)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    current: ArcSwap<Current>,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    validity: Option<(OffsetDateTime, OffsetDateTime)>,
}

impl Certificate {
    /// Reads both: the certificate, followed by those of its issuers where there are any, and the key without a password.
    ///
    /// # Errors
    /// [`CertificateError`] when one cannot be read or they do not belong together.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        Ok(Self {
            current: ArcSwap::from_pointee(Current::read(chain, key)?),
            chain: chain.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Reads them again. Connections that are open go on as they are; the next ones get what is in the files now. After an error the
    /// next ones get what was there before.
    ///
    /// # Errors
    /// As [`Certificate::read`].
    pub fn read_again(&self) -> Result<(), CertificateError> {
        let read = Current::read(&self.chain, &self.key)?;
        self.current.store(Arc::new(read));
        Ok(())
    }

    /// Why browsers will complain about the time of this certificate, if they will.
    #[must_use]
    pub fn complaint(&self, now: OffsetDateTime) -> Option<String> {
        let (from, until) = self.current.load().validity?;
        let file = self.chain.display();
        if until < now {
            return Some(format!(
                "the certificate in {file} has expired on {}: browsers refuse it; put a new one there",
                until.date()
            ));
        }
        (now < from).then(|| {
            format!(
                "the certificate in {file} is valid only from {} on: look at the clock of this machine",
                from.date()
            )
        })
    }

    /// Agrees on keys with a client.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let accepting = async {
            let mut first = [0];
            if stream.peek(&mut first).await? > 0 && first != [TLS_HANDSHAKE] {
                return Err(refuse_plain(stream).await);
            }
            let config = Arc::clone(&self.current.load().config);
            TlsAcceptor::from(config).accept(stream).await
        };
        timeout(HANDSHAKE, accepting)
            .await
            .map_err(|_| io::ErrorKind::TimedOut)?
    }
}

async fn refuse_plain(mut stream: TcpStream) -> io::Error {
    // Whoever has gone already needs no answer.
    let told = stream.write_all(PLAIN.as_bytes()).await;
    let reason = io::Error::other("a client came without TLS");
    told.and(stream.shutdown().await).err().unwrap_or(reason)
}

impl Current {
    fn read(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        const CERTIFICATE: &str = "a certificate in PEM";
        const KEY: &str = "a private key in PEM, without a password,";
        let read = |path: &Path, what| {
            std::fs::read(path).map_err(|reason| CertificateError::Unreadable {
                what,
                path: path.to_owned(),
                reason,
            })
        };
        let wrong = |path: &Path, what, got: String| CertificateError::Content {
            what,
            path: path.to_owned(),
            got,
        };
        let chain_text = read(chain, CERTIFICATE)?;
        let certificates =
            CertificateDer::pem_slice_iter(&chain_text).collect::<Result<Vec<_>, _>>();
        let certificates =
            certificates.map_err(|error| wrong(chain, CERTIFICATE, error.to_string()))?;
        let Some(first) = certificates.first() else {
            return Err(wrong(chain, CERTIFICATE, "none".to_owned()));
        };
        let validity = validity::of(first);
        let private = PrivateKeyDer::from_pem_slice(&read(key, KEY)?);
        let private = private.map_err(|error| wrong(key, KEY, error.to_string()))?;
        let unusable = |error: Error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => CertificateError::Mismatch {
                certificate: chain.to_owned(),
                key: key.to_owned(),
            },
            Error::InvalidCertificate(_) => wrong(
                chain,
                CERTIFICATE,
                "one that cannot be understood".to_owned(),
            ),
            other => wrong(key, KEY, other.to_string()),
        };
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?;
        let mut config = builder
            .with_no_client_auth()
            .with_single_cert(certificates, private)
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            validity,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use time::macros::datetime;

    struct Files(tempfile::TempDir);

    impl Files {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        /// A certificate and its key under these names.
        fn make(&self, chain: &str, key: &str) {
            let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
            params.not_before = datetime!(2026-01-01 0:00 UTC);
            params.not_after = datetime!(2026-12-31 0:00 UTC);
            let pair = KeyPair::generate().unwrap();
            let made = params.self_signed(&pair).unwrap();
            std::fs::write(self.path(chain), made.pem()).unwrap();
            std::fs::write(self.path(key), pair.serialize_pem()).unwrap();
        }

        fn read(&self, chain: &str, key: &str) -> Result<Certificate, String> {
            Certificate::read(&self.path(chain), &self.path(key)).map_err(|error| error.to_string())
        }
    }

    #[test]
    fn a_key_of_another_certificate_is_refused_by_name() {
        let files = Files::new();
        files.make("a.pem", "a.key");
        files.make("b.pem", "b.key");
        files.read("a.pem", "a.key").unwrap();
        let told = files.read("a.pem", "b.key").unwrap_err();
        assert!(told.contains("a.pem") && told.contains("b.key"), "{told}");
        assert!(told.contains("made together"), "{told}");
    }

    #[test]
    fn each_wrong_file_is_named_with_what_should_be_there() {
        let files = Files::new();
        files.make("a.pem", "a.key");
        std::fs::write(files.path("empty"), "").unwrap();
        let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        std::fs::write(files.path("broken"), broken).unwrap();
        for (chain, key, expected) in [
            ("none", "a.key", "expected a certificate in PEM at"),
            ("a.pem", "none", "expected a private key in PEM"),
            ("empty", "a.key", "expected a certificate in PEM in"),
            ("a.key", "a.key", "expected a certificate in PEM in"),
            ("broken", "a.key", "expected a certificate in PEM in"),
            ("a.pem", "empty", "expected a private key in PEM, without"),
            ("a.pem", "a.pem", "expected a private key in PEM, without"),
        ] {
            let told = files.read(chain, key).unwrap_err();
            assert!(told.starts_with(expected), "{chain} {key}: {told}");
        }
    }

    #[test]
    fn a_key_is_never_part_of_what_is_printed() {
        let files = Files::new();
        files.make("a.pem", "a.key");
        let text = std::fs::read_to_string(files.path("a.key")).unwrap();
        let secret = text.lines().nth(1).unwrap();
        let read = files.read("a.pem", "a.key").unwrap();
        assert!(!format!("{read:?}").contains(secret));
    }

    #[test]
    fn an_expired_certificate_is_complained_about_and_taken() {
        let files = Files::new();
        files.make("a.pem", "a.key");
        let read = files.read("a.pem", "a.key").unwrap();
        assert_eq!(read.complaint(datetime!(2026-06-01 0:00 UTC)), None);
        let expired = read.complaint(datetime!(2027-01-01 0:00 UTC)).unwrap();
        assert!(expired.contains("has expired on 2026-12-31"), "{expired}");
        let early = read.complaint(datetime!(2025-12-31 0:00 UTC)).unwrap();
        assert!(early.contains("only from 2026-01-01"), "{early}");
    }

    #[test]
    fn files_that_turn_bad_leave_what_was_read_before() {
        let files = Files::new();
        files.make("a.pem", "a.key");
        let read = files.read("a.pem", "a.key").unwrap();
        let before = Arc::as_ptr(&read.current.load().config);
        std::fs::write(files.path("a.key"), "").unwrap();
        assert!(read.read_again().is_err());
        assert_eq!(Arc::as_ptr(&read.current.load().config), before);
        files.make("a.pem", "a.key");
        read.read_again().unwrap();
        assert_ne!(Arc::as_ptr(&read.current.load().config), before);
    }
}
