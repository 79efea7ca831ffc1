//! Messages of Envoy's API as JSON. Envoy writes fields by their names in the API
//! (`socket_address`), protobuf's JSON and so istiod in camel case (`socketAddress`): both are read.

use serde_json::Value;

static NOTHING: Value = Value::Null;

/// A field of a message; null where it is not set.
pub(super) fn field<'a>(message: &'a Value, name: &str) -> &'a Value {
    message
        .get(name)
        .or_else(|| message.get(camel(name)))
        .unwrap_or(&NOTHING)
}

/// A field within fields.
pub(super) fn at<'a>(message: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(message, |value, name| field(value, name))
}

/// The text of a field; empty where it is not set.
pub(super) fn text<'a>(message: &'a Value, name: &str) -> &'a str {
    field(message, name).as_str().unwrap_or_default()
}

/// The elements of a field; none where it is not set.
pub(super) fn items<'a>(message: &'a Value, name: &str) -> &'a [Value] {
    field(message, name)
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The texts of a field that repeats.
pub(super) fn texts<'a>(message: &'a Value, name: &str) -> Vec<&'a str> {
    items(message, name)
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// The number of a field; 0 where it is not set, as in protobuf.
pub(super) fn number(message: &Value, name: &str) -> u64 {
    field(message, name).as_u64().unwrap_or_default()
}

/// The type of a message packed as any: the last part of its `@type`.
pub(super) fn kind(message: &Value) -> &str {
    let url = message.get("@type").and_then(Value::as_str);
    let url = url.unwrap_or_default();
    url.rsplit(['/', '.']).next().unwrap_or_default()
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_found_in_both_spellings() {
        for message in [
            json!({"socket_address": {"port_value": 80}}),
            json!({"socketAddress": {"portValue": 80}}),
        ] {
            assert_eq!(number(field(&message, "socket_address"), "port_value"), 80);
        }
        assert_eq!(at(&json!({}), &["a", "b"]), &Value::Null);
    }

    #[test]
    fn the_type_is_the_last_part_of_the_url() {
        let message = json!({"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump"});
        assert_eq!(kind(&message), "ClustersConfigDump");
        assert_eq!(kind(&json!({})), "");
    }
}
