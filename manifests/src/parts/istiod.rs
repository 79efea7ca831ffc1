//! istiod itself: Deployment, Service, autoscaler, disruption budget, network policy; and the
//! Service that stands for one elsewhere.

use mainsheet_profiles::Component;
use mainsheet_profiles::merge::truthy;
use serde_json::{Value, json};

use crate::Wave;
use crate::draft::{Draft, labels};
use crate::mesh::{Mesh, first, image, resources};

pub(super) fn drafts(mesh: &Mesh<'_>, component: &Component) -> Vec<Draft> {
    let namespace = component.namespace.as_str();
    let mut drafts = Vec::new();
    if mesh.istiod_here() {
        drafts.push(deployment(mesh, namespace));
        let own = mesh.rev_labels(&[("app", "istiod"), ("istio", "pilot")]);
        drafts.push(service(mesh, namespace, &mesh.istiod(), &own, true));
        drafts.extend(autoscaler(mesh, namespace));
        drafts.extend(disruption_budget(mesh, namespace));
    }
    if mesh.is("global.networkPolicy.enabled") {
        drafts.push(network_policy(mesh, namespace));
    }
    for tag in mesh
        .get("revisionTags")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        drafts.push(tag_service(mesh, namespace, tag));
    }
    drafts.extend(elsewhere(mesh, namespace));
    drafts
}

/// The Service by which clients that know a tag find the control plane that it stands for.
pub(crate) fn tag_service(mesh: &Mesh<'_>, namespace: &str, tag: &str) -> Draft {
    let own = mesh.rev_labels(&[("app", "istiod"), ("istio", "pilot"), ("istio.io/tag", tag)]);
    let name = format!("istiod-revision-tag-{tag}");
    service(mesh, namespace, &name, &own, false)
}

/// Pods of this istiod. An un-revisioned one has a label of its own, so that its Service never
/// takes in the pods of a revision beside it. Deployments cannot change this.
fn selector(mesh: &Mesh<'_>) -> Value {
    match mesh.resolved.revision.as_str() {
        "" => json!({ "app": "istiod", "istio": "pilot" }),
        revision => json!({ "app": "istiod", "istio.io/rev": revision }),
    }
}

fn deployment(mesh: &Mesh<'_>, namespace: &str) -> Draft {
    let pilot = mesh.get("pilot");
    let global = mesh.get("global");
    let env = &pilot["env"];
    let revisioned = !mesh.resolved.revision.is_empty();
    let own = mesh.rev_labels(&[("app", "istiod"), ("istio", "pilot")]);
    let of_pods = mesh.rev_labels(&[
        ("app", "istiod"),
        ("istio", if revisioned { "istiod" } else { "pilot" }),
        ("sidecar.istio.io/inject", "false"),
    ]);
    let scrape = json!({
        "prometheus.io/port": "15014", "prometheus.io/scrape": "true", "sidecar.istio.io/inject": "false",
    });
    let mut matched = selector(mesh);
    if !revisioned && let Some(map) = matched.as_object_mut() {
        map.remove("app");
    }
    let view = json!({
        "name": mesh.istiod(),
        "namespace": namespace,
        "suffix": mesh.suffix(),
        "rev": mesh.rev(),
        "labels": labels(&[&own, &pilot["deploymentLabels"]]),
        "selector": matched,
        "podLabels": labels(&[&of_pods, &pilot["podLabels"], &json!({ "istio.io/dataplane-mode": "none" })]),
        "podAnnotations": labels(&[&scrape, &pilot["podAnnotations"]]),
        "image": image(
            name_or(&pilot["image"], "pilot"),
            first(&[&pilot["hub"], &global["hub"]]),
            first(&[&pilot["tag"], &global["tag"]]),
            first(&[&pilot["variant"], &global["variant"]]),
        ),
        "resources": resources(&pilot["resources"], &global["defaultResources"]),
        "trusted": trusted_ztunnel(mesh, namespace),
        "trustedInEnv": truthy(env.get("CA_TRUSTED_NODE_ACCOUNTS")),
        "fips": mesh.minor >= 31 && env.get("COMPLIANCE_POLICY").is_some_and(|p| p == "fips-140-3"),
        "untaint": mesh.minor >= 30 && mesh.is("pilot.taint.enabled"),
        "external": mesh.is("global.externalIstiod") && !truthy(env.get("EXTERNAL_ISTIOD")),
        "cluster": mesh.cluster(),
        "memoryLimit": mesh.minor < 29,
        "platform": mesh.platform(),
        "trustBundle": mesh.trust_bundle(),
        "rootConfigMap": mesh.root_config_map(),
        "pilot": pilot,
        "global": global,
    });
    Draft::new(Wave::ControlPlane, "istiod", view)
}

/// Which ztunnel may ask for certificates of the workloads on its node.
fn trusted_ztunnel(mesh: &Mesh<'_>, namespace: &str) -> String {
    let or = |path: &str, default: &str| match mesh.text(path) {
        "" => default.to_owned(),
        given => given.to_owned(),
    };
    let place = or("pilot.trustedZtunnelNamespace", namespace);
    let account = or("pilot.trustedZtunnelName", "ztunnel");
    format!("{place}/{account}")
}

/// A name that is given, or the usual one.
pub(super) fn name_or<'v>(given: &'v Value, usual: &'v str) -> &'v str {
    given
        .as_str()
        .filter(|name| !name.is_empty())
        .unwrap_or(usual)
}

