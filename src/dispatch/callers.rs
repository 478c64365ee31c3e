//! How the service knows who calls or publishes.

use std::sync::Arc;

use simpl::Rejected;

use super::{SERVICE, STAFF};
use crate::foreign::{Line, user_of};
use crate::refusal;
use crate::sight::Viewer;

/// Nobody has pk 0: a session that is no user's has the rights of a stranger.
pub(super) const STRANGER: Viewer = Viewer::User {
    user: 0,
    staff: false,
};

/// Whose word it is that somebody is who they are.
#[derive(Clone, Debug)]
pub enum Callers {
    /// The router in this process, whose gate has asked everybody.
    Own,
    /// A foreign router, with those who are there.
    Foreign(Arc<Line>),
}

impl Callers {
    /// Who somebody is, as the router tells it with a call or an event.
    ///
    /// # Errors
    /// A foreign router keeps it to itself, or they are not to be there any more.
    pub(super) fn viewer(
        &self,
        authid: Option<&str>,
        authrole: Option<&str>,
    ) -> Result<Viewer, Rejected> {
        match self {
            Self::Own => Ok(of_own(authid, authrole)),
            Self::Foreign(line) => {
                let Some(authid) = authid else {
                    return Err(refusal::undisclosed());
                };
                let Some(user) = user_of(authid) else {
                    return Ok(STRANGER);
                };
                match line.people.is_barred(user) {
                    true => Err(refusal::switched_off()),
                    // No role of a foreign router makes anybody the service itself.
                    false => Ok(Viewer::User {
                        user,
                        staff: authrole == Some(STAFF),
                    }),
                }
            }
        }
    }
}

fn of_own(authid: Option<&str>, authrole: Option<&str>) -> Viewer {
    if authrole == Some(SERVICE) {
        return Viewer::Service;
    }
    Viewer::User {
        user: authid
            .and_then(|authid| authid.parse().ok())
            .unwrap_or_default(),
        staff: authrole == Some(STAFF),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::People;

    fn foreign() -> Callers {
        let people = People::new(Arc::default(), 10);
        Callers::Foreign(Arc::new(Line::new(people)))
    }

    const fn user(user: u64, staff: bool) -> Viewer {
        Viewer::User { user, staff }
    }

    #[test]
    fn only_a_session_of_this_process_is_the_service_and_who_is_no_user_is_a_stranger() {
        for (authid, authrole, expected) in [
            (Some("modelservice"), Some(SERVICE), Viewer::Service),
            (Some("7"), Some("browser"), user(7, false)),
            (Some("7"), Some(STAFF), user(7, true)),
            (Some("X3KD-PL2A"), Some("anonymous"), STRANGER),
            (None, None, STRANGER),
        ] {
            assert_eq!(Callers::Own.viewer(authid, authrole).unwrap(), expected);
        }
    }

    #[test]
    fn a_foreign_router_says_who_a_user_is_and_can_make_nobody_the_service() {
        let callers = foreign();
        for (authid, authrole, expected) in [
            ("7", "browser", user(7, false)),
            ("7", STAFF, user(7, true)),
            ("7", SERVICE, user(7, false)),
            ("modelservice", SERVICE, STRANGER),
            ("+7", STAFF, STRANGER),
        ] {
            let viewer = callers.viewer(Some(authid), Some(authrole));
            assert_eq!(viewer.unwrap(), expected, "{authid} {authrole}");
        }
    }

    #[test]
    fn whom_a_foreign_router_does_not_name_is_refused_with_what_to_configure() {
        let callers = foreign();
        let refused = callers.viewer(None, Some(STAFF)).unwrap_err();
        assert!(refused.message().contains("\"disclose\""), "{refused}");
    }
}
