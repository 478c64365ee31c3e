//! What one peer says to another: positional and named arguments, as raw bytes.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::transcode::transcode;
use crate::{Dict, Serializer};

/// Why a value cannot be, or cannot be read from, a payload.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The bytes and the type asked for do not fit each other.
    #[error("{part} do not fit: {source}")]
    Json {
        /// `args` or `kwargs`.
        part: &'static str,
        /// What serde_json found.
        source: serde_json::Error,
    },
    /// A value that is not a list given as `args`, or not an object given as `kwargs`.
    #[error("expected {expected} for {part}, got something else")]
    Shape {
        /// `args` or `kwargs`.
        part: &'static str,
        /// `a list` or `an object`.
        expected: &'static str,
    },
}

/// Positional (`args`) and named (`kwargs`) arguments.
///
/// The router passes payloads on without parsing them, which is fast and loses nothing: `1.0`
/// stays a float, integers of any size stay exact. Empty lists and objects count as absent.
/// `Debug` shows sizes only, because payloads carry what players must not see.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Payload {
    serializer: Serializer,
    args: Bytes,
    kwargs: Bytes,
}

impl Payload {
    /// No arguments.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// JSON of anything that serializes to a list and anything that serializes to an object.
    /// `()` and empty ones count as absent.
    ///
    /// # Errors
    /// [`PayloadError::Shape`] for other shapes, [`PayloadError::Json`] when a value refuses to be
    /// serialized (a map whose keys are not text).
    pub fn json(args: &impl Serialize, kwargs: &impl Serialize) -> Result<Self, PayloadError> {
        Ok(Self::checked(
            Serializer::Json,
            part("args", "a list", b'[', args)?,
            part("kwargs", "an object", b'{', kwargs)?,
        ))
    }

    /// The same positional arguments, not written again, with other keywords.
    ///
    /// # Errors
    /// [`PayloadError`] when the keywords are no object.
    pub fn with_kwargs(&self, kwargs: &impl Serialize) -> Result<Self, PayloadError> {
        let kwargs = part("kwargs", "an object", b'{', kwargs)?;
        Ok(Self {
            kwargs,
            ..self.written_in(Serializer::Json).into_owned()
        })
    }

    /// JSON of these positional arguments.
    #[must_use]
    pub fn from_args(args: &[Value]) -> Self {
        if args.is_empty() {
            return Self::empty();
        }
        let text = serde_json::to_vec(args).expect("JSON values always serialize");
        Self::checked(Serializer::Json, Bytes::from(text), Bytes::new())
    }

    /// One positional argument: a sentence, as errors carry it.
    #[must_use]
    pub fn text(sentence: &str) -> Self {
        Self::from_args(&[Value::from(sentence)])
    }

