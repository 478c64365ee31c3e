//! Pages of a list, and the `Link` header between them.

use axum::http::{HeaderValue, Uri};
use games_contract::PAGE_SIZE;

use crate::refusal::Refusal;

/// Rows in a page at most. The original has no limit, and its programs ask for whole tables at once: no class has that many.
pub(crate) const LARGEST_PAGE: usize = 100_000;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// From 1.
    pub(super) number: usize,
    /// Rows in it.
    pub(super) size: usize,
}

/// A query in pairs; a query that cannot be read has none.
pub(super) fn query_of(uri: &Uri) -> Vec<(String, String)> {
    let text = uri.query().unwrap_or_default();
    serde_urlencoded::from_str(text).unwrap_or_default()
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = query.iter().rev().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}

impl Page {
    /// The page that a query asks for.
    pub(super) fn of(query: &[(String, String)]) -> Result<Self, Refusal> {
        let number = match value(query, "page") {
            None => 1,
            Some(text) => text
                .parse()
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(Self::invalid)?,
        };
        let size = value(query, "page_size").and_then(|text| text.parse().ok());
        let size = size.filter(|size| *size > 0).unwrap_or(PAGE_SIZE);
        Ok(Self {
            number,
            size: size.min(LARGEST_PAGE),
        })
    }

    /// How many rows to read, one more than it holds so that it is known whether there is a next one, and after how many.
    pub(super) fn rows(self) -> (i64, i64) {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let offset = self.size.saturating_mul(self.number - 1);
        (number(self.size + 1), number(offset))
    }

    /// No such page.
    pub(super) fn invalid() -> Refusal {
        Refusal::NotFound("Invalid page.".to_owned())
    }

    /// The `Link` header, whose addresses begin with `base`; none when everything is on this page.
    pub(super) fn link(self, more: bool, base: &str, uri: &Uri) -> Option<HeaderValue> {
        let list = format!("{base}{}", uri.path());
        let query = query_of(uri);
        let to = |number: usize, rel: &str| {
            let mut pairs: Vec<_> = query
                .iter()
                .filter(|(name, _)| name != "page")
                .cloned()
                .collect();
            if number > 1 {
                pairs.push(("page".to_owned(), number.to_string()));
            }
            pairs.sort();
            let text = serde_urlencoded::to_string(&pairs).unwrap_or_default();
            let mark = if text.is_empty() { "" } else { "?" };
            format!(r#"<{list}{mark}{text}>; rel="{rel}""#)
        };
        let mut links = Vec::new();
        if more {
            links.push(to(self.number + 1, "next"));
        }
        if self.number > 1 {
            links.push(to(self.number - 1, "prev"));
        }
        if links.is_empty() {
            return None;
        }
        HeaderValue::from_str(&links.join(", ")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(uri: &str, more: bool) -> Option<String> {
        let uri: Uri = uri.parse().unwrap();
        let page = Page::of(&query_of(&uri)).unwrap();
        let link = page.link(more, "http://127.0.0.1:8100", &uri)?;
        Some(link.to_str().unwrap().to_owned())
    }

    #[test]
    fn links_are_as_recorded() {
        assert_eq!(
            link("/apis/periods/?game_slug=probe&page_size=1", true).unwrap(),
            r#"<http://127.0.0.1:8100/apis/periods/?game_slug=probe&page=2&page_size=1>; rel="next""#
        );
        assert_eq!(
            link("/apis/periods/?game_slug=probe&page_size=1&page=2", false).unwrap(),
            r#"<http://127.0.0.1:8100/apis/periods/?game_slug=probe&page_size=1>; rel="prev""#
        );
        assert_eq!(link("/apis/periods/", false), None);
    }

    #[test]
    fn a_page_that_is_no_number_is_no_page() {
        for query in ["page=0", "page=-1", "page=x"] {
            let pairs = serde_urlencoded::from_str::<Vec<_>>(query).unwrap();
            assert_eq!(Page::of(&pairs), Err(Page::invalid()));
        }
        let pairs = serde_urlencoded::from_str::<Vec<_>>("page_size=0&page=2").unwrap();
        let page = Page {
            number: 2,
            size: 500,
        };
        assert_eq!(Page::of(&pairs), Ok(page));
    }
}
