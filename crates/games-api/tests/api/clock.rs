//! A clock that is turned by hand.

use std::sync::{Arc, Mutex};

use games_api::Clock;
use time::{Duration, OffsetDateTime};

#[derive(Debug)]
pub(crate) struct Hands(Mutex<OffsetDateTime>);

impl Hands {
    /// One that shows this time, in seconds since 1970.
    pub(crate) fn at(seconds: i64) -> Arc<Self> {
        let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        Arc::new(Self(Mutex::new(time)))
    }

    pub(crate) fn turn(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}
