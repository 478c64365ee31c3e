//! Narrowing a list by its query.

use games_contract::{Filter, FilterKind, Resource, Table};

use super::validate::flag;
use crate::{
    refusal::{Errors, Refusal},
    storage::{Connection, Value},
};

/// The conditions of a list. Their texts are ours; what came from outside is in the parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    conditions: Vec<String>,
    params: Vec<Value>,
}

impl Selection {
    /// Adds a condition; `{}` in it stands for the value's placeholder.
    pub(crate) fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.params.push(value.into());
        let place = format!("${}", self.params.len());
        self.conditions.push(condition.replace("{}", &place));
    }

    /// True when everything is selected.
    pub(crate) const fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    fn nothing(&mut self) {
        self.conditions.push("1 = 0".to_owned());
    }

    /// `WHERE …` and its parameters.
    pub(crate) fn into_parts(self) -> (String, Vec<Value>) {
        if self.conditions.is_empty() {
            return (String::new(), self.params);
        }
        (
            format!("WHERE {}", self.conditions.join(" AND ")),
            self.params,
        )
    }
}

/// The conditions that a query asks for. Unknown names and empty values are ignored; a row that it names has to exist for whoever
/// asks.
pub(crate) fn select_by(
    connection: &mut dyn Connection,
    table: &'static Table,
    query: &[(String, String)],
    exists: impl Fn(&mut dyn Connection, Resource, i64) -> Result<bool, Refusal>,
) -> Result<Selection, Refusal> {
    let mut selection = Selection::default();
    let mut errors = Errors::default();
    for filter in table.filters {
        let given = query.iter().rev().find(|(name, _)| name == filter.name);
        let Some((_, value)) = given.filter(|(_, value)| !value.is_empty()) else {
            continue;
        };
        let mut choice = |to| match value.parse::<i64>() {
            Ok(pk) => Ok::<_, Refusal>(exists(connection, to, pk)?.then_some(pk)),
            Err(_) => Ok(None),
        };
        if let Err(message) = apply(table.resource, filter, value, &mut choice, &mut selection)? {
            errors.add(filter.name, message);
        }
    }
    errors.check()?;
    Ok(selection)
}

/// The outer error is the database's; the inner one is about the value.
fn apply(
    resource: Resource,
    filter: &Filter,
    value: &str,
    choice: &mut dyn FnMut(Resource) -> Result<Option<i64>, Refusal>,
    selection: &mut Selection,
) -> Result<Result<(), &'static str>, Refusal> {
    const NO_CHOICE: &str =
        "Select a valid choice. That choice is not one of the available choices.";
    const NO_NUMBER: &str = "Enter a number.";
    let column = format!(r#"t."{}" = {{}}"#, filter.name);
    match filter.kind {
        FilterKind::Text => selection.add(&column, value),
        FilterKind::Boolean => {
            if let Some(flag) = flag(value) {
                selection.add(&column, flag);
            }
        }
        FilterKind::RunActive => {
            if let Some(flag) = flag(value) {
                selection.add(RUN_ACTIVE, flag);
            }
        }
        FilterKind::Number => match number(value) {
            Some(Some(number)) => selection.add(&column, number),
            Some(None) => selection.nothing(),
            None => return Ok(Err(NO_NUMBER)),
        },
        FilterKind::Run => match number(value) {
            Some(Some(run)) => selection.add(r#"t."run" = {}"#, run),
            Some(None) => selection.nothing(),
            None => return Ok(Err(NO_NUMBER)),
        },
        FilterKind::Reference(to) => match choice(to)? {
            Some(pk) => selection.add(&column, pk),
            None => return Ok(Err(NO_CHOICE)),
        },
        FilterKind::WorldRun | FilterKind::RunUserRun => match choice(Resource::Run)? {
            Some(run) => {
                let parent = match filter.kind {
                    FilterKind::WorldRun => "world",
                    _ => "runuser",
                };
                selection.add(r#"t."run" = {}"#, run);
                selection.conditions.push(of_a_scenario(resource, parent));
            }
            None => return Ok(Err(NO_CHOICE)),
        },
        FilterKind::GameSlug => selection.add(of_a_game(resource), value),
    }
    Ok(Ok(()))
}

const RUN_ACTIVE: &str = r#"t."run" IN (SELECT r."id" FROM "run" AS r WHERE r."active" = {})"#;

const fn of_a_game(resource: Resource) -> &'static str {
    if resource.below_run() {
        r#"t."run" IN (SELECT r."id" FROM "run" AS r JOIN "game" AS g ON g."id" = r."game" WHERE g."slug" = {})"#
    } else {
        r#"t."game" IN (SELECT g."id" FROM "game" AS g WHERE g."slug" = {})"#
    }
}

/// That the scenario above the row, or the row itself, has such a parent.
fn of_a_scenario(resource: Resource, parent: &str) -> String {
    let found =
        |from: &str| format!(r#"EXISTS (SELECT 1 FROM {from} AND s."{parent}" IS NOT NULL)"#);
    match resource {
        Resource::Scenario => format!(r#"t."{parent}" IS NOT NULL"#),
        Resource::Period => found(r#""scenario" AS s WHERE s."id" = t."scenario""#),
        _ => found(
            r#""period" AS p JOIN "scenario" AS s ON s."id" = p."scenario" WHERE p."id" = t."period""#,
        ),
    }
}

/// A decimal number: `None` when it is none, `Some(None)` when no whole number equals it.
#[expect(
    clippy::option_option,
    clippy::cast_possible_truncation,
    reason = "three answers, told apart where it is used; the fraction is zero and the range was checked"
)]
fn number(text: &str) -> Option<Option<i64>> {
    if let Ok(whole) = text.trim().parse() {
        return Some(Some(whole));
    }
    let decimal: f64 = text.trim().parse().ok().filter(|n: &f64| n.is_finite())?;
    let whole = decimal.fract() == 0.0 && decimal.abs() < 9.0e15;
    Some(whole.then_some(decimal as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_filters_may_have_a_fraction_and_then_match_nothing() {
        assert_eq!(number("2"), Some(Some(2)));
        assert_eq!(number("2.0"), Some(Some(2)));
        assert_eq!(number("2.5"), Some(None));
        for bad in ["abc", "nan", "inf", "1 2"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn conditions_number_their_parameters_in_order() {
        let mut selection = Selection::default();
        selection.add(r#"t."a" = {}"#, "x");
        selection.nothing();
        selection.add(r#"t."b" = {}"#, 5);
        let (text, params) = selection.into_parts();
        assert_eq!(text, r#"WHERE t."a" = $1 AND 1 = 0 AND t."b" = $2"#);
        assert_eq!(params, [Value::from("x"), Value::Integer(5)]);
    }
}
