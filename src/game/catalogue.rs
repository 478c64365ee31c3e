//! The rows of a game that all its runs share: the game itself, its phases, its roles.

use std::borrow::Cow;

use games_client::{Error, GamesClient};
use games_contract::Resource;
use serde_json::Value;
use simpl::Game;

use crate::scopes::Row;

/// Game row, phases and roles.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The game's row.
    pub game: Row,
    /// Its phases by order.
    pub phases: Vec<Row>,
    /// Its roles in the order in which they were created.
    pub roles: Vec<Row>,
}

impl Catalogue {
    /// Reads a game with its phases and roles.
    ///
    /// # Errors
    /// What the games API answered; [`Error::NotFound`] when it has no game of that slug.
    pub async fn read(client: &GamesClient, slug: &str) -> Result<Self, Error> {
        let game = client.get(Resource::Game, slug).await?;
        let game = Row::new(Resource::Game, game).ok_or_else(|| Error::NotFound {
            url: slug.to_owned(),
        })?;
        let of_game = [("game_slug", slug.to_owned())];
        let (phases, roles) = tokio::try_join!(
            client.list(Resource::Phase, &of_game),
            client.list(Resource::Role, &of_game)
        )?;
        let mut catalogue = Self {
            game,
            phases: Vec::new(),
            roles: Vec::new(),
        };
        for phase in phases {
            catalogue.apply(Row::new(Resource::Phase, phase));
        }
        for role in roles {
            catalogue.apply(Row::new(Resource::Role, role));
        }
        Ok(catalogue)
    }

    /// Takes in the game, a phase or a role, new or changed; older versions are dropped.
    pub fn apply(&mut self, row: Option<Row>) {
        let Some(row) = row else { return };
        let rows = match row.resource {
            Resource::Phase => &mut self.phases,
            Resource::Role => &mut self.roles,
            _ => {
                self.game = row;
                return;
            }
        };
        match rows.iter_mut().find(|held| held.pk == row.pk) {
            Some(held) if held.version() > row.version() => {}
            Some(held) => *held = row,
            None => rows.push(row),
        }
        self.phases.sort_by_key(|phase| (phase.order(), phase.pk));
        self.roles.sort_by_key(|role| (role.created(), role.pk));
    }

    /// Takes a phase or role away.
    pub fn remove(&mut self, resource: Resource, pk: u64) {
        match resource {
            Resource::Phase => self.phases.retain(|row| row.pk != pk),
            Resource::Role => self.roles.retain(|row| row.pk != pk),
            _ => {}
        }
    }

    /// The phase of that pk.
    #[must_use]
    pub fn phase(&self, pk: u64) -> Option<&Row> {
        self.phases.iter().find(|phase| phase.pk == pk)
    }

    /// The phase of that name or pk.
    #[must_use]
    pub fn phase_named(&self, named: &Value) -> Option<&Row> {
        match named {
            Value::String(name) => self.phases.iter().find(|phase| phase.text("name") == *name),
            pk => self.phase(pk.as_u64()?),
        }
    }

    /// The phase before (`step` −1) or after (`step` 1) `current`; from no phase, the first one after.
    #[must_use]
    pub fn neighbour(&self, current: Option<u64>, step: isize) -> Option<&Row> {
        let at = current.and_then(|pk| self.phases.iter().position(|phase| phase.pk == pk));
        match at {
            Some(at) => self.phases.get(at.checked_add_signed(step)?),
            None if step > 0 => self.phases.first(),
            None => None,
        }
    }

    /// The first phase in which `game` takes decisions.
    #[must_use]
    pub fn first_open(&self, game: &Game) -> Option<&Row> {
        self.phases.iter().find(|row| {
            let mut phases = game.phases().iter();
            phases.any(|phase| phase.accepts_decisions && phase.name == row.text("name"))
        })
    }

    /// A role's name by pk.
    #[must_use]
    pub fn role_name(&self, pk: u64) -> Option<Cow<'_, str>> {
        self.roles
            .iter()
            .find(|role| role.pk == pk)
            .map(|role| role.text("name"))
    }
}
