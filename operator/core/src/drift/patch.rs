//! The patch that takes additions away: a strategic merge of the whole wanted object, with a
//! directive for each addition. It names list items by key and not by place, so a list that others
//! change in the meantime does no harm, and what is already gone is no error.

use serde_json::{Map, Value, json};

use super::added::Added;
use super::path::Step;

/// The patch to send for a wanted object.
pub fn removal(wanted: &Value, additions: &[Added]) -> Value {
    let mut patch = wanted.clone();
    for addition in additions {
        if addition.inside {
            replace_map(&mut patch, addition.path.steps());
        } else {
            remove(&mut patch, addition.path.steps());
        }
    }
    patch
}

/// Lists whose key in a strategic merge is only a part of their key in server-side apply: what is
/// wanted of them replaces what is there.
const KEYED_BY_MORE: [&str; 2] = ["ports", "topologySpreadConstraints"];

fn remove(patch: &mut Value, steps: &[Step]) {
    match steps {
        [] => {}
        [Step::Field(name)] => {
            if let Some(map) = object(patch) {
                map.insert(name.clone(), Value::Null);
            }
        }
        [Step::Field(list), Step::Item(_), ..] if KEYED_BY_MORE.contains(&list.as_str()) => {
            let items = object(patch).map(|map| map.entry(list.clone()).or_insert(json!([])));
            if let Some(items) = items.and_then(Value::as_array_mut) {
                items.push(json!({"$patch": "replace"}));
            }
        }
        [Step::Field(name), rest @ ..] => {
            if let Some(map) = object(patch) {
                let empty = match rest.first() {
                    Some(Step::Item(_)) => json!([]),
                    Some(Step::Field(_)) | None => json!({}),
                };
                remove(map.entry(name.clone()).or_insert(empty), rest);
            }
        }
        [Step::Item(keys)] => {
            if let Some(list) = patch.as_array_mut() {
                let mut directive = keys.clone();
                directive.insert("$patch".to_owned(), json!("delete"));
                list.push(Value::Object(directive));
            }
        }
        [step @ Step::Item(_), rest @ ..] => {
            if let Some(item) = step.of_mut(patch) {
                remove(item, rest);
            }
        }
    }
}

/// Has the wanted map at a path take the place of what is there. A list that has one owner does so
/// anyway.
fn replace_map(patch: &mut Value, steps: &[Step]) {
    let there = steps.iter().try_fold(patch, |at, step| step.of_mut(at));
    if let Some(Value::Object(map)) = there {
        map.insert("$patch".to_owned(), json!("replace"));
    }
}

fn object(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = json!({});
    }
    value.as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::FieldPath;

    fn addition(keys: &[&str], inside: bool) -> Added {
        let mut path = FieldPath::default();
        for key in keys {
            path.push(Step::parse(key).unwrap());
        }
        Added {
            path,
            manager: "x".to_owned(),
            inside,
        }
    }

    #[test]
    fn fields_become_null_and_items_are_deleted_by_key() {
        let wanted = json!({"spec": {"containers": [{"name": "a", "env": [{"name": "A"}]}]}});
        let patch = removal(
            &wanted,
            &[
                addition(
                    &[
                        "f:spec",
                        "f:containers",
                        r#"k:{"name":"a"}"#,
                        "f:env",
                        r#"k:{"name":"B"}"#,
                    ],
                    false,
                ),
                addition(&["f:spec", "f:containers", r#"k:{"name":"spy"}"#], false),
                addition(&["f:spec", "f:hostNetwork"], false),
            ],
        );
        assert_eq!(
            patch,
            json!({"spec": {"hostNetwork": null, "containers": [
                {"name": "a", "env": [{"name": "A"}, {"name": "B", "$patch": "delete"}]},
                {"name": "spy", "$patch": "delete"}]}})
        );
    }

    #[test]
    fn lists_that_a_strategic_merge_keys_otherwise_are_replaced() {
        let wanted = json!({"containers": [{"name": "a", "ports": [{"containerPort": 80}]}]});
        let port = r#"k:{"containerPort":80,"protocol":"UDP"}"#;
        let path = ["f:containers", r#"k:{"name":"a"}"#, "f:ports", port];
        assert_eq!(
            removal(&wanted, &[addition(&path, false)])["containers"][0]["ports"],
            json!([{"containerPort": 80}, {"$patch": "replace"}])
        );
    }

    #[test]
    fn what_has_one_owner_is_replaced_whole() {
        let wanted =
            json!({"webhooks": [{"name": "a", "objectSelector": {"matchLabels": {"x": "y"}}}]});
        let keys = ["f:webhooks", r#"k:{"name":"a"}"#, "f:objectSelector"];
        let merged = removal(&wanted, &[addition(&keys, true)]);
        assert_eq!(merged["webhooks"][0]["objectSelector"]["$patch"], "replace");
    }
}
