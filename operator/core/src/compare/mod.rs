//! Does a live object hold everything that is wanted of it? The answer is the paths that differ.
//!
//! Wanted fields are compared with what the API server made of them: it drops empty values, writes
//! quantities in their shortest form and adds defaults. Extra fields and extra elements of lists
//! that server-side apply merges by key belong to others and do not count here.

mod quantity;

use serde_json::{Map, Value};

/// Paths of wanted fields that the live object lacks or has otherwise, in order. `apiVersion` and
/// `kind` are left aside: the objects of a list come without them.
pub fn differences(wanted: &Value, live: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut path = Path::default();
    for (key, wanted) in wanted.as_object().into_iter().flatten() {
        if key != "apiVersion" && key != "kind" {
            path.within(key.clone(), |path| {
                value(wanted, live.get(key), path, &mut found);
            });
        }
    }
    found
}

/// Whether two values of the field at a path, its steps divided by dots, are quantities of the same
/// amount.
pub fn same_amount(path: &str, one: &Value, other: &Value) -> bool {
    let path = Path(path.split('.').map(str::to_owned).collect());
    path.is_quantity() && quantity::equal(one, other)
}

/// Lists that server-side apply merges by a key, with that key (Kubernetes API `listMapKey`).
/// A `ports` list is keyed by more than one field, and which ones depends on the kind.
const KEYED: [(&str, &[&str]); 13] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("imagePullSecrets", &["name"]),
    ("webhooks", &["name"]),
    ("matchConditions", &["name"]),
    ("hostAliases", &["ip"]),
    (
        "topologySpreadConstraints",
        &["topologyKey", "whenUnsatisfiable"],
    ),
    ("ports", &["containerPort", "port", "protocol", "name"]),
    ("conditions", &["type"]),
];

/// Maps whose values are quantities.
const QUANTITY_MAPS: [&str; 3] = ["requests", "limits", "hard"];
/// Fields that are quantities.
const QUANTITIES: [&str; 4] = ["divisor", "sizeLimit", "averageValue", "storage"];

#[derive(Default)]
struct Path(Vec<String>);

impl Path {
    fn leaf(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    fn is_quantity(&self) -> bool {
        let parent = self
            .0
            .len()
            .checked_sub(2)
            .map_or("", |at| self.0[at].as_str());
        QUANTITIES.contains(&self.leaf()) || QUANTITY_MAPS.contains(&parent)
    }

    fn within<T>(&mut self, step: String, look: impl FnOnce(&mut Self) -> T) -> T {
        self.0.push(step);
        let answer = look(self);
        self.0.pop();
        answer
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            let dot = if at == 0 || step.starts_with('[') {
                ""
            } else {
                "."
            };
            write!(f, "{dot}{step}")?;
        }
        Ok(())
    }
}

fn value(wanted: &Value, live: Option<&Value>, path: &mut Path, found: &mut Vec<String>) {
    match (wanted, live) {
        (wanted, None | Some(Value::Null)) => {
            if !is_dropped(wanted) {
                found.push(path.to_string());
            }
        }
        (Value::Object(wanted), Some(Value::Object(live))) => object(wanted, live, path, found),
        (Value::Array(wanted), Some(Value::Array(live))) => list(wanted, live, path, found),
        (wanted, Some(live)) => {
            let equal = wanted == live
                || numbers_equal(wanted, live)
                || (path.is_quantity() && quantity::equal(wanted, live));
            if !equal {
                found.push(path.to_string());
            }
        }
    }
}

fn object(
    wanted: &Map<String, Value>,
    live: &Map<String, Value>,
    path: &mut Path,
    found: &mut Vec<String>,
) {
    for (key, wanted) in wanted {
        path.within(key.clone(), |path| {
            value(wanted, live.get(key), path, found);
        });
    }
}

fn list(wanted: &[Value], live: &[Value], path: &mut Path, found: &mut Vec<String>) {
    let keys = KEYED
        .iter()
        .find(|(name, _)| *name == path.leaf())
        .map(|(_, keys)| *keys);
    match keys {
        Some(keys) if wanted.iter().all(Value::is_object) => keyed(keys, wanted, live, path, found),
        _ => atomic(wanted, live, path, found),
    }
}

