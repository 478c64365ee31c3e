//! Why a call was refused.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Map, Value};

/// What a handler, a check or a step answers: a value, or the reason for having none.
pub type Reply<T = &'static str> = Result<T, Rejected>;

/// The error URI of a refusal by the rules: the one that the original service uses for every exception.
pub const RUNTIME_ERROR: &str = "wamp.error.runtime_error";
/// The error URI of a refused form, as front ends of the original know it.
pub const VALIDATION_ERROR: &str = "application.error.validation_error";
/// The error URI of a procedure that does not exist, or that the caller may not know of.
pub const NO_SUCH_PROCEDURE: &str = "wamp.error.no_such_procedure";

/// Why a call was refused; the caller reads every word of it.
///
/// On the wire it is a WAMP ERROR: the URI, the sentence as the only positional argument, and
/// `{code, expected, got}` as keyword arguments. [`Rejected::reply`] is the exception: its text is answered as
/// a result, because front ends of the original expect that.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Rejected(Box<Reason>);

#[derive(Clone, Debug, PartialEq)]
struct Reason {
    uri: Cow<'static, str>,
    code: Cow<'static, str>,
    message: String,
    detail: Map<String, Value>,
    as_reply: bool,
}

impl Rejected {
    /// A refusal with all its parts: the WAMP error URI, a word for programs, a sentence for people, and what was
    /// expected and came.
    #[must_use]
    pub fn new(
        uri: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        expected: impl Into<Value>,
        got: impl Into<Value>,
    ) -> Self {
        Self::plain(uri, code, message)
            .detail("expected", expected)
            .detail("got", got)
    }

    fn plain(
        uri: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self(Box::new(Reason {
            uri: uri.into(),
            code: code.into(),
            message: message.into(),
            detail: Map::new(),
            as_reply: false,
        }))
    }

