//! A deserializer over all the arguments of a call: a struct's fields, in order or by name.

use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
    value::StrDeserializer,
};
use serde_json::Value;

use super::access::Items;
use super::fault::Fault;
use super::lenient::Lenient;

/// The arguments of a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arguments<'a> {
    args: &'a [Value],
    /// An object; the reserved keywords are gone.
    kwargs: &'a Value,
    /// A field to present although it is missing, so that its type says what it expects.
    probed: Option<&'a str>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(args: &'a [Value], kwargs: &'a Value) -> Self {
        Self {
            args,
            kwargs,
            probed: None,
        }
    }

    pub(super) fn probing(self, field: &'a str) -> Self {
        Self {
            probed: Some(field),
            ..self
        }
    }

    /// The arguments of a type that has no named fields: one positional argument, or all keywords as one object.
    fn single(self) -> Result<Lenient<'a>, Fault> {
        self.at_most(1)?;
        let object = self
            .kwargs
            .as_object()
            .filter(|named| !named.is_empty())
            .map(|_| self.kwargs);
        Ok(Lenient::new(self.args.first().or(object)))
    }

    fn at_most(self, places: usize) -> Result<(), Fault> {
        if self.args.len() > places {
            Err(Fault::too_many(places, self.args.len()))
        } else {
            Ok(())
        }
    }
}

/// Types without named fields take the only argument.
macro_rules! single {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.single()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Arguments<'de> {
    type Error = Fault;

    single! {
        deserialize_any deserialize_bool deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_i8
        deserialize_i16 deserialize_i32 deserialize_i64 deserialize_f32 deserialize_f64 deserialize_option
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.at_most(fields.len())?;
        visitor.visit_map(Fields {
            arguments: self,
            fields,
            next: 0,
            current: None,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.at_most(0)?;
        Lenient::new(Some(self.kwargs)).deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(Items::new(self.args))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.at_most(length)?;
        visitor.visit_seq(Items::new(self.args))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.at_most(0)?;
        visitor.visit_unit()
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

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.single()?.deserialize_enum(name, variants, visitor)
    }
}

/// The fields of a struct that have an argument.
struct Fields<'a> {
    arguments: Arguments<'a>,
    fields: &'static [&'static str],
    next: usize,
    current: Option<(&'static str, Option<&'a Value>)>,
}

impl<'a> Fields<'a> {
    /// The field's argument: its place among the positional ones, or its keyword, but not both.
    fn value(&self, index: usize, name: &str) -> Result<Option<&'a Value>, Fault> {
        let by_name = self.arguments.kwargs.get(name);
        match self.arguments.args.get(index) {
            Some(_) if by_name.is_some() => {
                Err(Fault::custom("it is given twice, by position and by name")
                    .in_field(name, by_name))
            }
            Some(by_position) => Ok(Some(by_position)),
            None => Ok(by_name),
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        while let Some(name) = self.fields.get(self.next) {
            let value = self.value(self.next, name)?;
            self.next += 1;
            if value.is_some() || self.arguments.probed == Some(name) {
                self.current = Some((name, value));
                let key: StrDeserializer<'de, Fault> = (*name).into_deserializer();
                return seed.deserialize(key).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some((name, value)) = self.current.take() else {
            return Err(Fault::custom("a value was asked for before its key"));
        };
        seed.deserialize(Lenient::new(value))
            .map_err(|fault| fault.in_field(name, value))
    }
}
