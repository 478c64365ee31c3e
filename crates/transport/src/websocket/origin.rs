//! Which web pages may connect.

use crate::Origins;

impl Origins {
    /// Whether a page of `origin` may connect to the server that it reached as `host`: what the headers of these names say.
    #[must_use]
    pub fn admit(&self, origin: &str, host: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::SameHost => is_same_host(origin, host),
            Self::SameName => is_same_name(origin, host),
            Self::List(list) => {
                is_same_host(origin, host)
                    || list.iter().any(|one| one.eq_ignore_ascii_case(origin))
            }
        }
    }
}

fn is_same_host(origin: &str, host: Option<&str>) -> bool {
    // `null` is the origin of a page that has none, such as a file or a sandboxed frame.
    let (Some((scheme, authority)), Some(host)) = (origin.split_once("://"), host) else {
        return false;
    };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    // Browsers leave the default port out of both; proxies may put it into Host.
    let bare = |name: &str| name.strip_suffix(port).unwrap_or(name).to_ascii_lowercase();
    bare(authority) == bare(host)
}

fn is_same_name(origin: &str, host: Option<&str>) -> bool {
    let (Some((_, authority)), Some(host)) = (origin.split_once("://"), host) else {
        return false;
    };
    name(authority).eq_ignore_ascii_case(name(host))
}

/// What names the machine, without the port. An IPv6 address has colons of its own, in brackets.
fn name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_same_host_and_port_may_connect() {
        let may = |origin, host| Origins::SameHost.admit(origin, Some(host));
        assert!(may("http://127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(may("https://Sim.example.edu", "sim.example.edu"));
        assert!(may("https://sim.example.edu", "sim.example.edu:443"));
        assert!(!may("http://127.0.0.1:8081", "127.0.0.1:8080"));
        assert!(!may("https://evil.example", "sim.example.edu"));
        assert!(!may("null", "sim.example.edu"));
        assert!(!Origins::SameHost.admit("http://a", None));
    }

    #[test]
    fn a_page_on_another_port_of_the_same_name_may_connect_where_that_is_set() {
        let may = |origin, host| Origins::SameName.admit(origin, Some(host));
        assert!(may("http://127.0.0.1:8300", "127.0.0.1:8080"));
        assert!(may("http://Sim.example.edu", "sim.example.edu:8080"));
        assert!(may("http://[::1]:8300", "[::1]"));
        assert!(!may("http://127.0.0.10:8300", "127.0.0.1:8080"));
        assert!(!may("http://evil.example:8080", "sim.example.edu:8080"));
        assert!(!may("http://[::1]:8300", "[::2]:8300"));
        assert!(!may("null", "null"));
        assert!(!Origins::SameName.admit("http://a", None));
    }

    #[test]
    fn listed_origins_may_connect_besides() {
        let list = Origins::List(vec!["https://front.example.edu".to_owned()]);
        assert!(list.admit("https://front.example.edu", Some("sim.example.edu")));
        assert!(list.admit("https://sim.example.edu", Some("sim.example.edu")));
        assert!(!list.admit("http://front.example.edu", Some("sim.example.edu")));
    }
}
