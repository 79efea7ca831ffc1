//! Which pod is meant: `[TYPE/]NAME[.NAMESPACE]`, as istioctl's users type it.

use std::str::FromStr;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::api::ListParams;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Selector};
use kube::{Api, ResourceExt};

use super::ReachError;
use crate::cluster::Cluster;

/// A pod, or something that has pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    kind: Kind,
    name: String,
    namespace: Option<String>,
}

/// What has pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pod,
    Owner {
        group: &'static str,
        kind: &'static str,
    },
}

/// The kinds by the words for them.
const KINDS: [(&[&str], Kind); 6] = [
    (&["pod", "pods", "po"], Kind::Pod),
    (
        &["deployment", "deployments", "deploy"],
        Kind::Owner {
            group: "apps",
            kind: "Deployment",
        },
    ),
    (
        &["daemonset", "daemonsets", "ds"],
        Kind::Owner {
            group: "apps",
            kind: "DaemonSet",
        },
    ),
    (
        &["statefulset", "statefulsets", "sts"],
        Kind::Owner {
            group: "apps",
            kind: "StatefulSet",
        },
    ),
    (
        &["replicaset", "replicasets", "rs"],
        Kind::Owner {
            group: "apps",
            kind: "ReplicaSet",
        },
    ),
    (
        &["service", "services", "svc"],
        Kind::Owner {
            group: "",
            kind: "Service",
        },
    ),
];

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, rest) = match text.split_once('/') {
            None => (Kind::Pod, text),
            Some((word, rest)) => {
                let found = KINDS.iter().find(|(words, _)| words.contains(&word));
                let kind = found.map(|(_, kind)| *kind).ok_or_else(|| {
                    let words: Vec<&str> = KINDS.iter().map(|(words, _)| words[0]).collect();
                    format!("{word:?} has no pods; allowed: {}", words.join(", "))
                })?;
                (kind, rest)
            }
        };
        // The names of pods may have dots, those of namespaces not.
        let (name, namespace) = match rest.rsplit_once('.') {
            Some((name, namespace)) => (name, Some(namespace.to_owned())),
            None => (rest, None),
        };
        if name.is_empty() || rest.contains('/') || namespace.as_deref() == Some("") {
            return Err("[TYPE/]NAME[.NAMESPACE] is wanted".to_owned());
        }
        Ok(Self {
            kind,
            name: name.to_owned(),
            namespace,
        })
    }
}

impl Target {
    /// A Service.
    pub(crate) fn service(namespace: &str, name: &str) -> Self {
        Self {
            kind: Kind::Owner {
                group: "",
                kind: "Service",
            },
            name: name.to_owned(),
            namespace: Some(namespace.to_owned()),
        }
    }

    /// Namespace and name of the pod; without a namespace of its own in this one.
    pub(crate) async fn pod(
        &self,
        cluster: &Cluster,
        namespace: Option<&str>,
    ) -> Result<(String, String), ReachError> {
        let namespace = self.namespace.as_deref().or(namespace);
        let namespace = namespace.unwrap_or_else(|| cluster.client.default_namespace());
        let name = match self.kind {
            Kind::Pod => self.name.clone(),
            Kind::Owner { group, kind } => self.of_owner(cluster, namespace, group, kind).await?,
        };
        Ok((namespace.to_owned(), name))
    }

    /// The first running pod that the owner selects.
    async fn of_owner(
        &self,
        cluster: &Cluster,
        namespace: &str,
        group: &str,
        kind: &str,
    ) -> Result<String, ReachError> {
        let what = format!("{kind} {namespace}/{}", self.name);
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
        let owners: Api<DynamicObject> =
            Api::namespaced_with(cluster.client.clone(), namespace, &resource);
        let owner = owners.get(&self.name).await;
        let owner = owner.map_err(cluster.failed(format!("read {what}")))?;
        let selector =
            selector(&owner).ok_or_else(|| ReachError::NoPod(format!("{what} selects no pods")))?;
        let params = ListParams::default().labels_from(&selector);
        let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
        let pods = pods
            .list(&params)
            .await
            .map_err(cluster.failed(format!("list the pods of {what}")))?;
        let names = pods
            .items
            .iter()
            .filter(|pod| is_running(pod))
            .map(ResourceExt::name_any);
        names
            .min()
            .ok_or_else(|| ReachError::NoPod(format!("{what} has no running pod")))
    }
}

/// Whether a pod runs, ready or not.
pub(crate) fn is_running(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    status.and_then(|status| status.phase.as_deref()) == Some("Running")
}

/// The labels that pods of the owner have. A Service has a plain map of them.
fn selector(owner: &DynamicObject) -> Option<Selector> {
    let given = owner.data.get("spec")?.get("selector")?.clone();
    let given = match serde_json::from_value::<LabelSelector>(given.clone()) {
        Ok(selector) if selector != LabelSelector::default() => selector,
        Ok(_) | Err(_) => LabelSelector {
            match_labels: serde_json::from_value(given).ok(),
            ..LabelSelector::default()
        },
    };
    let selector: Selector = given.try_into().ok()?;
    (!selector.selects_all()).then_some(selector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_as_istioctl_reads_it() {
        let pod: Target = "web-7d4b9.shop".parse().unwrap();
        assert_eq!((pod.kind, pod.name.as_str()), (Kind::Pod, "web-7d4b9"));
        assert_eq!(pod.namespace.as_deref(), Some("shop"));
        let owner: Target = "deploy/web".parse().unwrap();
        assert!(matches!(
            owner.kind,
            Kind::Owner {
                kind: "Deployment",
                ..
            }
        ));
        assert_eq!(owner.namespace, None);
    }

    #[test]
    fn what_has_no_pods_is_refused_with_what_has() {
        let refused = |text: &str| text.parse::<Target>().unwrap_err();
        assert!(refused("configmap/web").ends_with("replicaset, service"));
        for text in ["", "pod/", ".shop", "web.", "deploy/web/x"] {
            assert!(refused(text).contains("is wanted"), "{text}");
        }
    }

    #[test]
    fn services_and_workloads_select_pods_in_their_own_ways() {
        let owner = |selector: &str| -> DynamicObject {
            let text = format!(
                "{{\"metadata\": {{\"name\": \"web\"}}, \"spec\": {{\"selector\": {selector}}}}}"
            );
            serde_json::from_str(&text).unwrap()
        };
        let text = |object: DynamicObject| selector(&object).map(|selector| selector.to_string());
        assert_eq!(
            text(owner("{\"app\": \"web\"}")).as_deref(),
            Some("app=web")
        );
        assert_eq!(
            text(owner("{\"matchLabels\": {\"app\": \"web\"}}")).as_deref(),
            Some("app=web")
        );
        assert_eq!(text(owner("{}")), None);
    }
}
