//! A serializer that walks through a value and writes nothing.

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::{self, Serializer};

use super::Unfit;

/// The way to a value; it costs nothing until something is wrong there.
pub(super) enum Path<'p> {
    Whole,
    Field(&'p Self, &'p str),
    Item(&'p Self, usize),
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Field(Path::Whole, name) => f.write_str(name),
            Self::Field(outer, name) => write!(f, "{outer}.{name}"),
            Self::Item(outer, index) => write!(f, "{outer}[{index}]"),
        }
    }
}

/// How deep a value may be nested. What is deeper, JSON parsers refuse, and walking through it could overflow the stack.
const DEEPEST: usize = 100;

/// Walks through a value and writes nothing.
#[derive(Clone, Copy)]
pub(super) struct Scan<'p> {
    path: &'p Path<'p>,
    depth: usize,
}

impl<'p> Scan<'p> {
    /// From the outermost value on.
    pub(super) fn whole() -> Self {
        Self {
            path: &Path::Whole,
            depth: 0,
        }
    }

    fn deeper(self) -> Result<Self, Unfit> {
        let depth = self.depth + 1;
        if depth > DEEPEST {
            return Err(Unfit::Other(format!("it is nested deeper than {DEEPEST}")));
        }
        Ok(Self { depth, ..self })
    }
}

/// What is never a number.
macro_rules! accept {
    ($($method:ident($($type:ty),*);)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<(), Unfit> {
            Ok(())
        }
    )*};
}

impl<'p> Serializer for Scan<'p> {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = Parts<'p>;
    type SerializeTuple = Parts<'p>;
    type SerializeTupleStruct = Parts<'p>;
    type SerializeTupleVariant = Parts<'p>;
    type SerializeMap = Parts<'p>;
    type SerializeStruct = Parts<'p>;
    type SerializeStructVariant = Parts<'p>;

    accept! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_f32(self, number: f32) -> Result<(), Unfit> {
        self.serialize_f64(f64::from(number))
    }

    fn serialize_f64(self, number: f64) -> Result<(), Unfit> {
        if number.is_finite() {
            Ok(())
        } else {
            Err(Unfit::NotFinite {
                at: self.path.to_string(),
                number,
            })
        }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unfit> {
        value.serialize(self.deeper()?)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        value.serialize(self.deeper()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        let Self { path, depth } = self.deeper()?;
        value.serialize(Scan {
            path: &Path::Field(path, variant),
            depth,
        })
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Parts<'p>, Unfit> {
        Parts::of(self, None)
    }

    fn serialize_tuple(self, _length: usize) -> Result<Parts<'p>, Unfit> {
        Parts::of(self, None)
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Parts<'p>, Unfit> {
        Parts::of(self, None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Parts<'p>, Unfit> {
        Parts::of(self, Some(variant))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Parts<'p>, Unfit> {
        Parts::of(self, None)
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Parts<'p>, Unfit> {
        Parts::of(self, None)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Parts<'p>, Unfit> {
        Parts::of(self, Some(variant))
    }
}

/// A value with parts: a list, a map or a struct, perhaps inside a variant.
pub(super) struct Parts<'p> {
    outer: &'p Path<'p>,
    depth: usize,
    variant: Option<&'static str>,
    index: usize,
    key: String,
}

impl<'p> Parts<'p> {
    fn of(scan: Scan<'p>, variant: Option<&'static str>) -> Result<Self, Unfit> {
        let Scan { path, depth } = scan.deeper()?;
        Ok(Self {
            outer: path,
            depth,
            variant,
            index: 0,
            key: String::new(),
        })
    }

    /// The place of the parts is inside the variant, if there is one.
    fn inside(&self, walk: impl FnOnce(&Path<'_>) -> Result<(), Unfit>) -> Result<(), Unfit> {
        match self.variant {
            None => walk(self.outer),
            Some(variant) => walk(&Path::Field(self.outer, variant)),
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        let index = self.index;
        self.index += 1;
        let depth = self.depth;
        self.inside(|outer| {
            let path = &Path::Item(outer, index);
            value.serialize(Scan { path, depth })
        })
    }

    fn field<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Result<(), Unfit> {
        let depth = self.depth;
        self.inside(|outer| {
            let path = &Path::Field(outer, name);
            value.serialize(Scan { path, depth })
        })
    }
}

/// Lists differ in the name of one method.
macro_rules! lists {
    ($($kind:ident: $method:ident;)*) => {$(
        impl ser::$kind for Parts<'_> {
            type Ok = ();
            type Error = Unfit;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
                self.item(value)
            }

            fn end(self) -> Result<(), Unfit> {
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

/// Structs differ in nothing.
macro_rules! structs {
    ($($kind:ident)*) => {$(
        impl ser::$kind for Parts<'_> {
            type Ok = ();
            type Error = Unfit;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unfit> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Unfit> {
                Ok(())
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unfit> {
        let key = serde_json::to_value(key).map_err(ser::Error::custom)?;
        self.key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.field(&self.key, value)
    }

    fn end(self) -> Result<(), Unfit> {
        Ok(())
    }
}
