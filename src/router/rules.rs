//! What a role may do: the rules of the settings, and which of them counts.
//!
//! Of the rules of a role that match a URI the most specific decides alone: one that names it exactly, else the longest prefix, else the
//! wildcard with the most components spelled out. What no rule matches is not allowed.
//!
//! A pattern (of a subscription, a registration) is allowed when everything is that could match it: one rule has to cover it as a
//! whole, and no more specific rule may forbid a part. The router's own URIs, `wamp` and below, belong to rules that begin with `wamp`:
//! a rule for everything else does not let a role end sessions.

use std::cmp::Reverse;
use std::collections::HashMap;

use wamp::MatchPolicy;
use wamp::uri::{self, is_reserved};
use wamp_transport::Operation;

use crate::settings::{Allowed, RuleSettings};

/// The rules of all roles.
#[derive(Debug, Default)]
pub struct Rules {
    roles: HashMap<String, Vec<Rule>>,
}

/// One rule of one role.
#[derive(Debug)]
struct Rule {
    policy: MatchPolicy,
    uri: String,
    allows: Vec<Operation>,
    disclose: bool,
}

/// What the rules say of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgment {
    /// It is allowed.
    Allowed {
        /// Whether those who are called or published to learn who it is.
        disclose: bool,
    },
    /// It is forbidden.
    Forbidden,
    /// No rule is about it.
    Unsaid,
}

impl Rules {
    /// The rules of the settings, role by role.
    pub fn of<'a>(roles: impl IntoIterator<Item = (&'a String, &'a Vec<RuleSettings>)>) -> Self {
        let roles = roles.into_iter().map(|(role, rules)| {
            let mut rules: Vec<Rule> = rules.iter().map(Rule::of).collect();
            rules.sort_by_cached_key(Rule::rank);
            (role.clone(), rules)
        });
        Self {
            roles: roles.collect(),
        }
    }

    /// May a session of that role do that with this URI, or this pattern?
    #[must_use]
    pub fn judge(
        &self,
        role: &str,
        operation: Operation,
        wanted: &str,
        policy: MatchPolicy,
    ) -> Judgment {
        let Some(rules) = self.roles.get(role) else {
            return Judgment::Unsaid;
        };
        let own = is_reserved(wanted);
        let about = rules.iter().filter(|rule| is_reserved(&rule.uri) == own);
        for rule in about {
            let allows = rule.allows.contains(&operation);
            if rule.covers(policy, wanted) {
                return match allows {
                    true => Judgment::Allowed {
                        disclose: rule.disclose,
                    },
                    false => Judgment::Forbidden,
                };
            }
            if !allows && rule.touches(policy, wanted) {
                return Judgment::Forbidden;
            }
        }
        Judgment::Unsaid
    }
}

impl Rule {
    fn of(settings: &RuleSettings) -> Self {
        let allows = settings.allow.iter().map(|allowed| match allowed {
            Allowed::Call => Operation::Call,
            Allowed::Register => Operation::Register,
            Allowed::Publish => Operation::Publish,
            Allowed::Subscribe => Operation::Subscribe,
        });
        Self {
            policy: settings.policy.into(),
            uri: settings.uri.clone(),
            allows: allows.collect(),
            disclose: settings.disclose,
        }
    }

    /// The most specific rule has the lowest.
    fn rank(&self) -> (u8, Reverse<usize>, String) {
        let (kind, length) = match self.policy {
            MatchPolicy::Exact => (0, 0),
            MatchPolicy::Prefix => (1, self.uri.len()),
            MatchPolicy::Wildcard => {
                let named = self.uri.split('.').filter(|part| !part.is_empty());
                (2, named.count())
            }
        };
        // Equal ones in an order of their own, so that the same settings always mean the same.
        (kind, Reverse(length), self.uri.clone())
    }

    /// Is this rule about everything that the request could mean?
    fn covers(&self, policy: MatchPolicy, wanted: &str) -> bool {
        match (self.policy, policy) {
            (_, MatchPolicy::Exact) => uri::matches(self.policy, &self.uri, wanted),
            (MatchPolicy::Prefix, MatchPolicy::Prefix) => wanted.starts_with(&self.uri),
            (MatchPolicy::Prefix, MatchPolicy::Wildcard) => head(wanted).starts_with(&self.uri),
            (MatchPolicy::Wildcard, MatchPolicy::Wildcard) => {
                same_length(&self.uri, wanted)
                    && parts(&self.uri, wanted).all(|(own, other)| own.is_empty() || own == other)
            }
            (MatchPolicy::Exact, _) | (MatchPolicy::Wildcard, MatchPolicy::Prefix) => false,
        }
    }

