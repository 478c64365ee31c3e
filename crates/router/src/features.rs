//! What a client can do beyond the basics, as it says in HELLO.

use serde_json::Value;
use wamp::Dict;

/// The announced features that change what a session is sent or may send. Everything else is sent to everybody: clients in the field
/// announce less than they understand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    /// As a callee it takes INTERRUPT.
    pub(crate) call_canceling: bool,
    /// As a callee it takes UNREGISTERED that it has not asked for.
    pub(crate) registration_revocation: bool,
    /// As a callee it takes several INVOCATIONs of one call.
    pub(crate) takes_progressive_calls: bool,
    /// As a caller it sends several CALLs of one request.
    pub(crate) makes_progressive_calls: bool,
}

impl Features {
    /// Of a session in process. What its callee does with INVOCATION is the embedder's, who may count on one for each call.
    pub(crate) const IN_PROCESS: Self = Self {
        call_canceling: true,
        registration_revocation: true,
        takes_progressive_calls: false,
        makes_progressive_calls: true,
    };

    /// Reads `roles` of HELLO.
    pub(crate) fn read(roles: &Dict) -> Self {
        let has = |role: &str, feature: &str| {
            let features = roles.get(role).and_then(|role| role.get("features"));
            features.and_then(|features| features.get(feature)) == Some(&Value::Bool(true))
        };
        // The specification spells it in both ways.
        let call_canceling = has("callee", "call_canceling") || has("callee", "call_cancelling");
        Self {
            call_canceling,
            registration_revocation: has("callee", "registration_revocation"),
            // Without canceling a callee could not be told that the rest will never come.
            takes_progressive_calls: call_canceling
                && has("callee", "progressive_call_invocations"),
            makes_progressive_calls: has("caller", "progressive_call_invocations"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(roles: &Value) -> Features {
        Features::read(roles.as_object().expect("roles are an object"))
    }

    #[test]
    fn pitfall_5_features_count_for_the_role_that_announces_them() {
        let of = |role: &str| {
            json!({role: {"features": {
                "call_canceling": true, "progressive_call_invocations": true,
            }}})
        };
        let (callee, caller) = (read(&of("callee")), read(&of("caller")));
        assert!(callee.call_canceling && callee.takes_progressive_calls);
        assert!(!callee.makes_progressive_calls);
        assert!(!caller.call_canceling && !caller.takes_progressive_calls);
        assert!(caller.makes_progressive_calls);
        assert_eq!(read(&json!({"callee": {}})), Features::default());
    }

    #[test]
    fn a_callee_that_cannot_be_told_to_stop_takes_no_progressive_calls() {
        let features = json!({"progressive_call_invocations": true, "call_canceling": false});
        let callee = read(&json!({"callee": {"features": features}}));
        assert!(!callee.takes_progressive_calls);
    }
}
