//! What happens to a world beside calls: phases, people who come and go, topics that somebody publishes to.

use serde_json::Value;

use super::block_on;
use super::scopes::{Published, RUN};
use super::world::TestWorld;
use crate::call::{Call, Player};
use crate::callback::{Action, Callback, ChangePhase, Changed, Occasion};
use crate::game::Phase;
use crate::rejected::Rejected;
use crate::scope::ScopeKind;

impl TestWorld {
    /// Moves the run to its next phase, as a leader does, and calls the game.
    ///
    /// # Errors
    /// It is in the last one.
    pub fn advance_phase(&self) -> Result<(), Rejected> {
        self.move_phase(1, Callback::AdvancePhase)
    }

    /// Moves the run to the phase before, and calls the game.
    ///
    /// # Errors
    /// It is in the first one.
    pub fn rollback_phase(&self) -> Result<(), Rejected> {
        self.move_phase(-1, Callback::RollbackPhase)
    }

    fn move_phase(&self, step: isize, callback: Callback) -> Result<(), Rejected> {
        let from = self.rounds.phase().name;
        let phases = self.game().phases();
        let at = phases.iter().position(|phase| phase.name == from);
        let next = at.and_then(|at| phases.get(at.checked_add_signed(step)?));
        let side = if step > 0 { "after" } else { "before" };
        let none = || {
            let message = format!("Run {RUN}: There isn't any phase available {side} '{from}'");
            Rejected::because(message).with("no_phase", format!("a phase {side} {from}"), "none")
        };
        let Phase { name, .. } = next.ok_or_else(none)?;
        self.enter_phase(name);
        let change = ChangePhase {
            from: Some(from),
            to: name.clone(),
        };
        self.call_back(callback, &Occasion::Phase(change));
        Ok(())
    }

    /// The run is loaded: tells the game of it.
    pub fn tell_start(&self) {
        self.call_back(Callback::Start, &Occasion::Plain);
    }

    /// The run is left: tells the game of it.
    pub fn tell_stop(&self) {
        self.call_back(Callback::Stop, &Occasion::Plain);
    }

    /// A player opens a page.
    pub fn connect(&self, player: &Player) {
        self.somebody(Callback::Connected, player);
    }

    /// A player's last page is closed.
    pub fn disconnect(&self, player: &Player) {
        self.somebody(Callback::Disconnected, player);
    }

    /// A player has come into the run. The players of the world are there from the start; this tells the game of one.
    pub fn tell_runuser_created(&self, player: &Player) {
        self.somebody(Callback::RunUserCreated, player);
    }

    /// A player has left the run: tells the game of it.
    pub fn tell_runuser_deleted(&self, player: &Player) {
        self.somebody(Callback::RunUserDeleted, player);
    }

    /// The games API tells of a change of a scope: the hooks of that name are called.
    pub fn tell_changed(&self, kind: ScopeKind, pk: u64, action: Action) {
        let desk = self.desk(None, ScopeKind::Run);
        let Some(row) = desk.row(kind, pk) else {
            return;
        };
        let changed = Occasion::Changed(Changed { action, row });
        let hooks: Vec<_> = self.game().hooks(kind, action).cloned().collect();
        for hook in hooks {
            self.run_callback(hook(self.of_occasion(&changed)));
        }
    }

    fn somebody(&self, callback: Callback, player: &Player) {
        let desk = self.desk(None, ScopeKind::Run);
        if let Some(row) = desk.row(ScopeKind::RunUser, player.runuser) {
            self.call_back(callback, &Occasion::RunUser(row));
        }
    }

    fn call_back(&self, callback: Callback, occasion: &Occasion) {
        let callbacks: Vec<_> = self.game().callbacks(callback).cloned().collect();
        for callback in callbacks {
            self.run_callback(callback(self.of_occasion(occasion)));
        }
    }

    fn of_occasion(&self, occasion: &Occasion) -> Call {
        let mut call = Call::new(ScopeKind::Run, RUN, RUN, self.desk(None, ScopeKind::Run));
        call.occasion = Some(occasion.clone());
        call
    }

    fn run_callback(&self, running: crate::call::Boxed) {
        if let Err(no) = block_on(running) {
            self.scopes().done().complaints.push(no);
        }
    }

    /// What callbacks have refused so far: what is in the log and on the error topics of leaders.
    #[must_use]
    pub fn complaints(&self) -> Vec<Rejected> {
        self.scopes().done().complaints.clone()
    }

    /// Every event that the game has published so far, in order.
    #[must_use]
    pub fn published(&self) -> Vec<Published> {
        self.scopes().done().published.clone()
    }

    /// Publishes to a topic that the game listens to, `<scope>.<topic>`, as that player or, without one, as the leader. Arguments are as
    /// for [`call`](Self::call); a period's topic is that of the current period.
    ///
    /// # Errors
    /// The game does not listen there, or what it refused.
    pub fn publish_as(
        &self,
        topic: &str,
        player: Option<Player>,
        arguments: Value,
    ) -> Result<(), Rejected> {
        let unknown = || Rejected::no_such_procedure(topic);
        let (scope, name) = topic.split_once('.').ok_or_else(unknown)?;
        let scope = ScopeKind::from_name(scope).ok_or_else(unknown)?;
        let handler = self.game().subscription(scope, name).cloned();
        let handler = handler.ok_or_else(unknown)?;
        let pk = self.pk_of(scope, self.order(), player.as_ref());
        let call = self.scopes().call(scope, pk, player).ok_or_else(unknown)?;
        block_on(handler(with_arguments(call, arguments))).map(drop)
    }
}

/// A call with a list of positional arguments, with keyword arguments, or with the only one.
pub(super) fn with_arguments(mut call: Call, arguments: Value) -> Call {
    match arguments {
        Value::Array(args) => call.args = args,
        Value::Object(kwargs) => call.kwargs = kwargs,
        only => call.args = vec![only],
    }
    call
}
