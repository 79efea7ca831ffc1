//! The mesh's configuration, as the control plane's ConfigMap has it.

use mainsheet_crds::meta::DEFAULT_REVISION;
use serde_json::Value;

use crate::snapshot::Snapshot;

/// The mesh's configuration.
#[derive(Debug)]
pub(crate) struct Mesh {
    /// What is set in it; nothing where there is none.
    pub(crate) config: Option<Value>,
    /// The networks of the mesh.
    pub(crate) networks: Value,
    /// The namespace whose policies are for all namespaces.
    pub(crate) root_namespace: String,
}

impl Mesh {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let name = of_revision("istio", &snapshot.revision);
        let key = |key: &str| config_map(snapshot, &name, key);
        let config = snapshot
            .mesh_config
            .clone()
            .or_else(|| parsed(key("mesh")?));
        let root = config
            .as_ref()
            .and_then(|config| config["rootNamespace"].as_str());
        Self {
            root_namespace: root
                .filter(|root| !root.is_empty())
                .unwrap_or(&snapshot.istio_namespace)
                .to_owned(),
            networks: key("meshNetworks").and_then(parsed).unwrap_or_default(),
            config,
        }
    }
}

/// Name of one of the control plane's objects for a revision.
pub(crate) fn of_revision(name: &str, revision: &str) -> String {
    if revision == DEFAULT_REVISION {
        name.to_owned()
    } else {
        format!("{name}-{revision}")
    }
}

/// A key of one of the control plane's ConfigMaps.
pub(crate) fn config_map<'a>(snapshot: &'a Snapshot, name: &str, key: &str) -> Option<&'a str> {
    let found =
        snapshot.objects.config_maps.iter().find(|map| {
            map.about.name == name && map.about.namespace == snapshot.istio_namespace
        })?;
    found.data.as_ref()?.get(key).map(String::as_str)
}

/// What cannot be read says nothing here; istiod says it.
pub(crate) fn parsed(text: &str) -> Option<Value> {
    serde_saphyr::from_str_with_options(text, crate::source::yaml()).ok()
}
