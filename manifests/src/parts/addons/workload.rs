//! The workload of an addon: one pod that may do as little as it can be made to.

use mainsheet_crds::meta;
use serde_json::{Map, Value, json};

use super::Tool;
use crate::draft;

/// What differs between the pods of the addons.
pub(super) struct Workload {
    /// Whom the image is made to run as.
    pub user: u32,
    /// Replaces the image's entry point, where that is not it.
    pub command: &'static [&'static str],
    pub args: Vec<String>,
    pub env: Vec<(&'static str, String)>,
    /// Ports by name.
    pub ports: &'static [(&'static str, u16)],
    /// Port and path that say whether it is ready, and whether it lives.
    pub health: (u16, &'static str),
    pub alive: (u16, &'static str),
    /// Port and path of its metrics, where Prometheus is to find them by annotations.
    pub metrics: Option<(u16, &'static str)>,
    /// Requests of CPU and memory, limit of memory.
    pub resources: (&'static str, &'static str, &'static str),
    /// ConfigMaps, each with the folder that it is mounted in.
    pub files: Vec<(String, &'static str)>,
    /// Folders that it writes to and that are gone with the pod.
    pub scratch: &'static [&'static str],
    /// Size and folder of the disk that is kept; a pod with one is a StatefulSet's.
    pub disk: Option<(&'static str, &'static str)>,
    /// Whether it talks to the API server.
    pub token: bool,
    /// Digest of the configuration that it reads at its start; empty without one.
    pub digest: String,
}

// === impl Workload ===

impl Workload {
    pub(super) fn view(&self, tool: &Tool<'_>) -> Value {
        let mesh = tool.mesh;
        let probe = |(port, path): (u16, &str)| json!({ "port": port, "path": path });
        let (cpu, memory, limit) = self.resources;
        let (mounts, volumes) = self.volumes();
        // OpenShift gives every namespace users of its own, and refuses others.
        let user = if mesh.openshift() {
            Value::Null
        } else {
            self.user.into()
        };
        json!({
            "kind": if self.disk.is_some() { "StatefulSet" } else { "Deployment" },
            "name": tool.name(),
            "namespace": tool.namespace(),
            "labels": tool.labels(),
            "claim": self.disk.map(|(size, _)| size),
            "selector": { "app.kubernetes.io/name": tool.name() },
            "podLabels": draft::labels(&[&tool.labels(), &json!({ "sidecar.istio.io/inject": "false" })]),
            "podAnnotations": self.annotations(),
            "token": self.token,
            "priorityClassName": mesh.get("global.priorityClassName"),
            "user": user,
            "image": tool.component.image,
            "pullPolicy": mesh.get("global.imagePullPolicy"),
            "command": self.command,
            "args": self.args,
            "env": self.env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
            "ports": self.ports.iter().map(|(name, port)| json!({ "name": name, "containerPort": port })).collect::<Vec<_>>(),
            "health": probe(self.health),
            "alive": probe(self.alive),
            "resources": { "requests": { "cpu": cpu, "memory": memory }, "limits": { "memory": limit } },
            "mounts": mounts,
            "volumes": volumes,
        })
    }

    fn annotations(&self) -> Value {
        let mut annotations = json!({});
        if !self.digest.is_empty() {
            annotations[meta::ANNOTATION_CONFIG] = json!(self.digest);
        }
        if let Some((port, path)) = self.metrics {
            annotations["prometheus.io/scrape"] = json!("true");
            annotations["prometheus.io/port"] = json!(port.to_string());
            annotations["prometheus.io/path"] = json!(path);
        }
        annotations
    }

    fn volumes(&self) -> (Vec<Value>, Vec<Value>) {
        let mut mounts = Vec::new();
        let mut volumes = Vec::new();
        let mut add = |name: String, folder: &str, kind: &str, source: Value| {
            let mut volume = Map::from_iter([("name".to_owned(), json!(name))]);
            volume.insert(kind.to_owned(), source);
            volumes.push(Value::Object(volume));
            mounts.push(json!({ "name": name, "mountPath": folder }));
        };
        for (config_map, folder) in &self.files {
            let source = json!({ "name": config_map });
            add(format!("config-{config_map}"), folder, "configMap", source);
        }
        for folder in self.scratch {
            let name = format!("scratch{}", folder.replace('/', "-"));
            add(name, folder, "emptyDir", json!({}));
        }
        if let Some((_, folder)) = self.disk {
            mounts.push(json!({ "name": "data", "mountPath": folder }));
        }
        (mounts, volumes)
    }
}
