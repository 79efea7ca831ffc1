//! Finds what others have added to the exact parts of an object.

use mainsheet_crds::meta;
use mainsheet_manifests::Kind;
use serde_json::{Map, Value};

use super::defaults;
use super::exact_part;
use super::owner::Owner;
use super::path::{FieldPath, Step};

/// One addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Where.
    pub path: FieldPath,
    /// Who owns it.
    pub manager: String,
    /// Whether it is a change inside a list or map that has one owner as a whole, such as the rules
    /// of a role: an apply puts that back, and nothing has to be taken away.
    pub inside: bool,
}

/// Everything that others have added to the exact parts of an object, each path once.
pub fn added(kind: Kind, wanted: &Value, live: &Value, owners: &[Owner]) -> Vec<Added> {
    let mut search = Search {
        kind,
        manager: "",
        at: FieldPath::default(),
        found: Vec::new(),
    };
    for owner in owners.iter().filter(|_| !exact_part(kind).is_empty()) {
        search.manager = &owner.manager;
        search.fields(&owner.fields(), Some(wanted), live);
    }
    search.found
}

struct Search<'a> {
    kind: Kind,
    manager: &'a str,
    at: FieldPath,
    found: Vec<Added>,
}

// === impl Search ===

impl Search<'_> {
    fn fields(&mut self, fields: &Value, wanted: Option<&Value>, live: &Value) {
        for (key, below) in fields.as_object().into_iter().flatten() {
            let Some(step) = Step::parse(key) else {
                continue;
            };
            let Some(there) = step.of(live) else { continue };
            let meant = wanted.and_then(|wanted| step.of(wanted));
            self.at.push(step);
            self.field(below, meant, there);
            self.at.pop();
        }
    }

    fn field(&mut self, below: &Value, meant: Option<&Value>, there: &Value) {
        let leaf = below.as_object().is_none_or(Map::is_empty);
        match (self.place(), meant) {
            (Place::Outside | Place::Theirs, _) => {}
            (Place::Above, meant) => self.fields(below, meant, there),
            (Place::Inside, None) if self.comes_back(there) => {}
            (Place::Inside, None) => self.keep(false),
            (Place::Inside, Some(meant)) if leaf => {
                if has_surplus(meant, there) {
                    self.keep(true);
                }
            }
            (Place::Inside, Some(meant)) => self.fields(below, Some(meant), there),
        }
    }

    fn keep(&mut self, inside: bool) {
        if !self.found.iter().any(|known| known.path == self.at) {
            self.found.push(Added {
                path: self.at.clone(),
                manager: self.manager.to_owned(),
                inside,
            });
        }
    }

    /// Whether taking the value away would leave it as it is. What a removal of ours has left is
    /// what the API server put in its place; only items of lists never come that way.
    fn comes_back(&self, there: &Value) -> bool {
        match self.at.steps().last() {
            Some(Step::Field(_)) => {
                self.manager == meta::MANAGER || defaults::is_default(&self.at.names(), there)
            }
            Some(Step::Item(_)) | None => false,
        }
    }

    fn place(&self) -> Place {
        let names = self.at.names();
        if is_theirs(self.kind, &names) {
            return Place::Theirs;
        }
        let parts = exact_part(self.kind);
        if parts.iter().any(|part| names.starts_with(part)) {
            Place::Inside
        } else if parts.iter().any(|part| part.starts_with(&names)) {
            Place::Above
        } else {
            Place::Outside
        }
    }
}

enum Place {
    /// On the way to an exact part.
    Above,
    /// In an exact part.
    Inside,
    /// In an exact part, but another's by right.
    Theirs,
    /// Elsewhere.
    Outside,
}

/// istiod writes its certificate into the webhooks, and closes the validating ones once it answers.
fn is_theirs(kind: Kind, names: &[&str]) -> bool {
    let webhook = matches!(
        kind,
        Kind::MutatingWebhookConfiguration | Kind::ValidatingWebhookConfiguration
    );
    match names {
        ["webhooks", "clientConfig", "caBundle"] => webhook,
        ["webhooks", "failurePolicy"] => kind == Kind::ValidatingWebhookConfiguration,
        _ => false,
    }
}

