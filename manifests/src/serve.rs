//! How control planes serve a name together: of two that do, each has webhooks of its own, and the
//! namespaces are split between them by name, so that nobody's labels are edited when they move.

use mainsheet_crds::meta::LABEL_ISTIO_REV;
use mainsheet_profiles::{ComponentKind, Resolved};
use serde_json::{Value, json};

use crate::draft::Draft;
use crate::mesh::Mesh;
use crate::parts::{injector, istiod};
use crate::render::RenderError;
use crate::{Cover, Object, engine, finish, settings};

/// Label that the API server gives to every namespace.
pub(crate) const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";
/// Name of the condition that skips pods which another control plane has injected.
const GUARD: &str = "not-injected-yet";
/// The condition. The API server evaluates it on the pod as the webhooks before have left it.
const NOT_INJECTED: &str = "!has(object.metadata.annotations) || \
                            !('sidecar.istio.io/status' in object.metadata.annotations)";

/// The part of a name's namespaces that one configuration takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The namespaces.
    pub cover: Cover,
    /// Whether pods that are injected already are skipped: so it is while there are two.
    pub guarded: bool,
}

/// What a configuration in the cluster takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its share.
    pub share: Share,
    /// Whether the API server can call it: without a bundle it cannot.
    pub callable: bool,
}

// === impl Share ===

impl Share {
    /// Everything, alone.
    pub fn whole() -> Self {
        Self {
            cover: Cover::all(),
            guarded: false,
        }
    }

    /// Nothing, as of a configuration that is not there.
    pub fn absent() -> Self {
        Self {
            cover: Cover::none(),
            guarded: true,
        }
    }

    /// Restricts the webhooks of a configuration to this share.
    pub fn restrict(&self, configuration: &mut Value) {
        let webhooks = configuration["webhooks"].as_array_mut();
        for webhook in webhooks.into_iter().flatten() {
            if let Some(expression) = expression(&self.cover)
                && let Some(all) = webhook["namespaceSelector"]["matchExpressions"].as_array_mut()
            {
                all.push(expression);
            }
            if self.guarded {
                webhook["matchConditions"] = json!([{"name": GUARD, "expression": NOT_INJECTED}]);
            }
        }
    }
}

// === impl Found ===

impl Found {
    /// What there is where there is no configuration.
    pub fn nothing() -> Self {
        Self {
            share: Share::absent(),
            callable: false,
        }
    }

    /// What a configuration takes.
    pub fn of(configuration: &Value) -> Self {
        let webhooks = || configuration["webhooks"].as_array().into_iter().flatten();
        let guarded = webhooks().all(|webhook| {
            let conditions = webhook["matchConditions"].as_array();
            conditions.is_some_and(|all| all.iter().any(|one| one["name"] == GUARD))
        });
        let callable = webhooks().all(|webhook| {
            let bundle = webhook["clientConfig"]["caBundle"].as_str();
            bundle.is_some_and(|bundle| !bundle.is_empty())
        });
        let cover = webhooks().next().map_or_else(Cover::none, cover);
        Self {
            share: Share { cover, guarded },
            callable,
        }
    }
}

/// Nothing for every namespace. A set of no names is written as the empty name, which no namespace
/// has: the API server wants at least one.
fn expression(cover: &Cover) -> Option<Value> {
    let (operator, names) = match cover {
        Cover::AllBut(names) if names.is_empty() => return None,
        Cover::AllBut(names) => ("NotIn", names),
        Cover::Only(names) => ("In", names),
    };
    let mut values: Vec<&str> = names.iter().map(String::as_str).collect();
    if values.is_empty() {
        values.push("");
    }
    Some(json!({"key": NAMESPACE_NAME, "operator": operator, "values": values}))
}

fn cover(webhook: &Value) -> Cover {
    let expressions = webhook["namespaceSelector"]["matchExpressions"].as_array();
    let mut ours = expressions.into_iter().flatten().filter_map(|expression| {
        let names = expression["values"].as_array().into_iter().flatten();
        let names = names
            .filter_map(Value::as_str)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        match (
            expression["key"].as_str()?,
            expression["operator"].as_str()?,
        ) {
            (NAMESPACE_NAME, "In") => Some(Cover::Only(names)),
            (NAMESPACE_NAME, "NotIn") => Some(Cover::AllBut(names)),
            _ => None,
        }
    });
    ours.next().unwrap_or_else(Cover::all)
}

