//! The limit on strangers: so many requests a minute from one address that show no login, or a wrong one.
//!
//! A class is one address, so the limit is generous, and whoever shows a right token or a login that is remembered never meets it.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use crate::{
    refusal::Refusal,
    windows::{Windows, network},
};

/// Requests without a right login that one address may make in a minute.
const ALLOWED: u32 = 600;

/// Requests without a right login of late.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<Windows<IpAddr>>);

impl Strangers {
    /// Refuses an address that has made too many; asked before anything that costs.
    pub(super) fn check(&self, from: IpAddr) -> Result<(), Refusal> {
        let windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match windows.wait(&network(from), ALLOWED) {
            None => Ok(()),
            Some(seconds) => Err(Refusal::TooMany {
                what: "Too many requests without a right login from this address",
                seconds,
            }),
        }
    }

    /// Counts one.
    pub(super) fn count(&self, from: IpAddr) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.count(network(from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_address_with_too_many_waits_and_its_neighbours_do_not() {
        let strangers = Strangers::default();
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        for _ in 0..ALLOWED {
            strangers.check(at("2001:db8::1")).unwrap();
            strangers.count(at("2001:db8::1"));
        }
        let told = strangers.check(at("2001:db8::2")).unwrap_err();
        assert!(
            matches!(told, Refusal::TooMany { seconds: 61, .. }),
            "{told:?}"
        );
        strangers.check(at("2001:db8:0:1::1")).unwrap();
        strangers.check(at("192.0.2.1")).unwrap();
    }
}
