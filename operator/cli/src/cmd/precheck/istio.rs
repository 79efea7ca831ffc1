//! Pure: what of Istio is in the cluster already.

use mainsheet_core::preflight::owner;
use mainsheet_crds::meta::LABEL_ISTIO_REV;
use mainsheet_profiles::ComponentKind;
use mainsheet_profiles::catalogue::RELEASES;
use serde_json::Value;

use super::facts::{Facts, label, name, namespace};
use super::{Check, Mesh};

/// A line for each control plane that is there.
pub(super) fn control_planes(mesh: &Mesh, facts: &Facts) -> Vec<Check> {
    const NAME: &str = "control-plane";
    let istiods = match &facts.istiods {
        Ok(istiods) => istiods,
        Err(why) => return vec![Check::unknown(NAME, why)],
    };
    if istiods.is_empty() {
        return vec![Check::pass(NAME, "none is there yet")];
    }
    istiods
        .iter()
        .map(|istiod| control_plane(NAME, istiod, mesh))
        .collect()
}

fn control_plane(check: &'static str, istiod: &Value, mesh: &Mesh) -> Check {
    let revision = label(istiod, LABEL_ISTIO_REV).unwrap_or("default");
    let place = namespace(istiod);
    let version = tag(istiod).unwrap_or("unknown version");
    let owner = owner(istiod);
    let what = format!(
        "Deployment {place}/{}: Istio {version}, revision {revision}, by {owner}",
        name(istiod)
    );
    let wanted = &mesh.resolved;
    if owner == format!("MeshInstallation {}", wanted.installation) {
        return match refused(version, &wanted.version) {
            Some(why) => Check::fail(check, what, why),
            None => Check::pass(check, what),
        };
    }
    if place == wanted.namespace && revision == wanted.istio_revision() {
        return Check::fail(
            check,
            format!("{what}: it has the place of the wanted one"),
            "take it over (docs/adoption.md), or set spec.revision to another name and move workloads over",
        );
    }
    Check::warn(
        check,
        what,
        "both serve the workloads that name them; CRDs, istio-cni, ztunnel and gateways are shared by all, so let one of them own these",
    )
}

/// Tag of the image of istiod.
fn tag(istiod: &Value) -> Option<&str> {
    let containers = istiod["spec"]["template"]["spec"]["containers"].as_array()?;
    let discovery = containers
        .iter()
        .find(|container| container["name"] == "discovery")?;
    let (_, tag) = discovery["image"].as_str()?.rsplit_once(':')?;
    Some(tag)
}

/// Why a mesh cannot go from one version to another in one step.
fn refused(from: &str, to: &str) -> Option<String> {
    let release = |version: &str| {
        RELEASES
            .iter()
            .find(|release| release.to_string() == version)
    };
    let (from, to) = (release(from)?, release(to)?);
    (!from.upgrades_to(to))
        .then(|| format!("Istio {from} to {to} is more than one step; see `mainsheet upgrade`"))
}

fn served(crd: &Value) -> Vec<&str> {
    let versions = crd["spec"]["versions"].as_array().into_iter().flatten();
    versions
        .filter(|version| version["served"] == true)
        .filter_map(|version| version["name"].as_str())
        .collect()
}

/// The Gateway API, which is not part of Istio and not installed with it.
pub(super) fn gateway_api(mesh: &Mesh, facts: &Facts) -> Check {
    const NAME: &str = "gateway-api";
    const INSTALL: &str = "install it: https://gateway-api.sigs.k8s.io/guides/";
    let there = match &facts.crds {
        Ok(there) => there,
        Err(why) => return Check::unknown(NAME, why),
    };
    let gateways = there
        .iter()
        .find(|crd| name(crd) == "gateways.gateway.networking.k8s.io");
    let Some(gateways) = gateways else {
        let ambient = mesh
            .resolved
            .components
            .iter()
            .any(|component| component.kind == ComponentKind::Ztunnel);
        return if ambient {
            Check::warn(
                NAME,
                "its CRDs are not there; waypoints of ambient mode need them",
                INSTALL,
            )
        } else {
            Check::pass(
                NAME,
                "its CRDs are not there; only its own resources need them",
            )
        };
    };
    let annotation = |key: &str| {
        gateways["metadata"]["annotations"][key]
            .as_str()
            .unwrap_or("unknown")
    };
    let version = annotation("gateway.networking.k8s.io/bundle-version");
    let versions = served(gateways);
    if versions
        .iter()
        .any(|version| matches!(*version, "v1" | "v1beta1"))
    {
        Check::pass(
            NAME,
            format!(
                "{version} ({}) is there",
                annotation("gateway.networking.k8s.io/channel")
            ),
        )
    } else {
        let message = format!(
            "{version} is there and serves {}, but istiod reads v1 or v1beta1",
            versions.join(", ")
        );
        Check::fail(
            NAME,
            message,
            format!("upgrade it: {}", &INSTALL["install it: ".len()..]),
        )
    }
}
