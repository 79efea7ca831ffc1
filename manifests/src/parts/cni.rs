//! istio-cni: one agent on every node, whose names carry no revision.

use mainsheet_profiles::Component;
use mainsheet_profiles::merge::truthy;
use serde_json::{Map, Value, json};

use super::istiod::name_or;
use super::rights::{Grant, rule};
use crate::Wave;
use crate::draft::{Draft, labels};
use crate::engine::scalar;
use crate::mesh::{Mesh, first, image, resources};
use crate::yaml::to_yaml;

const NAME: &str = "istio-cni";
const NODE: &str = "istio-cni-node";

pub(super) fn drafts(mesh: &Mesh<'_>, component: &Component) -> Vec<Draft> {
    let namespace = component.namespace.as_str();
    let mut drafts = Vec::new();
    if mesh.cluster_scope() {
        drafts.extend(rights(mesh, namespace));
    }
    if mesh.namespace_scope() {
        drafts.push(account(mesh, namespace));
        drafts.push(config(mesh, namespace));
        drafts.push(daemon_set(mesh, namespace));
        if mesh.is("cni.resourceQuotas.enabled") {
            drafts.push(Draft::new(
                Wave::Configuration,
                "resource-quota",
                json!({
                    "name": "istio-cni-resource-quota",
                    "namespace": namespace,
                    "labels": {},
                    "pods": mesh.get("cni.resourceQuotas.pods"),
                }),
            ));
        }
        if mesh.text("cni.provider") == "multus" {
            drafts.push(Draft::new(
                Wave::Configuration,
                "network-attachment",
                json!({}),
            ));
        }
    }
    if mesh.minor >= 29 && mesh.is("global.networkPolicy.enabled") {
        drafts.push(network_policy(mesh, namespace));
    }
    drafts
}

fn account(mesh: &Mesh<'_>, namespace: &str) -> Draft {
    Draft::new(
        Wave::Identities,
        "service-account",
        json!({
            "name": NAME,
            "namespace": namespace,
            "labels": mesh.rev_labels(&[("app", NAME)]),
            "annotations": {},
            "pullSecrets": mesh.get("global.imagePullSecrets"),
        }),
    )
}

fn rights(mesh: &Mesh<'_>, namespace: &str) -> Vec<Draft> {
    let mut agent = vec![rule(
        &[""],
        &["pods", "nodes", "namespaces"],
        &["get", "list", "watch"],
    )];
    if mesh.openshift() {
        agent.push(privileged());
    }
    let app = [("app", NAME)];
    let repair_app = [("k8s-app", "istio-cni-repair")];
    let grant = |role, binding, bound: &[(&str, &str)], rules| {
        Grant {
            role,
            binding,
            namespace: None,
            labels: mesh.rev_labels(&app),
            binding_labels: mesh.rev_labels(bound),
            annotations: json!({}),
            rules,
            account: NAME,
            account_namespace: Some(namespace),
        }
        .drafts()
    };
    let mut drafts: Vec<Draft> = grant(NAME, NAME, &app, agent).into();
    if mesh.is("cni.repair.enabled") {
        let binding = "istio-cni-repair-rolebinding";
        drafts.extend(grant(
            "istio-cni-repair-role",
            binding,
            &repair_app,
            repair(mesh),
        ));
    }
    if mesh.is("cni.ambient.enabled") {
        let rules = vec![
            rule(&[""], &["pods/status"], &["patch", "update"]),
            json!({
                "apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["get"],
                "resourceNames": [NODE],
            }),
        ];
        drafts.extend(grant(
            "istio-cni-ambient",
            "istio-cni-ambient",
            &repair_app,
            rules,
        ));
    }
    drafts
}

/// Repairing a pod needs no right; deleting and labelling it do.
fn repair(mesh: &Mesh<'_>) -> Vec<Value> {
    let mut rules = vec![
        rule(&[""], &["events"], &["create", "patch"]),
        rule(&[""], &["pods"], &["watch", "get", "list"]),
    ];
    if mesh.is("cni.repair.repairPods") {
    } else if mesh.is("cni.repair.deletePods") {
        rules.push(rule(&[""], &["pods"], &["delete"]));
    } else if mesh.is("cni.repair.labelPods") {
        rules.push(rule(&[""], &["pods/status"], &["patch", "update"]));
    }
    rules
}

/// OpenShift lets privileged pods run only for accounts that may use this.
pub(super) fn privileged() -> Value {
    json!({
        "apiGroups": ["security.openshift.io"],
        "resources": ["securitycontextconstraints"],
        "resourceNames": ["privileged"],
        "verbs": ["use"],
    })
}

