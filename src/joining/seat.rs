//! Seats for people who have come, with what each seat keeps about how they came.

use std::sync::Arc;

use games_contract::Map;
use serde_json::Value;
use simpl::Rejected;

use super::kept::SeatJoining;
use crate::game::RunState;
use crate::refusal;
use crate::scopes::Row;
use crate::seating::{Person, Placed, Wish};

/// Somebody who is to have a seat in the run.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Their user.
    pub user: u64,
    /// Where they are to sit, if that is settled.
    pub wish: Wish,
    /// What their seat keeps about how they came.
    pub keeps: SeatJoining,
}

impl Newcomer {
    /// Somebody who takes the seat that they are given.
    #[must_use]
    pub fn new(user: u64, keeps: SeatJoining) -> Self {
        let wish = Wish::default();
        Self { user, wish, keeps }
    }
}

impl From<Newcomer> for Person {
    fn from(Newcomer { user, wish, keeps }: Newcomer) -> Self {
        let mut data = Value::Object(Map::new());
        keeps.write(&mut data);
        let data = match data {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Self { user, wish, data }
    }
}

impl RunState {
    /// Gives one newcomer a seat.
    ///
    /// # Errors
    /// As [`seat_all`](Self::seat_all).
    pub(super) async fn seat_one(&mut self, newcomer: Newcomer) -> Result<Arc<Row>, Rejected> {
        let placed = self.seat_all(vec![newcomer]).await?;
        let seat = placed.first();
        let seat = seat.and_then(|placed| self.run.runusers.get(&placed.runuser));
        seat.cloned().ok_or_else(|| refusal::gone("seat"))
    }

    /// Gives every newcomer a seat, or none of them.
    ///
    /// # Errors
    /// It could not be stored.
    pub(super) async fn seat_all(
        &mut self,
        newcomers: Vec<Newcomer>,
    ) -> Result<Vec<Placed>, Rejected> {
        self.seat(newcomers.into_iter().map(Person::from).collect())
            .await
    }
}
