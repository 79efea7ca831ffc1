//! The laws by which layers are merged, as properties.

use mainsheet_profiles::merge::merge;
use proptest::prelude::*;
use serde_json::{Map, Value};

/// A tree with few names, so that layers meet.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..9_i32).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
        prop::collection::vec(0..3_i32, 0..3).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop::collection::btree_map("[a-d]", inner, 0..4)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
    })
}

fn layer() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-d]", tree(), 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn merged(base: &Value, over: &Value) -> Value {
    let mut base = base.clone();
    merge(&mut base, over);
    base
}

/// Every path to something that is no map, with what is there.
fn leaves(value: &Value, path: &str, out: &mut Vec<(String, Value)>) {
    match value.as_object() {
        Some(map) => map
            .iter()
            .for_each(|(key, below)| leaves(below, &format!("{path}/{key}"), out)),
        None => out.push((path.to_owned(), value.clone())),
    }
}

proptest! {
    #[test]
    fn an_empty_layer_changes_nothing(value in layer()) {
        let empty = Value::Object(Map::new());
        prop_assert_eq!(merged(&value, &empty), value.clone());
        prop_assert_eq!(merged(&empty, &value), value);
    }

    #[test]
    fn a_layer_twice_is_a_layer_once(base in layer(), over in layer()) {
        let once = merged(&base, &over);
        prop_assert_eq!(merged(&once, &over), once);
    }

    #[test]
    fn the_later_layer_wins_wherever_it_speaks(base in layer(), over in layer()) {
        let result = merged(&base, &over);
        let mut said = Vec::new();
        leaves(&over, "", &mut said);
        for (path, value) in said {
            prop_assert_eq!(result.pointer(&path), Some(&value), "{}", path);
        }
    }

    #[test]
    fn what_the_later_layer_does_not_speak_of_stays(base in layer(), over in layer()) {
        let result = merged(&base, &over);
        for (key, value) in base.as_object().into_iter().flatten() {
            if over.get(key).is_none() {
                prop_assert_eq!(result.get(key), Some(value));
            }
        }
    }

    #[test]
    fn lists_are_replaced_whole(base in prop::collection::vec(0..9_i32, 0..5), over in prop::collection::vec(0..9_i32, 0..5)) {
        let result = merged(&serde_json::json!({ "a": base }), &serde_json::json!({ "a": over }));
        prop_assert_eq!(result, serde_json::json!({ "a": over }));
    }

    #[test]
    fn the_order_of_merging_does_not_matter(a in layer(), b in layer(), c in layer()) {
        // Three layers: pairs may be merged first. It is what lets a layer be made of layers. A
        // scalar between two maps hides the lower one only when it is seen by it.
        let left = merged(&merged(&a, &b), &c);
        let right = merged(&a, &merged(&b, &c));
        let mut said = Vec::new();
        leaves(&merged(&b, &c), "", &mut said);
        for (path, value) in said {
            if !value.is_object() {
                prop_assert_eq!(left.pointer(&path), right.pointer(&path));
            }
        }
    }
}
