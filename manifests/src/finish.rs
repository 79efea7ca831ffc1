//! The last touch on a rendered object: nothing that is not set, no environment variable twice,
//! the owner's labels, and its identity.

use mainsheet_crds::meta;
use mainsheet_profiles::Resolved;
use serde_json::{Map, Value, json};

use crate::render::owner_labels;
use crate::{Body, Kind, Object, ObjectId, Wave};

/// The finished object, or none if it has no known kind or no name.
pub(crate) fn object(
    resolved: &Resolved,
    component: &str,
    wave: Wave,
    mut body: Value,
) -> Option<Object> {
    drop_nulls(&mut body);
    each_variable_once(&mut body);
    let kind = Kind::from_name(body.get("kind")?.as_str()?)?;
    let wave = match kind {
        Kind::ClusterRoleBinding | Kind::RoleBinding => Wave::Bindings,
        _ => wave,
    };
    let metadata = body.get_mut("metadata")?.as_object_mut()?;
    for key in ["labels", "annotations"] {
        if metadata
            .get(key)
            .and_then(Value::as_object)
            .is_some_and(Map::is_empty)
        {
            metadata.remove(key);
        }
    }
    let labels = metadata.entry("labels").or_insert_with(|| json!({}));
    // The webhook of the default revision names that one; what else names one is of this mesh's.
    let revision = labels.get(meta::LABEL_ISTIO_REV).is_some();
    mainsheet_profiles::merge::merge(labels, &owner_labels(resolved, component, revision));
    if kind == Kind::Namespace {
        // Meshes share a namespace: none of them owns it.
        labels.as_object_mut()?.remove(meta::LABEL_INSTALLATION);
    }
    let name = metadata.get("name")?.as_str()?;
    let namespace = metadata.get("namespace").and_then(Value::as_str);
    let id = ObjectId::new(kind, namespace, name);
    Some(Object {
        id,
        component: component.to_owned(),
        wave,
        body: Body::Rendered(body),
    })
}

/// Takes members without a value away.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, member| !member.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Keeps the last one of variables with one name, in the place of the first: Kubernetes takes the
/// last, and server-side apply refuses two.
fn each_variable_once(body: &mut Value) {
    let Some(pod) = body
        .pointer_mut("/spec/template/spec")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for key in ["initContainers", "containers"] {
        let containers = pod.get_mut(key).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if let Some(env) = container.get_mut("env").and_then(Value::as_array_mut) {
                last_of_each(env);
            }
        }
    }
}

fn last_of_each(env: &mut Vec<Value>) {
    let mut kept: Vec<Value> = Vec::with_capacity(env.len());
    for variable in env.drain(..) {
        match kept
            .iter_mut()
            .find(|other| other["name"] == variable["name"])
        {
            Some(earlier) => *earlier = variable,
            None => kept.push(variable),
        }
    }
    *env = kept;
}
