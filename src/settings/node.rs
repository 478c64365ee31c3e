//! What the sections `[wamp]` and `[limits]` mean for a router, whoever starts one.

use wamp_transport::{Limits, NodeConfig, Origins};

use super::{Compat, Settings, SettingsError};

impl Settings {
    /// A router's node as the settings have it, with everything that depends on who joins left as it is by default.
    ///
    /// # Errors
    /// `public.url` is no address.
    pub fn node(&self) -> Result<NodeConfig, SettingsError> {
        let (wamp, limits) = (&self.wamp, &self.limits);
        let site = self.site()?.map(|site| site.to_string());
        let allowed: Vec<String> = wamp.allowed_origins.iter().cloned().chain(site).collect();
        Ok(NodeConfig {
            realm: wamp.realm.clone(),
            limits: Limits {
                sessions: limits.sessions,
                sessions_per_user: limits.sessions_per_user,
                subscriptions: limits.subscriptions_per_session,
                registrations: limits.registrations_per_session,
                calls: limits.calls_per_session,
                call_timeout: limits.call_timeout.0,
                testaments: limits.testaments_per_session,
                testament_bytes: limits.testament_bytes,
                waiting_messages: limits.waiting_messages,
                waiting_bytes: limits.waiting_bytes,
                ask_timeout: limits.ask_timeout.0,
                goodbye_timeout: limits.goodbye_timeout.0,
                handshake_timeout: limits.handshake_timeout.0,
                ..Limits::default()
            },
            max_message_bytes: wamp.max_message_bytes,
            outbox_bytes: wamp.outbox_bytes,
            ping_interval: wamp.ping_interval.0,
            ping_timeout: wamp.ping_timeout.0,
            allowed_origins: match allowed.as_slice() {
                // The original's front ends come from a server of their own, on another port.
                _ if wamp.allowed_origins.is_empty() && self.service.compat == Compat::Simpl => {
                    Origins::SameName
                }
                [] => Origins::SameHost,
                origins if origins.iter().any(|origin| origin == "*") => Origins::Any,
                origins => Origins::List(origins.to_vec()),
            },
            ..NodeConfig::default()
        })
    }
}
