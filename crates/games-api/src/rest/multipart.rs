//! `multipart/form-data` (RFC 7578) of a body that is in memory already: the fields of a form. Files are not kept here.

use games_contract::Map;

use crate::refusal::Refusal;

/// Fields of a form at most.
const FIELDS: usize = 1_000;

/// The fields of a body; `kind` is its `Content-Type`.
pub(super) fn fields(kind: &str, body: &[u8]) -> Result<Map, Refusal> {
    let refused = |words: &str| Refusal::detail(format!("Multipart form parse error - {words}"));
    let boundary = parameter(kind, "boundary").filter(|boundary| !boundary.is_empty());
    let boundary =
        boundary.ok_or_else(|| refused("expected a boundary in the Content-Type, got none"))?;
    let mark = format!("\r\n--{boundary}");
    // The first mark has no line before it; with one it is like all others.
    let padded = [b"\r\n".as_slice(), body].concat();
    let mut parts = split(&padded, mark.as_bytes());
    // What is before the first mark is meant for nobody.
    parts.next();
    let mut fields = Map::new();
    let mut ended = false;
    for part in parts {
        if part.starts_with(b"--") {
            ended = true;
            break;
        }
        let (name, value) = field(part).map_err(refused)?;
        fields.insert(name, value.into());
        if fields.len() > FIELDS {
            return Err(refused("expected at most 1000 fields, got more"));
        }
    }
    if !ended {
        return Err(refused("expected the boundary and -- at the end, got less"));
    }
    Ok(fields)
}

/// Name and value of one part, which begins behind its mark.
fn field(part: &[u8]) -> Result<(String, String), &'static str> {
    // Spaces may follow the mark.
    let start = part
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t'))
        .unwrap_or(part.len());
    let part = &part[start..];
    let at = find(part, b"\r\n\r\n").ok_or("expected an empty line behind a part's headers")?;
    let headers = std::str::from_utf8(&part[..at]).map_err(|_| "expected headers in UTF-8")?;
    let value = std::str::from_utf8(&part[at + 4..]).map_err(|_| "expected values in UTF-8")?;
    let disposition = headers.split("\r\n").find_map(|line| {
        let (name, rest) = line.split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case("content-disposition")
            .then_some(rest)
    });
    let name = disposition.and_then(|disposition| parameter(disposition, "name"));
    let name = name.ok_or("expected a name in each part's Content-Disposition")?;
    if disposition.is_some_and(|disposition| parameter(disposition, "filename").is_some()) {
        return Err("expected fields, got a file");
    }
    Ok((name, value.to_owned()))
}

/// A parameter of a header's value: `; name=value` or `; name="value"`.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, behind)) = rest.split_once(';') {
        let (key, value) = behind.split_once('=')?;
        let value = value.trim_start();
        let (value, next) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
        rest = next;
    }
    None
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

/// What is between the marks, the ends included.
fn split<'a>(mut text: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut more = true;
    std::iter::from_fn(move || {
        if !more {
            return None;
        }
        let Some(at) = find(text, mark) else {
            more = false;
            return Some(text);
        };
        let part = &text[..at];
        text = &text[at + mark.len()..];
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &str, body: &str) -> Result<serde_json::Value, Refusal> {
        fields(kind, body.as_bytes()).map(Into::into)
    }

    fn part(name: &str, value: &str) -> String {
        format!("--x-1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }

    #[test]
    fn fields_are_read_as_they_are() {
        let body = format!(
            "nobody reads this\r\n{}{}{}--x-1--\r\n",
            part("name", " a; b=\"c\"\r\n\r\n--x "),
            part("data", r#"{"ä":1}"#),
            part("empty", "")
        );
        let expected =
            json!({"name": " a; b=\"c\"\r\n\r\n--x ", "data": r#"{"ä":1}"#, "empty": ""});
        for kind in [
            "multipart/form-data; boundary=x-1",
            r#"multipart/form-data; charset=utf-8; boundary="x-1""#,
        ] {
            assert_eq!(of(kind, &body).unwrap(), expected, "{kind}");
        }
        assert_eq!(
            of("multipart/form-data; boundary=x", "--x--\r\n").unwrap(),
            json!({})
        );
    }

    #[test]
    fn what_is_no_form_is_refused_with_what_was_expected() {
        let good = part("name", "a");
        let file =
            "--x-1\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\na\r\n";
        for (kind, body, words) in [
            ("multipart/form-data", good.clone(), "a boundary"),
            ("multipart/form-data; boundary=x-1", good, "at the end"),
            (
                "multipart/form-data; boundary=x-1",
                "--x-1\r\n\r\n--x-1--".to_owned(),
                "an empty line",
            ),
            (
                "multipart/form-data; boundary=x-1",
                "--x-1\r\nA: b\r\n\r\nc\r\n--x-1--".to_owned(),
                "a name",
            ),
            (
                "multipart/form-data; boundary=x-1",
                format!("{file}--x-1--"),
                "got a file",
            ),
        ] {
            let Err(Refusal::Invalid(told)) = of(kind, &body) else {
                panic!("{body:?} was taken");
            };
            assert!(told.to_string().contains(words), "{told}");
        }
    }
}
