//! [`resolve`]: the six layers, in order, into one [`Resolved`].

use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::meta::DEFAULT_REVISION;
use serde_json::{Map, Value, json};

use crate::addons;
use crate::catalogue::{Release, Unavailable};
use crate::components::{self, tag_text};
use crate::defaults::defaults;
use crate::error::{Finding, ResolveError};
use crate::fields;
use crate::layers::{self, PLATFORM_NAMES, VALUE_PROFILES};
use crate::merge::{at, merge, put};
use crate::profile::{Preset, preset};
use crate::refusals;
use crate::resolved::Resolved;
use crate::settle::{Layers, settle};
use crate::suggest::nearest;
use crate::surface::check::{check, check_mesh_config};

/// What is known about the cluster, beside the spec.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Version that the mesh runs. It is kept when the spec names none, and stays valid past its
    /// end of life.
    pub installed: Option<String>,
    /// Version of the API server, such as `v1.36.4`; tells GKE.
    pub kubernetes: Option<String>,
    /// Istio revision to resolve for instead of the one that the spec names: that of a control
    /// plane which comes up beside another, or has done so before. `default` is the un-revisioned.
    pub revision: Option<String>,
}

/// Resolves the spec of the `MeshInstallation` called `name`. Every finding is reported at once.
pub fn resolve(
    name: &str,
    spec: &MeshInstallationSpec,
    context: &Context,
) -> Result<Resolved, ResolveError> {
    let release = release(spec, context)?;
    let minor = release.minor.number;
    let given = Value::Object(spec.values.clone().unwrap_or_default());
    let mut findings = fields::check(name, spec);
    findings.extend(check(&given, minor));
    findings.extend(check_mesh_config(spec.mesh_config.as_ref(), minor));
    findings.extend(refusals::contradictions(spec, &given));
    // Past this point the values have the types that templates rely on.
    ResolveError::check(std::mem::take(&mut findings))?;

    let gke = context
        .kubernetes
        .as_ref()
        .is_some_and(|version| version.contains("-gke"));
    let profile = spec.profile.unwrap_or_default();
    let preset = preset(profile);
    let mut user = user_layer(spec, &given, &preset, gke, release);
    if let Some(revision) = &context.revision {
        take_over(&mut user, revision);
    }
    let over = overlay(&user, minor, &mut findings);
    let listed = addons::listed_providers(&user);
    let mut values = settle(&Layers {
        defaults: defaults(minor),
        over,
        user,
        gke,
    });
    components::images_into_values(spec, &mut values);
    let revision = refusals::revision(&values, &mut findings);
    let namespace = text_at(&values, "global.istioNamespace");
    let agents = if gke {
        Some("kube-system")
    } else {
        preset.agents
    };
    let mut components =
        components::enabled(spec, &preset, agents, &namespace, &values, &mut findings);
    let images = &release.minor.addons;
    let tools = addons::enabled(
        spec,
        &preset,
        &namespace,
        images,
        &components,
        &mut findings,
    );
    components.extend(tools);
    addons::trace(&mut values, &components, &listed);
    refusals::unsupported(&values, &components, &mut findings);
    ResolveError::check(findings)?;
    Ok(Resolved {
        installation: name.to_owned(),
        version: release.to_string(),
        revision,
        namespace,
        profile,
        components,
        values: into_map(values),
    })
}

fn release(spec: &MeshInstallationSpec, context: &Context) -> Result<&'static Release, Finding> {
    let installed = context.installed.as_deref();
    let Some(wanted) = spec.version.as_deref().or(installed) else {
        return Ok(Release::newest());
    };
    Release::find(wanted, installed).map_err(|why| {
        let names = Release::names();
        let problem = match why {
            Unavailable::EndOfLife => "at its end of life; kept only for meshes that run it".into(),
            Unavailable::Unknown => match nearest(wanted, names.iter().map(String::as_str)) {
                Some(known) => format!("{wanted:?} is not bundled; did you mean {known}?"),
                None => format!("{wanted:?} is not bundled"),
            },
        };
        Finding::new(
            "spec.version",
            format!("{problem} Allowed: {}", names.join(", ")),
        )
    })
}