/// Whether a value that has one owner as a whole holds more than is wanted. Fewer and other values
/// are found by comparing; what the API server adds by itself is known here.
fn has_surplus(wanted: &Value, live: &Value) -> bool {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            live.iter().any(|(key, there)| match wanted.get(key) {
                Some(meant) => has_surplus(meant, there),
                None => !defaults::is_default(&[key], there),
            })
        }
        (Value::Array(wanted), Value::Array(live)) => {
            wanted.len() == live.len()
                && wanted
                    .iter()
                    .zip(live)
                    .any(|(wanted, live)| has_surplus(wanted, live))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn owners(fields: &Value) -> Vec<Owner> {
        let entry = json!({"manager": "kubectl-edit", "operation": "Update", "fieldsV1": fields});
        Owner::others(json!({"managedFields": [entry]}).as_object().unwrap())
    }

    fn paths(kind: Kind, wanted: &Value, live: &Value, fields: &Value) -> Vec<String> {
        let found = added(kind, wanted, live, &owners(fields));
        found.iter().map(|added| added.path.to_string()).collect()
    }

    fn template(pod: &Value) -> Value {
        json!({"spec": {"template": {"spec": pod}}})
    }

    fn owned(pod: &Value) -> Value {
        json!({"f:spec": {"f:replicas": {}, "f:template": {
            "f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}}},
            "f:spec": pod}}})
    }

    #[test]
    fn a_variable_and_a_container_of_others_are_additions() {
        let wanted = template(
            &json!({"containers": [{"name": "discovery", "env": [{"name": "A", "value": "1"}]}]}),
        );
        let live = template(&json!({"dnsPolicy": "ClusterFirst", "containers": [
            {"name": "discovery", "terminationMessagePath": "/dev/termination-log",
             "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"name": "spy", "image": "x"}]}));
        let fields = owned(&json!({"f:containers": {
            "k:{\"name\":\"discovery\"}": {"f:env": {"k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}}}},
            "k:{\"name\":\"spy\"}": {".": {}, "f:image": {}, "f:name": {}}}}));
        assert_eq!(
            paths(Kind::Deployment, &wanted, &live, &fields),
            [
                "spec.template.spec.containers[discovery].env[B]",
                "spec.template.spec.containers[spy]"
            ]
        );
    }

    #[test]
    fn what_nobody_owns_is_the_api_servers_and_stays() {
        let wanted = template(&json!({"containers": []}));
        let live = template(&json!({"containers": [], "schedulerName": "default-scheduler"}));
        assert!(paths(Kind::Deployment, &wanted, &live, &json!({})).is_empty());
    }

    #[test]
    fn replicas_and_restarts_are_theirs() {
        let wanted = json!({"spec": {"template": {"spec": {}}}});
        let live = json!({"spec": {"replicas": 3, "template": {
            "metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}, "spec": {}}}});
        assert!(paths(Kind::Deployment, &wanted, &live, &owned(&json!({}))).is_empty());
    }

    #[test]
    fn a_webhook_keeps_what_istiod_writes_and_loses_what_others_add() {
        let webhook = |more: Value| {
            let mut hook = json!({"name": "a", "rules": [{"operations": ["CREATE"]}], "clientConfig": {"service": {}}});
            hook.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!({"webhooks": [hook]})
        };
        let live = webhook(json!({
            "clientConfig": {"service": {}, "caBundle": "cert"}, "timeoutSeconds": 3, "failurePolicy": "Ignore",
            "rules": [{"operations": ["CREATE"], "scope": "*"}],
        }));
        let fields = json!({"f:webhooks": {"k:{\"name\":\"a\"}": {
            "f:clientConfig": {"f:caBundle": {}}, "f:timeoutSeconds": {}, "f:failurePolicy": {}, "f:rules": {}}}});
        let wanted = webhook(json!({}));
        assert_eq!(
            paths(
                Kind::ValidatingWebhookConfiguration,
                &wanted,
                &live,
                &fields
            ),
            ["webhooks[a].timeoutSeconds"]
        );
        assert_eq!(
            paths(Kind::MutatingWebhookConfiguration, &wanted, &live, &fields),
            ["webhooks[a].failurePolicy", "webhooks[a].timeoutSeconds"]
        );
    }

    #[test]
    fn more_rights_inside_a_rule_are_an_addition_that_an_apply_puts_back() {
        let wanted = json!({"rules": [{"resources": ["pods"], "verbs": ["get"]}]});
        let live =
            json!({"rules": [{"resources": ["pods"], "verbs": ["get"], "resourceNames": ["x"]}]});
        let found = added(Kind::Role, &wanted, &live, &owners(&json!({"f:rules": {}})));
        assert!(found.len() == 1 && found[0].inside, "{found:?}");
    }

    #[test]
    fn what_the_api_server_would_put_back_is_no_addition() {
        let wanted = json!({"webhooks": [{"name": "a"}]});
        let fields = json!({"f:webhooks": {"k:{\"name\":\"a\"}": {"f:timeoutSeconds": {}}}});
        let found = |manager: &str, seconds: i64| {
            let live = json!({"webhooks": [{"name": "a", "timeoutSeconds": seconds}]});
            let entry = json!({"manager": manager, "operation": "Update", "fieldsV1": fields});
            let owners = Owner::others(json!({"managedFields": [entry]}).as_object().unwrap());
            added(Kind::MutatingWebhookConfiguration, &wanted, &live, &owners).len()
        };
        assert_eq!(
            (found("kubectl-edit", 3), found("kubectl-edit", 10)),
            (1, 0)
        );
        assert_eq!(found("mainsheet", 3), 0);
    }

    #[test]
    fn other_kinds_have_no_exact_part() {
        let live = json!({"data": {"a": "b"}});
        assert!(
            paths(
                Kind::ConfigMap,
                &json!({}),
                &live,
                &json!({"f:data": {"f:a": {}}})
            )
            .is_empty()
        );
    }
}
