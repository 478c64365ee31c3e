//! Certificates made here, and what trusts them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What [`Made::write`] made certificates for.
const NAME: &str = "localhost";

/// A browser that trusts no certificate.
pub(crate) fn plain_browser() -> reqwest::Client {
    browser(trusting(RootCertStore::empty()))
}

fn browser(trusting: ClientConfig) -> reqwest::Client {
    let browser = reqwest::Client::builder().no_proxy();
    let browser = browser.tls_backend_preconfigured(trusting);
    browser.build().unwrap()
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// A certificate with its key in two files.
pub(crate) struct Made {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) certificate: CertificateDer<'static>,
}

impl Made {
    /// Makes one, good from one year to another, and writes it over what is there under that name.
    pub(crate) fn write(folder: &Path, name: &str, years: (i32, i32)) -> Self {
        let mut params = CertificateParams::new([NAME.to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let pair = KeyPair::generate().unwrap();
        let made = params.self_signed(&pair).unwrap();
        let (chain, key) = (
            folder.join(format!("{name}.pem")),
            folder.join(format!("{name}.key")),
        );
        std::fs::write(&chain, made.pem()).unwrap();
        std::fs::write(&key, pair.serialize_pem()).unwrap();
        Self {
            chain,
            key,
            certificate: made.der().clone(),
        }
    }

    pub(crate) fn arguments(&self) -> [&str; 4] {
        let (chain, key) = (self.chain.to_str().unwrap(), self.key.to_str().unwrap());
        ["--tls-cert", chain, "--tls-key", key]
    }

    /// A client that trusts this one and nothing else.
    fn trusted(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        trusting(roots)
    }

    /// A browser that trusts this one and nothing else.
    pub(crate) fn browser(&self) -> reqwest::Client {
        browser(self.trusted())
    }

    /// An encrypted connection to `address`, if what is there shows this certificate.
    pub(crate) async fn connect(&self, address: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from(NAME).unwrap();
        TlsConnector::from(Arc::new(self.trusted()))
            .connect(name, stream)
            .await
    }

    /// Carries plain connections to `address`, encrypted: for a client that speaks no TLS of its own.
    pub(crate) async fn bridge(self: Arc<Self>, address: String) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut plain, _)) = listener.accept().await {
                let (made, address) = (Arc::clone(&self), address.clone());
                tokio::spawn(async move {
                    let mut encrypted = made.connect(&address).await.unwrap();
                    // Either side may hang up first.
                    let _ = copy_bidirectional(&mut plain, &mut encrypted).await;
                });
            }
        });
        here
    }
}
