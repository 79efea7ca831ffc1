//! What every part of a mesh asks about the whole of it.

use mainsheet_profiles::merge::{at, truthy};
use mainsheet_profiles::{Resolved, surface};
use serde_json::{Map, Value, json};

/// A resolved mesh, with a blank for every value that is not set.
pub(crate) struct Mesh<'a> {
    pub resolved: &'a Resolved,
    pub minor: u32,
    pub values: Value,
}

// === impl Mesh ===

impl<'a> Mesh<'a> {
    pub(crate) fn new(resolved: &'a Resolved) -> Self {
        let mut values = Value::Object(resolved.values.clone());
        surface::fill_blanks(&mut values);
        Self {
            resolved,
            minor: resolved.minor(),
            values,
        }
    }

    /// The value at a dotted path; null when it is not set.
    pub(crate) fn get(&self, path: &str) -> &Value {
        at(&self.values, path).unwrap_or(&Value::Null)
    }

    /// Whether the value at a dotted path counts as set.
    pub(crate) fn is(&self, path: &str) -> bool {
        truthy(Some(self.get(path)))
    }

    /// The string at a dotted path, or an empty one.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.get(path).as_str().unwrap_or_default()
    }

    /// `default`, or the revision.
    pub(crate) fn rev(&self) -> &str {
        self.resolved.istio_revision()
    }

    /// Empty, or a hyphen and the revision: what names of a revision end in.
    pub(crate) fn suffix(&self) -> String {
        match self.resolved.revision.as_str() {
            "" => String::new(),
            revision => format!("-{revision}"),
        }
    }

    /// Name of istiod's objects.
    pub(crate) fn istiod(&self) -> String {
        format!("istiod{}", self.suffix())
    }

    /// Whether objects of cluster scope are wanted.
    pub(crate) fn cluster_scope(&self) -> bool {
        matches!(self.text("global.resourceScope"), "all" | "cluster")
    }

    /// Whether objects in namespaces are wanted.
    pub(crate) fn namespace_scope(&self) -> bool {
        matches!(self.text("global.resourceScope"), "all" | "namespace")
    }

    /// Whether istiod runs here: not when the control plane is elsewhere, unless one here injects.
    pub(crate) fn istiod_here(&self) -> bool {
        !self.is("istiodRemote.enabled") || self.is("istiodRemote.enabledLocalInjectorIstiod")
    }

    /// Whether the rights of istiod are granted here.
    pub(crate) fn istiod_rights(&self) -> bool {
        self.istiod_here() || self.is("global.configCluster")
    }

    /// The platform: what `global` says, or what the root says.
    pub(crate) fn platform(&self) -> &str {
        match self.text("global.platform") {
            "" => self.text("platform"),
            platform => platform,
        }
    }

    pub(crate) fn openshift(&self) -> bool {
        let first = self.text("platform");
        let platform = if first.is_empty() {
            self.text("global.platform")
        } else {
            first
        };
        platform == "openshift"
    }

    /// Name of the cluster, as proxies and control planes give it.
    pub(crate) fn cluster(&self) -> &str {
        match self.text("global.multiCluster.clusterName") {
            "" => "Kubernetes",
            name => name,
        }
    }

    /// Name of the trust bundle that the mesh's root is read from, where the cluster has the API.
    pub(crate) fn trust_bundle(&self) -> Option<String> {
        trust_bundle(self.get("pilot.env"), self.text("global.trustBundleName"))
    }

    /// ConfigMap with the mesh's root.
    pub(crate) fn root_config_map(&self) -> &str {
        root_config_map(self.text("global.trustBundleName"))
    }

    /// Labels with the revision, and more.
    pub(crate) fn rev_labels(&self, more: &[(&str, &str)]) -> Value {
        let mut labels = json!({ "istio.io/rev": self.rev() });
        for (key, value) in more {
            labels[*key] = json!(value);
        }
        labels
    }
}

/// The trust bundle for an environment that turns the API on.
pub(crate) fn trust_bundle(env: &Value, name: &str) -> Option<String> {
    let on = env
        .get("ENABLE_CLUSTER_TRUST_BUNDLE_API")
        .is_some_and(|value| *value == json!(true));
    let name = if name.is_empty() { "root-cert" } else { name };
    on.then(|| format!("istio.io:istiod-ca:{name}"))
}

/// ConfigMap with the mesh's root, for the name that is given or not.
pub(crate) fn root_config_map(name: &str) -> &str {
    if name.is_empty() {
        "istio-ca-root-cert"
    } else {
        name
    }
}

/// A reference to an image: a name that holds a path is a whole reference already.
pub(crate) fn image(name: &str, hub: &Value, tag: &Value, variant: &Value) -> String {
    use crate::engine::scalar;

    if name.contains('/') {
        return name.to_owned();
    }
    let variant = match scalar(variant).as_str() {
        "" => String::new(),
        variant => format!("-{variant}"),
    };
    format!("{}/{name}:{}{variant}", scalar(hub), scalar(tag))
}

/// The first value that is set.
pub(crate) fn first<'v>(values: &[&'v Value]) -> &'v Value {
    values
        .iter()
        .copied()
        .find(|value| truthy(Some(value)))
        .unwrap_or(&Value::Null)
}

/// Resources without members that are not set.
pub(crate) fn resources(given: &Value, fallback: &Value) -> Value {
    let source = if truthy(Some(given)) { given } else { fallback };
    let mut out = Map::new();
    for kind in ["limits", "requests"] {
        let members: Map<String, Value> = source
            .get(kind)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(_, value)| truthy(Some(value)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !members.is_empty() {
            out.insert(kind.to_owned(), Value::Object(members));
        }
    }
    Value::Object(out)
}
