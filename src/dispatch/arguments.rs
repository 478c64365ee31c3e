//! The arguments of a call: by position or by name, each with what is expected of it.

use std::collections::BTreeSet;

use games_contract::{Map, Resource};
use serde_json::Value;
use simpl::Rejected;
use wamp::Payload;

/// What a caller sent.
#[derive(Debug)]
pub(super) struct Arguments {
    /// By position.
    pub(super) args: Vec<Value>,
    /// By name.
    pub(super) kwargs: Map,
}

impl Arguments {
    /// Reads a payload.
    ///
    /// # Errors
    /// It is no list and object of JSON.
    pub(super) fn of(payload: &Payload) -> Result<Self, Rejected> {
        match (payload.args(), payload.kwargs()) {
            (Ok(args), Ok(kwargs)) => Ok(Self { args, kwargs }),
            (Err(error), _) | (_, Err(error)) => Err(Rejected::invalid_argument(
                format!("the arguments cannot be read: {error}"),
                "a list and an object of JSON",
                Value::Null,
            )),
        }
    }

    /// The first argument, or the one of that name; null when there is neither.
    pub(super) fn first(&self, name: &str) -> &Value {
        self.at(0, name)
    }

    /// The argument at this place, counted from 0, or the one of that name; null when there is neither.
    pub(super) fn at(&self, place: usize, name: &str) -> &Value {
        let named = || self.kwargs.get(name);
        self.args.get(place).or_else(named).unwrap_or(&Value::Null)
    }

    /// The first argument as a list of resources; none when it is null. Unknown names are left out, as in the original.
    pub(super) fn resources(&self, name: &str) -> Result<Vec<Resource>, Rejected> {
        let given = self.first(name);
        let expected = "a list of resource names, for example [\"world\"]";
        let refused = || not_expected(name, expected, given);
        let names: Vec<&str> = match given {
            Value::Null => Vec::new(),
            Value::Array(names) => {
                let names: Option<_> = names.iter().map(Value::as_str).collect();
                names.ok_or_else(refused)?
            }
            _ => return Err(refused()),
        };
        Ok(names.into_iter().filter_map(Resource::from_name).collect())
    }

    /// The first argument as yes or no; no when it is null.
    pub(super) fn yes_or_no(&self, name: &str) -> Result<bool, Rejected> {
        match self.first(name) {
            Value::Null => Ok(false),
            Value::Bool(yes) => Ok(*yes),
            other => Err(not_expected(name, "true or false", other)),
        }
    }

    /// The keyword `worlds`: those of a run's worlds that are meant; none for all.
    pub(super) fn worlds(&self, of_run: &BTreeSet<u64>) -> Result<Option<Vec<u64>>, Rejected> {
        let given = match self.kwargs.get("worlds") {
            None | Some(Value::Null) => return Ok(None),
            Some(given) => given,
        };
        let refused = || not_expected("worlds", "a list of pks of worlds of this run", given);
        let worlds: Option<Vec<u64>> = given
            .as_array()
            .ok_or_else(refused)?
            .iter()
            .map(Value::as_u64)
            .collect();
        let worlds = worlds.ok_or_else(refused)?;
        match worlds.iter().all(|world| of_run.contains(world)) {
            true => Ok(Some(worlds)),
            false => Err(refused()),
        }
    }
}

pub(super) fn not_expected(name: &str, expected: &'static str, got: &Value) -> Rejected {
    let message = format!("{name}: {expected} is expected, got {got}");
    Rejected::invalid_argument(message, expected, got.clone())
}
