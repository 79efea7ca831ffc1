//! Checks a document against the schema that the API server has for it: unknown fields with the
//! nearest known one, and wrong types with what is allowed. Fields whose keys are free in the
//! schema (`values`, `meshConfig`, overlays) are checked when the spec is resolved.

use std::sync::LazyLock;

use mainsheet_crds::{CustomResourceExt, MeshInstallation};
use serde_json::{Map, Value};

/// The schema of one field, as it stands in the CRD.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema(&'static Value);

/// Findings in the fields of a spec, in the words that `resolve` uses for values.
pub(super) fn check(spec: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    Schema::of_spec().check(spec, "spec", &mut findings);
    findings
}

// === impl Schema ===

impl Schema {
    /// The schema of `spec`.
    pub(super) fn of_spec() -> Self {
        static ROOT: LazyLock<Value> = LazyLock::new(|| {
            let crd = MeshInstallation::crd();
            let schema = crd
                .spec
                .versions
                .into_iter()
                .next()
                .and_then(|version| version.schema);
            let root = schema.and_then(|schema| schema.open_api_v3_schema);
            serde_json::to_value(root).unwrap_or_default()
        });
        Self(&ROOT["properties"]["spec"])
    }

    /// The schema of a field, where the schema says anything about it.
    pub(super) fn field(self, key: &str) -> Option<Self> {
        let known = self.0["properties"].get(key);
        known
            .or_else(|| self.0.get("additionalProperties"))
            .map(Self)
    }

    /// The schema of an element.
    pub(super) fn element(self) -> Option<Self> {
        self.0.get("items").map(Self)
    }

    /// Whether the field holds text even where it looks like a number.
    pub(super) fn is_text(self) -> bool {
        self.0["type"] == "string" || self.is_int_or_string()
    }

    fn is_int_or_string(self) -> bool {
        self.0["x-kubernetes-int-or-string"] == true
    }

    fn check(self, value: &Value, path: &str, findings: &mut Vec<String>) {
        if value.is_null() {
            return;
        }
        if !self.admits(value) {
            findings.push(format!(
                "{path}: {} given, allowed: {}",
                describe(value),
                self.allowed()
            ));
            return;
        }
        match value {
            Value::Object(fields) => self.check_fields(fields, path, findings),
            Value::Array(items) => {
                let Some(schema) = self.element() else { return };
                for (at, item) in items.iter().enumerate() {
                    schema.check(item, &format!("{path}[{at}]"), findings);
                }
            }
            Value::String(text) => self.check_choice(text, path, findings),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn check_fields(self, fields: &Map<String, Value>, path: &str, findings: &mut Vec<String>) {
        let free = self.0["x-kubernetes-preserve-unknown-fields"] == true;
        for (key, value) in fields {
            match self.field(key) {
                Some(schema) => schema.check(value, &step(path, key), findings),
                None if free => {}
                None => findings.push(self.unknown(path, key)),
            }
        }
        for required in strings(&self.0["required"]) {
            if !fields.contains_key(required) {
                findings.push(format!("{}: missing", step(path, required)));
            }
        }
    }

    fn check_choice(self, text: &str, path: &str, findings: &mut Vec<String>) {
        let choices: Vec<&str> = strings(&self.0["enum"]).collect();
        if choices.is_empty() || choices.contains(&text) {
            return;
        }
        let meant = nearest(text, &choices)
            .map(|meant| format!(", did you mean {meant}?"))
            .unwrap_or_default();
        findings.push(format!(
            "{path}: {text:?} given{meant} Allowed: {}",
            choices.join(", ")
        ));
    }

    fn unknown(self, path: &str, key: &str) -> String {
        let fields = self.0["properties"].as_object();
        let known: Vec<&str> = fields
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect();
        let path = step(path, key);
        match nearest(key, &known) {
            Some(meant) => format!("{path}: unknown field; did you mean `{meant}`?"),
            None => format!("{path}: unknown field; known here: {}", known.join(", ")),
        }
    }

    fn admits(self, value: &Value) -> bool {
        if self.is_int_or_string() {
            return value.is_string() || value.is_i64() || value.is_u64();
        }
        match self.0["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some(_) | None => true,
        }
    }

    fn allowed(self) -> &'static str {
        if self.is_int_or_string() {
            return "a string or a whole number";
        }
        match self.0["type"].as_str() {
            Some("object") => "an object",
            Some("array") => "a list",
            Some("string") => "a string (in quotes where it looks like something else)",
            Some("boolean") => "true or false",
            Some("integer") => "a whole number",
            Some("number") => "a number",
            Some(_) | None => "anything",
        }
    }
}

/// A value as it is named in a message, shortened.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            let text = scalar.to_string();
            let mut short: String = text.chars().take(60).collect();
            if short.len() < text.len() {
                short.push('…');
            }
            short
        }
    }
}

/// The path of a field; a key with dots or line breaks stands in brackets.
fn step(path: &str, key: &str) -> String {
    if key.contains(['.', '[', '\n']) {
        format!("{path}[{key:?}]")
    } else {
        format!("{path}.{key}")
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// The known name that was most likely meant.
fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (given.chars().count() / 3).max(2);
    let given = given.to_lowercase();
    let distances = known
        .iter()
        .map(|known| (strsim::osa_distance(&given, &known.to_lowercase()), *known));
    distances
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_spec_that_is_right_has_no_findings() {
        let spec = json!({
            "profile": "demo", "tag": 7, "suspend": null,
            "values": {"anything": {"goes": [1, "x"]}},
            "components": {"ingressGateways": [{"name": "gate", "label": {"a": "b"}}]},
        });
        assert_eq!(check(&spec), Vec::<String>::new());
    }

    #[test]
    fn an_unknown_field_is_found_at_any_depth_with_what_was_meant() {
        let spec = json!({"profil": "demo", "components": {"ingressGateways": [{"name": "g", "k9s": {}}]}});
        assert_eq!(
            check(&spec),
            [
                "spec.components.ingressGateways[0].k9s: unknown field; did you mean `k8s`?",
                "spec.profil: unknown field; did you mean `profile`?",
            ]
        );
    }

    #[test]
    fn a_field_that_is_like_no_other_is_answered_with_all() {
        let found = check(&json!({"upgrade": {"whatever": 1}}));
        assert!(
            found[0].starts_with("spec.upgrade.whatever: unknown field; known here: approval, "),
            "{found:?}"
        );
    }

    #[test]
    fn a_wrong_type_is_answered_with_the_right_one() {
        let found = check(&json!({"version": 1.3, "tag": 1.5, "suspend": "no", "components": []}));
        assert_eq!(
            found,
            [
                "spec.components: a list given, allowed: an object",
                "spec.suspend: \"no\" given, allowed: true or false",
                "spec.tag: 1.5 given, allowed: a string or a whole number",
                "spec.version: 1.3 given, allowed: a string (in quotes where it looks like something else)",
            ]
        );
    }

    #[test]
    fn an_unknown_choice_is_answered_with_the_nearest_and_all() {
        let found = check(&json!({"profile": "dmeo"}));
        assert!(
            found[0]
                .starts_with("spec.profile: \"dmeo\" given, did you mean demo? Allowed: default, "),
            "{found:?}"
        );
    }

    #[test]
    fn a_required_field_is_missed() {
        let found = check(&json!({"components": {"egressGateways": [{}]}}));
        assert_eq!(found, ["spec.components.egressGateways[0].name: missing"]);
    }
}