fn service(mesh: &Mesh<'_>, namespace: &str, name: &str, labels: &Value, own: bool) -> Draft {
    let distribution = if own {
        mesh.get("pilot.trafficDistribution")
    } else {
        &Value::Null
    };
    Draft::new(
        Wave::ControlPlane,
        "istiod-service",
        json!({
            "name": name,
            "namespace": namespace,
            "labels": labels,
            "annotations": mesh.get("pilot.serviceAnnotations"),
            "selector": selector(mesh),
            "ipFamilyPolicy": mesh.get("pilot.ipFamilyPolicy"),
            "ipFamilies": mesh.get("pilot.ipFamilies"),
            "trafficDistribution": distribution,
        }),
    )
}

fn autoscaler(mesh: &Mesh<'_>, namespace: &str) -> Option<Draft> {
    let wanted = mesh.is("pilot.autoscaleEnabled")
        && mesh.is("pilot.autoscaleMin")
        && mesh.is("pilot.autoscaleMax");
    wanted.then(|| {
        Draft::new(
            Wave::ControlPlane,
            "autoscaler",
            json!({
                "name": mesh.istiod(),
                "namespace": namespace,
                "labels": mesh.rev_labels(&[("app", "istiod")]),
                "min": mesh.get("pilot.autoscaleMin"),
                "max": mesh.get("pilot.autoscaleMax"),
                "cpu": mesh.get("pilot.cpu.targetAverageUtilization"),
                "memory": mesh.get("pilot.memory.targetAverageUtilization"),
                "behavior": mesh.get("pilot.autoscaleBehavior"),
            }),
        )
    })
}

/// A budget only where more than one pod runs: with one, it would block every drain.
fn disruption_budget(mesh: &Mesh<'_>, namespace: &str) -> Option<Draft> {
    let count = if mesh.is("pilot.autoscaleEnabled") {
        "pilot.autoscaleMin"
    } else {
        "pilot.replicaCount"
    };
    let several = mesh.get(count).as_u64().is_some_and(|pods| pods > 1);
    let pdb = mesh.get("pilot.pdb");
    (several && mesh.is("global.defaultPodDisruptionBudget.enabled")).then(|| {
        Draft::new(
            Wave::ControlPlane,
            "disruption-budget",
            json!({
                "name": mesh.istiod(),
                "namespace": namespace,
                "labels": mesh.rev_labels(&[("app", "istiod"), ("istio", "pilot")]),
                "selector": selector(mesh),
                "minAvailable": pdb["minAvailable"],
                "maxUnavailable": pdb["maxUnavailable"],
                "unhealthyPodEvictionPolicy": pdb["unhealthyPodEvictionPolicy"],
            }),
        )
    })
}

fn network_policy(mesh: &Mesh<'_>, namespace: &str) -> Draft {
    let tcp = |port: u16| json!({ "protocol": "TCP", "port": port });
    Draft::new(
        Wave::ControlPlane,
        "network-policy",
        json!({
            "name": mesh.istiod(),
            "namespace": namespace,
            "labels": mesh.rev_labels(&[("app", "istiod"), ("istio", "pilot")]),
            "selector": { "app": "istiod", "istio.io/rev": mesh.rev() },
            "ingress": [[tcp(15017)], [tcp(15010), tcp(15011), tcp(15012), tcp(8080), tcp(15014)]],
        }),
    )
}

/// The Service of a control plane elsewhere, and its address if that is no name.
fn elsewhere(mesh: &Mesh<'_>, namespace: &str) -> Vec<Draft> {
    let host = mesh.text("global.remotePilotAddress");
    if host.is_empty() || !mesh.is("istiodRemote.enabled") {
        return Vec::new();
    }
    let local = mesh.is("istiodRemote.enabledLocalInjectorIstiod");
    let name = format!("{}{}", mesh.istiod(), if local { "-remote" } else { "" });
    let address = address_type(host, mesh.minor);
    let mut drafts = vec![Draft::new(
        Wave::ControlPlane,
        "remote-service",
        json!({
            "name": name,
            "namespace": namespace,
            "labels": mesh.rev_labels(&[]),
            "host": host,
            "address": address,
            "ipFamilyPolicy": mesh.get("global.ipFamilyPolicy"),
            "ipFamilies": mesh.get("global.ipFamilies"),
        }),
    )];
    if let Some(address) = address {
        // The value keeps Kubernetes' own controllers off; it is the one that upstream's installers
        // write, so that taking their mesh over leaves the slice as it is.
        let labels = json!({
            "kubernetes.io/service-name": name,
            "endpointslice.kubernetes.io/managed-by": "Helm",
        });
        drafts.push(Draft::new(
            Wave::ControlPlane,
            "remote-endpoints",
            json!({
                "name": name, "namespace": namespace, "labels": labels,
                "host": host, "address": address,
            }),
        ));
    }
    drafts
}

/// Type of an address, or none for a host name. Versions before 1.30 take IPv6 for a name.
fn address_type(host: &str, minor: u32) -> Option<&'static str> {
    let digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
    let hex = |part: &str| part.bytes().all(|c| c.is_ascii_hexdigit());
    let dots = host.split('.').count();
    if dots == 4 && host.split('.').all(digits) {
        Some("IPv4")
    } else if minor >= 30 && host.contains(':') && host.split(':').all(hex) {
        Some("IPv6")
    } else {
        None
    }
}
