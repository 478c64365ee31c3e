//! What each player has scored.
//!
//! A game gives points with a period's result, where the service keeps them in `_private.scores` by run user; nobody reads them before
//! they are added up here. A number `score` in a run user's data, which leaders may write, counts instead.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Reading, cell::Cell};
use crate::refusal::Refusal;

const RESULTS: &str = r#"SELECT t."data" FROM "result" AS t
    JOIN "period" AS p ON p."id" = t."period"
    WHERE p."run" = $1"#;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    #[serde(rename = "_private")]
    private: Private,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Private {
    scores: HashMap<i64, f64>,
}

/// The sums, by run user, as they are written.
#[derive(Debug, Default)]
pub(super) struct Scores(HashMap<i64, String>);

impl Scores {
    /// Adds up what the results of the run say.
    pub(super) fn read(reading: &mut Reading<'_>) -> Result<Self, Refusal> {
        let mut sums = HashMap::new();
        reading.each(RESULTS, |row| {
            add(&mut sums, row[0].text().unwrap_or_default());
            Ok(())
        })?;
        let written = sums
            .into_iter()
            .map(|(runuser, sum)| (runuser, sum.to_string()));
        Ok(Self(written.collect()))
    }

    /// The score of the run user with this pk and this data.
    pub(super) fn of<'a>(&'a self, runuser: i64, data: &'a str) -> Cell<'a> {
        let members: HashMap<String, &RawValue> = serde_json::from_str(data).unwrap_or_default();
        match members.get("score").map(|score| Cell::of_json(score)) {
            Some(Cell::Number(score)) => Cell::Number(score),
            _ => self
                .0
                .get(&runuser)
                .map_or(Cell::Empty, |sum| Cell::Number(sum)),
        }
    }
}

fn add(sums: &mut HashMap<i64, f64>, data: &str) {
    // Most games give none, and most results are read for nothing.
    if !data.contains(r#""scores""#) {
        return;
    }
    let data: Data = serde_json::from_str(data).unwrap_or_default();
    for (runuser, points) in data.private.scores {
        *sums.entry(runuser).or_default() += points;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_all_periods_are_added_up() {
        let mut sums = HashMap::new();
        for data in [
            r#"{"price": 3, "_private": {"scores": {"7": 2.5, "8": -1}}}"#,
            r#"{"price": 4, "_private": {"scores": {"7": 1.25}}}"#,
            r#"{"scores": {"7": 100}}"#,
            r#"{"_private": {"scores": [1]}}"#,
            "[]",
        ] {
            add(&mut sums, data);
        }
        assert_eq!(sums, HashMap::from([(7, 3.75), (8, -1.0)]));
    }

    #[test]
    fn what_a_leader_has_written_counts_before_the_sum_if_it_is_a_number() {
        let scores = Scores(HashMap::from([(7, "3.75".to_owned())]));
        assert_eq!(scores.of(7, r#"{"score": 12.50}"#), Cell::Number("12.50"));
        for none in ["{}", "[]", r#"{"score": "a"}"#, r#"{"score": null}"#] {
            assert_eq!(scores.of(7, none), Cell::Number("3.75"), "{none}");
            assert_eq!(scores.of(8, none), Cell::Empty, "{none}");
        }
    }
}
