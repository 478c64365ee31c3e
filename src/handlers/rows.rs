//! Rows that game code makes, changes and deletes: stored first, then in the tree, then told to everybody concerned.

use std::sync::Arc;

use async_trait::async_trait;
use games_client::{Error, Operation, Target};
use games_contract::{Action, Map, Resource};
use serde_json::{Value, json};
use simpl::{GamesClient, Rejected, RowChange, ScopeKind, check_made_by_games};

use super::desk::{HandlerDesk, Where, resource};
use super::work::Wish;
use crate::refusal;
use crate::scopes::service_state::strip;
use crate::scopes::{Owner, Place, Row};

impl HandlerDesk {
    /// Where a row lives that the handler may touch.
    fn place(&self, resource: Resource, pk: u64) -> Option<Place> {
        let place = self.hosted.directory.place(resource, pk)?;
        self.is_own(place.run).then_some(place)
    }

    /// Where a new row belongs: the place of the scope that it names above it.
    fn parent(&self, resource: Resource, row: &Map) -> Option<Place> {
        let mut parents = resource.parents().iter().filter_map(|(member, parent)| {
            let pk = row.get(*member)?.as_u64()?;
            self.place(*parent, pk)
        });
        parents.next()
    }

    /// A row as it is held now.
    fn held(&self, resource: Resource, pk: u64) -> Option<Arc<Row>> {
        let place = self.place(resource, pk)?;
        let run = self.hosted.run(place.run)?;
        let view = run.view.load();
        match resource {
            Resource::Run => Some(view.run.clone()),
            Resource::RunUser => view.runusers.get(&pk).cloned(),
            _ => Some(run.snapshot(place.owner)?.node(resource, pk)?.row.clone()),
        }
    }

    /// Does the actor that the handler runs in own such a row?
    fn owns(&self, resource: Resource, place: Place) -> bool {
        let of_run = matches!(resource, Resource::Run | Resource::RunUser);
        let Where::Actor { run, owner } = self.place else {
            return false;
        };
        run == place.run
            && match owner {
                Owner::Run => of_run,
                owner => !of_run && owner == place.owner,
            }
    }

    /// The tree has what was stored, and everybody concerned has been told, when this returns; of rows above and beside the handler's
    /// own actor a moment later, since nothing is awaited there.
    async fn take_in(&self, row: Row, action: Action, place: Place) {
        let new_world = (row.resource, action) == (Resource::World, Action::Created);
        let in_run = matches!(
            self.place,
            Where::Actor {
                owner: Owner::Run,
                ..
            }
        );
        if self.owns(row.resource, place) || (new_world && in_run) {
            let key = (row.resource, row.pk);
            match action {
                Action::Deleted => self.wish(|done| Wish::Remove(key, done)).await,
                _ => self.wish(|done| Wish::Absorb(row, done)).await,
            };
            return;
        }
        let hosted = self.hosted.clone();
        let taken = async move {
            let owner = hosted.directory.place(row.resource, row.pk);
            let owner = owner.unwrap_or(place);
            if let Err(error) = hosted.take_row(row, action).await {
                tracing::debug!(%error, "a row that game code has stored comes with the changes");
            }
            let branch = hosted
                .run(owner.run)
                .and_then(|run| run.acting(owner.owner));
            if let Some(branch) = branch {
                branch.mailbox.settled().await;
            }
        };
        // Downwards it is awaited; from a branch nothing is, since two that wait for each other would wait for ever.
        match self.place {
            Where::Game
            | Where::Actor {
                owner: Owner::Run, ..
            } => taken.await,
            Where::Actor { .. } => drop(self.hosted.tasks.spawn(taken)),
        }
    }

    async fn write(&self, what: &str, operation: Operation) -> Result<Map, Rejected> {
        let (mut rows, done) = self.hosted.write_all(vec![operation]).await;
        done.map_err(|error| refusal::not_stored(what, &error))?;
        let row = rows.pop().and_then(|row| row.members().ok());
        row.ok_or_else(|| Rejected::internal("the games API did not show what it stored"))
    }
}

fn told(kind: ScopeKind, row: &Row) -> simpl::Row {
    simpl::Row::new(kind, row.pk, row.members())
}

#[async_trait]
impl GamesClient for HandlerDesk {
    async fn create(&self, kind: ScopeKind, mut row: Map) -> Result<simpl::Row, Rejected> {
        check_made_by_games(kind)?;
        let resource = resource(kind);
        let place = self.parent(resource, &row);
        let place = place.ok_or_else(|| {
            let parents: Vec<&str> = resource
                .parents()
                .iter()
                .map(|(member, _)| *member)
                .collect();
            let expected = format!("the pk of a {} of this run", parents.join(" or a "));
            Rejected::internal(format!("a new {kind} has to name {expected}")).with(
                "gone",
                expected,
                Value::from(row.clone()),
            )
        })?;
        if let Some(data) = row.get_mut("data") {
            strip(data);
        }
        let nameless = row.get("role").is_none_or(Value::is_null);
        let of_model =
            kind == ScopeKind::Result && nameless && row.get("name") == Some(&json!("result"));
        if of_model && self.hosted.game.model().is_some() {
            let message = "the result of the name `result` is what the game's model comes to: give yours another name";
            return Err(Rejected::internal(message).with(
                "not_the_games",
                "another name",
                "result",
            ));
        }
        let stored = self
            .write(kind.name(), Operation::Create { resource, row })
            .await?;
        let row = Row::new(resource, stored).ok_or_else(|| refusal::gone(kind.name()))?;
        let answer = told(kind, &row);
        self.take_in(row, Action::Created, place).await;
        Ok(answer)
    }

    async fn change(&self, kind: ScopeKind, pk: u64, members: Map) -> Result<simpl::Row, Rejected> {
        let RowChange { name, data } = RowChange::of(kind, members)?;
        let resource = resource(kind);
        let gone = || refusal::gone(kind.name());
        let place = self.place(resource, pk).ok_or_else(gone)?;
        let not_stored = |error: Error| refusal::not_stored(kind.name(), &error);
        let mut row = Row::clone(&*self.held(resource, pk).ok_or_else(gone)?);
        if let Some(data) = data {
            let changed = self.hosted.change_data(&row, |held| match held {
                Value::Object(held) => held.extend(data.clone()),
                other => *other = Value::Object(data.clone()),
            });
            row = changed.await.map_err(not_stored)?;
        }
        if let Some(name) = name {
            let stored = self.hosted.change(&row, "name", name.into()).await;
            row = Row::new(resource, stored.map_err(not_stored)?).ok_or_else(gone)?;
        }
        let answer = told(kind, &row);
        self.take_in(row, Action::Changed, place).await;
        Ok(answer)
    }

    async fn delete(&self, kind: ScopeKind, pk: u64) -> Result<(), Rejected> {
        check_made_by_games(kind)?;
        let resource = resource(kind);
        let gone = || refusal::gone(kind.name());
        if kind == ScopeKind::World {
            let message = "a world is taken away by a leader, with `dissolve_world`, so that those who sit there get another seat";
            return Err(Rejected::internal(message).with(
                "not_the_games",
                "a scenario, period or result",
                "world",
            ));
        }
        let place = self.place(resource, pk).ok_or_else(gone)?;
        let row = Row::clone(&*self.held(resource, pk).ok_or_else(gone)?);
        let delete = Operation::Delete {
            resource,
            pk: Target::Pk(pk),
            if_updated: None,
        };
        self.write(kind.name(), delete).await?;
        self.take_in(row, Action::Deleted, place).await;
        Ok(())
    }
}
