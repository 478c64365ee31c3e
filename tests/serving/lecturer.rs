//! The first lecturer: how they come by an account, and what they do with it.

use reqwest::Response;
use wamp_transport::{ConnectError, ConnectOptions, Payload, Session, connect};

use crate::tls::plain_browser;

pub(crate) const EMAIL: &str = "ada@school.example";
pub(crate) const PASSWORD: &str = "four green apples";

/// Sends the form of the page at `link`.
pub(crate) async fn fill_in(link: &str, email: &str, password: &str, again: &str) -> Response {
    let form = [("email", email), ("password", password), ("again", again)];
    let sent = plain_browser().post(link).form(&form).send();
    sent.await.unwrap()
}

/// A session over WAMP, at a plain address.
pub(crate) async fn sign_in(
    address: &str,
    email: &str,
    password: &str,
) -> Result<Session, ConnectError> {
    let options = ConnectOptions::ticket(email, password);
    let (session, _) = connect(&format!("ws://{address}/ws"), options).await?;
    Ok(session)
}

/// Whether this session may ask the router about sessions, which is for staff.
pub(crate) async fn is_staff(session: &Session) -> bool {
    let asked = session.call("wamp.session.count", Payload::empty());
    asked.await.is_ok()
}
