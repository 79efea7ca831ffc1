//! The one way in which layers of values are merged.
//!
//! Laws (tested as properties): an empty layer changes nothing; merging a layer twice is merging
//! it once; the later layer wins; maps merge key by key, everything else, lists too, is replaced
//! whole.

use serde_json::{Map, Value};

/// Lays `over` on `base`.
pub fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => merge_maps(base, over),
        (base, over) => *base = over.clone(),
    }
}

/// Lays the keys of `over` on those of `base`.
pub fn merge_maps(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match base.get_mut(key) {
            Some(present) => merge(present, value),
            None => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Whether a value counts as set where a template asks: not absent, null, false, zero or empty.
pub fn truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
    }
}

/// The value at a dotted path, if every step of it is there.
pub fn at<'a>(values: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(values, |value, key| value.get(key))
}

/// Writes a value at a dotted path, making the maps on the way.
pub fn put(values: &mut Value, path: &str, value: Value) {
    let mut place = values;
    for key in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[key];
    }
    *place = value;
}
