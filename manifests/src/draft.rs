//! An object before it is rendered: its template, what the template is given, and its wave.

use serde_json::{Map, Value};

use crate::Wave;

/// An object to render.
pub(crate) struct Draft {
    pub wave: Wave,
    pub template: &'static str,
    pub view: Value,
    /// `data` of a ConfigMap. It goes past the template: it may be large, and it is text.
    pub data: Option<Map<String, Value>>,
}

impl Draft {
    pub(crate) fn new(wave: Wave, template: &'static str, view: Value) -> Self {
        Self {
            wave,
            template,
            view,
            data: None,
        }
    }

    /// A ConfigMap.
    pub(crate) fn config(view: Value, data: Map<String, Value>) -> Self {
        Self {
            data: Some(data),
            ..Self::new(Wave::Configuration, "config-map", view)
        }
    }
}

/// Merges maps of labels or annotations, later ones over earlier ones; values become text.
pub(crate) fn labels(layers: &[&Value]) -> Value {
    let mut out = Map::new();
    for layer in layers {
        for (key, value) in layer.as_object().into_iter().flatten() {
            out.insert(key.clone(), Value::String(crate::engine::scalar(value)));
        }
    }
    Value::Object(out)
}
