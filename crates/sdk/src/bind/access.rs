//! The parts of a value: a list's items, an object's entries and their keys, an enum's variant.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde_json::{Map, Value, map};

use super::fault::Fault;
use super::lenient::Lenient;

/// The items of a list, one after another.
#[derive(Debug)]
pub(super) struct Items<'a> {
    list: &'a [Value],
    next: usize,
}

impl<'a> Items<'a> {
    pub(super) fn new(list: &'a [Value]) -> Self {
        Self { list, next: 0 }
    }

    pub(super) fn left(&self) -> usize {
        self.list.len() - self.next
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.list.get(self.next) else {
            return Ok(None);
        };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Lenient::new(Some(item)))
            .map(Some)
            .map_err(|fault| fault.in_item(index, item))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left())
    }
}

/// The entries of an object, one after another.
pub(super) struct Entries<'a> {
    entries: map::Iter<'a>,
    skips_reserved: bool,
    current: Option<(&'a str, &'a Value)>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(object: &'a Map<String, Value>, skips_reserved: bool) -> Self {
        Self {
            entries: object.iter(),
            skips_reserved,
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let skips = self.skips_reserved;
        let Some((key, value)) = self
            .entries
            .find(|(key, _)| !(skips && key.starts_with('_')))
        else {
            return Ok(None);
        };
        self.current = Some((key, value));
        seed.deserialize(Key(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some((key, value)) = self.current.take() else {
            return Err(serde::de::Error::custom(
                "a value was asked for before its key",
            ));
        };
        seed.deserialize(Lenient::new(Some(value)))
            .map_err(|fault| fault.in_field(key, Some(value)))
    }

    fn size_hint(&self) -> Option<usize> {
        None
    }
}

/// An object's key; JSON writes the numbers of a `HashMap<u32, _>` as text.
struct Key<'a>(&'a str);

/// Keys of numeric type parse; everything else is text.
macro_rules! numeric_keys {
    ($($method:ident: $type:ty => $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.0.parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(Fault::expected(concat!("a key that is a number of type ", stringify!($type)), Some(&Value::from(self.0)))),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Fault;

    numeric_keys! {
        deserialize_u8: u8 => visit_u8;
        deserialize_u16: u16 => visit_u16;
        deserialize_u32: u32 => visit_u32;
        deserialize_u64: u64 => visit_u64;
        deserialize_i8: i8 => visit_i8;
        deserialize_i16: i16 => visit_i16;
        deserialize_i32: i32 => visit_i32;
        deserialize_i64: i64 => visit_i64;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.0)
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
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(IntoDeserializer::<Fault>::into_deserializer(self.0))
    }

    serde::forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// A variant of an enum: a text, or the only entry of an object.
pub(super) struct Variant<'a> {
    name: &'a str,
    content: Option<&'a Value>,
}

impl<'a> Variant<'a> {
    pub(super) fn new(name: &'a str, content: Option<&'a Value>) -> Self {
        Self { name, content }
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'de, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            None | Some(Value::Null) => Ok(()),
            Some(_) => {
                Err(Fault::expected("nothing", self.content).in_field(self.name, self.content))
            }
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(Lenient::new(self.content))
            .map_err(|fault| fault.in_field(self.name, self.content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        Lenient::new(self.content)
            .deserialize_tuple(length, visitor)
            .map_err(|fault| fault.in_field(self.name, self.content))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        Lenient::new(self.content)
            .deserialize_map(visitor)
            .map_err(|fault| fault.in_field(self.name, self.content))
    }
}
