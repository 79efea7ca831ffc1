//! PodDisruptionBudgets, as far as a restart has to heed them. Rollouts do not: the API server asks
//! them only when a pod is evicted.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_core::{Selector, SelectorExt};
use serde_json::Value;

/// A budget of one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    name: String,
    /// None for one that selects nothing.
    selector: Option<Selector>,
    allowed: i64,
}

impl Budget {
    /// Reads a budget as the API server sent it.
    pub fn read(object: &Value) -> Self {
        let selector = &object["spec"]["selector"];
        let selector: Option<LabelSelector> =
            serde_json::from_value(selector.clone()).unwrap_or_default();
        Self {
            name: object["metadata"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            selector: selector.and_then(|selector| selector.try_into().ok()),
            // One that its controller has not looked at yet allows nothing.
            allowed: object["status"]["disruptionsAllowed"].as_i64().unwrap_or(0),
        }
    }

    /// Name of the budget.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it forbids now that a pod with these labels goes.
    pub fn forbids(&self, labels: &BTreeMap<String, String>) -> bool {
        self.allowed <= 0
            && self
                .selector
                .as_ref()
                .is_some_and(|selector| selector.matches(labels))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_budget_speaks_for_the_pods_that_it_selects() {
        let budget = |selector: Value, allowed: i64| {
            Budget::read(&json!({
                "metadata": {"name": "crew"}, "spec": {"selector": selector}, "status": {"disruptionsAllowed": allowed},
            }))
        };
        let boat = BTreeMap::from([("app".to_owned(), "boat".to_owned())]);
        let of_boat = json!({"matchLabels": {"app": "boat"}});
        let not_of_boat =
            json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["boat"]}]});
        assert!(budget(of_boat.clone(), 0).forbids(&boat));
        assert!(!budget(of_boat, 1).forbids(&boat));
        assert!(!budget(not_of_boat, 0).forbids(&boat));
        assert!(
            budget(json!({}), 0).forbids(&boat),
            "an empty selector selects all"
        );
        assert!(
            !budget(Value::Null, 0).forbids(&boat),
            "and none selects none"
        );
        assert_eq!(budget(Value::Null, 0).name(), "crew");
    }

    #[test]
    fn a_budget_without_status_allows_nothing() {
        let new = Budget::read(&json!({"metadata": {"name": "crew"}, "spec": {"selector": {}}}));
        assert!(new.forbids(&BTreeMap::new()));
    }
}
