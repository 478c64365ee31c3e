//! TLS to a router: whom it is believed from that it is that router.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::ConnectError;

/// Agrees on keys with the server of that name, whose certificate one of the authorities has made.
pub(super) async fn agree(
    url: &str,
    host: &str,
    authorities: Option<&Path>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, ConnectError> {
    let url = || url.to_owned();
    let untrusted = |reason| ConnectError::Untrusted { url: url(), reason };
    let config = trusting(authorities).map_err(untrusted)?;
    // An address of IPv6 stands in brackets in a URL.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(name.to_owned());
    let name = name.map_err(|error| untrusted(format!("{host}: {error}")))?;
    let agreed = TlsConnector::from(Arc::new(config)).connect(name, stream);
    agreed
        .await
        .map_err(|error| match is_of_certificate(&error) {
            true => untrusted(error.to_string()),
            false => ConnectError::Unreachable {
                url: url(),
                reason: format!("no TLS: {error}"),
            },
        })
}

fn is_of_certificate(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|error| error.downcast_ref());
    matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
}

/// Trusts the authorities of a file and nobody else; without one, those that this machine trusts.
fn trusting(authorities: Option<&Path>) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match authorities {
        Some(file) => builder.with_root_certificates(read(file)?),
        None => builder
            .with_platform_verifier()
            .map_err(|error| error.to_string())?,
    };
    Ok(builder.with_no_client_auth())
}

fn read(file: &Path) -> Result<RootCertStore, String> {
    let expected = format!(
        "expected the certificates of authorities, as text that begins with -----BEGIN CERTIFICATE, in {}",
        file.display()
    );
    let text = std::fs::read(file).map_err(|error| format!("{expected}, got: {error}"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()));
        added.map_err(|error| format!("{expected}, got: {error}"))?;
    }
    match roots.is_empty() {
        true => Err(format!("{expected}, got none")),
        false => Ok(roots),
    }
}
