//! A gate that stands open: everybody comes in without saying who they are, and may do everything.

use async_trait::async_trait;
use wamp::Dict;
use wamp_transport::{Admission, Claim, Gate, Permission, Request, SessionInfo};

/// The role of everybody.
pub const ANONYMOUS: &str = "anonymous";

/// Lets everybody in.
#[derive(Clone, Copy, Debug)]
pub struct Open;

#[async_trait]
impl Gate for Open {
    async fn authenticate(&self, claim: Claim) -> Admission {
        anonymous(&claim, ANONYMOUS)
    }

    async fn authorize(&self, _: Request) -> Permission {
        Permission::Allow
    }

    fn joined(&self, _: &SessionInfo) {}

    fn left(&self, _: &SessionInfo) {}
}

/// Somebody nobody knows, with a name that nobody else has.
#[must_use]
pub fn anonymous(claim: &Claim, role: &str) -> Admission {
    Admission::Welcome {
        authid: format!("anonymous-{}", claim.session),
        authrole: role.to_owned(),
        authprovider: "anonymous".to_owned(),
        extra: Dict::new(),
    }
}
