//! [`render`]: a resolved mesh into its objects.

use std::collections::BTreeSet;

use mainsheet_crds::meta;
use mainsheet_profiles::merge::truthy;
use mainsheet_profiles::{Component, ComponentKind, Resolved};
use serde_json::{Value, json};

use crate::engine::{self, TemplateError};
use crate::injection::InjectionError;
use crate::mesh::Mesh;
use crate::{Body, Kind, Manifests, Object, ObjectId, Wave, bundled, finish, parts, settings};

/// Why a mesh cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template failed.
    #[error("cannot render component {component}")]
    Template {
        /// Component, as in its label.
        component: String,
        /// What failed.
        #[source]
        source: TemplateError,
    },
    /// The injection templates cannot be put together.
    #[error("cannot put the injection templates together")]
    Injection(#[from] InjectionError),
    /// A setting or overlay of a component does not fit its objects.
    #[error("{path}: {problem}")]
    Setting {
        /// Path in the spec.
        path: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// A rendered object has no known kind, or no name.
    #[error("component {component} gave an object without a known kind and a name")]
    Identity {
        /// Component, as in its label.
        component: String,
    },
}

/// The objects of a resolved mesh, labelled and in their order. Pure: the same input gives the
/// same objects.
pub fn render(resolved: &Resolved) -> Result<Manifests, RenderError> {
    let whole = Mesh::new(resolved);
    let components = resolved.components.iter();
    let parts = components.map(|component| self::component(&whole, component));
    collect(resolved, parts)
}

/// Puts the objects of components together, with the namespaces that they need.
pub(crate) fn collect(
    resolved: &Resolved,
    parts: impl Iterator<Item = Result<Vec<Object>, RenderError>>,
) -> Result<Manifests, RenderError> {
    let mut objects = Vec::new();
    for part in parts {
        objects.extend(part?);
    }
    let mut namespaces: BTreeSet<String> = objects
        .iter()
        .filter_map(|object| object.id.namespace.clone())
        .collect();
    // An attachment for Multus goes where Multus looks for it; that namespace always exists.
    namespaces.remove("default");
    for name in namespaces {
        objects.push(namespace(resolved, &name)?);
    }
    Ok(Manifests::new(objects))
}

/// The objects of one component.
pub(crate) fn component(
    whole: &Mesh<'_>,
    component: &Component,
) -> Result<Vec<Object>, RenderError> {
    let resolved = whole.resolved;
    let seen = settings::mesh_of(resolved, component);
    let seen = seen.as_ref().map(Mesh::new);
    let mesh = seen.as_ref().unwrap_or(whole);
    let label = component.label_value();
    let mut rendered = Vec::new();
    for draft in parts::drafts(mesh, component)? {
        let object = engine::object(draft.template, draft.view);
        let mut object = object.map_err(|source| RenderError::Template {
            component: label.clone(),
            source,
        })?;
        if let Some(data) = draft.data {
            object["data"] = Value::Object(data);
        }
        rendered.push((draft.wave, object));
    }
    settings::apply(resolved, component, &mut rendered)?;
    let mut objects = Vec::new();
    for (wave, body) in rendered {
        let object = finish::object(resolved, &label, wave, body);
        objects.push(object.ok_or_else(|| RenderError::Identity {
            component: label.clone(),
        })?);
    }
    if component.kind == ComponentKind::Base {
        objects.extend(crds(mesh, component));
    }
    Ok(objects)
}

fn namespace(resolved: &Resolved, name: &str) -> Result<Object, RenderError> {
    let mesh_network = mainsheet_profiles::merge::at(
        resolved.values.get("global").unwrap_or(&Value::Null),
        "network",
    );
    let labels = match mesh_network {
        Some(network) if truthy(Some(network)) => json!({ "topology.istio.io/network": network }),
        _ => json!({}),
    };
    let label = ComponentKind::Base.as_str();
    let body = engine::object("namespace", json!({ "name": name, "labels": labels })).map_err(
        |source| RenderError::Template {
            component: label.to_owned(),
            source,
        },
    )?;
    finish::object(resolved, label, Wave::Namespaces, body).ok_or_else(|| RenderError::Identity {
        component: label.to_owned(),
    })
}

/// Istio's CRDs, but those that are excluded.
fn crds(mesh: &Mesh<'_>, component: &Component) -> Vec<Object> {
    let wanted = mesh.cluster_scope() && mesh.get("base.enableCRDTemplates") != &json!(false);
    let excluded = mesh.get("base.excludedCRDs").as_array();
    let is_excluded =
        |name: &str| excluded.is_some_and(|list| list.iter().any(|item| item == name));
    bundled::crds()
        .iter()
        .filter(|crd| wanted && !is_excluded(crd.name))
        .map(|crd| Object {
            id: ObjectId::new(Kind::CustomResourceDefinition, None, crd.name),
            component: component.label_value(),
            wave: Wave::Crds,
            body: Body::Bundled(crd),
        })
        .collect()
}

/// The labels that every object carries.
pub(crate) fn owner_labels(resolved: &Resolved, component: &str, revision: bool) -> Value {
    let mut labels = json!({
        meta::LABEL_MANAGED_BY: meta::MANAGED_BY,
        meta::LABEL_INSTALLATION: resolved.installation,
        meta::LABEL_COMPONENT: component,
    });
    if revision {
        labels[meta::LABEL_REVISION] = json!(resolved.istio_revision());
    }
    labels
}
