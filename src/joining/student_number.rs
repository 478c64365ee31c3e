//! What a student number looks like.

use simpl::Rejected;

/// Characters at most.
const LONGEST: usize = 64;

/// The student number that somebody gave, without blanks around it; `None` for none.
///
/// # Errors
/// It is too long, or has characters that cannot be seen.
pub fn student_number(text: &str) -> Result<Option<String>, Rejected> {
    let number = text.trim();
    if number.chars().count() > LONGEST || number.chars().any(char::is_control) {
        let expected = format!("at most {LONGEST} characters that can be seen");
        let message = format!("this is no student number: {expected} are expected");
        return Err(Rejected::invalid_argument(
            message,
            expected,
            "another text",
        ));
    }
    Ok((!number.is_empty()).then(|| number.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_student_number_is_what_a_university_writes_on_a_card() {
        assert_eq!(
            student_number(" 0012-34 ").unwrap().as_deref(),
            Some("0012-34")
        );
        assert_eq!(student_number("  ").unwrap(), None);
        for wrong in ["1\n2", &"1".repeat(65)] {
            assert_eq!(
                student_number(wrong).unwrap_err().code(),
                "invalid_argument"
            );
        }
    }
}
