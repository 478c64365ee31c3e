//! Where a class finds a service: the address that people type, and what stands in the way of that.

use std::net::{IpAddr, SocketAddr};

use games_api::PublicUrl;
use url::{Host, Url};

/// How a service can be reached.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reach {
    /// What links begin with, without a slash at the end.
    pub(super) base: String,
    /// Other addresses under which it may be found.
    pub(super) others: Vec<String>,
    /// What whoever runs it should know.
    pub(super) warnings: Vec<String>,
}

impl Reach {
    /// For a service that listens at `addr` and speaks `scheme` there, on a machine with these addresses.
    pub(super) fn of(
        site: Option<&PublicUrl>,
        scheme: &str,
        addr: SocketAddr,
        machine: &[IpAddr],
    ) -> Self {
        let port = addr.port();
        let url = |ip: IpAddr| format!("{scheme}://{}", SocketAddr::new(ip, port));
        let found: Vec<String> = match addr.ip() {
            // Whoever listens at all addresses of IPv4 has none of IPv6.
            ip if ip.is_unspecified() => {
                let listens = |own: &&IpAddr| own.is_ipv4() || ip.is_ipv6();
                machine.iter().filter(listens).copied().map(url).collect()
            }
            ip => vec![url(ip)],
        };
        let mut warnings = Vec::new();
        let beyond = !addr.ip().is_loopback();
        let typed = site.map(ToString::to_string);
        let loopback = typed.as_deref().is_some_and(is_loopback);
        if loopback {
            warnings.push(
                "--public-url names this machine to itself: students cannot reach it, and links lead nowhere for them; give the address that they type"
                    .to_owned(),
            );
        }
        if typed.is_none() {
            let told = match (beyond, found.is_empty()) {
                (false, _) => format!(
                    "students cannot reach {addr}, it is this machine alone: use --listen 0.0.0.0:{port}, or a proxy with --public-url https://…"
                ),
                (true, true) => "this machine has no address in a network: connect it to one, or start its hotspot, and give the address with --public-url".to_owned(),
                (true, false) => format!(
                    "--public-url is missing: links begin with a guess; give the address that students type, which may be {}",
                    found.join(", ")
                ),
            };
            warnings.push(told);
        }
        let encrypted =
            scheme == "https" || typed.as_deref().is_some_and(|it| it.starts_with("https:"));
        if beyond && !encrypted {
            warnings.push(
                "without TLS everybody in the same network can read passwords and decisions: only for a network of your own, otherwise use --tls-cert and --tls-key, or a proxy".to_owned(),
            );
        }
        let itself = || url(IpAddr::from([127, 0, 0, 1]));
        let base = typed
            .or_else(|| found.first().cloned())
            .unwrap_or_else(itself);
        Self {
            others: found.into_iter().filter(|other| *other != base).collect(),
            base,
            warnings,
        }
    }
}

fn is_loopback(url: &str) -> bool {
    let url = Url::parse(url).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => false,
    }
}

/// The addresses of this machine in its networks, those of IPv4 first; none where the system does not say.
pub(super) fn addresses_of_this_machine() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let usable = |address: &IpAddr| match address {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local(),
    };
    let mut addresses: Vec<IpAddr> = found
        .iter()
        .map(if_addrs::Interface::ip)
        .filter(usable)
        .collect();
    addresses.sort();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(site: &str, scheme: &str, listen: &str) -> Reach {
        let machine = [
            "192.168.1.5".parse().unwrap(),
            "2001:db8::5".parse().unwrap(),
        ];
        let site = PublicUrl::parse(site);
        Reach::of(site.as_ref(), scheme, listen.parse().unwrap(), &machine)
    }

    #[test]
    fn with_a_public_address_and_encryption_there_is_nothing_to_say() {
        for (scheme, listen) in [("https", "0.0.0.0:443"), ("http", "127.0.0.1:8080")] {
            let found = reach("https://games.school.example/", scheme, listen);
            assert_eq!(found.base, "https://games.school.example");
            assert_eq!(found.warnings, Vec::<String>::new(), "{listen}");
        }
    }

    #[test]
    fn without_a_public_address_the_machines_own_are_named() {
        let found = reach("", "https", "0.0.0.0:8080");
        assert_eq!(found.base, "https://192.168.1.5:8080");
        assert_eq!(found.others, Vec::<String>::new());
        let found = reach("", "https", "[::]:8080");
        assert_eq!(found.base, "https://192.168.1.5:8080");
        assert_eq!(found.others, ["https://[2001:db8::5]:8080"]);
        let [told] = &found.warnings[..] else {
            panic!("{found:?}");
        };
        assert!(told.contains("--public-url is missing"), "{told}");
        assert!(told.contains("https://192.168.1.5:8080, https://[2001:db8::5]:8080"));
    }

    #[test]
    fn that_students_cannot_reach_it_is_said() {
        let alone = reach("", "http", "127.0.0.1:8080");
        assert_eq!(alone.base, "http://127.0.0.1:8080");
        assert!(alone.warnings[0].contains("students cannot reach"));
        for site in ["http://localhost:8080", "http://127.0.0.1", "https://[::1]"] {
            let found = reach(site, "https", "0.0.0.0:443");
            assert!(
                found.warnings[0].contains("students cannot reach"),
                "{site}"
            );
        }
        let site = PublicUrl::parse("");
        let nowhere = Reach::of(site.as_ref(), "https", "0.0.0.0:443".parse().unwrap(), &[]);
        assert!(nowhere.warnings[0].contains("no address in a network"));
    }

    #[test]
    fn that_others_can_read_along_is_said() {
        let warned = |found: &Reach| {
            found
                .warnings
                .iter()
                .any(|it| it.contains("can read passwords"))
        };
        assert!(warned(&reach(
            "http://192.168.1.5:8080",
            "http",
            "0.0.0.0:8080"
        )));
        assert!(!warned(&reach(
            "http://games.local",
            "http",
            "127.0.0.1:8080"
        )));
        // A proxy on another machine speaks TLS to the class.
        assert!(!warned(&reach(
            "https://games.school.example",
            "http",
            "10.0.0.5:8080"
        )));
    }
}
