//! The beer game: a supply chain of four positions, each of which sees no more than its own.
//!
//! The game of MIT's system dynamics group, with the rules of J. D. Sterman, *Modeling Managerial Behavior: Misperceptions of Feedback in
//! a Dynamic Decision Making Experiment*, Management Science 35 (1989), 321–339. Customers order beer of the Retailer, who orders of the
//! Wholesaler, who orders of the Distributor, who orders of the Factory, which brews it. An order takes two weeks to reach the
//! supplier, and what is shipped two weeks to arrive; what the Factory asks for takes three. Everybody begins with 12 cases and 4 in
//! each step of the way. Each week a position ships what was ordered and what it still owes, as far as its stock goes, and decides
//! how much to order. A case in stock costs 0.50 a week, a case owed 1.00. Customers order 4 cases a week, and from the fifth week 8.
//!
//! Which week is the last nobody knows beforehand, so that nobody runs down the stock before it. In the Debrief all see all.

mod chain;

use simpl::prelude::*;

pub use chain::Chain;

/// The positions, from the customers to the brewery.
pub const ROLES: [&str; 4] = ["Retailer", "Wholesaler", "Distributor", "Factory"];

/// The most cases that can be ordered in a week.
const MOST: u32 = 9_999;

/// What a position orders of its supplier.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// How much you order this week.
    #[schemars(
        range(min = 0, max = MOST),
        extend("unit" = "cases", "x-chart" = {"lines": "role", "variance_ratio_to": "incoming_order", "known": "before"})
    )]
    pub order: u32,
}

/// What a run may have otherwise.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Terms {
    /// The first week that may be the last one.
    #[schemars(range(min = 1, max = 200), extend("unit" = "weeks"))]
    pub shortest: u32,
    /// The last week that may be the last one.
    #[schemars(range(min = 1, max = 200), extend("unit" = "weeks"))]
    pub longest: u32,
    /// What customers order each week at first.
    #[schemars(range(min = 0, max = 1000), extend("unit" = "cases"))]
    pub demand: u32,
    /// What they order each week later on.
    #[schemars(range(min = 0, max = 1000), extend("unit" = "cases"))]
    pub later_demand: u32,
    /// The week from which they do.
    #[schemars(range(min = 1, max = 200), extend("unit" = "weeks"))]
    pub later: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            shortest: 30,
            longest: 40,
            demand: 4,
            later_demand: 8,
            later: 5,
        }
    }
}

/// What the whole chain knows.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Week {
    /// The week that has come, from 1.
    pub week: u32,
}

/// What a position knows when it orders.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// What was ordered of you this week.
    #[schemars(extend("unit" = "cases"))]
    pub incoming_order: u32,
    /// What came in this week.
    #[schemars(extend("unit" = "cases"))]
    pub received: u32,
    /// What went out this week.
    #[schemars(extend("unit" = "cases"))]
    pub shipped: u32,
    /// What you have.
    #[schemars(extend("unit" = "cases", "x-chart" = {"lines": "role"}))]
    pub stock: u32,
    /// What you owe.
    #[schemars(extend("unit" = "cases", "x-chart" = {"lines": "role"}))]
    pub backlog: u32,
    /// What you have ordered and not yet received.
    #[schemars(extend("unit" = "cases"))]
    pub on_order: u32,
    /// What the week before has cost you.
    #[schemars(extend("x-chart" = {"bars": "world", "of": "total"}))]
    pub cost: f64,
    /// What all weeks before have cost you.
    pub total_cost: f64,
}

/// What nobody sees: the whole chain, and how long it is played.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hidden {
    chain: Chain,
    last_week: u32,
}

/// The rules.
#[derive(Debug)]
pub struct Beer;

impl Beer {
    fn told(turn: &Turn<'_, Self>, hidden: Hidden, week: u32) -> <Self as Model>::Outcome {
        let mut outcome = Outcome::new(Week { week });
        for seat in turn.seats() {
            let at = ROLES.iter().position(|role| *role == seat.role);
            if let Some(position) = at.and_then(|at| hidden.chain.position(at)) {
                outcome = outcome.tell(seat, position);
            }
        }
        outcome.carry(hidden)
    }

    /// What customers order in a week.
    fn demand(terms: &Terms, week: u32) -> u32 {
        match week < terms.later {
            true => terms.demand,
            false => terms.later_demand,
        }
    }
}

impl Model for Beer {
    type Options = Terms;
    type Decision = Order;
    type Outcome = Outcome<Week, Position, Hidden>;

    fn start(&self, turn: &Turn<'_, Self>) -> Option<Self::Outcome> {
        let terms = turn.options();
        let last = turn
            .rng()
            .whole(terms.shortest.into()..=terms.longest.into());
        let mut chain = Chain::new();
        chain.begin_week(Self::demand(terms, 1));
        let hidden = Hidden {
            chain,
            last_week: u32::try_from(last).unwrap_or(terms.shortest),
        };
        Some(Self::told(turn, hidden, 1))
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Self::Outcome> {
        let Some(Hidden { chain, last_week }) = turn.carried() else {
            return Err(Rejected::because(
                "there is no chain: the game has not begun",
            ));
        };
        let mut chain = chain.clone();
        let orders = ROLES.map(|role| turn.by(role).map(|order| order.order));
        for (at, order) in orders.into_iter().enumerate() {
            chain.order(at, order?);
        }
        let week = turn.period() + 1;
        chain.end_week();
        chain.begin_week(Self::demand(turn.options(), week));
        let hidden = Hidden {
            chain,
            last_week: *last_week,
        };
        Ok(Self::told(turn, hidden, week))
    }

    /// What was ordered of the position is passed on.
    fn default_decision(&self, turn: &Turn<'_, Self>) -> Option<Order> {
        let order = turn.part(turn.seat()?)?.incoming_order;
        Some(Order { order })
    }

    fn over(&self, turn: &Turn<'_, Self>, outcome: &Self::Outcome) -> bool {
        let hidden = outcome.carried();
        hidden.is_none_or(|hidden| turn.period() >= hidden.last_week)
    }

    /// What the week has cost, as a loss.
    fn score(&self, _: &Turn<'_, Self>, seat: &Seat, outcome: &Self::Outcome) -> Option<f64> {
        Some(-outcome.part(seat)?.cost)
    }
}

/// Orders what was ordered of it, and what brings stock and what is on its way back to 28 cases.
fn steady(turn: &Turn<'_, Beer>, _: &mut Rng) -> Option<Order> {
    let own = turn.part(turn.seat()?)?;
    let wanted = 28 + own.incoming_order + own.backlog;
    // No order is larger, whatever is owed.
    let order = wanted.saturating_sub(own.stock + own.on_order).min(MOST);
    Some(Order { order })
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("beer")
        .title("The Beer Game")
        .roles(ROLES)
        .phases([Phase::open("Play"), Phase::closed("Debrief").reveals()])
        .next_period()
        .secret_decisions()
        .time_limit(180, Overdue::Default)
        .model(Beer)
        .bot("steady", steady)
        .build()
}
