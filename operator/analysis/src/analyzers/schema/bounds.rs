//! What a schema says beside types and names: how large, how many, and which of several.

use mainsheet_profiles::Finding;
use serde_json::Value;

/// What of a document is out of its bounds. Types are another's business.
pub(super) fn findings(value: &Value, schema: &Value, path: &str, found: &mut Vec<Finding>) {
    let problem = match value {
        Value::Number(_) => number(value, schema),
        Value::String(text) => length(text.chars().count(), schema, "Length", "characters"),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                findings(item, &schema["items"], &format!("{path}[{index}]"), found);
            }
            length(items.len(), schema, "Items", "entries")
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let below = match schema["properties"].get(key) {
                    Some(known) => known,
                    None => &schema["additionalProperties"],
                };
                findings(value, below, &format!("{path}.{key}"), found);
            }
            union(value, schema)
        }
        Value::Null | Value::Bool(_) => None,
    };
    found.extend(problem.map(|problem| Finding {
        path: path.to_owned(),
        problem,
    }));
}

fn number(value: &Value, schema: &Value) -> Option<String> {
    let given = value.as_f64()?;
    let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
    let is_out = least.is_some_and(|least| given < least) || most.is_some_and(|most| given > most);
    is_out.then(|| match (least, most) {
        (Some(least), Some(most)) => format!("{value} given, allowed: {least} to {most}"),
        (Some(least), None) => format!("{value} given, allowed: {least} and more"),
        (None, Some(most)) => format!("{value} given, allowed: {most} and less"),
        (None, None) => format!("{value} given"),
    })
}

fn length(given: usize, schema: &Value, of: &str, unit: &str) -> Option<String> {
    let bound = |which: &str| {
        let bound = schema[format!("{which}{of}")].as_u64()?;
        usize::try_from(bound).ok()
    };
    match (bound("min"), bound("max")) {
        (Some(least), _) if given < least => Some(format!("at least {least} {unit} are needed")),
        (_, Some(most)) if given > most => {
            Some(format!("{given} {unit} given, allowed: at most {most}"))
        }
        (_, _) => None,
    }
}

/// A `oneOf` whose branches each require a field: at most one of these may be set.
fn union(value: &Value, schema: &Value) -> Option<String> {
    let branches = schema["oneOf"].as_array()?;
    let names = branches
        .iter()
        .filter_map(|branch| branch["required"][0].as_str());
    let names: Vec<&str> = names.collect();
    let set: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| value.get(*name).is_some())
        .collect();
    (set.len() > 1).then(|| {
        format!(
            "{} given, allowed: one of {}",
            set.join(" and "),
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_bound_is_said_with_what_is_allowed() {
        let schema = json!({"properties": {
            "port": {"minimum": 1, "maximum": 9},
            "names": {"minItems": 1, "items": {"maxLength": 2}},
            "match": {"oneOf": [{"not": {}}, {"required": ["exact"]}, {"required": ["prefix"]}]},
        }});
        let mut found = Vec::new();
        let value = json!({"port": 10, "names": ["abc"], "match": {"exact": "a", "prefix": "b"}});
        findings(&value, &schema, "spec", &mut found);
        found.sort();
        let said: Vec<String> = found
            .iter()
            .map(|f| format!("{}: {}", f.path, f.problem))
            .collect();
        assert_eq!(
            said,
            [
                "spec.match: exact and prefix given, allowed: one of exact, prefix",
                "spec.names[0]: 3 characters given, allowed: at most 2",
                "spec.port: 10 given, allowed: 1 to 9",
            ]
        );
        let mut found = Vec::new();
        findings(
            &json!({"port": 1, "names": ["ab"], "match": {"exact": "a"}}),
            &schema,
            "spec",
            &mut found,
        );
        assert_eq!(found, []);
    }
}
