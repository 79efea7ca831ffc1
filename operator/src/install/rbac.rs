//! The operator's rights: exactly what it needs for itself, and what it grants to the parts of a
//! mesh. Kubernetes lets nobody grant what they do not hold (`escalate` and `bind` aside, which
//! the operator does not have), so the union of both is the least there can be.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_crds::meta;
use mainsheet_manifests::{Body, Kind, Manifests};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One rule of a role, in the order in which it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// API groups; empty text for the core group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_groups: Vec<String>,
    /// Resources and subresources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Names; every one when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    /// Paths that are no resources.
    #[serde(
        default,
        rename = "nonResourceURLs",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub non_resource_urls: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
}

/// The rules of the operator's ClusterRole, as generated and committed.
///
/// # Errors
/// When the committed file is no list of rules, which its test rules out.
pub fn rules() -> Result<Vec<Rule>, serde_saphyr::Error> {
    serde_saphyr::from_str(include_str!("../../generated/rules.yaml"))
}

/// Every rule of the operator's ClusterRole, given everything that it may ever be asked to render.
pub fn cluster_role_rules<'a>(rendered: impl IntoIterator<Item = &'a Manifests>) -> Vec<Rule> {
    let mut rules = needed();
    for manifests in rendered {
        rules.extend(granted(manifests));
    }
    merged(rules)
}

/// What the operator does itself.
fn needed() -> Vec<Rule> {
    let mut rules = vec![
        rule(
            meta::GROUP,
            "meshinstallations",
            &["get", "list", "watch", "patch"],
        ),
        rule(meta::GROUP, "meshinstallations/status", &["patch"]),
        rule(
            meta::GROUP,
            "meshrevisions",
            &["get", "list", "watch", "create", "delete"],
        ),
        rule(meta::GROUP, "meshrevisions/status", &["patch"]),
        rule("events.k8s.io", "events", &["create", "patch"]),
        // Who uses the mesh; of pods only the metadata is asked for.
        rule("", "pods", &["list", "watch"]),
        // What is made for a mesh holds its removal.
        rule("gateway.networking.k8s.io", "gateways", &["list"]),
        rule("gateway.networking.k8s.io", "gatewayclasses", &["list"]),
        // What a version does not read any more holds the change to it.
        rule("gateway.networking.k8s.io", "tcproutes", &["list"]),
        rule("gateway.networking.x-k8s.io", "xlistenersets", &["list"]),
        // What is restarted is read first.
        rule("apps", "deployments", &["get"]),
        rule("apps", "statefulsets", &["get"]),
        rule("apps", "daemonsets", &["get"]),
    ];
    for api in crate::controller::configuration() {
        rules.push(rule(&api.group, &api.plural, &["list"]));
    }
    for kind in Kind::ALL {
        let verbs: &[&str] = match kind {
            // Never deleted on the operator's own account.
            Kind::CustomResourceDefinition | Kind::Namespace => {
                &["list", "watch", "create", "patch"]
            }
            _ => &["list", "watch", "create", "patch", "delete"],
        };
        rules.push(rule(kind.group(), kind.plural(), verbs));
    }
    rules
}

fn rule(group: &str, resource: &str, verbs: &[&str]) -> Rule {
    Rule {
        api_groups: vec![group.to_owned()],
        resources: vec![resource.to_owned()],
        resource_names: Vec::new(),
        non_resource_urls: Vec::new(),
        verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
    }
}

/// What the roles among rendered objects grant.
pub fn granted(manifests: &Manifests) -> Vec<Rule> {
    let roles = manifests
        .objects()
        .iter()
        .filter(|object| matches!(object.id.kind, Kind::ClusterRole | Kind::Role));
    roles
        .filter_map(|role| match &role.body {
            Body::Rendered(value) => value["rules"].as_array(),
            Body::Bundled(_) => None,
        })
        .flatten()
        .map(|value| Rule {
            api_groups: texts(value, "apiGroups"),
            resources: texts(value, "resources"),
            resource_names: texts(value, "resourceNames"),
            non_resource_urls: texts(value, "nonResourceURLs"),
            verbs: texts(value, "verbs"),
        })
        .collect()
}

fn texts(rule: &Value, key: &str) -> Vec<String> {
    let items = rule[key].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// One group and resource with its names, or one path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Resource {
        group: String,
        resource: String,
        name: Option<String>,
    },
    Path(String),
}

