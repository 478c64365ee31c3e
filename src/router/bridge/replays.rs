//! No request counts twice: each is of now, of a new number, and its signature has not been seen.
//!
//! What is remembered is forgotten once its timestamp alone refuses it; and as nothing is remembered over a restart, a request from
//! before it is refused.

use std::collections::{HashMap, HashSet, VecDeque};

use axum::http::StatusCode;
use time::{Duration, OffsetDateTime};

use super::signed::Signed;

/// How far a timestamp may be from now.
const SKEW: Duration = Duration::minutes(5);
/// For how long a request could come again: it may be from as far ahead as it may be old.
const MEMORY: Duration = Duration::minutes(10);
/// How many requests are remembered.
const REMEMBERED: usize = 200_000;
/// How far behind the highest number one may be, where senders overtake themselves.
const BEHIND: u64 = 128;

/// The requests of late.
#[derive(Debug)]
pub(super) struct Replays {
    started: OffsetDateTime,
    signatures: HashSet<Vec<u8>>,
    order: VecDeque<(OffsetDateTime, Vec<u8>)>,
    /// The numbers of each key, and when the last one came. Only keys of the settings get this far.
    numbers: HashMap<String, (OffsetDateTime, Numbers)>,
}

/// The numbers that have been seen of one sender.
#[derive(Debug)]
struct Numbers {
    highest: u64,
    /// Bit n: `highest - n` has been seen.
    seen: u128,
}

/// Why a signed request does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// Its time is not now.
    #[error("the timestamp is more than 5 minutes from the router's clock, which says {0}")]
    NotNow(OffsetDateTime),
    /// It may have been seen before a restart.
    #[error("the timestamp is from before the router was started; sign the request again")]
    BeforeStart,
    /// It has come before.
    #[error("this request has come before; sign a new one")]
    Again,
    /// Its number has been used, or is far behind.
    #[error("the number seq has been used or is far behind; go on from {0}")]
    Number(u64),
    /// There are too many to remember.
    #[error("too many requests in the last minutes; try again later")]
    TooMany,
}

impl Refused {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::NotNow(_) | Self::BeforeStart => StatusCode::UNAUTHORIZED,
            Self::Again | Self::Number(_) => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl Replays {
    /// For a router that was started then.
    pub(super) fn since(started: OffsetDateTime) -> Self {
        Self {
            started,
            signatures: HashSet::new(),
            order: VecDeque::new(),
            numbers: HashMap::new(),
        }
    }

    /// Counts a request whose signature fits.
    ///
    /// # Errors
    /// It is not of now, or has been counted before.
    pub(super) fn take(&mut self, signed: &Signed, now: OffsetDateTime) -> Result<(), Refused> {
        while let Some((came, _)) = self.order.front()
            && now - *came > MEMORY
        {
            if let Some((_, signature)) = self.order.pop_front() {
                self.signatures.remove(&signature);
            }
        }
        if (now - signed.timestamp).abs() > SKEW {
            return Err(Refused::NotNow(now));
        }
        if signed.timestamp < self.started {
            return Err(Refused::BeforeStart);
        }
        if self.signatures.contains(&signed.signature) {
            return Err(Refused::Again);
        }
        if self.order.len() >= REMEMBERED {
            return Err(Refused::TooMany);
        }
        let seq = signed.seq;
        match self.numbers.get_mut(&signed.key) {
            // Whoever was silent for so long may begin anew: what it signed before is too old to come again.
            Some((came, numbers)) if now - *came <= MEMORY => {
                if !numbers.take(seq) {
                    return Err(Refused::Number(numbers.highest.saturating_add(1)));
                }
                *came = now;
            }
            _ => {
                let first = Numbers {
                    highest: seq,
                    seen: 1,
                };
                self.numbers.insert(signed.key.clone(), (now, first));
            }
        }
        self.signatures.insert(signed.signature.clone());
        self.order.push_back((now, signed.signature.clone()));
        Ok(())
    }
}

impl Numbers {
    /// Counts a number; false when it has been counted or is too far behind.
    fn take(&mut self, seq: u64) -> bool {
        if seq > self.highest {
            let ahead = seq - self.highest;
            let shift = u32::try_from(ahead).unwrap_or(u32::MAX);
            self.seen = self.seen.checked_shl(shift).unwrap_or(0) | 1;
            self.highest = seq;
            return true;
        }
        let behind = self.highest - seq;
        let bit = 1_u128.checked_shl(u32::try_from(behind).unwrap_or(u32::MAX));
        match bit {
            Some(bit) if behind < BEHIND && self.seen & bit == 0 => {
                self.seen |= bit;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

    fn signed(at: OffsetDateTime, seq: u64, signature: u8) -> Signed {
        let format = time::format_description::well_known::Rfc3339;
        let at = at.format(&format).unwrap();
        let query = format!("key=shop&timestamp={at}&seq={seq}&nonce=1&signature=");
        let mut signed = Signed::read(&query).unwrap();
        signed.signature = vec![signature];
        signed
    }

    #[test]
    fn a_request_counts_once() {
        let mut replays = Replays::since(START);
        let first = signed(START, 1, 1);
        assert_eq!(replays.take(&first, START), Ok(()));
        assert_eq!(replays.take(&first, START), Err(Refused::Again));
        let later = START + MEMORY + Duration::seconds(1);
        assert_eq!(replays.take(&first, later), Err(Refused::NotNow(later)));
        assert!(replays.order.is_empty() && replays.signatures.is_empty());
    }

    #[test]
    fn a_request_is_of_now_and_not_from_before_the_start() {
        let mut replays = Replays::since(START);
        let now = START + Duration::minutes(20);
        for (at, expected) in [
            (now - SKEW, Ok(())),
            (now + SKEW, Ok(())),
            (now - SKEW - Duration::seconds(1), Err(Refused::NotNow(now))),
            (now + SKEW + Duration::seconds(1), Err(Refused::NotNow(now))),
        ] {
            let number = u64::try_from((at - START).whole_seconds()).unwrap();
            let signature = u8::try_from(number % 251).unwrap();
            assert_eq!(replays.take(&signed(at, number, signature), now), expected);
        }
        let before = signed(START - Duration::seconds(1), 9_000, 99);
        let mut fresh = Replays::since(START);
        assert_eq!(fresh.take(&before, START), Err(Refused::BeforeStart));
    }

    #[test]
    fn a_number_is_used_once_though_senders_overtake_themselves() {
        let mut replays = Replays::since(START);
        let mut signature = 0;
        let mut take = |seq, at| {
            signature += 1;
            replays.take(&signed(at, seq, signature), at)
        };
        assert_eq!(take(1_000, START), Ok(()));
        assert_eq!(take(998, START), Ok(()));
        assert_eq!(take(998, START), Err(Refused::Number(1_001)));
        assert_eq!(take(1_000, START), Err(Refused::Number(1_001)));
        assert_eq!(take(1_000 - BEHIND, START), Err(Refused::Number(1_001)));
        assert_eq!(take(1_001 - BEHIND, START), Ok(()));
        assert_eq!(take(u64::MAX, START), Ok(()));
        assert_eq!(take(999, START), Err(Refused::Number(u64::MAX)));
        // Whoever was silent for long enough may begin anew.
        assert_eq!(take(1, START + MEMORY + Duration::seconds(1)), Ok(()));
    }
}