    /// Could there be something that both this rule and the request are about?
    fn touches(&self, policy: MatchPolicy, wanted: &str) -> bool {
        match (self.policy, policy) {
            (_, MatchPolicy::Exact) => uri::matches(self.policy, &self.uri, wanted),
            (MatchPolicy::Exact, _) => uri::matches(policy, wanted, &self.uri),
            (MatchPolicy::Prefix, MatchPolicy::Prefix) => {
                wanted.starts_with(&self.uri) || self.uri.starts_with(wanted)
            }
            (MatchPolicy::Prefix, MatchPolicy::Wildcard) => meet(&self.uri, wanted),
            (MatchPolicy::Wildcard, MatchPolicy::Prefix) => meet(wanted, &self.uri),
            (MatchPolicy::Wildcard, MatchPolicy::Wildcard) => {
                same_length(&self.uri, wanted)
                    && parts(&self.uri, wanted)
                        .all(|(own, other)| own.is_empty() || other.is_empty() || own == other)
            }
        }
    }
}

/// What everything that matches a wildcard begins with.
fn head(wildcard: &str) -> &str {
    let mut end = 0;
    for part in wildcard.split_inclusive('.') {
        if part == "." {
            break;
        }
        end += part.len();
    }
    &wildcard[..end]
}

/// Could something that begins with `prefix` match `wildcard`?
fn meet(prefix: &str, wildcard: &str) -> bool {
    let (whole, partial) = prefix.rsplit_once('.').unzip();
    let partial = partial.unwrap_or(prefix);
    let mut of_wildcard = wildcard.split('.');
    let mut whole = whole.into_iter().flat_map(|whole: &str| whole.split('.'));
    whole.all(|part| {
        of_wildcard
            .next()
            .is_some_and(|other| other.is_empty() || other == part)
    }) && of_wildcard
        .next()
        .is_some_and(|other| other.is_empty() || other.starts_with(partial))
}

fn same_length(one: &str, other: &str) -> bool {
    one.split('.').count() == other.split('.').count()
}