/// The same rights in as few rules as there are different sets of verbs in a group, sorted. A right
/// on one name that is also held on all names is left out.
pub fn merged(rules: impl IntoIterator<Item = Rule>) -> Vec<Rule> {
    let mut rights: BTreeMap<Target, BTreeSet<String>> = BTreeMap::new();
    for rule in rules {
        for target in targets(&rule) {
            rights
                .entry(target)
                .or_default()
                .extend(rule.verbs.iter().cloned());
        }
    }
    let held = rights.clone();
    rights.retain(|target, verbs| {
        if let Target::Resource {
            group,
            resource,
            name: Some(_),
        } = target
        {
            let all = Target::Resource {
                group: group.clone(),
                resource: resource.clone(),
                name: None,
            };
            if let Some(everywhere) = held.get(&all) {
                verbs.retain(|verb| !everywhere.contains(verb));
            }
        }
        !verbs.is_empty()
    });
    grouped(rights)
}

fn targets(rule: &Rule) -> Vec<Target> {
    let mut targets: Vec<Target> = rule
        .non_resource_urls
        .iter()
        .cloned()
        .map(Target::Path)
        .collect();
    let names: Vec<Option<String>> = match rule.resource_names.as_slice() {
        [] => vec![None],
        names => names.iter().cloned().map(Some).collect(),
    };
    for group in &rule.api_groups {
        for resource in &rule.resources {
            for name in &names {
                targets.push(Target::Resource {
                    group: group.clone(),
                    resource: resource.clone(),
                    name: name.clone(),
                });
            }
        }
    }
    targets
}

fn grouped(rights: BTreeMap<Target, BTreeSet<String>>) -> Vec<Rule> {
    type Key = (String, Option<String>, Vec<String>);
    let mut resources: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    let mut paths: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (target, verbs) in rights {
        let verbs: Vec<String> = verbs.into_iter().collect();
        match target {
            Target::Resource {
                group,
                resource,
                name,
            } => {
                resources
                    .entry((group, name, verbs))
                    .or_default()
                    .push(resource);
            }
            Target::Path(path) => paths.entry(verbs).or_default().push(path),
        }
    }
    let of_resources = resources
        .into_iter()
        .map(|((group, name, verbs), resources)| Rule {
            api_groups: vec![group],
            resources,
            resource_names: name.into_iter().collect(),
            non_resource_urls: Vec::new(),
            verbs,
        });
    let of_paths = paths.into_iter().map(|(verbs, paths)| Rule {
        api_groups: Vec::new(),
        resources: Vec::new(),
        resource_names: Vec::new(),
        non_resource_urls: paths,
        verbs,
    });
    of_resources.chain(of_paths).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_on_one_resource_are_one_rule() {
        let rules = merged([
            rule("apps", "deployments", &["get"]),
            rule("apps", "deployments", &["list", "get"]),
        ]);
        assert_eq!(rules, [rule("apps", "deployments", &["get", "list"])]);
    }

    #[test]
    fn resources_with_the_same_verbs_share_a_rule() {
        let rules = merged([
            rule("apps", "deployments", &["get"]),
            rule("apps", "daemonsets", &["get"]),
        ]);
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].resources, ["daemonsets", "deployments"]);
    }

    #[test]
    fn a_right_on_one_name_gives_way_to_the_right_on_all() {
        let named = Rule {
            resource_names: vec!["x".to_owned()],
            ..rule("apps", "daemonsets", &["get", "patch"])
        };
        let rules = merged([named, rule("apps", "daemonsets", &["get"])]);
        assert_eq!(rules.len(), 2);
        assert_eq!(
            (
                rules[1].resource_names.as_slice(),
                rules[1].verbs.as_slice()
            ),
            (["x".to_owned()].as_slice(), ["patch".to_owned()].as_slice())
        );
    }

    #[test]
    fn the_operator_needs_no_wildcard_no_secret_and_no_way_around_rbac() {
        for rule in needed() {
            assert!(
                !rule
                    .resources
                    .iter()
                    .any(|resource| resource == "secrets" || resource == "*")
            );
            assert!(
                !rule
                    .verbs
                    .iter()
                    .any(|verb| matches!(verb.as_str(), "*" | "escalate" | "bind" | "impersonate"))
            );
        }
    }
}