/// The fields of the spec, in the terms of values, and over them its `values`. What the profile
/// names (its set of values, its platform) stands below both.
fn user_layer(
    spec: &MeshInstallationSpec,
    given: &Value,
    preset: &Preset,
    gke: bool,
    release: &Release,
) -> Value {
    let mut layer = json!({
        "global": { "hub": release.minor.hub, "tag": release.to_string(), "istioNamespace": spec.namespace() },
        "revision": spec.revision(),
    });
    if let Some(set) = preset.values {
        put(&mut layer, "profile", json!(set));
    }
    if let Some(platform) = preset.platform {
        put(&mut layer, "global.platform", json!(platform));
    }
    if gke {
        put(&mut layer, "global.platform", json!("gke"));
        put(&mut layer, "cni.resourceQuotas.enabled", json!(false));
    }
    if let Some(hub) = &spec.hub {
        put(&mut layer, "global.hub", json!(hub));
    }
    if let Some(tag) = &spec.tag {
        put(&mut layer, "global.tag", json!(tag_text(tag)));
    }
    if let Some(version) = &spec.compatibility_version {
        put(&mut layer, "compatibilityVersion", json!(version));
    }
    if let Some(mesh) = &spec.mesh_config {
        put(&mut layer, "meshConfig", Value::Object(mesh.clone()));
    }
    let cni = spec.components.as_ref().and_then(|c| c.cni.as_ref());
    let cni = cni
        .and_then(|cni| cni.enabled)
        .or(preset.cni)
        .unwrap_or(false);
    put(&mut layer, "pilot.cni.enabled", json!(cni));
    merge(&mut layer, given);
    if text_at(&layer, "revision") == DEFAULT_REVISION {
        put(&mut layer, "revision", json!(""));
    }
    layer
}

/// Puts another revision in the place of the one that was asked for, and whatever followed that one
/// by name follows the other.
fn take_over(user: &mut Value, revision: &str) {
    let name = |text: &str| match text {
        "" => DEFAULT_REVISION.to_owned(),
        text => text.to_owned(),
    };
    let public = name(&text_at(user, "revision"));
    let plain = match revision {
        DEFAULT_REVISION => "",
        revision => revision,
    };
    put(user, "revision", json!(plain));
    if text_at(user, "defaultRevision") == public {
        put(user, "defaultRevision", json!(revision));
    }
}

/// Profile < compatibility version < platform, as the user's layer names them.
fn overlay(user: &Value, minor: u32, findings: &mut Vec<Finding>) -> Value {
    let mut over = Value::Object(Map::new());
    let named = |path: &str, global: &str| {
        let first = text_at(user, path);
        if first.is_empty() {
            (global.to_owned(), text_at(user, global))
        } else {
            (path.to_owned(), first)
        }
    };
    let (path, name) = named("profile", "global.profile");
    match layers::value_profile(&name) {
        Some(values) => merge(&mut over, &values),
        None if name.is_empty() => {}
        None => findings.push(unknown(
            &path,
            &name,
            VALUE_PROFILES.map(|(known, _)| known),
        )),
    }
    if let Some(kept) = compatibility_version(user, minor, findings) {
        merge(&mut over, &layers::compatibility(kept, minor));
    }
    let (path, name) = named("platform", "global.platform");
    match layers::platform(&name, minor) {
        Some(values) => merge(&mut over, &values),
        None if name.is_empty() => {}
        None => findings.push(unknown(&path, &name, PLATFORM_NAMES)),
    }
    over
}

fn unknown<const N: usize>(path: &str, given: &str, known: [&str; N]) -> Finding {
    let meant = nearest(given, known)
        .map(|known| format!(", did you mean {known}?"))
        .unwrap_or_default();
    let problem = format!("{given:?} given{meant} Allowed: {}", known.join(", "));
    Finding::new(format!("spec.values.{path}"), problem)
}

fn compatibility_version(user: &Value, minor: u32, findings: &mut Vec<Finding>) -> Option<u32> {
    let given = match at(user, "compatibilityVersion")? {
        Value::String(text) => text.clone(),
        Value::Null => return None,
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            other.to_string()
        }
    };
    if given.is_empty() {
        return None;
    }
    let known = Release::newest_of_minor(minor).minor.compatibility;
    let kept = given.strip_prefix("1.").and_then(|text| text.parse().ok());
    match kept {
        Some(kept) if (known.0..=known.1).contains(&kept) => Some(kept),
        Some(_) | None => {
            findings.push(Finding::new(
                "spec.compatibilityVersion",
                format!("{given:?} given, allowed: 1.{} to 1.{}", known.0, known.1),
            ));
            None
        }
    }
}

/// The string at a dotted path, or an empty one.
pub(crate) fn text_at(values: &Value, path: &str) -> String {
    at(values, path)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn into_map(values: Value) -> Map<String, Value> {
    match values {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
