//! Rosters: who is to be in a run, as a spreadsheet has it.

use std::collections::{BTreeMap, HashMap};

use games_api::{Sheet, SheetRow};
use simpl::Rejected;

use super::student_number::student_number;
use crate::seating::Wish;

/// Bytes of a roster at most.
const BYTES: usize = 1_000_000;
/// Lines of a roster at most, besides the one with the names of the columns.
const LINES: usize = 2_000;
/// Faults that one refusal names.
const TOLD: usize = 50;
/// Characters of first and last names, and of e-mail addresses, at most: what the games API takes.
const FIRST: usize = 30;
const LAST: usize = 150;
const EMAIL: usize = 254;

/// The columns that are read, under each of their names.
const COLUMNS: [(&str, &[&str]); 7] = [
    ("name", &["name", "full_name"]),
    ("first_name", &["first_name"]),
    ("last_name", &["last_name"]),
    ("email", &["email", "e_mail", "email_address"]),
    ("student_number", &["student_number", "external_id"]),
    ("role", &["role"]),
    ("world", &["world"]),
];

/// Somebody on a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Their line, from 1, which names the columns.
    pub line: u64,
    /// Their first name.
    pub first_name: String,
    /// Their last name.
    pub last_name: String,
    /// Their e-mail address in small letters.
    pub email: Option<String>,
    /// Their student number.
    pub student_number: Option<String>,
    /// Where they are to sit.
    pub wish: Wish,
}

/// What is wrong with a roster, by line and column.
#[derive(Debug, Default)]
struct Faults(Vec<(String, String)>);

impl Faults {
    fn note(&mut self, line: u64, column: &str, fault: impl Into<String>) {
        let place = format!("line {line}, {column}");
        // One fault of a place is enough; those of a line come one after the other.
        let mut of_line = self.0.iter().rev().take(COLUMNS.len());
        if of_line.all(|(known, _)| *known != place) {
            self.0.push((place, fault.into()));
        }
    }

    /// Nothing is, or this.
    fn check(mut self) -> Result<(), Rejected> {
        if self.0.is_empty() {
            return Ok(());
        }
        if let Some(more) = self.0.len().checked_sub(TOLD).filter(|more| *more > 0) {
            self.0.truncate(TOLD);
            self.0
                .push(("further lines".to_owned(), format!("{more} more faults")));
        }
        Err(Rejected::validation(self.0).about("nothing of this roster was imported"))
    }
}

/// Reads a roster; `roles` are the game's, by name.
///
/// # Errors
/// All that is wrong with it, by line and column.
pub fn read(text: &str, roles: &BTreeMap<String, u64>) -> Result<Vec<Listed>, Rejected> {
    if text.len() > BYTES {
        let message = format!("a roster has at most {BYTES} bytes: import it in parts");
        return Err(Rejected::invalid_argument(message, BYTES, text.len()));
    }
    let sheet = Sheet::read(text, LINES).unwrap_or_default();
    let places: HashMap<&str, Option<usize>> = COLUMNS
        .iter()
        .map(|(column, names)| (*column, names.iter().find_map(|name| sheet.column(name))))
        .collect();
    let has = |column: &str| places[column].is_some();
    if !(has("name") || has("first_name") && has("last_name"))
        || !(has("email") || has("student_number"))
    {
        let expected = "a first line that names the columns: name (or first_name and last_name), email or student_number, and perhaps role and world";
        let message = format!("expected {expected}");
        return Err(Rejected::invalid_argument(message, expected, sheet.columns));
    }
    if sheet.rows.len() + sheet.errors.len() > LINES {
        let message = format!("a roster has at most {LINES} lines: import it in parts");
        return Err(Rejected::invalid_argument(message, LINES, "more"));
    }
    let mut faults = Faults::default();
    for error in &sheet.errors {
        faults.note(error.line, "columns", error.reason.as_str());
    }
    let mut seen = HashMap::new();
    let mut listed = Vec::new();
    for row in &sheet.rows {
        let value = |column: &str| row.value(places[column]);
        listed.push(person(row, &value, roles, &mut faults, &mut seen));
    }
    faults.check()?;
    Ok(listed)
}

