//! Cournot competition: firms that make the same good choose, each for itself and all at once, how much of it to make.
//!
//! What all of them made comes to one market, whose price falls with the quantity: `price = max(0, intercept - slope * quantity)`. A firm
//! is paid that price for each unit and has spent `cost` on it; what is left is its profit, and its points. Two to eight firms play, as
//! many periods as the leader lets them; each knows what all firms made in the periods before.
//!
//! With `n` firms nobody gains by making something else than the others expect where each makes `(intercept - cost) / (slope * (n + 1))`;
//! the bot `equilibrium` does. Together they would earn most if each made `(intercept - cost) / (2 * slope * n)`.
//!
//! Source: Augustin Cournot, *Recherches sur les principes mathématiques de la théorie des richesses*, Paris 1838, chapter VII.

use simpl::prelude::*;

/// The market that a run plays on.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Market {
    /// # Highest price
    ///
    /// The price at which nobody would buy any more.
    #[schemars(range(min = 0.01, max = 1e6))]
    pub intercept: f64,
    /// # Slope
    ///
    /// By how much each further unit lowers the price.
    #[schemars(range(min = 0.01, max = 1e6))]
    pub slope: f64,
    /// # Unit cost
    ///
    /// What a firm spends on each unit.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub cost: f64,
}

impl Default for Market {
    fn default() -> Self {
        Self {
            intercept: 100.0,
            slope: 1.0,
            cost: 10.0,
        }
    }
}

/// How much a firm makes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Quantity {
    /// # Quantity
    ///
    /// How many units your firm makes in this period.
    #[schemars(range(min = 0.0, max = 1e6), extend("unit" = "units"))]
    pub quantity: f64,
}

/// What came of a period.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Sales {
    /// What the market paid for a unit.
    pub price: f64,
    /// What all firms made together.
    pub total: f64,
    /// What each firm made and earned, in order of seat.
    pub firms: Vec<Firm>,
}

/// A firm in one period.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Firm {
    /// The pk of the run user whose firm it is.
    pub runuser: u64,
    /// What it made.
    pub quantity: f64,
    /// What it earned; below zero where the price did not pay its costs.
    pub profit: f64,
}

/// Sells what the firms made.
#[derive(Debug)]
pub struct Cournot;

impl Model for Cournot {
    type Options = Market;
    type Decision = Quantity;
    type Outcome = Sales;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Sales> {
        let market = turn.options();
        let total: f64 = turn.decisions().map(|(_, made)| made.quantity).sum();
        let price = (market.intercept - market.slope * total).max(0.0);
        let firms = turn.decisions().map(|(seat, made)| Firm {
            runuser: seat.runuser,
            quantity: made.quantity,
            profit: made.quantity * (price - market.cost),
        });
        Ok(Sales {
            price,
            total,
            firms: firms.collect(),
        })
    }

    fn score(&self, _: &Turn<'_, Self>, seat: &Seat, sales: &Sales) -> Option<f64> {
        let mut firms = sales.firms.iter();
        let own = firms.find(|firm| firm.runuser == seat.runuser);
        own.map(|firm| firm.profit)
    }
}

/// Makes what nobody would regret if all firms did.
fn equilibrium(turn: &Turn<'_, Cournot>, _: &mut Rng) -> Option<Quantity> {
    let Market {
        intercept,
        slope,
        cost,
    } = turn.options();
    let firms = u32::try_from(turn.seats().len()).ok()?;
    let quantity = (intercept - cost) / (slope * f64::from(firms + 1));
    Some(Quantity {
        quantity: quantity.clamp(0.0, 1e6),
    })
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("cournot")
        .title("Cournot competition")
        .roles([Role::new("Firm").seats(2, 8)])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .hidden_decisions()
        .next_period()
        .model(Cournot)
        .bot("equilibrium", equilibrium)
        .build()
}
