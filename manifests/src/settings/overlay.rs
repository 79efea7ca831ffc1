//! Carries out one change of an overlay on one object.

use mainsheet_crds::installation::OverlayPatch;
use serde_json::{Map, Value};

use super::path::{Step, parse};
use crate::engine::scalar;

/// Fields that say which object it is: whatever changed them would apply another object.
const IDENTITY: [&[&str]; 4] = [
    &["kind"],
    &["apiVersion"],
    &["metadata", "name"],
    &["metadata", "namespace"],
];

/// Writes or deletes what is at the path, or says what is wrong.
pub(super) fn apply(object: &mut Value, change: &OverlayPatch) -> Result<(), String> {
    let steps = parse(&change.path)?;
    refuse_identity(&steps)?;
    let value = change.value.as_ref().filter(|value| !value.is_null());
    if let Some(value) = value {
        return set(object, &steps, value);
    }
    delete(object, &steps);
    Ok(())
}

fn refuse_identity(steps: &[Step]) -> Result<(), String> {
    let same = |field: &&[&str]| {
        let keys = field.iter().zip(steps);
        // `metadata` as a whole holds the name too.
        keys.into_iter()
            .all(|(key, step)| *step == Step::Key((*key).to_owned()))
            && steps.len() <= field.len()
    };
    match IDENTITY.iter().find(|field| same(field)) {
        Some(field) => Err(format!("{} cannot be changed", field.join("."))),
        None => Ok(()),
    }
}

fn set(node: &mut Value, steps: &[Step], value: &Value) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        *node = value.clone();
        return Ok(());
    };
    match step {
        Step::Key(key) => {
            if node.is_null() {
                *node = Value::Object(Map::new());
            }
            let map = node
                .as_object_mut()
                .ok_or_else(|| format!("{key} is not in an object"))?;
            set(map.entry(key.clone()).or_insert(Value::Null), rest, value)
        }
        Step::Index(_) | Step::Member(..) | Step::Item(_) => {
            if node.is_null() {
                *node = Value::Array(Vec::new());
            }
            let list = node
                .as_array_mut()
                .ok_or_else(|| format!("{step} is not in a list"))?;
            let at = match find(list, step) {
                Some(at) => at,
                None if matches!(step, Step::Index(_)) => {
                    list.push(Value::Null);
                    list.len() - 1
                }
                None => return Err(format!("there is no item {step}")),
            };
            list.get_mut(at)
                .map_or(Ok(()), |item| set(item, rest, value))
        }
    }
}

/// What is not there needs no deleting.
fn delete(node: &mut Value, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    match (step, node) {
        (Step::Key(key), Value::Object(map)) => {
            if rest.is_empty() {
                map.remove(key);
            } else if let Some(below) = map.get_mut(key) {
                delete(below, rest);
            }
        }
        (Step::Index(_) | Step::Member(..) | Step::Item(_), Value::Array(list)) => {
            if let Some(at) = find(list, step) {
                if rest.is_empty() {
                    list.remove(at);
                } else if let Some(item) = list.get_mut(at) {
                    delete(item, rest);
                }
            }
        }
        _ => {}
    }
}

fn find(list: &[Value], step: &Step) -> Option<usize> {
    match step {
        Step::Key(_) => None,
        Step::Index(index) => usize::try_from(*index)
            .ok()
            .filter(|index| *index < list.len()),
        Step::Member(key, value) => list
            .iter()
            .position(|item| item.get(key).is_some_and(|member| scalar(member) == *value)),
        Step::Item(value) => list.iter().position(|item| matches(item, value)),
    }
}

/// A scalar item is meant by its text, or by a regular expression that finds it.
fn matches(item: &Value, wanted: &str) -> bool {
    if item.is_object() || item.is_array() {
        return false;
    }
    let text = scalar(item);
    text == wanted || regex_lite::Regex::new(wanted).is_ok_and(|pattern| pattern.is_match(&text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(path: &str, value: Value) -> Result<Value, String> {
        let mut object = json!({
            "kind": "Deployment", "metadata": { "name": "a" },
            "spec": { "containers": [{ "name": "x", "args": ["one", "two"] }, { "name": "y" }] },
        });
        let value = Some(value).filter(|value| !value.is_null());
        apply(
            &mut object,
            &OverlayPatch {
                path: path.into(),
                value,
            },
        )?;
        Ok(object["spec"].clone())
    }

    #[test]
    fn what_is_at_the_path_is_written() {
        let spec = changed("spec.containers.[name:x].args.[:one]", json!("1")).expect("path");
        assert_eq!(spec["containers"][0]["args"], json!(["1", "two"]));
        let spec = changed("spec.containers[1].image", json!("i: {{ x }}")).expect("path");
        assert_eq!(spec["containers"][1]["image"], "i: {{ x }}");
        let spec = changed("spec.containers.[name:x].args.[-1]", json!("three")).expect("path");
        assert_eq!(
            spec["containers"][0]["args"],
            json!(["one", "two", "three"])
        );
        let spec = changed("spec.volumes[0].name", json!("v")).expect("path");
        assert_eq!(spec["volumes"], json!([{ "name": "v" }]));
    }

    #[test]
    fn without_a_value_it_is_deleted() {
        let spec = changed("spec.containers.[name:x]", Value::Null).expect("path");
        assert_eq!(spec["containers"], json!([{ "name": "y" }]));
        let before = changed("spec.missing.[name:z].a", Value::Null).expect("path");
        assert_eq!(before["containers"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn a_path_that_leads_nowhere_is_refused() {
        assert_eq!(
            changed("spec.containers.[name:z].image", json!("i")).unwrap_err(),
            "there is no item [name:z]"
        );
        assert_eq!(
            changed("kind.x", json!(1)).unwrap_err(),
            "x is not in an object"
        );
    }

    #[test]
    fn what_says_which_object_it_is_stays() {
        for path in [
            "metadata.name",
            "kind",
            "metadata",
            "metadata.namespace",
            "apiVersion",
        ] {
            let error = changed(path, json!("other")).expect_err(path);
            assert!(error.ends_with("cannot be changed"), "{error}");
        }
    }
}
