//! Which web pages may connect.

use crate::Origins;

/// Whether a page of `origin` may connect to the server it reached as `host`.
pub(super) fn may_connect(origins: &Origins, origin: &str, host: Option<&str>) -> bool {
    match origins {
        Origins::Any => true,
        Origins::SameHost => is_same_host(origin, host),
        Origins::List(list) => {
            is_same_host(origin, host) || list.iter().any(|one| one.eq_ignore_ascii_case(origin))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_same_host_and_port_may_connect() {
        let may = |origin, host| may_connect(&Origins::SameHost, origin, Some(host));
        assert!(may("http://127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(may("https://Sim.example.edu", "sim.example.edu"));
        assert!(may("https://sim.example.edu", "sim.example.edu:443"));
        assert!(!may("http://127.0.0.1:8081", "127.0.0.1:8080"));
        assert!(!may("https://evil.example", "sim.example.edu"));
        assert!(!may("null", "sim.example.edu"));
        assert!(!may_connect(&Origins::SameHost, "http://a", None));
    }

    #[test]
    fn listed_origins_may_connect_besides() {
        let list = Origins::List(vec!["https://front.example.edu".to_owned()]);
        assert!(may_connect(
            &list,
            "https://front.example.edu",
            Some("sim.example.edu")
        ));
        assert!(may_connect(
            &list,
            "https://sim.example.edu",
            Some("sim.example.edu")
        ));
        assert!(!may_connect(
            &list,
            "http://front.example.edu",
            Some("sim.example.edu")
        ));
    }
}