fn keyed(
    keys: &[&str],
    wanted: &[Value],
    live: &[Value],
    path: &mut Path,
    found: &mut Vec<String>,
) {
    for item in wanted {
        let same = |other: &&Value| {
            keys.iter()
                .all(|key| item.get(key).is_none() || item.get(key) == other.get(key))
        };
        let name = keys
            .iter()
            .find_map(|key| item.get(key))
            .map(plain)
            .unwrap_or_default();
        path.within(format!("[{name}]"), |path| {
            value(item, live.iter().find(same), path, found);
        });
    }
}

fn atomic(wanted: &[Value], live: &[Value], path: &mut Path, found: &mut Vec<String>) {
    if wanted.len() != live.len() {
        found.push(path.to_string());
        return;
    }
    for (at, (wanted, live)) in wanted.iter().zip(live).enumerate() {
        path.within(format!("[{at}]"), |path| {
            value(wanted, Some(live), path, found);
        });
    }
}

/// Whether the API server leaves a field with this value out (`omitempty`).
fn is_dropped(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_dropped),
    }
}

fn numbers_equal(one: &Value, other: &Value) -> bool {
    matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if (one - other).abs() < f64::EPSILON)
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_and_additions_of_others_do_not_count() {
        let wanted = json!({"spec": {"template": {"spec": {"containers": [
            {"name": "discovery", "env": [{"name": "A", "value": "1"}]}]}}}});
        let live = json!({"spec": {"replicas": 1, "template": {"spec": {"dnsPolicy": "ClusterFirst", "containers": [
            {"name": "added", "image": "x"},
            {"name": "discovery", "terminationMessagePath": "/dev", "env": [
                {"name": "B", "value": "2"}, {"name": "A", "value": "1"}]}]}}}});
        assert_eq!(differences(&wanted, &live), Vec::<String>::new());
    }

    #[test]
    fn an_object_from_a_list_is_the_object() {
        let wanted = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}});
        assert_eq!(
            differences(&wanted, &json!({"data": {"a": "b"}})),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_changed_or_missing_field_is_named() {
        let wanted =
            json!({"spec": {"a": 1, "containers": [{"name": "c", "image": "new"}], "args": ["x"]}});
        let live =
            json!({"spec": {"containers": [{"name": "c", "image": "old"}], "args": ["x", "y"]}});
        assert_eq!(
            differences(&wanted, &live),
            ["spec.a", "spec.args", "spec.containers[c].image"]
        );
    }

    #[test]
    fn empty_values_are_as_good_as_absent() {
        let wanted =
            json!({"a": {}, "b": [], "c": "", "d": null, "e": {"f": {}}, "g": 0, "h": false});
        assert_eq!(differences(&wanted, &json!({})), Vec::<String>::new());
    }

    #[test]
    fn a_value_that_is_not_empty_is_missed() {
        assert_eq!(differences(&json!({"a": {"b": true}}), &json!({})), ["a"]);
    }

    #[test]
    fn quantities_are_compared_by_amount() {
        let wanted = json!({"resources": {"limits": {"cpu": "2000m", "memory": "1024Mi"}}});
        let live = json!({"resources": {"limits": {"cpu": "2", "memory": "1Gi"}}});
        assert_eq!(differences(&wanted, &live), Vec::<String>::new());
        let less = json!({"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}});
        assert_eq!(differences(&wanted, &less), ["resources.limits.cpu"]);
    }

    #[test]
    fn text_that_looks_like_a_quantity_elsewhere_is_text() {
        assert_eq!(
            differences(&json!({"value": "1000m"}), &json!({"value": "1"})),
            ["value"]
        );
    }

    #[test]
    fn ports_are_found_by_number_and_protocol() {
        let wanted = json!({"ports": [{"port": 53, "protocol": "UDP", "name": "dns"}]});
        let live = json!({"ports": [{"port": 53, "protocol": "TCP", "name": "dns-tcp", "targetPort": 53},
                                    {"port": 53, "protocol": "UDP", "name": "dns", "targetPort": 53}]});
        assert_eq!(differences(&wanted, &live), Vec::<String>::new());
    }
}
