//! What a handler sees of the tree: what its caller may see, from the snapshots that everybody reads.

use std::sync::Arc;

use games_contract::{Map, Resource};
use simpl::ScopeKind;

use super::desk::{HandlerDesk, resource};
use crate::game::{Reached, RunActor};
use crate::scopes::{Node, Owner, Row, RunView};
use crate::sight::{Lens, Standing, view};

impl HandlerDesk {
    /// A scope as the caller may see it now.
    pub(super) fn seen(&self, kind: ScopeKind, pk: u64) -> Option<simpl::Row> {
        let told = |members: Map| simpl::Row::new(kind, pk, members);
        match kind {
            ScopeKind::Game => {
                let catalogue = self.hosted.catalogue.load();
                Some(told(view(&catalogue.game, &self.hosted.online)))
            }
            ScopeKind::RunUser => {
                let place = self.hosted.directory.place(Resource::RunUser, pk)?;
                let (run, standing) = self.run(place.run)?;
                let row = run.runusers.get(&pk).filter(|row| standing.sees(row))?;
                Some(told(view(row, &self.hosted.online)))
            }
            ScopeKind::Run => {
                let (run, _) = self.run(pk)?;
                Some(told(view(&run.run, &self.hosted.online)))
            }
            _ => {
                let resource = resource(kind);
                let Reached {
                    run,
                    place,
                    standing,
                } = self.reached(resource, pk)?;
                let view = run.view.load();
                let branch = run.snapshot(place.owner)?;
                let parent = branch.parent(resource, pk);
                let parent = parent.and_then(|(resource, pk)| branch.node(resource, pk));
                let lens = Lens::new(&self.hosted, Some(&standing), &view);
                let node = branch.node(resource, pk)?;
                Some(told(lens.view(&node.row, parent.map(AsRef::as_ref))))
            }
        }
    }

    /// What is directly below a scope.
    pub(super) fn seen_below(
        &self,
        kind: ScopeKind,
        pk: u64,
        children: ScopeKind,
    ) -> Vec<simpl::Row> {
        match (kind, children) {
            (ScopeKind::Game, ScopeKind::Run) => {
                let runs = self.hosted.runs().into_iter();
                runs.filter_map(|run| self.seen(ScopeKind::Run, run.pk))
                    .collect()
            }
            (ScopeKind::Run, ScopeKind::World) => self.worlds(pk).unwrap_or_default(),
            (ScopeKind::Run | ScopeKind::World, ScopeKind::RunUser) => {
                self.runusers(kind, pk).unwrap_or_default()
            }
            (ScopeKind::World | ScopeKind::RunUser, ScopeKind::Scenario)
            | (ScopeKind::Scenario, ScopeKind::Period)
            | (ScopeKind::Period, ScopeKind::Decision | ScopeKind::Result) => {
                self.children(kind, pk, children).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn worlds(&self, run: u64) -> Option<Vec<simpl::Row>> {
        let (view, standing) = self.run(run)?;
        let run = self.hosted.run(run)?;
        let mut worlds: Vec<Arc<Row>> = view
            .worlds
            .iter()
            .filter(|world| standing.reaches(Owner::World(**world), None))
            .filter_map(|world| Some(run.snapshot(Owner::World(*world))?.root.row.clone()))
            .collect();
        worlds.sort_by_key(|row| (row.created(), row.pk));
        Some(self.told(ScopeKind::World, worlds.iter().map(AsRef::as_ref)))
    }

    fn runusers(&self, kind: ScopeKind, pk: u64) -> Option<Vec<simpl::Row>> {
        let (view, standing, rows): (_, _, Vec<Arc<Row>>) = if kind == ScopeKind::Run {
            let (view, standing) = self.run(pk)?;
            let rows = view.runusers.values().filter(|row| row.is_active());
            let rows = rows.cloned().collect();
            (view, standing, rows)
        } else {
            let reached = self.reached(Resource::World, pk)?;
            let view = reached.run.view.load_full();
            let rows = view.players_of(pk).cloned().collect();
            (view, reached.standing, rows)
        };
        drop(view);
        let seen = rows.iter().filter(|row| standing.sees(row));
        Some(self.told(ScopeKind::RunUser, seen.map(AsRef::as_ref)))
    }

    fn children(&self, kind: ScopeKind, pk: u64, children: ScopeKind) -> Option<Vec<simpl::Row>> {
        let parent = resource(kind);
        let Reached {
            run,
            place,
            standing,
        } = self.reached(parent, pk)?;
        let view = run.view.load();
        let branch = run.snapshot(place.owner)?;
        let node = branch.node(parent, pk)?;
        let lens = Lens::new(&self.hosted, Some(&standing), &view);
        let told = |row: &Row, parent: &Node| {
            simpl::Row::new(children, row.pk, lens.view(row, Some(parent)))
        };
        if children == ScopeKind::Period {
            let mut periods: Vec<_> = node.periods_from_the_end().collect();
            periods.reverse();
            return Some(
                periods
                    .iter()
                    .map(|period| told(&period.row, node))
                    .collect(),
            );
        }
        let rows = node.rows(resource(children));
        Some(rows.map(|row| told(row, node)).collect())
    }

    fn told<'r>(&self, kind: ScopeKind, rows: impl Iterator<Item = &'r Row>) -> Vec<simpl::Row> {
        rows.map(|row| simpl::Row::new(kind, row.pk, view(row, &self.hosted.online)))
            .collect()
    }

    /// A run that the handler may touch, and what the caller is there.
    fn run(&self, pk: u64) -> Option<(Arc<RunView>, Standing)> {
        let run: Arc<RunActor> = self.hosted.run(pk).filter(|run| self.is_own(run.pk))?;
        let view = run.view.load_full();
        let standing = Standing::of(self.viewer, &view)?;
        Some((view, standing))
    }

    fn reached(&self, resource: Resource, pk: u64) -> Option<Reached> {
        let reached = self.hosted.reach(self.viewer, resource, pk)?;
        self.is_own(reached.run.pk).then_some(reached)
    }
}
