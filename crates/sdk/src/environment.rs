//! The default environment: what a fresh installation is seeded with, so that a game can be played at once.

use std::fmt;

use crate::game::Role;

/// A run with its worlds, its people and their passwords, as plain data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Name of the run. It starts in the game's first phase.
    pub run: String,
    /// The run's leaders.
    pub leaders: Vec<Account>,
    /// The run's worlds with their players.
    pub worlds: Vec<WorldPlan>,
    /// Who plays without a world, in a game for a single player.
    pub alone: Vec<SeatPlan>,
    /// Name of the single-player scenario that each player gets besides, with a period 1; none for none.
    pub player_scenario: Option<String>,
}

/// One world of an [`Environment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldPlan {
    /// Name of the world.
    pub name: String,
    /// Name of its scenario, which starts with a period 1.
    pub scenario: String,
    /// Who plays there.
    pub seats: Vec<SeatPlan>,
}

/// One player of an [`Environment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatPlan {
    /// Name of the role.
    pub role: String,
    /// Who plays it.
    pub account: Account,
}

/// A user to create where there is none of that e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// E-mail address: the login.
    pub email: String,
    /// Password; known to everybody, so good for trying out only.
    pub password: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
}

impl fmt::Debug for Account {
    /// Leaves out the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// The environment of the original tutorial: a leader, and two worlds in which every role's required seats are taken.
    ///
    /// For `div`: `leader@div.edu` leads the run `default`; `s1@div.edu` and `s2@div.edu` play in `World 1`, `s3` and
    /// `s4` in `World 2`. Every password is the part of the address before the `@`.
    #[must_use]
    pub fn tutorial(slug: &str, roles: &[Role]) -> Self {
        let mut students = 1..;
        let worlds = ["World 1", "World 2"].map(|name| WorldPlan {
            name: name.to_owned(),
            scenario: "World Scenario 1".to_owned(),
            seats: roles
                .iter()
                .flat_map(|role| (0..role.minimum).map(|_| &role.name))
                .zip(&mut students)
                .map(|(role, number)| SeatPlan {
                    role: role.clone(),
                    account: Account::tutorial(
                        slug,
                        &format!("s{number}"),
                        &format!("Student{number}"),
                        "User",
                    ),
                })
                .collect(),
        });
        Self {
            run: "default".to_owned(),
            leaders: vec![Account::tutorial(
                slug,
                "leader",
                &capitalised(slug),
                "Leader",
            )],
            worlds: worlds.into(),
            alone: Vec::new(),
            player_scenario: Some("Test Scenario 1".to_owned()),
        }
    }

    /// The same environment for a game that everybody plays alone: nobody sits in a world. The service opens the scenarios.
    #[must_use]
    pub fn for_single_players(mut self) -> Self {
        let worlds = self.worlds.drain(..);
        self.alone.extend(worlds.flat_map(|world| world.seats));
        self.player_scenario = None;
        self
    }

    /// Every seat: those of the worlds in their order, then those of who plays alone.
    pub fn seats(&self) -> impl Iterator<Item = &SeatPlan> {
        let seated = self.worlds.iter().flat_map(|world| &world.seats);
        seated.chain(&self.alone)
    }

    /// Every account: leaders first, then players in the order of seats.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.leaders
            .iter()
            .chain(self.seats().map(|seat| &seat.account))
    }
}

impl Account {
    fn tutorial(slug: &str, login: &str, first_name: &str, last_name: &str) -> Self {
        Self {
            email: format!("{login}@{slug}.edu"),
            password: login.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_required_seat_of_both_worlds_is_taken_by_somebody_else() {
        let environment = Environment::tutorial(
            "beer",
            &[Role::from("Retailer"), Role::new("Firm").seats(2, 9)],
        );
        let seats: Vec<Vec<(&str, &str)>> = environment
            .worlds
            .iter()
            .map(|world| {
                world
                    .seats
                    .iter()
                    .map(|seat| (seat.account.email.as_str(), seat.role.as_str()))
                    .collect()
            })
            .collect();
        assert_eq!(
            seats,
            [
                [
                    ("s1@beer.edu", "Retailer"),
                    ("s2@beer.edu", "Firm"),
                    ("s3@beer.edu", "Firm")
                ],
                [
                    ("s4@beer.edu", "Retailer"),
                    ("s5@beer.edu", "Firm"),
                    ("s6@beer.edu", "Firm")
                ],
            ]
        );
    }

    #[test]
    fn a_password_is_never_printed() {
        let environment = Environment::tutorial("beer", &[Role::from("Retailer")]);
        let secret = environment.leaders[0].password.clone();
        assert_eq!(secret, "leader");
        assert!(!format!("{environment:?}").contains(r#""leader""#));
    }
}