/// What makes a control plane serve a name that is not its own: the webhooks, and with `service`
/// the Service under that name, which only the control plane has that serves all of it.
pub fn stand_ins(
    resolved: &Resolved,
    name: &str,
    share: &Share,
    service: bool,
) -> Result<Vec<Object>, RenderError> {
    let pilot = resolved
        .components
        .iter()
        .find(|component| component.kind == ComponentKind::Pilot);
    let Some(pilot) = pilot else {
        return Ok(Vec::new());
    };
    let own = settings::mesh_of(resolved, pilot);
    let mesh = Mesh::new(own.as_ref().unwrap_or(resolved));
    let mut objects = Vec::new();
    if mesh.cluster_scope() && !mesh.is("global.operatorManageWebhooks") {
        let whole = share.cover.is_all() && !share.guarded;
        let draft = injector::standing_for(&mesh, &pilot.namespace, name, whole);
        let mut object = finished(resolved, draft)?;
        if let crate::Body::Rendered(body) = &mut object.body {
            share.restrict(body);
        }
        objects.push(object);
    }
    if service && mesh.namespace_scope() && mesh.istiod_here() {
        objects.push(finished(
            resolved,
            istiod::tag_service(&mesh, &pilot.namespace, name),
        )?);
    }
    Ok(objects)
}

fn finished(resolved: &Resolved, draft: Draft) -> Result<Object, RenderError> {
    let label = ComponentKind::Pilot.as_str();
    let body =
        engine::object(draft.template, draft.view).map_err(|source| RenderError::Template {
            component: label.to_owned(),
            source,
        })?;
    finish::object(resolved, label, draft.wave, body).ok_or_else(|| RenderError::Identity {
        component: label.to_owned(),
    })
}

/// The Istio revision that a configuration in the cluster is of.
pub fn revision_of(configuration: &Value) -> Option<&str> {
    configuration["metadata"]["labels"][LABEL_ISTIO_REV].as_str()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mainsheet_profiles::{Context, parse_spec, resolve};

    use super::*;
    use crate::Body;

    fn mesh(revision: &str) -> Resolved {
        let spec = parse_spec(&json!({"profile": "minimal", "values": {"istiodRemote": {
            "injectionURL": "https://127.0.0.1/inject", "injectionCABundle": "Y2E="}}}))
        .unwrap();
        let context = Context {
            revision: Some(revision.to_owned()),
            ..Context::default()
        };
        resolve("mesh", &spec, &context).unwrap()
    }

    fn configuration(share: &Share) -> Value {
        let objects = stand_ins(&mesh("1-30-3-4f2a91"), "default", share, false).unwrap();
        match &objects[0].body {
            Body::Rendered(body) => body.clone(),
            Body::Bundled(_) => Value::Null,
        }
    }

    #[test]
    fn a_share_is_read_back_from_what_it_was_written_to() {
        let names: BTreeSet<String> = ["a".to_owned(), "b".to_owned()].into();
        let covers = [
            Cover::none(),
            Cover::all(),
            Cover::Only(names.clone()),
            Cover::AllBut(names),
        ];
        for cover in covers {
            for guarded in [true, false] {
                let share = Share {
                    cover: cover.clone(),
                    guarded,
                };
                assert_eq!(Found::of(&configuration(&share)).share, share);
            }
        }
    }

    #[test]
    fn a_webhook_without_a_bundle_cannot_be_called() {
        let mut live = configuration(&Share::whole());
        assert!(Found::of(&live).callable);
        live["webhooks"][1]["clientConfig"]["caBundle"] = Value::Null;
        assert!(!Found::of(&live).callable);
    }

    #[test]
    fn the_tag_label_comes_with_the_last_namespace() {
        let tag =
            |share: &Share| configuration(share)["metadata"]["labels"]["istio.io/tag"].clone();
        assert_eq!(tag(&Share::whole()), "default");
        let guarded = Share {
            guarded: true,
            ..Share::whole()
        };
        assert_eq!(tag(&guarded), Value::Null);
    }

    #[test]
    fn what_stands_for_the_default_revision_has_all_of_its_webhooks() {
        let body = configuration(&Share::whole());
        assert_eq!(
            body["metadata"]["name"],
            "istio-revision-tag-default-1-30-3-4f2a91"
        );
        assert_eq!(body["webhooks"].as_array().map(Vec::len), Some(4));
        assert_eq!(revision_of(&body), Some("1-30-3-4f2a91"));
    }
}