    fn detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.detail.insert(key.to_owned(), value.into());
        self
    }

    /// The game says no, in a sentence for the player: "You hold no such card."
    #[must_use]
    pub fn because(sentence: impl Into<String>) -> Self {
        Self::plain(RUNTIME_ERROR, "refused", sentence)
    }

    /// The game says no with a text that is answered as a **result**, not as an error.
    ///
    /// For front ends written for the original service, which show whatever text comes back.
    #[must_use]
    pub fn reply(text: impl Into<String>) -> Self {
        let mut rejected = Self::because(text);
        rejected.0.as_reply = true;
        rejected
    }

    /// A form was filled in wrongly: one sentence for each field that is wrong, also in the keyword `errors`.
    #[must_use]
    pub fn validation<F: Into<String>, S: Into<String>>(
        errors: impl IntoIterator<Item = (F, S)>,
    ) -> Self {
        let errors: Vec<(String, String)> = errors
            .into_iter()
            .map(|(field, sentence)| (field.into(), sentence.into()))
            .collect();
        let message: Vec<String> = errors
            .iter()
            .map(|(field, sentence)| format!("{field}: {sentence}"))
            .collect();
        let errors: Map<String, Value> = errors
            .into_iter()
            .map(|(field, sentence)| (field, sentence.into()))
            .collect();
        Self::plain(VALIDATION_ERROR, "validation_error", message.join("; "))
            .detail("errors", errors)
    }

    /// The run's phase takes no decisions.
    #[must_use]
    pub fn closed_phase(phase: &str) -> Self {
        let message = format!(
            "the phase {phase} takes no decisions: wait until the leader moves the run to a phase that does"
        );
        Self::new(
            RUNTIME_ERROR,
            "closed_phase",
            message,
            "a phase that accepts decisions",
            phase,
        )
    }

    /// The period has been stepped and the game keeps it so; `counted` is the caller's decision that counted, if any.
    #[must_use]
    pub fn closed_period(order: u32, counted: Option<&Value>) -> Self {
        let counted = counted.map_or_else(
            || "no decision of yours counted".to_owned(),
            |data| format!("{data} counted"),
        );
        let message = format!("period {order} is over, and {counted}: play the current period");
        Self::new(
            RUNTIME_ERROR,
            "closed_period",
            message,
            "a period that has no result yet",
            order,
        )
    }

    /// The game is over in this scenario, which takes no decisions any more.
    #[must_use]
    pub fn game_over(order: u32) -> Self {
        let message = format!(
            "the game is over: it ended with period {order}, and what was played till then counts"
        );
        Self::new(
            RUNTIME_ERROR,
            "game_over",
            message,
            "a game that goes on",
            order,
        )
    }

    /// The caller has no seat here: a leader, an assistant or a member of staff.
    #[must_use]
    pub fn not_a_player() -> Self {
        let message =
            "only a player with a seat in this world can do that: sign in as one of its players";
        Self::new(
            RUNTIME_ERROR,
            "not_a_player",
            message,
            "a player",
            "a caller without a seat",
        )
    }

    /// Something that is needed is away for now; nothing was stored. The keyword `retry_after` is in seconds.
    #[must_use]
    pub fn unavailable(retry: Duration) -> Self {
        let seconds = retry.as_secs_f64().ceil().max(1.0);
        let message = format!(
            "nothing was stored, because the games API does not answer: try again in {seconds} s"
        );
        Self::plain(RUNTIME_ERROR, "unavailable", message).detail("retry_after", seconds)
    }

    /// No such scope or procedure, or none that the caller may know of: the two answers must not differ.
    #[must_use]
    pub fn no_such_procedure(uri: &str) -> Self {
        let message = format!("no callee registered for procedure <{uri}>");
        Self::plain(NO_SUCH_PROCEDURE, "no_such_procedure", message)
    }

    /// A fault of the game or the service, not of the caller; the sentence must give nothing away.
    #[must_use]
    pub fn internal(sentence: impl Into<String>) -> Self {
        Self::plain(RUNTIME_ERROR, "internal_error", sentence)
    }

    /// An argument, or a field of one, is not what the handler needs.
    #[must_use]
    pub fn invalid_argument(
        message: impl Into<String>,
        expected: impl Into<Value>,
        got: impl Into<Value>,
    ) -> Self {
        Self::new(RUNTIME_ERROR, "invalid_argument", message, expected, got)
    }

    /// Adds what a program can act on: a code of the game's own, what was expected and what came.
    #[must_use]
    pub fn with(
        mut self,
        code: impl Into<Cow<'static, str>>,
        expected: impl Into<Value>,
        got: impl Into<Value>,
    ) -> Self {
        self.0.code = code.into();
        self.detail("expected", expected).detail("got", got)
    }

    /// Puts words before the sentence, to say what the refusal is about.
    #[must_use]
    pub fn about(mut self, subject: &str) -> Self {
        self.0.message = format!("{subject}: {}", self.0.message);
        self
    }

    /// The WAMP error URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.0.uri
    }

    /// The word for programs: `refused`, `invalid_argument`, `closed_phase`, …
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> String {
        self.0.message.clone()
    }

    /// The keyword arguments of the ERROR: `code`, and `expected` and `got` where there are any.
    #[must_use]
    pub fn kwargs(&self) -> Map<String, Value> {
        let code = ("code".to_owned(), Value::from(self.code()));
        std::iter::once(code).chain(self.0.detail.clone()).collect()
    }

    /// The text to answer as a RESULT, when this refusal is one of [`Rejected::reply`].
    #[must_use]
    pub fn as_reply(&self) -> Option<&str> {
        self.0.as_reply.then_some(self.0.message.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kwargs(rejected: &Rejected) -> Value {
        Value::Object(rejected.kwargs())
    }

    #[test]
    fn a_refusal_by_the_game_is_a_runtime_error_with_its_sentence() {
        let no = Rejected::because("You hold no such card.").with(
            "no_such_card",
            "a card in hand",
            "ace",
        );
        assert_eq!(no.uri(), "wamp.error.runtime_error");
        assert_eq!(no.to_string(), "You hold no such card.");
        assert_eq!(
            kwargs(&no),
            json!({"code": "no_such_card", "expected": "a card in hand", "got": "ace"})
        );
        assert_eq!(no.as_reply(), None);
    }

    #[test]
    fn a_text_for_old_front_ends_is_to_be_answered_as_a_result() {
        assert_eq!(
            Rejected::reply("Cannot divide by zero").as_reply(),
            Some("Cannot divide by zero")
        );
    }

    #[test]
    fn a_wrong_form_names_every_field() {
        let no = Rejected::validation([("name", "a name is needed"), ("size", "at most 9")]);
        assert_eq!(no.uri(), "application.error.validation_error");
        assert_eq!(no.message(), "name: a name is needed; size: at most 9");
        assert_eq!(
            kwargs(&no)["errors"],
            json!({"name": "a name is needed", "size": "at most 9"})
        );
    }

    #[test]
    fn a_closed_period_tells_what_counted() {
        let counted = json!({"operand": 3.0});
        let no = Rejected::closed_period(2, Some(&counted));
        assert_eq!(
            no.message(),
            r#"period 2 is over, and {"operand":3.0} counted: play the current period"#
        );
        assert_eq!(no.code(), "closed_period");
    }

    #[test]
    fn a_retry_is_never_at_once() {
        assert_eq!(
            kwargs(&Rejected::unavailable(Duration::ZERO)),
            json!({"code": "unavailable", "retry_after": 1.0})
        );
    }
}
