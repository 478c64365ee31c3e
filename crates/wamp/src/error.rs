//! The error URIs of the protocol, spelled as clients look for them.

/// The request contradicts the protocol; the session ends.
pub const PROTOCOL_VIOLATION: &str = "wamp.error.protocol_violation";
/// No realm of that name here.
pub const NO_SUCH_REALM: &str = "wamp.error.no_such_realm";
/// HELLO announced no role.
pub const NO_SUCH_ROLE: &str = "wamp.error.no_such_role";
/// Nobody by that name, or no name given.
pub const NO_SUCH_PRINCIPAL: &str = "wamp.error.no_such_principal";
/// None of the authentication methods offered is accepted here.
pub const NO_MATCHING_AUTH_METHOD: &str = "wamp.error.no_matching_auth_method";
/// Authentication failed, or the session may not do what it asked.
pub const NOT_AUTHORIZED: &str = "wamp.error.not_authorized";
/// Whether it may could not be found out: the authoriser itself failed.
pub const AUTHORIZATION_FAILED: &str = "wamp.error.authorization_failed";
/// No callee for that procedure.
pub const NO_SUCH_PROCEDURE: &str = "wamp.error.no_such_procedure";
/// The procedure is registered already.
pub const PROCEDURE_ALREADY_EXISTS: &str = "wamp.error.procedure_already_exists";
/// The procedure is registered already, to be shared in another way (the URI that Crossbar's clients look for).
pub const INVOCATION_POLICY_CONFLICT: &str =
    "wamp.error.procedure_exists_with_different_invocation_policy";
/// UNREGISTER of something this session has not registered.
pub const NO_SUCH_REGISTRATION: &str = "wamp.error.no_such_registration";
/// UNSUBSCRIBE of something this session has not subscribed to.
pub const NO_SUCH_SUBSCRIPTION: &str = "wamp.error.no_such_subscription";
/// The events of that subscription are not kept.
pub const HISTORY_UNAVAILABLE: &str = "wamp.error.history_unavailable";
/// No session of that id.
pub const NO_SUCH_SESSION: &str = "wamp.error.no_such_session";
/// An option or argument is of the wrong type or value.
pub const INVALID_ARGUMENT: &str = "wamp.error.invalid_argument";
/// The URI or pattern is not valid, or is reserved.
pub const INVALID_URI: &str = "wamp.error.invalid_uri";
/// The caller or publisher may not be disclosed.
pub const DISCLOSE_ME: &str = "wamp.error.option_disallowed.disclose_me";
/// The call ended before its callee answered.
pub const CANCELED: &str = "wamp.error.canceled";
/// The call took longer than allowed.
pub const TIMEOUT: &str = "wamp.error.timeout";
/// The peer went away in the middle.
pub const NETWORK_FAILURE: &str = "wamp.error.network_failure";
/// A payload is larger than the receiver takes.
pub const PAYLOAD_SIZE_EXCEEDED: &str = "wamp.error.payload_size_exceeded";
/// An option asks for something this router does not do.
pub const FEATURE_NOT_SUPPORTED: &str = "wamp.error.feature_not_supported";
/// The callee has too much waiting to take another call now; a later try may succeed.
pub const NO_AVAILABLE_CALLEE: &str = "wamp.error.no_available_callee";
/// A callee that cannot take the call now says so; the router tries another one.
pub const UNAVAILABLE: &str = "wamp.error.unavailable";
/// Every callee is excluded from this call.
pub const NO_ELIGIBLE_CALLEE: &str = "wamp.error.no_eligible_callee";
/// The session holds as many of these as it may (ours, not of the specification).
pub const LIMIT_EXCEEDED: &str = "wamp.error.limit_exceeded";
/// A callee failed without saying how (what autobahn sends for an exception without a URI).
pub const RUNTIME_ERROR: &str = "wamp.error.runtime_error";
