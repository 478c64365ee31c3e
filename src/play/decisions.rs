//! A file of decisions to be replayed: the rows of an earlier play, a table of one's own, or JSON.
//!
//! * Rows as [`tidy`](super::tidy) writes them; those that are no decisions are passed over.
//! * CSV with the columns `period` and `role`, perhaps `world` and `seat`, and one for each member of a decision.
//! * JSON: a list of `{"period": 1, "role": "Firm", "decision": {…}}`, perhaps with `world` and `seat`.
//!
//! Where `world` or `seat` is left out or empty, the decision is that of every world, or of every seat of the role; one that names them goes
//! before it.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use simpl::Rejected;

use super::tidy::{put, read};

/// Whose decision one is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Whose {
    period: u32,
    role: String,
    #[serde(default)]
    world: Option<u32>,
    #[serde(default)]
    seat: Option<u32>,
}

/// An entry of a JSON file.
#[derive(Deserialize)]
struct Entry {
    #[serde(flatten)]
    whose: Whose,
    decision: Value,
}

/// Decisions by world, period, role and seat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    all: BTreeMap<Whose, Value>,
}

impl Decisions {
    /// Reads a file: JSON where it begins with `[`, CSV otherwise.
    ///
    /// # Errors
    /// It is neither, or has nothing to decide: with the line, and what is expected there.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let decisions = match text.trim_start().starts_with('[') {
            true => Self::json(text)?,
            false => Self::csv(text)?,
        };
        ensure!(
            !decisions.all.is_empty(),
            "expected decisions, got none: a table needs the columns period and role and one for each member of a decision, or the columns that `play` writes"
        );
        Ok(decisions)
    }

    fn json(text: &str) -> anyhow::Result<Self> {
        let entries: Vec<Entry> = serde_json::from_str(text).context(
            "expected a list of decisions such as [{\"period\": 1, \"role\": \"Firm\", \"decision\": {\"quantity\": 5}}]",
        )?;
        let all = entries
            .into_iter()
            .map(|entry| (entry.whose, entry.decision));
        Ok(Self { all: all.collect() })
    }

    fn csv(text: &str) -> anyhow::Result<Self> {
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        let columns = csv.headers()?.clone();
        let at = |name: &str| columns.iter().position(|column| column == name);
        let (Some(period), Some(role)) = (at("period"), at("role")) else {
            let columns: Vec<&str> = columns.iter().collect();
            bail!(
                "expected the columns period and role, got {}",
                columns.join(", ")
            );
        };
        let (world, seat) = (at("world"), at("seat"));
        let tidy = at("variable").zip(at("value"));
        let mut decisions = Self::default();
        for (line, row) in (2..).zip(csv.records()) {
            let row = row.with_context(|| format!("row {line} is no CSV"))?;
            let number =
                |column: Option<usize>| match column.and_then(|at| row.get(at)) {
                    None | Some("") => Ok(None),
                    Some(text) => text.trim().parse().map(Some).with_context(|| {
                        format!("row {line}: expected a whole number, got {text:?}")
                    }),
                };
            let whose = || -> anyhow::Result<Whose> {
                Ok(Whose {
                    period: number(Some(period))?
                        .with_context(|| format!("row {line}: expected a period, got nothing"))?,
                    role: row.get(role).unwrap_or_default().to_owned(),
                    world: number(world)?,
                    seat: number(seat)?,
                })
            };
            if let Some((variable, value)) = tidy {
                let variable = row.get(variable).unwrap_or_default();
                let path = variable.strip_prefix("decision.");
                if let Some(path) = path.or((variable == "decision").then_some("")) {
                    let decision = decisions.all.entry(whose()?).or_default();
                    put(decision, path, read(row.get(value).unwrap_or_default()));
                }
                continue;
            }
            let decision = decisions.all.entry(whose()?).or_default();
            let ours = [Some(period), Some(role), world, seat];
            let members = columns.iter().zip(&row).enumerate();
            for (_, (name, text)) in members.filter(|(at, _)| !ours.contains(&Some(*at))) {
                if !text.is_empty() {
                    put(decision, name, read(text.trim()));
                }
            }
        }
        Ok(decisions)
    }

    /// The decision of a seat, from 1 in its role.
    ///
    /// # Errors
    /// There is none.
    pub fn of(&self, world: u32, period: u32, role: &str, seat: u32) -> Result<&Value, Rejected> {
        let whose = |world, seat| Whose {
            period,
            role: role.to_owned(),
            world,
            seat,
        };
        let ways = [
            whose(Some(world), Some(seat)),
            whose(Some(world), None),
            whose(None, Some(seat)),
            whose(None, None),
        ];
        ways.iter().find_map(|whose| self.all.get(whose)).ok_or_else(|| {
            Rejected::because(format!(
                "the file has no decision by {role} for period {period}: add it, or play fewer periods"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_of_ones_own_is_read_and_what_names_a_world_or_a_seat_goes_first() {
        let text = "\u{feff}world,period,role,seat,quantity,way.by\n,1,Firm,,5,sea\n,1,Firm,2,6,\n3,1,Firm,,7,road\n";
        let decisions = Decisions::read(text).unwrap();
        let of = |world, seat| decisions.of(world, 1, "Firm", seat).unwrap().clone();
        assert_eq!(of(1, 1), json!({"quantity": 5, "way": {"by": "sea"}}));
        assert_eq!(of(1, 2), json!({"quantity": 6}));
        assert_eq!(of(3, 2), json!({"quantity": 7, "way": {"by": "road"}}));
    }

    #[test]
    fn json_says_the_same() {
        let text = r#"[{"period": 1, "role": "Firm", "decision": {"quantity": 5}}, {"period": 1, "role": "Firm", "seat": 2, "decision": [6]}]"#;
        let decisions = Decisions::read(text).unwrap();
        assert_eq!(
            decisions.of(9, 1, "Firm", 1).unwrap(),
            &json!({"quantity": 5})
        );
        assert_eq!(decisions.of(9, 1, "Firm", 2).unwrap(), &json!([6]));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_row() {
        let told = |text: &str| format!("{:#}", Decisions::read(text).unwrap_err());
        assert_eq!(
            told("a,b\n1,2\n"),
            "expected the columns period and role, got a, b"
        );
        assert_eq!(
            told("period,role,x\n1,Firm,2\nx,Firm,2\n"),
            "row 3: expected a whole number, got \"x\": invalid digit found in string"
        );
        assert!(told("period,role,x\n").starts_with("expected decisions, got none"));
        assert!(told("[{\"period\": 1}]").starts_with("expected a list of decisions such as"));
        assert!(told("period,role,x\n1,Firm\n").starts_with("row 2 is no CSV"));
    }
}