fn person<'s>(
    row: &SheetRow,
    value: &impl Fn(&str) -> &'s str,
    roles: &BTreeMap<String, u64>,
    faults: &mut Faults,
    seen: &mut HashMap<(&'static str, String), u64>,
) -> Listed {
    let line = row.line;
    let (first_name, last_name) = match value("name") {
        "" => (
            value("first_name").to_owned(),
            value("last_name").to_owned(),
        ),
        name => names(name),
    };
    let text = [&first_name, &last_name, value("world")].concat();
    if first_name.is_empty() && last_name.is_empty() {
        faults.note(line, "name", "a name is expected");
    } else if first_name.chars().count() > FIRST || last_name.chars().count() > LAST {
        let expected = format!(
            "at most {FIRST} characters of first names and {LAST} of last names are expected"
        );
        faults.note(line, "name", expected);
    } else if text.chars().any(char::is_control) {
        faults.note(line, "name", "characters that can be seen are expected");
    }
    let email = Some(value("email").to_lowercase()).filter(|email| !email.is_empty());
    if let Some(email) = email.as_ref().filter(|email| !is_address(email)) {
        let fault = format!("an e-mail address like ada@example.edu is expected, got {email:?}");
        faults.note(line, "email", fault);
    }
    let number = student_number(value("student_number")).unwrap_or_else(|refused| {
        faults.note(line, "student_number", refused.message());
        None
    });
    if email.is_none() && number.is_none() {
        let column = "email";
        faults.note(
            line,
            column,
            "an e-mail address or a student number is expected",
        );
    }
    for (column, key) in [("email", &email), ("student_number", &number)] {
        let before = key.clone().and_then(|key| seen.insert((column, key), line));
        if let Some(before) = before {
            faults.note(line, column, format!("the same as in line {before}"));
        }
    }
    let role = match value("role") {
        "" => None,
        name => {
            let found = roles
                .iter()
                .find(|(role, _)| role.eq_ignore_ascii_case(name));
            if found.is_none() {
                let known: Vec<&str> = roles.keys().map(String::as_str).collect();
                let fault = format!("one of {} is expected, got {name:?}", known.join(", "));
                faults.note(line, "role", fault);
            }
            found.map(|(_, pk)| *pk)
        }
    };
    let world = Some(value("world").to_owned()).filter(|world| !world.is_empty());
    if world
        .as_ref()
        .is_some_and(|world| world.chars().count() > 100)
    {
        faults.note(line, "world", "at most 100 characters are expected");
    }
    Listed {
        line,
        first_name,
        last_name,
        email,
        student_number: number,
        wish: Wish { role, world },
    }
}

/// First and last names of a full one, written as `Ada King` or `King, Ada`.
fn names(name: &str) -> (String, String) {
    let (first, last) = match name.split_once(',') {
        Some((last, first)) => (first, last),
        None => name.rsplit_once(char::is_whitespace).unwrap_or((name, "")),
    };
    (first.trim().to_owned(), last.trim().to_owned())
}

/// Could it be somebody's address? Those that this service makes up are nobody's.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let fits = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control())
    };
    let dotted = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    text.len() <= EMAIL && fits(local) && fits(domain) && dotted && !domain.ends_with(".invalid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles() -> BTreeMap<String, u64> {
        [("Dividend".to_owned(), 1), ("Divisor".to_owned(), 2)].into()
    }

    #[test]
    fn a_roster_is_read_under_the_names_that_spreadsheets_have() {
        let text = "Name;E-Mail;Student number;Role;World\n\
            Ada King;ADA@x.edu;0012;divisor;Table 1\nvan Rossum, Guido;;0013;;\nPelé;pele@x.edu;;;\n";
        let listed = read(text, &roles()).unwrap();
        let told: Vec<_> = listed
            .iter()
            .map(|one| (one.line, one.first_name.as_str(), one.last_name.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (2, "Ada", "King"),
                (3, "Guido", "van Rossum"),
                (4, "Pelé", "")
            ]
        );
        assert_eq!(listed[0].email.as_deref(), Some("ada@x.edu"));
        assert_eq!(listed[1].student_number.as_deref(), Some("0013"));
        let wish = Wish {
            role: Some(2),
            world: Some("Table 1".to_owned()),
        };
        assert_eq!(
            (&listed[0].wish, &listed[1].wish),
            (&wish, &Wish::default())
        );
        let apart = "first_name,last_name,external_id\nAda,King,1\n";
        assert_eq!(read(apart, &roles()).unwrap()[0].last_name, "King");
    }

    #[test]
    fn everything_that_is_wrong_is_named_by_line_and_column() {
        let text = "name,email,student_number,role\nAda,ada@x.edu,1,Judge\nAlan,nowhere,1,\n,a@x.invalid,,\n\
            Grace,,,\nBarbara\nEdsger,ADA@X.EDU,2,Dividend\n";
        let refused = read(text, &roles()).unwrap_err();
        assert_eq!(refused.code(), "validation_error");
        let kwargs = refused.kwargs();
        let errors = kwargs["errors"].as_object().unwrap();
        let named: Vec<&str> = errors.keys().map(String::as_str).collect();
        let expected = [
            "line 6, columns",
            "line 2, role",
            "line 3, email",
            "line 3, student_number",
            "line 4, name",
            "line 4, email",
            "line 5, email",
            "line 7, email",
        ];
        assert_eq!(named, expected);
        assert!(
            refused
                .message()
                .contains("nothing of this roster was imported")
        );
    }

    #[test]
    fn what_is_no_roster_or_too_much_of_one_is_refused() {
        let many = "name,email\n".to_owned() + &"Ada,\n".repeat(LINES + 1);
        let long = "x".repeat(BYTES + 1);
        for text in [
            "",
            "Ada,ada@x.edu\n",
            "name\nAda\n",
            "email\na@x.edu\n",
            &many,
            &long,
        ] {
            let refused = read(text, &roles()).unwrap_err();
            assert_eq!(refused.code(), "invalid_argument");
        }
        let faulty = "name,email\n".to_owned() + &"Ada,x\n".repeat(LINES);
        let refused = read(&faulty, &roles()).unwrap_err().kwargs();
        assert_eq!(refused["errors"].as_object().unwrap().len(), TOLD + 1);
    }
}
