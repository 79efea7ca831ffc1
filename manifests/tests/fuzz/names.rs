//! Which objects a resolved mesh may have, said a second time and in another way than the renderer
//! says it: whatever it renders beyond this list is a finding.

use std::collections::BTreeSet;

use mainsheet_manifests::{Kind, ObjectId, Scope};
use mainsheet_profiles::merge::at;
use mainsheet_profiles::{ComponentKind, Resolved};
use serde_json::Value;

/// Names and namespaces that a mesh may use.
pub(crate) struct Declared {
    names: BTreeSet<String>,
    namespaces: BTreeSet<String>,
}

impl Declared {
    pub(crate) fn of(resolved: &Resolved) -> Self {
        let namespaces = namespaces(resolved);
        let mut names = names(resolved, &namespaces);
        names.extend(namespaces.iter().cloned());
        Self { names, namespaces }
    }

    /// What is wrong with an object's identity, if anything is.
    pub(crate) fn refuse(&self, id: &ObjectId) -> Option<String> {
        let placed = match (id.kind.scope(), &id.namespace) {
            (Scope::Cluster, None) => true,
            // Multus looks for attachments here, whatever the mesh.
            (Scope::Namespaced, Some(place)) => {
                self.namespaces.contains(place)
                    || (id.kind == Kind::NetworkAttachmentDefinition && place == "default")
            }
            (Scope::Cluster, Some(_)) | (Scope::Namespaced, None) => false,
        };
        if !placed {
            return Some(format!("{id} is in a namespace that no one asked for"));
        }
        let named = match id.kind {
            Kind::Namespace => self.namespaces.contains(&id.name),
            Kind::CustomResourceDefinition => id.name.ends_with(".istio.io"),
            _ => self.names.contains(&id.name),
        };
        (!named).then(|| format!("{id} has a name that no one asked for"))
    }
}

fn namespaces(resolved: &Resolved) -> BTreeSet<String> {
    let of_components = resolved.components.iter().map(|c| c.namespace.clone());
    of_components.chain([resolved.namespace.clone()]).collect()
}

fn names(resolved: &Resolved, namespaces: &BTreeSet<String>) -> BTreeSet<String> {
    let values = Value::Object(resolved.values.clone());
    let text = |path: &str| {
        at(&values, path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let suffix = match resolved.revision.as_str() {
        "" => String::new(),
        revision => format!("-{revision}"),
    };
    let mut names: BTreeSet<String> = FIXED.iter().map(|name| (*name).to_owned()).collect();
    for start in OF_REVISION {
        names.insert(format!("{start}{suffix}"));
        for place in namespaces {
            names.insert(format!("{start}{suffix}-{place}"));
        }
    }
    names.insert(format!("istiod{suffix}-remote"));
    for place in namespaces {
        names.insert(format!("stable-channel-policy{suffix}-{place}.istio.io"));
        names.insert(format!(
            "stable-channel-policy-binding{suffix}-{place}.istio.io"
        ));
    }
    for tag in at(&values, "revisionTags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let tag = tag.as_str().unwrap_or_default();
        names.insert(format!("istiod-revision-tag-{tag}"));
        names.insert(format!("istio-revision-tag-{tag}"));
        names.extend(
            namespaces
                .iter()
                .map(|place| format!("istio-revision-tag-{tag}-{place}")),
        );
    }
    for (class, _) in at(&values, "gatewayClasses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let revision = resolved.istio_revision();
        names.insert(format!("istio-{revision}-gatewayclass-{class}"));
    }
    let ztunnel = match text("ztunnel.resourceName") {
        "" => "ztunnel",
        name => name,
    };
    names.insert(ztunnel.to_owned());
    names.insert(format!("{ztunnel}-{}", text("ztunnel.revision")));
    for component in &resolved.components {
        if matches!(
            component.kind,
            ComponentKind::Ingress | ComponentKind::Egress
        ) {
            let gateway = &component.name;
            names.insert(gateway.clone());
            names.insert(format!("{gateway}{suffix}"));
            names.insert(format!("{gateway}-service-account"));
            names.insert(format!("{gateway}-sds"));
        }
        if let ComponentKind::Addon(addon) = component.kind {
            names.insert(addon.as_str().to_owned());
            names.insert(format!("tracing-{}", addon.as_str()));
            names.insert(format!(
                "istio-addon-{}-{}",
                addon.as_str(),
                component.namespace
            ));
            names.extend(OF_ADDONS.iter().map(|name| (*name).to_owned()));
        }
    }
    names
}

/// What addons have beside their own names; the tracing backends share two.
const OF_ADDONS: [&str; 7] = [
    "grafana-dashboards",
    "grafana-datasources",
    "grafana-providers",
    "jaeger-collector",
    "loki-headless",
    "tracing",
    "zipkin",
];

/// Objects of which a cluster has one.
const FIXED: [&str; 11] = [
    "istio-reader-service-account",
    "istiod-default-validator",
    "stable-channel-default-policy.istio.io",
    "stable-channel-default-policy-binding.istio.io",
    "istio-cni",
    "istio-cni-node",
    "istio-cni-config",
    "istio-cni-repair-role",
    "istio-cni-repair-rolebinding",
    "istio-cni-ambient",
    "istio-cni-resource-quota",
];

/// Objects of which each revision has one; some have the namespace in their names too.
const OF_REVISION: [&str; 9] = [
    "istiod",
    "istio",
    "istio-sidecar-injector",
    "pilot-jwks-extra-cacerts",
    "istio-validator",
    "istiod-clusterrole",
    "istiod-gateway-controller",
    "istio-reader-clusterrole",
    "istio-cni",
];
