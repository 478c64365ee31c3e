//! One row that was created, changed or deleted, as webhooks and the change stream report it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Map, Resource};

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is new.
    Created,
    /// It has other values.
    Changed,
    /// It is gone; the data are its last.
    Deleted,
}

impl Action {
    /// The last part of an event's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One change of one row, in the order in which the games API made them.
///
/// As JSON: `{"cursor": 7, "event": "div.world.created", "data": {…}}`, the event named as the original's webhooks name it. The row is
/// a [`Map`], or a [`RowText`](crate::RowText) for whoever does not look into most of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    try_from = "Wire<D>",
    into = "Wire<D>",
    bound(
        serialize = "D: Clone + Serialize",
        deserialize = "D: Deserialize<'de>"
    )
)]
pub struct Change<D = Map> {
    /// Its place in the order of all changes; grows, may skip numbers. 0 when it came by webhook, which has none.
    pub cursor: u64,
    /// The slug of the game above the row; `None` for users, who belong to every game.
    pub game: Option<String>,
    /// What kind of row it is.
    pub resource: Resource,
    /// What happened to it.
    pub action: Action,
    /// The row as REST shows it, also when it was deleted; of a user only `id`, `email`, `first_name` and `last_name`.
    pub data: D,
}

impl Change {
    /// The row's primary key.
    #[must_use]
    pub fn pk(&self) -> Option<u64> {
        self.data.get("id").and_then(serde_json::Value::as_u64)
    }
}

impl<D> Change<D> {
    /// The event's name: `<slug>.<resource>.<action>`, or `user.<action>`.
    #[must_use]
    pub fn event(&self) -> String {
        event_name(self.game.as_deref(), self.resource, self.action)
    }

    /// Reads a webhook's event name and data.
    ///
    /// # Errors
    /// The name is not one of a change.
    pub fn from_event(event: &str, data: D) -> Result<Self, BadEvent> {
        let (game, resource, action) = parse_event(event)?;
        Ok(Self {
            cursor: 0,
            game,
            resource,
            action,
            data,
        })
    }
}

/// An event name that no change has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEvent(String);

impl fmt::Display for BadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected an event named <game slug>.<resource>.<created|changed|deleted> or user.<created|changed|deleted>, got {:?}",
            self.0
        )
    }
}

impl std::error::Error for BadEvent {}

fn event_name(game: Option<&str>, resource: Resource, action: Action) -> String {
    match game {
        Some(slug) => format!("{slug}.{resource}.{action}"),
        None => format!("{resource}.{action}"),
    }
}

fn parse_event(event: &str) -> Result<(Option<String>, Resource, Action), BadEvent> {
    let bad = || BadEvent(event.to_owned());
    let (rest, action) = event.rsplit_once('.').ok_or_else(bad)?;
    let action = action.parse().map_err(|()| bad())?;
    let (game, resource) = match rest.rsplit_once('.') {
        Some((slug, resource)) => (Some(slug), resource),
        None => (None, rest),
    };
    let resource = Resource::from_name(resource).ok_or_else(bad)?;
    let of_a_user = resource == Resource::User;
    if of_a_user != game.is_none() || game == Some("") {
        return Err(bad());
    }
    Ok((game.map(str::to_owned), resource, action))
}

impl FromStr for Action {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::Created, Self::Changed, Self::Deleted]
            .into_iter()
            .find(|action| action.name() == name)
            .ok_or(())
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Wire<D> {
    cursor: u64,
    event: String,
    data: D,
}

impl<D> TryFrom<Wire<D>> for Change<D> {
    type Error = BadEvent;

    fn try_from(wire: Wire<D>) -> Result<Self, BadEvent> {
        let mut change = Self::from_event(&wire.event, wire.data)?;
        change.cursor = wire.cursor;
        Ok(change)
    }
}

impl<D> From<Change<D>> for Wire<D> {
    fn from(change: Change<D>) -> Self {
        Self {
            cursor: change.cursor,
            event: change.event(),
            data: change.data,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_survives_its_json() {
        for (text, pk) in [
            (
                r#"{"cursor":7,"event":"simpl-div.runuser.changed","data":{"id":4,"leader":true}}"#,
                Some(4),
            ),
            (
                r#"{"cursor":8,"event":"user.deleted","data":{"id":2,"email":"p1@probe.edu"}}"#,
                Some(2),
            ),
        ] {
            let change: Change = serde_json::from_str(text).unwrap();
            assert_eq!(change.pk(), pk);
            assert_eq!(serde_json::to_string(&change).unwrap(), text);
        }
    }

    #[test]
    fn a_name_that_is_no_event_is_refused_with_what_was_expected() {
        for event in [
            "",
            "user",
            "div.world",
            "div.world.moved",
            "world.created",
            "div.user.created",
            ".run.created",
            "div.moon.created",
        ] {
            let refused = Change::from_event(event, Map::new()).unwrap_err();
            assert!(
                refused.to_string().contains("expected an event named"),
                "{event}"
            );
        }
        let by_hook = Change::from_event(
            "probe.game.created",
            Map::from_iter([("id".to_owned(), json!(1))]),
        )
        .unwrap();
        assert_eq!(
            (by_hook.game.as_deref(), by_hook.resource, by_hook.cursor),
            (Some("probe"), Resource::Game, 0)
        );
    }
}
