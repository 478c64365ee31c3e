//! Nothing is wrong with it, though it has a bit of everything: options, chance, several seats, limits, texts, lists, revision.

use simpl::prelude::*;

/// What the market is like.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Market {
    #[schemars(range(min = 1, max = 1_000))]
    demand: u32,
    storms: bool,
}

impl Default for Market {
    fn default() -> Self {
        Self {
            demand: 100,
            storms: true,
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Supply {
    #[schemars(range(min = 0, max = 50), extend("multipleOf" = 5))]
    crates: u32,
    way: Way,
    #[schemars(length(max = 3))]
    stops: Vec<Way>,
    #[schemars(length(max = 20))]
    note: Option<String>,
    #[schemars(range(min = 0.0, max = 2.0))]
    share: f64,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Way {
    Road,
    Sea,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sold {
    #[schemars(range(min = 0.0))]
    price: f64,
    stock: Vec<u32>,
    storm: bool,
}

struct Sound;

impl Model for Sound {
    type Options = Market;
    type Decision = Supply;
    type Outcome = Sold;

    fn check(&self, turn: &Turn<'_, Self>, supply: &Supply) -> Reply<()> {
        let taken = turn
            .decisions()
            .filter(|(seat, _)| Some(*seat) != turn.seat());
        let by_sea = taken.filter(|(_, other)| other.way == Way::Sea).count();
        match (supply.way, by_sea) {
            (Way::Sea, 2..) => Err(Rejected::because("both ships are taken")),
            _ if !(0.0..=1.0).contains(&supply.share) => {
                Err(Rejected::because("a share is from 0 to 1"))
            }
            _ => Ok(()),
        }
    }

    fn default_decision(&self, _: &Turn<'_, Self>) -> Option<Supply> {
        Some(Supply {
            crates: 0,
            way: Way::Road,
            stops: Vec::new(),
            note: None,
            share: 0.5,
        })
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Sold> {
        let storm = turn.options().storms && turn.rng().chance(0.5);
        let before = turn.previous().map_or(&[][..], |before| &before.stock);
        let stock: Vec<u32> = turn
            .decisions()
            .enumerate()
            .map(|(at, (_, supply))| {
                let sunk = storm && supply.way == Way::Sea;
                before.get(at).copied().unwrap_or(0) + if sunk { 0 } else { supply.crates }
            })
            .collect();
        let supply: u32 = stock.iter().sum();
        Ok(Sold {
            price: f64::from(turn.options().demand) / f64::from(supply + 1),
            stock,
            storm,
        })
    }

    fn score(&self, turn: &Turn<'_, Self>, seat: &Seat, outcome: &Sold) -> Option<f64> {
        let at = turn.seats().iter().position(|one| one == seat)?;
        Some(outcome.price * f64::from(*outcome.stock.get(at)?))
    }
}

pub(crate) fn game() -> Game {
    Game::builder("sound")
        .roles([Role::new("Firm").seats(2, 5), Role::new("Port")])
        .phases([Phase::closed("Lobby"), Phase::open("Play")])
        .revision(Revision::Recalculate)
        .time_limit(60, Overdue::Default)
        .next_period()
        .model(Sound)
        .bot("lazy", |_: &Turn<'_, Sound>, _: &mut Rng| None)
        .build()
}
