//! What counts as a number.

use serde_json::Value;

/// From here on, not every whole number is a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A finite number, or the text of one.
pub(super) fn finite(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // "nan", "inf" and "1e999" parse as numbers.
    number.filter(|number| number.is_finite())
}

/// A whole number, or the text of one; `12.0` is one too, because serializers of other languages write it so.
pub(super) fn whole(value: &Value) -> Option<i128> {
    let exact = match value {
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a whole double below 2^53 fits"
    )]
    let rounded = || {
        finite(value)
            .filter(|number| number.fract() == 0.0 && number.abs() <= EXACT)
            .map(|number| number as i128)
    };
    exact.or_else(rounded)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_text_of_a_finite_number_is_a_number() {
        for (value, number) in [
            (json!(12), 12.0),
            (json!("12"), 12.0),
            (json!(" 7.5 "), 7.5),
            (json!("-1e3"), -1000.0),
            (json!("+.5"), 0.5),
            (json!(u64::MAX), 18_446_744_073_709_551_615.0),
        ] {
            assert_eq!(finite(&value), Some(number), "{value}");
        }
    }

    #[test]
    fn nothing_else_is_a_finite_number() {
        for value in [
            json!("nan"),
            json!("-NaN"),
            json!("inf"),
            json!("Infinity"),
            json!("1e999"),
            json!("-1e999"),
            json!(""),
            json!(" "),
            json!("7,5"),
            json!("1 2"),
            json!("0x10"),
            json!("twelve"),
            json!(true),
            json!(null),
            json!([12]),
            json!({"number": 12}),
        ] {
            assert_eq!(finite(&value), None, "{value}");
            assert_eq!(whole(&value), None, "{value}");
        }
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_point_but_has_no_fraction() {
        assert_eq!(whole(&json!(12.0)), Some(12));
        assert_eq!(whole(&json!("12.0")), Some(12));
        assert_eq!(
            whole(&json!("18446744073709551615")),
            Some(i128::from(u64::MAX))
        );
        assert_eq!(whole(&json!(12.5)), None);
        assert_eq!(whole(&json!("12.5")), None);
        assert_eq!(whole(&json!(1e300)), None);
    }
}
