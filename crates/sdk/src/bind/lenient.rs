//! A deserializer over one JSON value that knows how callers write numbers, and says what it wants in plain words.

use serde::de::{Deserializer, Visitor};
use serde_json::{Map, Value};

use super::access::{Entries, Items, Variant};
use super::fault::Fault;
use super::number;

/// A value that a caller sent, or the place where none came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lenient<'a> {
    value: Option<&'a Value>,
    /// Whether keys that begin with `_` are the service's own.
    skips_reserved: bool,
}

impl<'a> Lenient<'a> {
    pub(super) fn new(value: Option<&'a Value>) -> Self {
        Self {
            value,
            skips_reserved: false,
        }
    }

    /// A stored value, in which keys that begin with `_` are the service's own.
    pub(super) fn stored(value: &'a Value) -> Self {
        Self {
            value: Some(value),
            skips_reserved: true,
        }
    }

    fn fault(self, expected: impl Into<String>) -> Fault {
        Fault::expected(expected, self.value)
    }

    fn finite(self) -> Result<f64, Fault> {
        self.value
            .and_then(number::finite)
            .ok_or_else(|| self.fault("a finite number"))
    }

    fn whole(
        self,
        minimum: i128,
        maximum: i128,
        expected: impl FnOnce() -> String,
    ) -> Result<i128, Fault> {
        let number = self
            .value
            .and_then(number::whole)
            .filter(|number| (minimum..=maximum).contains(number));
        number.ok_or_else(|| self.fault(expected()))
    }

    fn text(self) -> Result<&'a str, Fault> {
        self.value
            .and_then(Value::as_str)
            .ok_or_else(|| self.fault("a text"))
    }

    fn list(self) -> Result<Items<'a>, Fault> {
        let list = self
            .value
            .and_then(Value::as_array)
            .ok_or_else(|| self.fault("a list"))?;
        Ok(Items::new(list))
    }

    fn object(self) -> Result<Entries<'a>, Fault> {
        let object = self
            .value
            .and_then(Value::as_object)
            .ok_or_else(|| self.fault("an object"))?;
        Ok(Entries::new(object, self.skips_reserved))
    }
}

/// The integer methods: the range is the type's own.
macro_rules! whole_numbers {
    ($($method:ident: $type:ty => $visit:ident($expected:expr);)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = self.whole(i128::from(<$type>::MIN), i128::from(<$type>::MAX), || $expected)?;
            match <$type>::try_from(number) {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(self.fault($expected)),
            }
        }
    )*};
}

fn between(minimum: impl std::fmt::Display, maximum: impl std::fmt::Display) -> String {
    format!("a whole number from {minimum} to {maximum}")
}

impl<'de> Deserializer<'de> for Lenient<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            None => Err(self.fault("a value")),
            Some(Value::Null) => visitor.visit_unit(),
            Some(Value::Bool(value)) => visitor.visit_bool(*value),
            Some(Value::Number(number)) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(self.finite()?),
            },
            Some(Value::String(text)) => visitor.visit_borrowed_str(text),
            Some(Value::Array(_)) => visitor.visit_seq(self.list()?),
            Some(Value::Object(_)) => visitor.visit_map(self.object()?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self
            .value
            .and_then(Value::as_bool)
            .ok_or_else(|| self.fault("true or false"))?;
        visitor.visit_bool(value)
    }

    whole_numbers! {
        deserialize_u8: u8 => visit_u8(between(u8::MIN, u8::MAX));
        deserialize_u16: u16 => visit_u16(between(u16::MIN, u16::MAX));
        deserialize_u32: u32 => visit_u32(between(u32::MIN, u32::MAX));
        deserialize_u64: u64 => visit_u64("a whole number of at least 0".to_owned());
        deserialize_i8: i8 => visit_i8(between(i8::MIN, i8::MAX));
        deserialize_i16: i16 => visit_i16(between(i16::MIN, i16::MAX));
        deserialize_i32: i32 => visit_i32(between(i32::MIN, i32::MAX));
        deserialize_i64: i64 => visit_i64("a whole number".to_owned());
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = self.finite()?;
        #[allow(clippy::cast_possible_truncation, reason = "checked below")]
        let single = number as f32;
        if single.is_finite() {
            visitor.visit_f32(single)
        } else {
            Err(self.fault("a finite number of single precision"))
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.finite()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self
            .value
            .and_then(Value::as_str)
            .filter(|text| text.chars().count() == 1);
        visitor.visit_borrowed_str(text.ok_or_else(|| self.fault("a single character"))?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(self.list()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            None | Some(Value::Null) => visitor.visit_none(),
            Some(_) => visitor.visit_some(self),
        }
    }

    /// An object will do: a game without options takes a run's data, whatever is in it.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            None | Some(Value::Null | Value::Object(_)) => visitor.visit_unit(),
            Some(_) => Err(self.fault("nothing")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(self.list()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let items = self.list()?;
        if items.left() == length {
            visitor.visit_seq(items)
        } else {
            Err(self.fault(format!("a list of {length}")))
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self.object()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_map(self.object()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (variant, content) = match self.value {
            Some(Value::String(variant)) => (variant, None),
            Some(Value::Object(object)) => {
                sole_entry(object).ok_or_else(|| self.fault(one_of(variants)))?
            }
            _ => return Err(self.fault(one_of(variants))),
        };
        if variants.contains(&variant.as_str()) {
            visitor.visit_enum(Variant::new(variant, content))
        } else {
            Err(self.fault(one_of(variants)))
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

fn sole_entry(object: &Map<String, Value>) -> Option<(&String, Option<&Value>)> {
    let mut entries = object.iter();
    let (name, value) = entries.next()?;
    entries.next().is_none().then_some((name, Some(value)))
}

fn one_of(variants: &[&str]) -> String {
    format!("one of {}", variants.join(", "))
}
