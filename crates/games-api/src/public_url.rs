//! The address under which others reach the service, where a proxy stands before it.

use std::fmt;

use url::Url;

/// An address like `https://sim.example.edu` or `https://sim.example.edu/games`: what `/apis/` comes after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// What is expected of one, for messages.
    pub const EXPECTED: &str = "the address that the proxy before the games API answers to, as http or https, without login, query and /apis/, like https://sim.example.edu";

    /// Reads one; `None` for a text that is not what is [`EXPECTED`](Self::EXPECTED).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let address = url.as_str().trim_end_matches('/');
        (plain && !address.ends_with("/apis")).then(|| Self(address.to_owned()))
    }
}

/// Without a slash at its end.
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_without_the_slash_at_its_end() {
        for (text, kept) in [
            ("https://sim.example.edu", "https://sim.example.edu"),
            ("https://sim.example.edu/", "https://sim.example.edu"),
            ("http://10.0.0.7:8100/games/", "http://10.0.0.7:8100/games"),
            ("HTTPS://Sim.Example.edu:443", "https://sim.example.edu"),
        ] {
            assert_eq!(PublicUrl::parse(text).unwrap().to_string(), kept);
        }
    }

    #[test]
    fn what_links_cannot_begin_with_is_refused() {
        for text in [
            "",
            "sim.example.edu",
            "ftp://sim.example.edu",
            "https://simpl:secret@sim.example.edu",
            "https://sim.example.edu/?a=b",
            "https://sim.example.edu/#a",
            "https://sim.example.edu/apis/",
            "file:///games",
        ] {
            assert_eq!(PublicUrl::parse(text), None, "{text}");
        }
    }
}
