//! Which table is asked for, and how it is to be written.

use super::{Format, Table};
use crate::refusal::Refusal;

/// What somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// All of them, where none is named.
    table: Option<Table>,
    pub(crate) format: Format,
}

impl Wanted {
    /// What a query asks for. Without `format` the header `Accept` decides; where that says nothing, a table comes as CSV and all of
    /// them come as a workbook.
    pub(crate) fn of(query: &[(String, String)], accept: Option<&str>) -> Result<Self, Refusal> {
        let table = named(query, "table", Table::ALL, Table::name)?;
        let format = named(query, "format", Format::ALL, Format::name)?;
        let usual = match table {
            Some(_) => Format::Csv,
            None => Format::Xlsx,
        };
        let format = format
            .or_else(|| accept.and_then(accepted))
            .unwrap_or(usual);
        if table.is_none() && format != Format::Xlsx {
            let words = format!(
                "Expected {}, got nothing: name one; only format=xlsx holds all of them at once.",
                one_of(&Table::ALL.map(Table::name))
            );
            return Err(Refusal::field("table", words));
        }
        Ok(Self { table, format })
    }

    /// The tables, in order.
    pub(crate) fn tables(&self) -> impl Iterator<Item = Table> + use<> {
        let one = self.table;
        let wanted = move |table: &Table| one.is_none_or(|one| one == *table);
        Table::ALL.into_iter().filter(wanted)
    }

    /// What the file is called; everything in it is plain ASCII.
    pub(crate) fn file_name(&self, game: &str, run: i64) -> String {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let game: String = game.chars().filter(plain).collect();
        let table = self
            .table
            .map_or(String::new(), |table| format!("-{}", table.name()));
        format!("{game}-run-{run}{table}.{}", self.format.name())
    }
}

/// The one of `all` that a parameter names; none where it is left out.
fn named<T: Copy, const N: usize>(
    query: &[(String, String)],
    parameter: &str,
    all: [T; N],
    name: impl Fn(T) -> &'static str,
) -> Result<Option<T>, Refusal> {
    let given = query.iter().rev().find(|(key, _)| key == parameter);
    let Some((_, given)) = given.filter(|(_, value)| !value.is_empty()) else {
        return Ok(None);
    };
    match all.into_iter().find(|one| name(*one) == given) {
        Some(one) => Ok(Some(one)),
        None => {
            let known = one_of(&all.map(name));
            let words = format!("Expected {known}, got {given:?}: choose one of them.");
            Err(Refusal::field(parameter, words))
        }
    }
}

fn one_of(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// The format that a header `Accept` likes best; none where it names none of ours, as browsers do.
fn accepted(accept: &str) -> Option<Format> {
    let mut best = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let essence = |format: &Format| format.media_type().split(';').next() == Some(media);
        let Some(format) = Format::ALL.into_iter().find(essence) else {
            continue;
        };
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        let quality = quality.map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if quality > best.map_or(0.0, |(_, most)| most) {
            best = Some((format, quality));
        }
    }
    best.map(|(format, _)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    fn wanted(query: &str, accept: Option<&str>) -> Result<Wanted, Refusal> {
        let query: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
        Wanted::of(&query, accept)
    }

    fn format(query: &str, accept: Option<&str>) -> Format {
        wanted(query, accept).unwrap().format
    }

    #[test]
    fn the_query_decides_before_the_header_and_the_header_before_what_is_usual() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(
            format("table=grades&format=json", Some("text/csv")),
            Format::Json
        );
        assert_eq!(
            format("table=grades", Some("text/csv;q=0.5, application/json")),
            Format::Json
        );
        assert_eq!(format("table=grades", Some(XLSX)), Format::Xlsx);
        assert_eq!(format("table=grades", Some(browser)), Format::Csv);
        assert_eq!(format("table=grades&format=", None), Format::Csv);
        assert_eq!(format("", Some("application/json;q=0")), Format::Xlsx);
        let all = wanted("", None).unwrap();
        assert_eq!(all.tables().collect::<Vec<_>>(), Table::ALL);
        let one = wanted("table=results", None).unwrap();
        assert_eq!(one.tables().collect::<Vec<_>>(), [Table::Results]);
    }

    #[test]
    fn whoever_asks_for_what_is_not_there_is_told_what_is() {
        let told = |query| format!("{:?}", wanted(query, None).unwrap_err());
        let tables = "Expected decisions, results, players, grades, events or superseded, got";
        assert!(told("table=Decisions").contains(tables));
        assert!(told("format=csv").contains(tables), "which one?");
        assert!(told("table=grades&format=ods").contains("Expected csv, json or xlsx, got"));
    }

    #[test]
    fn a_file_is_named_after_game_run_and_table_in_plain_letters() {
        let name = |query| wanted(query, None).unwrap().file_name("di\"v\r\n-ü2", 7);
        assert_eq!(name("table=grades"), "div-2-run-7-grades.csv");
        assert_eq!(name(""), "div-2-run-7.xlsx");
    }
}
