//! The built files of the pages (`web/dist`), embedded in the binary: what they are called, what they hold, how they travel.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::io::Write;
use std::sync::OnceLock;

use axum::body::Bytes;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// What Vite built; a debug build reads it from the disk when it starts.
#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Built;

/// What the author's page alone is made of.
pub(super) const AUTHOR: &str = "author/";
/// Files in these folders are named after what they hold: what has such a name never changes.
const NAMED_BY_CONTENT: [&str; 2] = ["assets/", AUTHOR];
/// Smaller than this, compressing a file saves no packet.
const WORTH_COMPRESSING: usize = 1_400;

/// All files, by path.
#[derive(Debug)]
pub(super) struct Files(BTreeMap<String, File>);

/// One file, ready to be sent.
pub(super) struct File {
    kind: &'static str,
    caching: &'static str,
    tag: HeaderValue,
    plain: Bytes,
    /// Made when somebody first asks for it, so that a start waits for nothing.
    gzip: OnceLock<Option<Bytes>>,
}

impl Files {
    /// Every built file but `index.html`, and that one's text.
    pub(super) fn embedded() -> (Self, String) {
        let mut index = String::new();
        let mut files = BTreeMap::new();
        for path in Built::iter() {
            let Some(built) = Built::get(&path) else {
                continue;
            };
            if path == "index.html" {
                index = String::from_utf8_lossy(&built.data).into_owned();
                continue;
            }
            let caching = if named_by_content(&path) {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            let plain = Bytes::from(built.data.into_owned());
            files.insert(path.to_string(), File::new(kind(&path), caching, plain));
        }
        (Self(files), index)
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }
}

/// Is the file named after what it holds?
fn named_by_content(path: &str) -> bool {
    NAMED_BY_CONTENT
        .iter()
        .any(|folder| path.starts_with(folder))
}

impl File {
    /// A page: asked for anew each time, and sent only when it has changed.
    pub(super) fn page(text: String) -> Self {
        Self::new(kind("index.html"), "no-cache", text.into())
    }

    fn new(kind: &'static str, caching: &'static str, plain: Bytes) -> Self {
        let digest = Sha256::digest(&plain);
        let hex: String = digest[..12]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            kind,
            caching,
            // Hexadecimal digits between quotes are a header value.
            tag: HeaderValue::from_str(&format!("\"{hex}\""))
                .unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
            plain,
            gzip: OnceLock::new(),
        }
    }

    /// The answer to a request with these headers: nothing new, the file, or the file compressed.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, self.tag.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.caching));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if lists(request, IF_NONE_MATCH.as_str(), |known| {
            known.trim_start_matches("W/") == self.tag
        }) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        let takes_gzip = lists(request, ACCEPT_ENCODING.as_str(), |coding| {
            coding.split(';').next().map(str::trim) == Some("gzip")
        });
        match self.gzip.get_or_init(|| compress(&self.plain)) {
            Some(gzip) if takes_gzip => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                (headers, gzip.clone()).into_response()
            }
            _ => (headers, self.plain.clone()).into_response(),
        }
    }
}

impl Debug for File {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("kind", &self.kind)
            .field("bytes", &self.plain.len())
            .finish_non_exhaustive()
    }
}

/// Does a header that is a list have such an item?
fn lists(headers: &HeaderMap, name: &str, is: impl Fn(&str) -> bool) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| is(item.trim()))
}

fn compress(plain: &[u8]) -> Option<Bytes> {
    if plain.len() < WORTH_COMPRESSING {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    Some(encoder.finish().ok()?.into())
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_file_that_is_known_already_is_not_sent_again() {
        let file = File::page("hello".to_owned());
        let first = file.answer(&HeaderMap::new());
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[ETAG].to_str().unwrap();
        let again = file.answer(&headers(&[(
            "if-none-match",
            &format!("\"other\", W/{tag}"),
        )]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let changed = File::page("hallo".to_owned());
        let answer = changed.answer(&headers(&[("if-none-match", tag)]));
        assert_eq!(answer.status(), StatusCode::OK);
    }

    #[test]
    fn only_those_who_take_gzip_get_it() {
        let file = File::page("word ".repeat(1_000));
        let packed = file.answer(&headers(&[("accept-encoding", "br, gzip;q=0.8")]));
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        let plain = file.answer(&headers(&[("accept-encoding", "br")]));
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
    }

    #[test]
    fn a_student_loads_less_than_sixty_kilobytes() {
        let (files, index) = Files::embedded();
        // What the document names is fetched at once; all else only when it is needed.
        let named: Vec<&File> = index
            .split('"')
            .filter_map(|part| files.get(part.strip_prefix('/')?))
            .collect();
        assert!(named.len() >= 3, "a script and a style in {index}");
        let sent = |file: &File| file.gzip.get_or_init(|| compress(&file.plain)).clone();
        let bytes: usize = named
            .iter()
            .map(|file| sent(file).map_or(file.plain.len(), |gzip| gzip.len()))
            .sum();
        assert!(bytes + index.len() < 60_000, "{bytes} bytes");
    }

    #[test]
    fn what_has_a_name_of_its_own_is_kept_for_ever_and_the_rest_is_asked_for() {
        let (files, index) = Files::embedded();
        assert!(index.contains("/assets/"));
        for (path, file) in &files.0 {
            let kept = file.caching.contains("immutable");
            assert_eq!(kept, named_by_content(path), "{path}");
        }
    }
}
