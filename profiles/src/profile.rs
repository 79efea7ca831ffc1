//! Profiles: which components a mesh starts with, and which set of values.

use mainsheet_crds::MeshInstallationSpec;
use mainsheet_crds::installation::Profile;
use serde_json::{Value, json};

use crate::addon::Addon;
use crate::catalogue::Release;
use crate::error::ResolveError;
use crate::merge::{merge, put};
use crate::resolve::{Context, resolve};
use crate::resolved::{ComponentKind, Resolved};

/// What a profile turns on.
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "a row of a table: each is a part that is on"
)]
pub(crate) struct Preset {
    pub base: bool,
    pub pilot: bool,
    pub ingress: bool,
    pub egress: bool,
    /// Whether istio-cni and ztunnel are on; `None` where the profile does not speak of them.
    pub cni: Option<bool>,
    pub ztunnel: Option<bool>,
    /// Namespace of the node agents that the profile turns on, when it is not the control plane's.
    pub agents: Option<&'static str>,
    /// Set of values.
    pub values: Option<&'static str>,
    pub platform: Option<&'static str>,
    pub addons: &'static [Addon],
}

const DEFAULT: Preset = Preset {
    base: true,
    pilot: true,
    ingress: true,
    egress: false,
    cni: None,
    ztunnel: None,
    agents: None,
    values: None,
    platform: None,
    addons: &[],
};

const AGENTS: Option<&str> = Some("kube-system");

/// What a profile turns on.
pub(crate) const fn preset(profile: Profile) -> Preset {
    match profile {
        Profile::Default => DEFAULT,
        Profile::Demo => Preset {
            egress: true,
            values: Some("demo"),
            addons: &[
                Addon::Prometheus,
                Addon::Grafana,
                Addon::Kiali,
                Addon::Jaeger,
            ],
            ..DEFAULT
        },
        Profile::Minimal => Preset {
            ingress: false,
            ..DEFAULT
        },
        Profile::Remote => Preset {
            ingress: false,
            values: Some("remote"),
            ..DEFAULT
        },
        Profile::Empty => Preset {
            base: false,
            pilot: false,
            ingress: false,
            ..DEFAULT
        },
        Profile::Preview => Preset {
            values: Some("preview"),
            ..DEFAULT
        },
        Profile::Stable => Preset {
            values: Some("stable"),
            ..DEFAULT
        },
        Profile::Ambient => AMBIENT,
        Profile::Openshift => Preset {
            cni: Some(true),
            agents: AGENTS,
            platform: Some("openshift"),
            ..DEFAULT
        },
        Profile::OpenshiftAmbient => Preset {
            agents: AGENTS,
            platform: Some("openshift"),
            ..AMBIENT
        },
    }
}

const AMBIENT: Preset = Preset {
    ingress: false,
    cni: Some(true),
    ztunnel: Some(true),
    values: Some("ambient"),
    ..DEFAULT
};

/// A profile written out as a `MeshInstallation`, with its components and all values, for people
/// to read and start from. The values include the built-in defaults of the release.
pub fn dump(profile: Profile, release: &Release) -> Value {
    let spec = MeshInstallationSpec {
        version: Some(release.to_string()),
        profile: Some(profile),
        ..Default::default()
    };
    // A profile alone is always valid; a test resolves each.
    written_out("mesh", &spec).unwrap_or_default()
}

/// A spec written out in the same way: what its profile turns on, and all values, with what the
/// spec says over them.
pub fn written_out(name: &str, spec: &MeshInstallationSpec) -> Result<Value, ResolveError> {
    let profile = spec.profile.unwrap_or_default();
    let preset = preset(profile);
    let resolved = resolve(name, spec, &Context::default())?;
    let namespace = |kind: ComponentKind| {
        let component = resolved.components.iter().find(|c| c.kind == kind)?;
        Some(component.namespace.clone())
    };
    let agent = |enabled: Option<bool>, kind| match namespace(kind) {
        Some(namespace) => json!({ "enabled": true, "namespace": namespace }),
        None => json!({ "enabled": enabled.unwrap_or(false) }),
    };
    let mut written = json!({
        "version": resolved.version,
        "profile": profile,
        "components": {
            "base": { "enabled": preset.base },
            "pilot": { "enabled": preset.pilot },
            "cni": agent(preset.cni, ComponentKind::Cni),
            "ztunnel": agent(preset.ztunnel, ComponentKind::Ztunnel),
            "ingressGateways": [{ "name": "istio-ingressgateway", "enabled": preset.ingress }],
            "egressGateways": [{ "name": "istio-egressgateway", "enabled": preset.egress }],
        },
    });
    merge(
        &mut written,
        &serde_json::to_value(spec).unwrap_or_default(),
    );
    for addon in Addon::ALL {
        let on = namespace(ComponentKind::Addon(addon)).is_some();
        let path = format!("addons.{}.enabled", addon.as_str());
        put(&mut written, &path, json!(on));
    }
    put(&mut written, "version", json!(resolved.version));
    put(&mut written, "values", all_values(&resolved));
    Ok(json!({
        "apiVersion": mainsheet_crds::meta::API_VERSION,
        "kind": "MeshInstallation",
        "metadata": { "name": name },
        "spec": written,
    }))
}

fn all_values(resolved: &Resolved) -> Value {
    let mut values = Value::Object(resolved.values.clone());
    // What the injector is told about istio-cni besides was taken from `cni`.
    if let Some(usage) = values
        .pointer_mut("/pilot/cni")
        .and_then(Value::as_object_mut)
    {
        usage.retain(|key, _| key == "enabled" || key == "provider");
    }
    values
}
