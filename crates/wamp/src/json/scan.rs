//! A look at the brackets of a JSON text.

/// Whether lists and objects in `text` nest at most `limit` deep. Brackets in strings do not count.
pub(super) fn nests_within(text: &str, limit: usize) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            // Whatever is escaped, it is not the end of the string.
            b'\\' if in_string => {
                bytes.next();
            }
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > limit {
                    return false;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_lists_and_objects_alike() {
        assert!(nests_within(r#"[{"a":[1]},{"b":[2]}]"#, 3));
        assert!(!nests_within(r#"[{"a":[1]}]"#, 2));
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert!(nests_within(r#"["[[[[\"[[[\\"]"#, 1));
    }
}
