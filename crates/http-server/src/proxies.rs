//! Whose word counts for where a request comes from.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// The proxies before a service, as addresses or networks. What they say in `X-Forwarded-For` counts; what others say does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// What is expected of each, for messages.
    pub const EXPECTED: &str =
        "addresses or networks of proxies, like \"127.0.0.1\" or \"10.0.0.0/8\"";

    /// Reads them.
    ///
    /// # Errors
    /// The first that is neither an address nor a network.
    pub fn parse<'a>(list: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let read = |text: &'a str| {
            let network = text.parse::<IpNet>().ok();
            let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
            network.or_else(address).ok_or(text)
        };
        list.into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Is this one of them?
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from that `peer` has handed in with these `X-Forwarded-For` headers.
    ///
    /// Each proxy adds the address that it saw at the end, so they are read from there: the first that is no proxy is the client's.
    /// Whatever stands before it may be made up.
    pub(crate) fn client<'a>(
        &self,
        peer: SocketAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> SocketAddr {
        let mut client = peer;
        let mut hops = forwarded.rev().flat_map(|header| header.rsplit(','));
        while self.trusts(client.ip()) {
            match hops.next().and_then(address) {
                Some(address) => client = SocketAddr::new(address, 0),
                None => break,
            }
        }
        client
    }
}

/// An address as proxies write it, some with the port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse();
    bare.ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: &str = "198.51.100.9";

    fn seen(peer: &str, headers: &[&str]) -> String {
        let proxies = TrustedProxies::parse(["127.0.0.1", "10.0.0.0/8", "::1"]).unwrap();
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        proxies
            .client(peer, headers.iter().copied())
            .ip()
            .to_string()
    }

    #[test]
    fn what_a_trusted_proxy_says_counts() {
        assert_eq!(seen("127.0.0.1", &[STRANGER]), STRANGER);
        assert_eq!(seen("::ffff:127.0.0.1", &[STRANGER]), STRANGER);
        assert_eq!(seen("10.1.2.3", &["198.51.100.9:5000"]), STRANGER);
        assert_eq!(seen("::1", &["[2001:db8::7]:5000"]), "2001:db8::7");
        assert_eq!(seen("::1", &["2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn of_several_hops_the_last_that_is_no_proxy_is_the_client() {
        let made_up = "203.0.113.1, 198.51.100.9, 10.0.0.7";
        assert_eq!(seen("127.0.0.1", &[made_up]), STRANGER);
        assert_eq!(seen("127.0.0.1", &["203.0.113.1", STRANGER]), STRANGER);
        assert_eq!(seen("127.0.0.1", &["10.0.0.7"]), "10.0.0.7");
    }

    #[test]
    fn what_others_say_does_not_count() {
        assert_eq!(seen("192.0.2.1", &[STRANGER]), "192.0.2.1");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["198.51.100.9, unknown"]), "127.0.0.1");
        let nobody = TrustedProxies::default();
        let peer = SocketAddr::from(([127, 0, 0, 1], 4711));
        assert_eq!(nobody.client(peer, [STRANGER].into_iter()), peer);
    }

    #[test]
    fn what_is_neither_address_nor_network_is_named() {
        assert_eq!(TrustedProxies::parse(["::1", "proxy"]), Err("proxy"));
        assert_eq!(TrustedProxies::parse(["10.0.0.0/33"]), Err("10.0.0.0/33"));
    }
}
