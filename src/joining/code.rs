//! Join codes: six characters that can be read out and typed on a phone, and the run that each belongs to.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};

/// Digits and letters that cannot be taken for each other: no 0 and O, no 1, I and L.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Characters of a code.
const LENGTH: usize = 6;

/// A join code.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code([u8; LENGTH]);

impl Code {
    /// A code that nobody could foresee.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut code = [0; LENGTH];
        let mut at = 0;
        while at < LENGTH {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes)?;
            // Of 256 values 248 are eight times the alphabet: the rest would make its beginning likelier.
            let fair = bytes.iter().filter(|byte| **byte < 248);
            for (place, byte) in code[at..].iter_mut().zip(fair) {
                *place = ALPHABET[usize::from(*byte) % ALPHABET.len()];
                at += 1;
            }
        }
        Ok(Self(code))
    }

    /// The code that somebody has typed: small letters, blanks and hyphens do not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.bytes().filter(|byte| !matches!(byte, b' ' | b'-'));
        let mut code = [0; LENGTH];
        let mut length = 0;
        for byte in typed {
            let byte = byte.to_ascii_uppercase();
            *code.get_mut(length)? = *ALPHABET.iter().find(|known| **known == byte)?;
            length += 1;
        }
        (length == LENGTH).then_some(Self(code))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for Code {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("expected a join code of six characters")
    }
}

/// Which run each code belongs to, of all games that the service serves.
#[derive(Debug, Default)]
pub struct Codes(RwLock<HashMap<Code, u64>>);

impl Codes {
    /// The run that has had this code last; whether it still has, the run says.
    #[must_use]
    pub fn run(&self, code: &Code) -> Option<u64> {
        let codes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        codes.get(code).copied()
    }

    /// Gives a run this code instead of the one before; `false` when another run has it.
    pub fn enter(&self, code: &Code, run: u64) -> bool {
        let mut codes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if codes.get(code).is_some_and(|of| *of != run) {
            return false;
        }
        codes.retain(|_, of| *of != run);
        codes.insert(code.clone(), run);
        true
    }

    /// Takes a run's codes away.
    pub fn strike(&self, run: u64) {
        let mut codes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, of| *of != run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_typed() {
        let code = Code::parse("k7m2qp").unwrap();
        assert_eq!(code.to_string(), "K7M2QP");
        assert_eq!(Code::parse(" K7M-2qP "), Some(code.clone()));
        for wrong in [
            "", "K7M2Q", "K7M2QPP", "K7M2Q0", "K7M2QI", "K7M2QÄ", "K7M/QP",
        ] {
            assert_eq!(Code::parse(wrong), None, "{wrong}");
        }
        assert!(!format!("{code:?}").contains("K7"));
    }

    #[test]
    fn every_character_of_the_alphabet_comes_as_often_as_the_others() {
        const CODES: usize = 4_000;
        let mut counts: HashMap<u8, usize> = HashMap::new();
        for _ in 0..CODES {
            let code = Code::random().unwrap();
            assert_eq!(Code::parse(&code.to_string()), Some(code.clone()));
            code.0
                .iter()
                .for_each(|byte| *counts.entry(*byte).or_insert(0) += 1);
        }
        let fair = CODES * LENGTH / ALPHABET.len();
        assert_eq!(counts.len(), ALPHABET.len());
        for (byte, count) in counts {
            // Seven standard deviations to either side.
            assert!(
                count.abs_diff(fair) < 7 * 28,
                "{}: {count}",
                char::from(byte)
            );
        }
    }

    #[test]
    fn no_two_runs_have_one_code() {
        let codes = Codes::default();
        let code = Code::parse("K7M2QP").unwrap();
        assert!(codes.enter(&code, 5) && codes.enter(&code, 5));
        assert!(!codes.enter(&code, 6));
        assert!(codes.enter(&Code::parse("222222").unwrap(), 5));
        assert_eq!(codes.run(&code), None, "a run has one code");
        assert!(codes.enter(&code, 6));
        codes.strike(6);
        assert_eq!(codes.run(&code), None);
    }
}