fn config(mesh: &Mesh<'_>, namespace: &str) -> Draft {
    let cni = mesh.get("cni");
    let tag = first(&[&cni["tag"], mesh.get("global.tag")]);
    let excluded: Vec<String> = cni["excludeNamespaces"]
        .as_array()
        .into_iter()
        .flatten()
        .map(scalar)
        .collect();
    let ambient = &cni["ambient"];
    let repair = &cni["repair"];
    let entries = [
        ("CURRENT_AGENT_VERSION", scalar(tag)),
        ("AMBIENT_ENABLED", scalar(&ambient["enabled"])),
        (
            "AMBIENT_ENABLEMENT_SELECTOR",
            to_yaml(&ambient["enablementSelectors"]).trim_end().into(),
        ),
        ("AMBIENT_DNS_CAPTURE", scalar(&ambient["dnsCapture"])),
        ("AMBIENT_IPV6", scalar(&ambient["ipv6"])),
        (
            "AMBIENT_RECONCILE_POD_RULES_ON_STARTUP",
            scalar(&ambient["reconcileIptablesOnStartup"]),
        ),
        (
            "ENABLE_AMBIENT_DETECTION_RETRY",
            scalar(&ambient["enableAmbientDetectionRetry"]),
        ),
        (
            "ISTIO_OWNED_CNI_CONFIG",
            scalar(&cni["istioOwnedCNIConfig"]),
        ),
        ("CHAINED_CNI_PLUGIN", scalar(&cni["chained"])),
        ("EXCLUDE_NAMESPACES", excluded.join(",")),
        ("REPAIR_ENABLED", scalar(&repair["enabled"])),
        ("REPAIR_LABEL_PODS", scalar(&repair["labelPods"])),
        ("REPAIR_DELETE_PODS", scalar(&repair["deletePods"])),
        ("REPAIR_REPAIR_PODS", scalar(&repair["repairPods"])),
        (
            "REPAIR_INIT_CONTAINER_NAME",
            scalar(&repair["initContainerName"]),
        ),
        (
            "REPAIR_BROKEN_POD_LABEL_KEY",
            scalar(&repair["brokenPodLabelKey"]),
        ),
        (
            "REPAIR_BROKEN_POD_LABEL_VALUE",
            scalar(&repair["brokenPodLabelValue"]),
        ),
        ("NATIVE_NFTABLES", scalar(mesh.get("global.nativeNftables"))),
    ];
    let mut data: Map<String, Value> = entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect();
    if mesh.is("cni.cniConfFileName") {
        data.insert(
            "CNI_CONF_NAME".into(),
            scalar(&cni["cniConfFileName"]).into(),
        );
    }
    if mesh.is("cni.istioOwnedCNIConfig") {
        let name = scalar(&cni["istioOwnedCNIConfigFileName"]);
        data.insert("ISTIO_OWNED_CNI_CONF_FILENAME".into(), name.into());
    }
    for (key, value) in cni["env"].as_object().into_iter().flatten() {
        data.insert(key.clone(), scalar(value).into());
    }
    let labels = mesh.rev_labels(&[("app", NAME)]);
    let view = json!({ "name": "istio-cni-config", "namespace": namespace, "labels": labels });
    Draft::config(view, data)
}

fn daemon_set(mesh: &Mesh<'_>, namespace: &str) -> Draft {
    let cni = mesh.get("cni");
    let global = mesh.get("global");
    let annotated = mesh.minor < 30 || mesh.is("cni.useAppArmorAnnotation");
    let mut annotations = json!({
        "sidecar.istio.io/inject": "false",
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "15014",
        "prometheus.io/path": "/metrics",
    });
    if annotated {
        annotations["container.apparmor.security.beta.kubernetes.io/install-cni"] =
            json!("unconfined");
    }
    let pod = json!({
        "k8s-app": NODE, "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none",
    });
    let view = json!({
        "namespace": namespace,
        "labels": labels(&[&mesh.rev_labels(&[("k8s-app", NODE)]), &cni["daemonSetLabels"]]),
        "podLabels": labels(&[&pod, &cni["podLabels"]]),
        "podAnnotations": labels(&[&annotations, &cni["podAnnotations"]]),
        "hostNetwork": mesh.is("cni.ambient.enabled") && mesh.is("cni.ambient.shareHostNetworkNamespace"),
        "image": image(
            name_or(&cni["image"], "install-cni"),
            first(&[&cni["hub"], &global["hub"]]),
            first(&[&cni["tag"], &global["tag"]]),
            first(&[&cni["variant"], &global["variant"]]),
        ),
        "pullPolicy": first(&[&cni["pullPolicy"], &global["imagePullPolicy"]]),
        "appArmorField": !annotated,
        "seLinuxOptions": se_linux(&cni["seLinuxOptions"]),
        "proc": mesh.is("cni.repair.repairPods") || mesh.is("cni.ambient.enabled"),
        "resources": resources(&cni["resources"], &global["defaultResources"]),
        "cni": cni,
        "global": global,
    });
    Draft::new(Wave::NodeAgents, "cni", view)
}

/// SELinux options, with the type that lets the agent work where none is given.
fn se_linux(given: &Value) -> Value {
    let mut options = given.clone();
    if truthy(Some(given)) && !truthy(given.get("type")) {
        options["type"] = json!("spc_t");
    }
    options
}

fn network_policy(mesh: &Mesh<'_>, namespace: &str) -> Draft {
    let tcp = |port: u16| json!({ "protocol": "TCP", "port": port });
    Draft::new(
        Wave::NodeAgents,
        "network-policy",
        json!({
            "name": format!("{NAME}{}", mesh.suffix()),
            "namespace": namespace,
            "labels": mesh.rev_labels(&[("k8s-app", NODE)]),
            "selector": { "k8s-app": NODE },
            "ingress": [[tcp(15014)], [tcp(8000)]],
        }),
    )
}
