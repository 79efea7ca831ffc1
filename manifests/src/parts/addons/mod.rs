//! Observability tools beside the mesh: one workload each, its Services, its configuration, and the
//! rights that it needs.

mod grafana;
mod jaeger;
mod kiali;
mod loki;
mod prometheus;
mod tracing;
mod workload;
mod zipkin;

use mainsheet_profiles::{Addon, Component, ComponentKind};
use serde_json::{Map, Value, json};

use self::workload::Workload;
use super::rights::Grant;
use crate::draft::Draft;
use crate::engine;
use crate::mesh::Mesh;
use crate::render::RenderError;
use crate::{Wave, digest};

/// One addon of a mesh, while its objects are put together.
struct Tool<'a> {
    mesh: &'a Mesh<'a>,
    component: &'a Component,
    drafts: Vec<Draft>,
}

/// The objects of an addon.
pub(super) fn drafts(
    mesh: &Mesh<'_>,
    component: &Component,
    addon: Addon,
) -> Result<Vec<Draft>, RenderError> {
    let mut tool = Tool {
        mesh,
        component,
        drafts: Vec::new(),
    };
    match addon {
        Addon::Prometheus => prometheus::add(&mut tool)?,
        Addon::Loki => loki::add(&mut tool)?,
        Addon::Jaeger => jaeger::add(&mut tool)?,
        Addon::Zipkin => zipkin::add(&mut tool),
        Addon::Grafana => grafana::add(&mut tool)?,
        Addon::Kiali => kiali::add(&mut tool)?,
    }
    Ok(tool.drafts)
}

// === impl Tool ===

impl Tool<'_> {
    fn name(&self) -> &str {
        &self.component.name
    }

    fn namespace(&self) -> &str {
        &self.component.namespace
    }

    fn labels(&self) -> Value {
        json!({ "app": self.name(), "app.kubernetes.io/name": self.name() })
    }

    /// Address of another addon's Service; none where that is not enabled.
    fn address(&self, addon: Addon, service: &str, port: u16) -> Option<String> {
        let components = &self.mesh.resolved.components;
        let other = components
            .iter()
            .find(|component| component.kind == ComponentKind::Addon(addon))?;
        Some(format!("http://{service}.{}:{port}", other.namespace))
    }

    /// Text of a configuration file.
    fn file(&self, template: &str, view: Value) -> Result<String, RenderError> {
        engine::text(template, view).map_err(|source| RenderError::Template {
            component: self.component.label_value(),
            source,
        })
    }

    /// A ConfigMap with the files. Gives the digest of what is in it.
    fn config(&mut self, name: &str, files: Map<String, Value>) -> String {
        let digest = digest::of(&files);
        if self.mesh.namespace_scope() {
            let view =
                json!({ "name": name, "namespace": self.namespace(), "labels": self.labels() });
            self.drafts.push(Draft {
                wave: Wave::Addons,
                ..Draft::config(view, files)
            });
        }
        digest
    }

    /// Rights in the whole cluster.
    fn grant(&mut self, rules: Vec<Value>) {
        if !self.mesh.cluster_scope() {
            return;
        }
        // Other installations of the tool have its plain name.
        let role = format!("istio-addon-{}-{}", self.name(), self.namespace());
        let grant = Grant {
            role: &role,
            binding: &role,
            namespace: None,
            labels: self.labels(),
            binding_labels: self.labels(),
            annotations: json!({}),
            rules,
            account: self.name(),
            account_namespace: Some(self.namespace()),
        };
        let drafts = grant.drafts();
        self.drafts.extend(drafts);
    }

    /// A Service; `ports` by name, port and the container's port.
    fn service(&mut self, name: &str, headless: bool, ports: &[(&str, u16, u16)]) {
        if !self.mesh.namespace_scope() {
            return;
        }
        let port = |(name, port, target): &(&str, u16, u16)| json!({ "name": name, "port": port, "targetPort": target });
        let view = json!({
            "name": name,
            "namespace": self.namespace(),
            "labels": self.labels(),
            "selector": { "app.kubernetes.io/name": self.name() },
            "headless": headless,
            "ports": ports.iter().map(port).collect::<Vec<_>>(),
        });
        self.drafts
            .push(Draft::new(Wave::Addons, "addons/service", view));
    }

    /// The workload with its account.
    fn workload(&mut self, workload: &Workload) {
        if !self.mesh.namespace_scope() {
            return;
        }
        let account = json!({
            "name": self.name(),
            "namespace": self.namespace(),
            "labels": self.labels(),
            "annotations": {},
            "pullSecrets": self.mesh.get("global.imagePullSecrets"),
        });
        let view = workload.view(self);
        self.drafts
            .push(Draft::new(Wave::Identities, "service-account", account));
        self.drafts
            .push(Draft::new(Wave::Addons, "addons/workload", view));
    }
}

/// One file of a ConfigMap.
fn file(name: &str, text: impl Into<Value>) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), text.into())])
}