fn parts<'a>(one: &'a str, other: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    one.split('.').zip(other.split('.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::settings::Match;

    fn rule(uri: &str, policy: Match, allow: &[Allowed]) -> RuleSettings {
        RuleSettings {
            uri: uri.to_owned(),
            policy,
            allow: allow.to_vec(),
            disclose: false,
        }
    }

    fn rules(rules: &[RuleSettings]) -> Rules {
        Rules::of([(&"player".to_owned(), &rules.to_vec())])
    }

    const YES: Judgment = Judgment::Allowed { disclose: false };

    fn call(rules: &Rules, uri: &str) -> Judgment {
        rules.judge("player", Operation::Call, uri, MatchPolicy::Exact)
    }

    #[test]
    fn the_most_specific_rule_decides_alone() {
        let rules = rules(&[
            rule("com.shop.", Match::Prefix, &[Allowed::Call]),
            rule("com.shop.admin.", Match::Prefix, &[]),
            rule("com.shop.admin.hello", Match::Exact, &[Allowed::Call]),
            rule("com..admin.bye", Match::Wildcard, &[Allowed::Call]),
        ]);
        assert_eq!(call(&rules, "com.shop.buy"), YES);
        assert_eq!(call(&rules, "com.shop.admin.close"), Judgment::Forbidden);
        assert_eq!(call(&rules, "com.shop.admin.hello"), YES);
        // Any prefix beats any wildcard.
        assert_eq!(call(&rules, "com.shop.admin.bye"), Judgment::Forbidden);
        assert_eq!(call(&rules, "com.other.admin.bye"), YES);
        assert_eq!(call(&rules, "com.other"), Judgment::Unsaid);
        let publish = rules.judge(
            "player",
            Operation::Publish,
            "com.shop.buy",
            MatchPolicy::Exact,
        );
        assert_eq!(publish, Judgment::Forbidden);
        let stranger = rules.judge("other", Operation::Call, "com.shop.buy", MatchPolicy::Exact);
        assert_eq!(stranger, Judgment::Unsaid);
    }

    #[test]
    fn a_pattern_that_brings_what_is_forbidden_is_forbidden() {
        let rules = rules(&[
            rule("", Match::Prefix, &[Allowed::Subscribe]),
            rule("secret.", Match::Prefix, &[]),
            rule("news.x.y", Match::Exact, &[]),
        ]);
        let subscribe = |uri, policy| rules.judge("player", Operation::Subscribe, uri, policy);
        assert_eq!(subscribe("weather.", MatchPolicy::Prefix), YES);
        for (uri, policy) in [
            ("", MatchPolicy::Prefix),
            ("sec", MatchPolicy::Prefix),
            ("secret.sub.", MatchPolicy::Prefix),
            (".plan", MatchPolicy::Wildcard),
            ("news.", MatchPolicy::Prefix),
            ("news..y", MatchPolicy::Wildcard),
        ] {
            assert_eq!(subscribe(uri, policy), Judgment::Forbidden, "{uri}");
        }
        assert_eq!(subscribe("news..z", MatchPolicy::Wildcard), YES);
    }

    #[test]
    fn a_rule_for_everything_is_not_about_the_routers_own() {
        let all = rule("", Match::Prefix, &[Allowed::Call]);
        let count = rule("wamp.session.count", Match::Exact, &[Allowed::Call]);
        let kill = "wamp.session.kill";
        assert_eq!(
            call(&rules(std::slice::from_ref(&all)), kill),
            Judgment::Unsaid
        );
        let named = rules(&[all, count]);
        assert_eq!(call(&named, "wamp.session.count"), YES);
        assert_eq!(call(&named, kill), Judgment::Unsaid);
    }

    fn settings() -> impl Strategy<Value = RuleSettings> {
        let component = prop_oneof![Just("a"), Just("b"), Just("ab")];
        let wild = prop_oneof![Just(""), Just("a"), Just("b"), Just("ab")];
        let exact = prop::collection::vec(component.clone(), 1..4);
        let exact = exact.prop_map(|parts| (parts.join("."), Match::Exact));
        let wildcard = prop::collection::vec(wild, 1..4);
        let wildcard = wildcard.prop_map(|parts| (parts.join("."), Match::Wildcard));
        let prefix = (prop::collection::vec(component, 0..4), any::<bool>());
        let prefix = prefix.prop_map(|(parts, dot)| {
            let dot = if dot && !parts.is_empty() { "." } else { "" };
            (parts.join(".") + dot, Match::Prefix)
        });
        let uri = prop_oneof![exact, wildcard, prefix];
        (uri, any::<bool>()).prop_map(|((uri, policy), allowed)| {
            let allow: &[Allowed] = if allowed { &[Allowed::Subscribe] } else { &[] };
            rule(&uri, policy, allow)
        })
    }

    /// Every URI of up to three components from the alphabet of the rules, and one that no rule spells out.
    fn all() -> Vec<String> {
        let parts = ["a", "b", "ab", "aba"];
        let two = parts.iter().flat_map(|a| parts.map(|b| format!("{a}.{b}")));
        let two: Vec<String> = two.collect();
        let three = two.iter().flat_map(|a| parts.map(|b| format!("{a}.{b}")));
        let three: Vec<String> = three.collect();
        let one = parts.map(str::to_owned).into_iter();
        one.chain(two).chain(three).collect()
    }

    proptest! {
        #[test]
        fn a_pattern_is_allowed_only_when_all_that_matches_it_is(
            settings in prop::collection::vec(settings(), 0..6),
            wanted in settings(),
        ) {
            let rules = rules(&settings);
            let subscribe = |uri: &str, policy| {
                rules.judge("player", Operation::Subscribe, uri, policy)
            };
            let policy = MatchPolicy::from(wanted.policy);
            if subscribe(&wanted.uri, policy) == YES {
                for uri in all() {
                    if uri::matches(policy, &wanted.uri, &uri) {
                        prop_assert_eq!(subscribe(&uri, MatchPolicy::Exact), YES, "{}", uri);
                    }
                }
            }
        }
    }
}
