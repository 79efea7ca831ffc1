//! CRDs as documents.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::{Map, Number, Value};

/// The document of a CRD as the API server gives it back: keys sorted, and bounds of integers
/// written as integers, which the typed form holds as floats.
pub fn document(crd: &CustomResourceDefinition) -> Result<Value, serde_json::Error> {
    serde_json::to_value(crd).map(canonical)
}

fn canonical(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key, canonical(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(canonical).collect(),
        Value::Number(number) => Value::Number(integral(number)),
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}

fn integral(number: Number) -> Number {
    let text = number
        .as_f64()
        .filter(|float| float.fract() == 0.0)
        .map(|float| float.to_string());
    text.and_then(|text| text.parse::<i64>().ok())
        .map_or(number, Number::from)
}
