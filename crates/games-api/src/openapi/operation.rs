//! One operation of a path, put together.

use serde_json::{Map, Value, json};

use super::answers::{Answer, usual_headers};

/// The kinds of body that a row may come in.
const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

const JSON: &str = "application/json";

/// What a body of one kind holds.
fn content(kind: &str, schema: Value) -> (String, Value) {
    let schema = Map::from_iter([("schema".to_owned(), schema)]);
    (kind.to_owned(), schema.into())
}

/// An operation under construction.
pub(super) struct Operation(Map<String, Value>);

/// A reference to a part of the document: `schemas/Run`.
pub(super) fn refer(to: &str) -> Value {
    json!({"$ref": format!("#/components/{to}")})
}

impl Operation {
    /// With the refusals that every operation behind a login may meet.
    pub(super) fn new(id: &str, tag: &str, summary: &str) -> Self {
        let operation = Self::public(id, tag, summary);
        operation
            .refused(Answer::Unauthenticated)
            .refused(Answer::Forbidden)
            .refused(Answer::TooMany)
            .refused(Answer::Failed)
            .refused(Answer::Busy)
    }

    /// One for which nobody needs to log in.
    pub(super) fn public(id: &str, tag: &str, summary: &str) -> Self {
        let members = json!({
            "operationId": id,
            "tags": [tag],
            "summary": summary,
            "responses": {},
        });
        let Value::Object(members) = members else {
            unreachable!("an object was written")
        };
        Self(members)
    }

    pub(super) fn about(mut self, description: &str) -> Self {
        self.0.insert("description".to_owned(), description.into());
        self
    }

    pub(super) fn without_login(mut self) -> Self {
        self.0.insert("security".to_owned(), json!([]));
        self
    }

    pub(super) fn parameters(mut self, parameters: Vec<Value>) -> Self {
        self.0.insert("parameters".to_owned(), parameters.into());
        self
    }

    /// A JSON body.
    pub(super) fn json(self, schema: Value) -> Self {
        self.body(Map::from_iter([content(JSON, schema)]))
    }

    /// A body as JSON or as a form; a form's values are text.
    pub(super) fn json_or_form(self, schema: Value, form: &Value) -> Self {
        let mut kinds = Map::from_iter([content(JSON, schema)]);
        kinds.extend(FORMS.map(|kind| content(kind, form.clone())));
        self.body(kinds)
    }

    fn body(mut self, kinds: Map<String, Value>) -> Self {
        let mut body = json!({"required": true});
        body["content"] = kinds.into();
        self.0.insert("requestBody".to_owned(), body);
        self.refused(Answer::Invalid)
            .refused(Answer::TooLarge)
            .refused(Answer::MediaType)
    }

    /// What it answers when it is done.
    pub(super) fn done(self, status: u16, about: &str, schema: Value) -> Self {
        let mut answer = json!({"description": about, "headers": usual_headers()});
        answer["content"] = Map::from_iter([content(JSON, schema)]).into();
        self.answer(status, answer)
    }

    /// It is done and there is nothing to say.
    pub(super) fn done_without_a_word(self, about: &str) -> Self {
        let answer = json!({"description": about, "headers": usual_headers()});
        self.answer(204, answer)
    }

    /// An answer that is a text.
    pub(super) fn text(self, status: u16, about: &str) -> Self {
        let content = json!({"text/plain": {"schema": {"type": "string"}}});
        let answer = json!({"description": about, "headers": usual_headers(), "content": content});
        self.answer(status, answer)
    }

    /// A header of the answer with that status.
    pub(super) fn header(mut self, status: u16, name: &str) -> Self {
        let headers = &mut self.0["responses"][status.to_string()]["headers"];
        headers[name] = refer(&format!("headers/{name}"));
        self
    }

    /// One of the refusals that many operations have.
    pub(super) fn refused(self, answer: Answer) -> Self {
        self.answer(
            answer.status(),
            refer(&format!("responses/{}", answer.name())),
        )
    }

    pub(super) fn answer(mut self, status: u16, answer: Value) -> Self {
        self.0["responses"][status.to_string()] = answer;
        self
    }

    /// The operation, its answers in the order of their status.
    pub(super) fn build(mut self) -> Value {
        if let Some(Value::Object(answers)) = self.0.get_mut("responses") {
            answers.sort_keys();
        }
        Value::Object(self.0)
    }
}
