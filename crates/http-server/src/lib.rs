//! HTTP to strangers: the connections below the routes of the games API and of the model service.
//!
//! * [`listen()`]: a socket that takes a whole class at once;
//! * [`serve`], [`Serving`]: connections with a limit on their number, on silence and on heads, upgrades to WebSocket included;
//! * [`Certificate`]: TLS from two files, which can be read again while it serves;
//! * [`TrustedProxies`]: whose word counts for where a request comes from.
//!
//! Deliberately absent: routes, settings, and any clock but tokio's. Only HTTP/1.1 is spoken: WebSocket needs no more, and a proxy
//! speaks newer ones to browsers.

mod certificate;
mod listen;
mod proxies;
mod server;
mod validity;

pub use certificate::{Certificate, CertificateError};
pub use listen::listen;
pub use proxies::TrustedProxies;
pub use server::{Serving, serve};