    /// A copy that holds nothing but itself. Otherwise a payload holds the frame that it came in, which is too much for one that is kept.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self {
            serializer: self.serializer,
            args: Bytes::copy_from_slice(&self.args),
            kwargs: Bytes::copy_from_slice(&self.kwargs),
        }
    }

    /// Bytes already known to be a list and a map of this serializer, or empty.
    pub(crate) fn checked(serializer: Serializer, args: Bytes, kwargs: Bytes) -> Self {
        if args.is_empty() && kwargs.is_empty() {
            return Self::empty();
        }
        Self {
            serializer,
            args,
            kwargs,
        }
    }

    /// The same arguments as that serializer writes them; rewritten only if they are in another's bytes.
    #[must_use]
    pub fn written_in(&self, serializer: Serializer) -> Cow<'_, Self> {
        if self.serializer == serializer || self.is_empty() {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self {
            serializer,
            args: rewritten(self.serializer, &self.args, serializer),
            kwargs: rewritten(self.serializer, &self.kwargs, serializer),
        })
    }

    /// What the bytes are written in.
    #[must_use]
    pub fn serializer(&self) -> Serializer {
        self.serializer
    }

    /// The encoded list; empty bytes when there are no positional arguments.
    #[must_use]
    pub fn raw_args(&self) -> &Bytes {
        &self.args
    }

    /// The encoded object; empty bytes when there are no named arguments.
    #[must_use]
    pub fn raw_kwargs(&self) -> &Bytes {
        &self.kwargs
    }

    /// The positional arguments.
    ///
    /// # Errors
    /// [`PayloadError::Json`] when the text is JSON that `serde_json` does not take, for example
    /// half of a surrogate pair.
    pub fn args(&self) -> Result<Vec<Value>, PayloadError> {
        self.args_as()
    }

    /// The named arguments.
    ///
    /// # Errors
    /// As [`Payload::args`].
    pub fn kwargs(&self) -> Result<Dict, PayloadError> {
        self.kwargs_as()
    }

    /// The positional arguments as a type of the caller's: a tuple, a `Vec`…
    ///
    /// # Errors
    /// [`PayloadError::Json`] when they do not fit the type.
    pub fn args_as<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        parse("args", self.serializer, &self.args, b"[]")
    }

    /// The named arguments as a type of the caller's.
    ///
    /// # Errors
    /// [`PayloadError::Json`] when they do not fit the type.
    pub fn kwargs_as<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        parse("kwargs", self.serializer, &self.kwargs, b"{}")
    }

    /// Bytes of both parts together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.args.len() + self.kwargs.len()
    }

    /// Whether there are neither positional nor named arguments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("serializer", &self.serializer)
            .field("args_bytes", &self.args.len())
            .field("kwargs_bytes", &self.kwargs.len())
            .finish()
    }
}

fn part(
    part: &'static str,
    expected: &'static str,
    opening: u8,
    value: &impl Serialize,
) -> Result<Bytes, PayloadError> {
    let text = serde_json::to_vec(value).map_err(|source| PayloadError::Json { part, source })?;
    match text.first() {
        Some(first) if *first == opening && text.len() > "[]".len() => Ok(Bytes::from(text)),
        Some(first) if *first == opening => Ok(Bytes::new()),
        _ if text == b"null" => Ok(Bytes::new()),
        _ => Err(PayloadError::Shape { part, expected }),
    }
}

fn parse<T: DeserializeOwned>(
    part: &'static str,
    serializer: Serializer,
    raw: &Bytes,
    absent: &[u8],
) -> Result<T, PayloadError> {
    let text = rewritten(serializer, raw, Serializer::Json);
    let text = if text.is_empty() { absent } else { &text };
    serde_json::from_slice(text).map_err(|source| PayloadError::Json { part, source })
}

fn rewritten(from: Serializer, raw: &Bytes, to: Serializer) -> Bytes {
    if from == to || raw.is_empty() {
        return raw.clone();
    }
    let bytes = transcode(from, raw, to).expect("arguments were checked when they came in");
    Bytes::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_come_back_as_they_went_in() {
        let payload = Payload::json(&(12, "a"), &json!({"resource_name": "world"})).unwrap();
        assert_eq!(payload.args().unwrap(), vec![json!(12), json!("a")]);
        assert_eq!(payload.kwargs().unwrap()["resource_name"], "world");
        assert_eq!(payload.args_as::<(u8, String)>().unwrap().1, "a");
    }

    #[test]
    fn pitfall_27_empty_arguments_count_as_absent() {
        let payload = Payload::json(&json!([]), &()).unwrap();
        assert!(payload.is_empty());
        assert_eq!(payload, Payload::empty());
        assert!(payload.args().unwrap().is_empty());
        assert!(payload.kwargs().unwrap().is_empty());
    }

    #[test]
    fn a_value_that_is_no_list_is_refused_as_args() {
        let error = Payload::json(&12, &()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a list for args, got something else"
        );
    }

    #[test]
    fn debug_output_tells_sizes_and_not_content() {
        let shown = format!("{:?}", Payload::text("the seed is 42"));
        assert!(!shown.contains("42"), "{shown}");
        assert!(shown.contains("args_bytes: 18"), "{shown}");
    }
}
