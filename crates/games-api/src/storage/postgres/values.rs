//! Values on their way to PostgreSQL and back, by the type that the server says a place has.

use std::{borrow::Cow, error::Error};

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::super::connection::Value;

type Fallible<T> = Result<T, Box<dyn Error + Sync + Send>>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Fallible<IsNull> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Boolean(flag), &Type::BOOL) => flag.to_sql(ty, out),
            (Self::Integer(number), &Type::BOOL) => (*number != 0).to_sql(ty, out),
            (Self::Boolean(flag), &Type::INT8) => i64::from(*flag).to_sql(ty, out),
            (Self::Integer(number), &Type::INT8) => number.to_sql(ty, out),
            (Self::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => storable(text).to_sql(ty, out),
            (value, ty) => Err(format!("expected a value for {ty}, got {value:?}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// PostgreSQL holds every character but NUL, which only a stranger's filter or a webhook's answer can bring here.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        return text.replace('\0', "\u{fffd}").into();
    }
    text.into()
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Fallible<Self> {
        match *ty {
            Type::BOOL => bool::from_sql(ty, raw).map(Self::Boolean),
            Type::INT4 => i32::from_sql(ty, raw).map(|number| Self::Integer(number.into())),
            Type::INT8 => i64::from_sql(ty, raw).map(Self::Integer),
            _ => <&str>::from_sql(ty, raw).map(Self::from),
        }
    }

    fn from_sql_null(_: &Type) -> Fallible<Self> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::BOOL | Type::INT4 | Type::INT8 | Type::TEXT | Type::VARCHAR
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(value: &Value, ty: &Type) -> Value {
        let mut bytes = BytesMut::new();
        match value.to_sql(ty, &mut bytes).unwrap() {
            IsNull::Yes => Value::from_sql_null(ty).unwrap(),
            IsNull::No => Value::from_sql(ty, &bytes).unwrap(),
        }
    }

    #[test]
    fn a_value_takes_the_type_of_its_place() {
        let cases = [
            (Value::Null, Type::INT8, Value::Null),
            (Value::Integer(1), Type::BOOL, Value::Boolean(true)),
            (Value::Boolean(true), Type::INT8, Value::Integer(1)),
            (Value::Integer(-7), Type::INT4, Value::Integer(-7)),
            (
                Value::Integer(i64::MIN),
                Type::INT8,
                Value::Integer(i64::MIN),
            ),
            (Value::from("a\0b"), Type::TEXT, Value::from("a\u{fffd}b")),
        ];
        for (value, ty, expected) in cases {
            assert_eq!(there_and_back(&value, &ty), expected);
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        let mut bytes = BytesMut::new();
        for (value, ty) in [
            (Value::from("7"), Type::INT8),
            (Value::Integer(i64::MAX), Type::INT4),
            (Value::Integer(7), Type::TEXT),
        ] {
            assert!(value.to_sql(&ty, &mut bytes).is_err(), "{value:?} as {ty}");
        }
    }
}
