//! From JSON to the game's types, the way callers send it.
//!
//! Browsers send the text of a form field where a number is meant, so `"12"` and `" 7.5 "` are numbers wherever a number
//! is expected. Nothing else is guessed: a boolean is no number, null and a missing value are refused, and so is every
//! number that is not finite.

mod access;
mod arguments;
mod fault;
mod lenient;
mod limits;
mod number;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(crate) use self::limits::{Range, within};

use self::arguments::Arguments;
use self::fault::Fault;
use self::lenient::Lenient;
use crate::rejected::Rejected;

/// Reads what was stored as a decision, an outcome or options; keys that begin with `_` are the service's own.
pub(crate) fn stored<T: DeserializeOwned>(data: &Value) -> Result<T, Rejected> {
    T::deserialize(Lenient::stored(data))
        .map_err(|fault: Fault| fault.with_got(Some(data)).into_rejected("the value"))
}

/// Reads one positional argument; `index` counts from 0.
pub(crate) fn argument<T: DeserializeOwned>(
    index: usize,
    value: Option<&Value>,
) -> Result<T, Rejected> {
    let name = format!("argument {}", index + 1);
    T::deserialize(Lenient::new(value))
        .map_err(|fault: Fault| fault.with_got(value).into_rejected(&name))
}

/// Reads all arguments as one value: a struct's fields in order from the positional ones, or by name.
///
/// Keywords that the struct does not know are ignored, because front ends of the original send some.
pub(crate) fn arguments<T: DeserializeOwned>(
    args: &[Value],
    kwargs: &Map<String, Value>,
) -> Result<T, Rejected> {
    let named = kwargs.iter().filter(|(name, _)| !name.starts_with('_'));
    let named = Value::Object(
        named
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    );
    let arguments = Arguments::new(args, &named);
    let fault: Fault = match T::deserialize(arguments) {
        Ok(value) => return Ok(value),
        Err(fault) => fault,
    };
    // A missing field is reported without its type: ask once more, with nothing in its place, to hear what it should be.
    let told = fault
        .missing_field()
        .and_then(|field| T::deserialize(arguments.probing(field)).err());
    Err(told
        .unwrap_or(fault)
        .with_got(args.first())
        .into_rejected("argument 1"))
}

/// Refuses more positional arguments than there are places for.
pub(crate) fn too_many(places: usize, got: usize) -> Rejected {
    Fault::too_many(places, got).into_rejected("the arguments")
}
