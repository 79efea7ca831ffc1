//! Values made to fit a schema, mostly, and values that fit nothing.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// Strings that mean something to YAML, Handlebars, Go templates, shells, paths or names.
pub(crate) const HOSTILE: [&str; 26] = [
    "",
    " ",
    "\n",
    "---\nkind: Secret",
    "x\n---\n",
    "{{ x }}",
    "{{{raw}}}",
    "'\"\\",
    "# no comment",
    "yes",
    "null",
    "~",
    "0x1f",
    "1e3",
    "- a",
    "a: b",
    "&a *b !!c",
    "%TAG",
    "\t\u{85}\u{2028}\u{feff}",
    "\u{1f600}",
    "../../etc",
    "a/b",
    "UPPER",
    "-edge-",
    "0123456789012345678901234567890123456789012345678901234567890123456789",
    "$(POD_NAME)",
];

/// Strings that stand for something.
const PLAIN: [&str; 16] = [
    "blue",
    "default",
    "istio-system",
    "kube-system",
    "gateway",
    "1.2.3.4",
    "2001:db8::1",
    "istiod.example.com",
    "multus",
    "openshift",
    "k8s.io/signer",
    "Always",
    "25%",
    "100m",
    "zipkin",
    "true",
];

/// A string, of either sort.
pub(crate) fn text(random: &mut Random) -> String {
    if random.once_in(3) {
        (*random.one(&HOSTILE)).to_owned()
    } else {
        (*random.one(&PLAIN)).to_owned()
    }
}

/// Any value.
pub(crate) fn free(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => random.once_in(2).into(),
        2 => (*random.one(&[0_i64, 1, -1, 2, 80, 15021, 65536, i64::MAX, i64::MIN])).into(),
        3 => (*random.one(&[0.5, -0.0, 1e300, 1e-300, 100.0])).into(),
        4 | 5 => text(random).into(),
        6 => {
            let count = random.below(3);
            (0..count).map(|_| free(random, depth - 1)).collect()
        }
        _ => {
            let count = random.below(4);
            let member = |random: &mut Random| (key(random), free(random, depth - 1));
            Value::Object((0..count).map(|_| member(random)).collect())
        }
    }
}

/// A key: one that Kubernetes knows, mostly.
fn key(random: &mut Random) -> String {
    const KNOWN: [&str; 18] = [
        "name",
        "value",
        "key",
        "operator",
        "values",
        "port",
        "targetPort",
        "ports",
        "type",
        "matchLabels",
        "cpu",
        "memory",
        "limits",
        "requests",
        "mountPath",
        "$patch",
        "minReplicas",
        "maxUnavailable",
    ];
    if random.once_in(4) {
        text(random)
    } else {
        (*random.one(&KNOWN)).to_owned()
    }
}

/// A value for a JSON Schema or one of Kubernetes' structural schemas; once in a while not for it.
pub(crate) fn fitting(random: &mut Random, schema: &Value, depth: usize) -> Value {
    if random.once_in(40) {
        return free(random, 2);
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return random.one(allowed).clone();
    }
    if let Some(properties) = schema["properties"].as_object() {
        return members(random, schema, properties, depth);
    }
    match kind(random, &schema["type"]) {
        "boolean" => random.once_in(2).into(),
        "integer" => (*random.one(&[0, 1, 2, 3, 80, 15021, 65536])).into(),
        "number" => (*random.one(&[0.0, 1.0, 0.5, 100.0])).into(),
        "string" => text(random).into(),
        "array" => {
            let count = random.below(3);
            let item = |random: &mut Random| fitting(random, &schema["items"], depth);
            (0..count).map(|_| item(random)).collect()
        }
        "object" if schema["additionalProperties"].is_object() => {
            let below = &schema["additionalProperties"];
            json!({ key(random): fitting(random, below, depth) })
        }
        "object" => {
            let count = random.below(4);
            let member = |random: &mut Random| (key(random), free(random, 3));
            Value::Object((0..count).map(|_| member(random)).collect())
        }
        _ => free(random, 2),
    }
}

/// A type that the schema allows, but null: that is what taking away is for.
fn kind<'a>(random: &mut Random, kinds: &'a Value) -> &'a str {
    match kinds {
        Value::Array(list) => {
            let kinds: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            kinds[random.below(kinds.len())]
        }
        kind => kind.as_str().unwrap_or_default(),
    }
}

/// What is required, and one or two more.
fn members(
    random: &mut Random,
    schema: &Value,
    properties: &Map<String, Value>,
    depth: usize,
) -> Value {
    let mut out = Map::new();
    let required = schema["required"].as_array().into_iter().flatten();
    for key in required.filter_map(Value::as_str) {
        out.insert(
            key.to_owned(),
            fitting(random, &schema["properties"][key], depth),
        );
    }
    if depth == 0 {
        return Value::Object(out);
    }
    let keys: Vec<&String> = properties.keys().collect();
    for _ in 0..=random.below(2) {
        let key = *random.one(&keys);
        out.insert(key.clone(), fitting(random, &properties[key], depth - 1));
    }
    Value::Object(out)
}
