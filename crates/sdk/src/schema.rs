//! What a game's types look like to others: JSON Schema (2020-12), with every part written where it belongs.
//!
//! Titles and help come from doc comments; `#[schemars(range(min = 0, max = 10), extend("multipleOf" = 5, "unit" = "crates"))]` on
//! a field gives limits, a step and a unit, and an enum gives choices. `extend("x-chart" = {"lines": "role"})` says how pages draw it;
//! `docs/charts.md` lists the hints.

mod any;

pub(crate) use any::{any, extreme};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema of what somebody sends: a decision, options.
pub(crate) fn of_input<T: JsonSchema>() -> Value {
    of::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of what is told: an outcome.
pub(crate) fn of_output<T: JsonSchema>() -> Value {
    of::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn of<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let inline = settings.with(|settings| settings.inline_subschemas = true);
    let schema = inline.into_generator().into_root_schema_for::<T>();
    schema.to_value()
}

/// The schema that `schema` stands for: only a type that contains itself is written by reference.
pub(crate) fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let target = schema.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|target| root.pointer(target.strip_prefix('#')?));
    target.unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use serde_json::json;

    /// What you order.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Order {
        /// # Quantity
        ///
        /// How many crates you want.
        #[schemars(range(min = 0, max = 500), extend("multipleOf" = 5, "unit" = "crates"))]
        quantity: u32,
        /// From whom.
        from: Vendor,
        /// A second choice.
        or_from: Option<Vendor>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    enum Vendor {
        North,
        South,
    }

    #[test]
    fn a_field_says_its_title_help_unit_limits_step_and_choices() {
        let schema = of_input::<Order>();
        assert_eq!(schema["description"], "What you order.");
        let expected = json!({"title": "Quantity", "description": "How many crates you want.", "type": "integer",
            "format": "uint32", "minimum": 0, "maximum": 500, "multipleOf": 5, "unit": "crates"});
        assert_eq!(schema["properties"]["quantity"], expected);
        let from = &schema["properties"]["from"];
        assert_eq!(
            (&from["enum"], &from["description"]),
            (&json!(["North", "South"]), &json!("From whom."))
        );
        assert_eq!(schema["required"], json!(["quantity", "from"]));
        assert!(schema.get("$defs").is_none(), "{schema}");
    }
}
