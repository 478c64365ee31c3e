//! Topics and procedures of scopes: `<root topic>.model.<resource>.<pk>.<name>`, the game's own without a pk.

use games_contract::Resource;

/// What a topic is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The game itself: `<root>.model.game.<name>`.
    Game,
    /// One scope: `<root>.model.world.10.<name>`.
    Scope(Resource, u64),
}

/// A topic or procedure below a root topic, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic<'a> {
    /// The game or the scope.
    pub target: Target,
    /// The last part: `submit_decision`, `update_child`.
    pub name: &'a str,
}

impl<'a> Topic<'a> {
    /// Takes `uri` apart; `None` when it is not below `root` or has another shape. A pk is decimal without a sign or leading zero,
    /// so that one scope has one name.
    #[must_use]
    pub fn parse(root: &str, uri: &'a str) -> Option<Self> {
        let rest = uri.strip_prefix(root)?.strip_prefix(".model.")?;
        let mut parts = rest.split('.');
        let resource = Resource::from_name(parts.next()?)?;
        let target = if resource == Resource::Game {
            Target::Game
        } else {
            let text = parts.next()?;
            let pk: u64 = text.parse().ok()?;
            if pk.to_string() != text {
                return None;
            }
            Target::Scope(resource, pk)
        };
        let name = parts.next()?;
        (parts.next().is_none() && !name.is_empty()).then_some(Self { target, name })
    }

    /// The URI of a scope's topic.
    #[must_use]
    pub fn uri(root: &str, resource: Resource, pk: u64, name: &str) -> String {
        format!("{root}.model.{resource}.{pk}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "world.simpl.sims.div";

    #[test]
    fn a_scope_topic_names_resource_and_pk_and_the_games_own_has_none() {
        let topic =
            Topic::parse(ROOT, "world.simpl.sims.div.model.period.17.submit_decision").unwrap();
        assert_eq!(
            topic,
            Topic {
                target: Target::Scope(Resource::Period, 17),
                name: "submit_decision"
            }
        );
        let game = Topic::parse(ROOT, "world.simpl.sims.div.model.game.get_roles").unwrap();
        assert_eq!(
            game,
            Topic {
                target: Target::Game,
                name: "get_roles"
            }
        );
    }

    #[test]
    fn other_shapes_are_no_topics() {
        for uri in [
            "world.simpl.sims.div.model.period.017.submit_decision",
            "world.simpl.sims.div.model.period.+17.submit_decision",
            "world.simpl.sims.div.model.period.17.submit_decision.more",
            "world.simpl.sims.div.model.period.17.",
            "world.simpl.sims.div.model.period.x.y",
            "world.simpl.sims.division.model.period.17.submit_decision",
            "world.simpl.sims.div.model.planet.17.get_scope",
        ] {
            assert_eq!(Topic::parse(ROOT, uri), None, "{uri}");
        }
    }
}
