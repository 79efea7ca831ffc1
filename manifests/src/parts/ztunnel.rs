//! ztunnel: the node proxy of ambient mode. Its values are its own; what it shares with the rest
//! of the mesh was settled into them.

use mainsheet_profiles::Component;
use mainsheet_profiles::merge::{at, truthy};
use serde_json::{Value, json};

use super::cni::privileged;
use super::istiod::name_or;
use super::rights::Grant;
use crate::Wave;
use crate::draft::{Draft, labels};
use crate::mesh::{Mesh, image, resources, root_config_map, trust_bundle};

pub(super) fn drafts(mesh: &Mesh<'_>, component: &Component) -> Vec<Draft> {
    let namespace = component.namespace.as_str();
    let name = name_or(mesh.get("ztunnel.resourceName"), "ztunnel");
    let scope = mesh.text("ztunnel.resourceScope");
    let mut drafts = Vec::new();
    if matches!(scope, "all" | "namespace") {
        drafts.push(account(mesh, name, namespace));
        drafts.push(daemon_set(mesh, name, namespace));
        if mesh.is("ztunnel.resourceQuotas.enabled") {
            drafts.push(Draft::new(
                Wave::Configuration,
                "resource-quota",
                json!({
                    "name": name,
                    "namespace": namespace,
                    "labels": labels(&[mesh.get("ztunnel.labels")]),
                    "pods": mesh.get("ztunnel.resourceQuotas.pods"),
                }),
            ));
        }
    }
    if matches!(scope, "all" | "cluster") && mesh.text("ztunnel.platform") == "openshift" {
        let own = json!({ "app": "ztunnel" });
        let grant = Grant {
            role: name,
            binding: name,
            namespace: None,
            labels: own.clone(),
            binding_labels: own,
            annotations: annotations(mesh),
            rules: vec![privileged()],
            account: name,
            account_namespace: Some(namespace),
        };
        drafts.extend(grant.drafts());
    }
    if mesh.minor >= 29 && mesh.is("global.networkPolicy.enabled") {
        drafts.push(network_policy(mesh, name, namespace));
    }
    drafts
}

/// The revision that it belongs to; its name does not tell.
fn annotations(mesh: &Mesh<'_>) -> Value {
    let revision = match mesh.text("ztunnel.revision") {
        "" => json!({}),
        revision => json!({ "istio.io/rev": revision }),
    };
    labels(&[mesh.get("ztunnel.annotations"), &revision])
}

fn account(mesh: &Mesh<'_>, name: &str, namespace: &str) -> Draft {
    Draft::new(
        Wave::Identities,
        "service-account",
        json!({
            "name": name,
            "namespace": namespace,
            "labels": labels(&[mesh.get("ztunnel.labels")]),
            "annotations": annotations(mesh),
            "pullSecrets": mesh.get("ztunnel.imagePullSecrets"),
        }),
    )
}

fn daemon_set(mesh: &Mesh<'_>, name: &str, namespace: &str) -> Draft {
    let ztunnel = mesh.get("ztunnel");
    let revision = match mesh.text("ztunnel.revision") {
        "" => json!({}),
        revision => json!({ "istio.io/rev": revision }),
    };
    let inject = json!({ "sidecar.istio.io/inject": "false" });
    let pod = json!({ "app": "ztunnel", "istio.io/dataplane-mode": "none" });
    let linux = json!({ "kubernetes.io/os": "linux" });
    let given = resources(&ztunnel["resources"], &Value::Null);
    let cpu = |kind: &str| mesh.minor >= 31 && truthy(at(&given, &format!("{kind}.cpu")));
    let bundle = mesh.text("ztunnel.trustBundleName");
    let cluster = mesh.get("ztunnel.multiCluster.clusterName");
    let view = json!({
        "name": name,
        "namespace": namespace,
        "labels": labels(&[mesh.get("ztunnel.labels")]),
        "annotations": annotations(mesh),
        "podLabels": labels(&[&inject, &pod, &ztunnel["podLabels"]]),
        "podAnnotations": labels(&[&inject, &revision, &ztunnel["podAnnotations"]]),
        "nodeSelector": labels(&[&linux, &ztunnel["nodeSelector"]]),
        "image": image(
            name_or(&ztunnel["image"], "ztunnel"),
            &ztunnel["hub"],
            &ztunnel["tag"],
            &ztunnel["variant"],
        ),
        "resources": given,
        "caAddress": address(mesh, "ztunnel.caAddress"),
        "xdsAddress": address(mesh, "ztunnel.xdsAddress"),
        "cluster": name_or(cluster, "Kubernetes"),
        "divisor": mesh.minor >= 29,
        "cpuLimit": cpu("limits"),
        "cpuRequest": cpu("requests"),
        "trustBundle": trust_bundle(&ztunnel["env"], bundle),
        "rootConfigMap": root_config_map(bundle),
        "ztunnel": ztunnel,
    });
    Draft::new(Wave::NodeAgents, "ztunnel", view)
}

/// An address that is given, or istiod's.
fn address(mesh: &Mesh<'_>, path: &str) -> String {
    let suffix = match mesh.text("ztunnel.revision") {
        "" => String::new(),
        revision => format!("-{revision}"),
    };
    match mesh.text(path) {
        "" => format!(
            "istiod{suffix}.{}.svc:15012",
            mesh.text("ztunnel.istioNamespace")
        ),
        given => given.to_owned(),
    }
}

fn network_policy(mesh: &Mesh<'_>, name: &str, namespace: &str) -> Draft {
    let port = |protocol: &str, port: u16| json!({ "protocol": protocol, "port": port });
    let tcp = |number: u16| vec![port("TCP", number)];
    // Health, metrics, administration, HBONE, outbound, plain inbound, DNS.
    let mut ingress: Vec<Vec<Value>> = [15021, 15020, 15000, 15008, 15001, 15006].map(tcp).into();
    ingress.push(vec![port("TCP", 15053), port("UDP", 15053)]);
    let suffix = match mesh.text("ztunnel.revision") {
        "" => String::new(),
        revision => format!("-{revision}"),
    };
    let rev = name_or(mesh.get("ztunnel.revision"), "default");
    Draft::new(
        Wave::NodeAgents,
        "network-policy",
        json!({
            "name": format!("{name}{suffix}"),
            "namespace": namespace,
            "labels": { "app": "ztunnel", "istio.io/rev": rev },
            "selector": { "app": "ztunnel" },
            "ingress": ingress,
        }),
    )
}
