//! What the service hands to a handler.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::callback::Occasion;
use crate::desk::Desk;
use crate::rejected::Rejected;
use crate::scope::ScopeKind;
use crate::turn::{RawTurn, Seat};

/// The future of a handler, without its type.
pub type Boxed = Pin<Box<dyn Future<Output = Result<Value, Rejected>> + Send>>;

/// A handler without its type: what the service keeps for each procedure.
pub type ErasedHandler = Arc<dyn Fn(Call) -> Boxed + Send + Sync>;

/// A caller who has a seat. As a handler's argument, it refuses callers who have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player(pub Seat);

impl Deref for Player {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.0
    }
}

/// One call of a procedure, with its scope and its caller already found.
#[derive(Clone)]
#[non_exhaustive]
pub struct Call {
    /// The kind of the scope called.
    pub scope: ScopeKind,
    /// Primary key of the scope called.
    pub pk: u64,
    /// Primary key of the run it belongs to.
    pub run: u64,
    /// Primary key of the world it belongs to; none above a world, and in a single player's own scenario.
    pub world: Option<u64>,
    /// Primary key of the scenario it belongs to, or is.
    pub scenario: Option<u64>,
    /// Primary key of the period that it is.
    pub period: Option<u64>,
    /// The caller; none is a leader or staff.
    pub player: Option<Player>,
    /// The positional arguments.
    pub args: Vec<Value>,
    /// The keyword arguments. Names that begin with `_` belong to the service and reach no handler.
    pub kwargs: Map<String, Value>,
    /// The turn, where the scope is a period.
    pub turn: Option<RawTurn>,
    /// Why the service calls, where nobody else does.
    pub occasion: Option<Occasion>,
    /// What the handler may do.
    pub desk: Arc<dyn Desk>,
    /// How many positional arguments have been taken.
    pub(crate) taken: usize,
}

impl Call {
    /// A call of a scope of that run, by a leader and without arguments: set the other fields as needed.
    #[must_use]
    pub fn new(scope: ScopeKind, pk: u64, run: u64, desk: Arc<dyn Desk>) -> Self {
        Self {
            scope,
            pk,
            run,
            world: (scope == ScopeKind::World).then_some(pk),
            scenario: (scope == ScopeKind::Scenario).then_some(pk),
            period: (scope == ScopeKind::Period).then_some(pk),
            player: None,
            args: Vec::new(),
            kwargs: Map::new(),
            turn: None,
            occasion: None,
            desk,
            taken: 0,
        }
    }
}

impl fmt::Debug for Call {
    /// Leaves out the arguments: what a player submits is not for the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("scope", &self.scope)
            .field("pk", &self.pk)
            .field("run", &self.run)
            .field("player", &self.player.as_ref().map(|player| player.runuser))
            .finish_non_exhaustive()
    }
}
