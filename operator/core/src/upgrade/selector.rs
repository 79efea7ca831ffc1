//! Label selectors, as Kubernetes means them.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Map, Value};

/// Which labels are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    DoesNotExist(String),
}

// === impl Selector ===

impl Selector {
    /// What an absent selector means in a wave: every namespace.
    pub fn everything() -> Self {
        Self(Vec::new())
    }

    /// Reads one as it is written in a spec; what is wrong with it otherwise.
    pub fn parse(given: &Map<String, Value>) -> Result<Self, String> {
        if let Some(key) = given
            .keys()
            .find(|key| !matches!(key.as_str(), "matchLabels" | "matchExpressions"))
        {
            return Err(format!(
                "{key:?} given, allowed: matchLabels, matchExpressions"
            ));
        }
        let selector: LabelSelector = serde_json::from_value(Value::Object(given.clone()))
            .map_err(|error| error.to_string())?;
        let labels = selector.match_labels.into_iter().flatten();
        let mut all: Vec<Requirement> = labels
            .map(|(key, value)| Requirement::In(key, vec![value]))
            .collect();
        for expression in selector.match_expressions.into_iter().flatten() {
            let (key, values) = (expression.key, expression.values.unwrap_or_default());
            let needs = matches!(expression.operator.as_str(), "In" | "NotIn");
            if needs == values.is_empty() {
                return Err(format!(
                    "{key}: operator {} with {} values; allowed: In and NotIn with values, Exists and DoesNotExist without",
                    expression.operator,
                    values.len()
                ));
            }
            all.push(match expression.operator.as_str() {
                "In" => Requirement::In(key, values),
                "NotIn" => Requirement::NotIn(key, values),
                "Exists" => Requirement::Exists(key),
                "DoesNotExist" => Requirement::DoesNotExist(key),
                other => {
                    return Err(format!(
                        "{key}: operator {other:?} given, allowed: In, NotIn, Exists, DoesNotExist"
                    ));
                }
            });
        }
        Ok(Self(all))
    }

    /// Whether these labels are meant.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => {
                labels.get(key).is_some_and(|value| values.contains(value))
            }
            Requirement::NotIn(key, values) => {
                labels.get(key).is_none_or(|value| !values.contains(value))
            }
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::DoesNotExist(key) => !labels.contains_key(key),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(selector: &Value, labels: &[(&str, &str)]) -> bool {
        let labels = labels
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Selector::parse(selector.as_object().unwrap())
            .unwrap()
            .matches(&labels)
    }

    #[test]
    fn every_requirement_must_hold() {
        let selector = json!({"matchLabels": {"a": "1"}, "matchExpressions": [
            {"key": "b", "operator": "NotIn", "values": ["2"]},
            {"key": "c", "operator": "DoesNotExist"},
            {"key": "a", "operator": "Exists"},
        ]});
        assert!(matches(&selector, &[("a", "1")]));
        assert!(!matches(&selector, &[("a", "1"), ("b", "2")]));
        assert!(!matches(&selector, &[("a", "1"), ("c", "")]));
        assert!(!matches(&selector, &[]));
    }

    #[test]
    fn what_is_no_selector_is_refused_with_what_is_allowed() {
        let refused = |value: Value| Selector::parse(value.as_object().unwrap()).unwrap_err();
        assert!(refused(json!({"matchLabel": {}})).contains("allowed: matchLabels"));
        let operator = json!({"matchExpressions": [{"key": "a", "operator": "Is"}]});
        assert!(refused(operator).contains("allowed: In, NotIn"));
        let empty = json!({"matchExpressions": [{"key": "a", "operator": "In"}]});
        assert!(refused(empty).contains("with 0 values"));
    }
}
