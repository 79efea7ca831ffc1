//! Rules that Istio's schemas say beside the types: unions, CEL, names of shared patterns.
//!
//! Each function gives the value of one schema keyword, for `#[schemars(extend(...))]`.

use std::borrow::Cow;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

/// Key under which the API server looks for CEL rules.
pub(crate) const CEL: &str = "x-kubernetes-validations";

/// A CEL rule, and what a user sees who breaks it.
#[derive(Serialize)]
pub(crate) struct Cel {
    rule: Cow<'static, str>,
    message: &'static str,
}

impl Cel {
    pub(crate) const fn new(rule: &'static str, message: &'static str) -> Self {
        Self {
            rule: Cow::Borrowed(rule),
            message,
        }
    }
}

/// Of a number that must be a TCP port.
pub(crate) const PORT_NUMBER: Cel =
    Cel::new("0 < self && self <= 65535", "port must be between 1-65535");

/// A rule that lets at most one of `fields` be set.
pub(crate) fn only_one(fields: &[&str], message: &'static str) -> Cel {
    let counts: Vec<String> = fields
        .iter()
        .map(|field| format!("(has(self.{field}) ? 1 : 0)"))
        .collect();
    Cel {
        rule: format!("{} <= 1", counts.join(" + ")).into(),
        message,
    }
}

/// The rule of policies that attach to workloads either by labels or by reference.
pub(crate) fn one_way_to_attach() -> Cel {
    only_one(
        &["selector", "targetRef", "targetRefs"],
        "only one of targetRefs or selector can be set",
    )
}

/// The `oneOf` of a union: none of `fields`, or just one.
pub(crate) fn union(fields: &[&str]) -> Value {
    let each: Vec<Value> = fields
        .iter()
        .map(|field| json!({"required": [field]}))
        .collect();
    let mut branches = vec![json!({"not": {"anyOf": each}})];
    branches.extend(each);
    branches.into()
}

/// The schema of label values in a selector: no wildcards, and as long as a label may be.
pub(crate) fn selector_value(no_wildcard: &Cel) -> Value {
    json!({"type": "string", "maxLength": 63, (CEL): [no_wildcard]})
}

/// The schema of an object whose fields are not Istio's to know.
pub(crate) fn free_form(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_takes_none_or_one() {
        let expected = json!([
            {"not": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}},
            {"required": ["a"]},
            {"required": ["b"]},
        ]);
        assert_eq!(union(&["a", "b"]), expected);
    }

    #[test]
    fn only_one_counts_what_is_set() {
        let rule = only_one(&["a", "b"], "a or b");
        assert_eq!(
            rule.rule,
            "(has(self.a) ? 1 : 0) + (has(self.b) ? 1 : 0) <= 1"
        );
    }
}
