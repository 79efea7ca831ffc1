//! From Rust types to the structural schema of a CRD.
//!
//! `schemars` writes an optional field as "this or null", a documented enum as one constant a
//! variant, and an unsigned integer with a format that Kubernetes does not know. [`root`] rewrites
//! these, so that a field's Rust type alone decides its schema; rules that no type can say are in
//! [`rules`](super::rules).

use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    json_schema,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Value, json};

use super::IstioStatus;

/// Whether an object of a kind may leave its `spec` out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpecPresence {
    /// The API server refuses an object without a spec.
    Required,
    /// An object without a spec is taken, and means one with an empty spec.
    Optional,
}

/// The schema of a whole object of a kind with spec `S`, described by the doc comment of `S`.
pub(crate) fn root<S: JsonSchema>(presence: SpecPresence) -> Schema {
    let mut spec = generate::<S>();
    let description = spec.remove("description");
    let mut schema = json_schema!({
        "type": "object",
        "properties": {"spec": spec, "status": generate::<IstioStatus>()},
    });
    if let Some(description) = description {
        schema.insert("description".into(), description);
    }
    if presence == SpecPresence::Required {
        schema.insert("required".into(), json!(["spec"]));
    }
    schema
}

fn generate<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(structural).transform(&mut schema);
    schema
}

fn structural(schema: &mut Schema) {
    schema.remove("title");
    unwrap_optional(schema);
    drop_null_type(schema);
    hoist_constants(schema);
    bound_unsigned(schema);
}

/// `anyOf: [x, {type: null}]` becomes `x`; what the field itself says wins over what `x` says.
fn unwrap_optional(schema: &mut Schema) {
    let null = json!({"type": "null"});
    let inner = match schema
        .get("anyOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([inner, last]) if *last == null => inner.as_object().cloned(),
        _ => None,
    };
    if let Some(inner) = inner {
        schema.remove("anyOf");
        for (key, value) in inner {
            if schema.get(&key).is_none() {
                schema.insert(key, value);
            }
        }
    }
}

/// `type: [x, null]` becomes `type: x`.
fn drop_null_type(schema: &mut Schema) {
    let kept = match schema
        .get("type")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([kept, last]) if last == "null" => kept.clone(),
        _ => return,
    };
    schema.insert("type".into(), kept);
}

/// `oneOf: [{const: A}, {const: B}]`, which is how a documented enum comes, becomes `enum: [A, B]`.
fn hoist_constants(schema: &mut Schema) {
    let constants = schema
        .get("oneOf")
        .and_then(Value::as_array)
        .and_then(|variants| {
            variants
                .iter()
                .map(|variant| variant.get("const").cloned())
                .collect::<Option<Vec<_>>>()
        });
    if let Some(constants) = constants {
        schema.remove("oneOf");
        schema.insert("type".into(), "string".into());
        schema.insert("enum".into(), constants.into());
    }
}

/// Says an unsigned format by its bounds.
fn bound_unsigned(schema: &mut Schema) {
    let maximum = match schema.get("format").and_then(Value::as_str) {
        Some("uint32") => Some(u32::MAX),
        Some("uint64") => None,
        _ => return,
    };
    schema.remove("format");
    if let Some(maximum) = maximum.filter(|_| schema.get("maximum").is_none()) {
        schema.insert("maximum".into(), maximum.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each shape that `structural` rewrites.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Sample {
        /// Of the field.
        colour: Option<Colour>,
        count: Option<u32>,
        code: Option<u32>,
        size: u64,
        #[schemars(extend("nullable" = true))]
        wanted: Option<bool>,
    }

    /// Of the type.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Colour {
        /// Like blood.
        Red,
        /// Like grass.
        Green,
    }

    #[test]
    fn an_optional_field_has_the_schema_of_what_it_holds() {
        let schema = generate::<Sample>();
        let properties = schema.get("properties").unwrap();
        assert_eq!(
            properties["colour"],
            json!({"type": "string", "enum": ["Red", "Green"], "description": "Of the field."})
        );
        assert_eq!(
            properties["wanted"],
            json!({"type": "boolean", "nullable": true})
        );
        assert_eq!(schema.get("required"), Some(&json!(["size"])));
    }

    #[test]
    fn unsigned_integers_are_said_by_bounds() {
        let schema = generate::<Sample>();
        let properties = schema.get("properties").unwrap();
        let count = json!({"type": "integer", "minimum": 0, "maximum": u32::MAX});
        assert_eq!(properties["count"], count);
        assert_eq!(properties["size"], json!({"type": "integer", "minimum": 0}));
    }
}
