//! Whoever is inside and is no longer what they joined as is shown out: a session's role is given once, at the door.

use std::sync::Arc;
use std::time::Duration;

use games_client::Error;

use crate::realm::Realm;
use crate::sight::Online;
use crate::users::{User, Users};

/// The first pause before a games API that is away is asked again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Looks up, until the service stops, who has changed or has just come, and ends the sessions of those who are switched off or gone, and
/// of those who joined as staff and are not.
pub async fn settle(realm: Realm, users: Users, online: Arc<Online>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let mut away = false;
        for user in online.doubted().await {
            if away {
                online.doubt(user);
                continue;
            }
            let reason = match users.get(user).await {
                Ok(found) => reason(&found, online.is_staff(user)),
                Err(error) if matches!(*error, Error::NotFound { .. }) => Some("the user is gone"),
                Err(error) => {
                    tracing::warn!(user, %error, "it could not be looked up whether a user has changed; trying again");
                    online.doubt(user);
                    away = true;
                    continue;
                }
            };
            match reason {
                Some(reason) => {
                    let sessions = realm.show_out(user).await;
                    tracing::info!(user, sessions, reason, "sessions were ended");
                }
                None => realm.may_stay(user),
            }
        }
        if away {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        } else {
            pause = FIRST_PAUSE;
        }
    }
}

/// Why somebody who is here has to go.
fn reason(user: &User, here_as_staff: bool) -> Option<&'static str> {
    if !user.active {
        Some("the account is switched off")
    } else if here_as_staff && !user.staff {
        Some("the user is not staff any more")
    } else {
        None
    }
}
