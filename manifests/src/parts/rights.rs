//! Roles and bindings of istiod and of the reader from other clusters.
//!
//! Whoever applies these must hold every right in them, so they are no wider than istiod needs.

use serde_json::{Value, json};

use super::base::{READER, reader_wanted};
use crate::Wave;
use crate::draft::Draft;
use crate::mesh::Mesh;

pub(super) const READ: [&str; 3] = ["get", "list", "watch"];
const ALL: [&str; 7] = [
    "get", "list", "watch", "create", "update", "patch", "delete",
];
const ISTIO_GROUPS: [&str; 7] = [
    "config.istio.io",
    "security.istio.io",
    "networking.istio.io",
    "authentication.istio.io",
    "rbac.istio.io",
    "telemetry.istio.io",
    "extensions.istio.io",
];
const ANALYZED: [&str; 14] = [
    "authorizationpolicies/status",
    "destinationrules/status",
    "envoyfilters/status",
    "gateways/status",
    "peerauthentications/status",
    "proxyconfigs/status",
    "requestauthentications/status",
    "serviceentries/status",
    "sidecars/status",
    "telemetries/status",
    "virtualservices/status",
    "wasmplugins/status",
    "workloadentries/status",
    "workloadgroups/status",
];

pub(super) fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": groups, "resources": resources, "verbs": verbs })
}

/// A role with its binding.
pub(super) struct Grant<'a> {
    pub role: &'a str,
    pub binding: &'a str,
    /// Namespace; none for the whole cluster.
    pub namespace: Option<&'a str>,
    pub labels: Value,
    pub binding_labels: Value,
    pub annotations: Value,
    pub rules: Vec<Value>,
    pub account: &'a str,
    pub account_namespace: Option<&'a str>,
}

// === impl Grant ===

impl Grant<'_> {
    pub(super) fn drafts(self) -> [Draft; 2] {
        let kind = if self.namespace.is_some() {
            "Role"
        } else {
            "ClusterRole"
        };
        let role = json!({
            "kind": kind,
            "name": self.role,
            "namespace": self.namespace,
            "labels": self.labels,
            "annotations": self.annotations,
            "rules": self.rules,
        });
        let binding = json!({
            "kind": kind,
            "name": self.binding,
            "namespace": self.namespace,
            "labels": self.binding_labels,
            "annotations": self.annotations,
            "role": self.role,
            "account": self.account,
            "accountNamespace": self.account_namespace,
        });
        [
            Draft::new(Wave::Identities, "role", role),
            Draft::new(Wave::Identities, "binding", binding),
        ]
    }
}

/// Rights of istiod and of the reader.
pub(super) fn drafts(mesh: &Mesh<'_>, namespace: &str) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let istiod = mesh.istiod();
    let control = mesh.resolved.namespace.as_str();
    let of_cluster = |name: &str, app: &str, account: &str, in_namespace: &str, rules| {
        let name = format!("{name}{}-{namespace}", mesh.suffix());
        let labels = json!({ "app": app });
        Grant {
            role: &name,
            binding: &name,
            namespace: None,
            labels: labels.clone(),
            binding_labels: labels,
            annotations: json!({}),
            rules,
            account,
            account_namespace: Some(in_namespace),
        }
        .drafts()
    };
    if mesh.cluster_scope() && mesh.istiod_rights() {
        let rules = control_plane(mesh);
        drafts.extend(of_cluster(
            "istiod-clusterrole",
            "istiod",
            &istiod,
            control,
            rules,
        ));
        if deploys_gateways(mesh) {
            let rules = gateway_controller();
            let name = "istiod-gateway-controller";
            drafts.extend(of_cluster(name, "istiod", &istiod, control, rules));
        }
    }
    if mesh.cluster_scope() && reader_wanted(mesh) {
        let own = mesh.text("global.readerServiceAccount.name");
        let (account, place) = match own {
            "" => (READER, control),
            own => (own, mesh.text("global.readerServiceAccount.namespace")),
        };
        let rules = reader(mesh);
        let name = "istio-reader-clusterrole";
        drafts.extend(of_cluster(name, "istio-reader", account, place, rules));
    }
    if mesh.namespace_scope() && mesh.istiod_rights() {
        let labels = json!({ "app": "istiod" });
        let grant = Grant {
            role: &istiod,
            binding: &istiod,
            namespace: Some(control),
            labels: labels.clone(),
            binding_labels: labels,
            annotations: json!({}),
            rules: in_own_namespace(),
            account: &istiod,
            account_namespace: Some(control),
        };
        drafts.extend(grant.drafts());
    }
    drafts
}

fn deploys_gateways(mesh: &Mesh<'_>) -> bool {
    let switch = mesh
        .get("pilot.env")
        .get("PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER");
    switch.is_none_or(|value| crate::engine::scalar(value) != "false")
}

fn multicluster_group<'a>(mesh: &'a Mesh<'_>) -> &'a str {
    let own = mesh
        .get("pilot.env")
        .get("MCS_API_GROUP")
        .and_then(Value::as_str);
    own.filter(|group| !group.is_empty())
        .unwrap_or("multicluster.x-k8s.io")
}

/// What istiod does in the whole cluster.
fn control_plane(mesh: &Mesh<'_>) -> Vec<Value> {
    let analysis = mesh.is("global.istiod.enableAnalysis");
    let mut rules = vec![
        // Its webhooks: it writes its own certificate into them.
        rule(
            &["admissionregistration.k8s.io"],
            &["mutatingwebhookconfigurations"],
            &["get", "list", "watch", "update", "patch"],
        ),
        rule(
            &["admissionregistration.k8s.io"],
            &["validatingwebhookconfigurations"],
            &["get", "list", "watch", "update"],
        ),
        // Istio's resources.
        rule(&ISTIO_GROUPS, &["*"], &READ),
        rule(&["networking.istio.io"], &["workloadentries"], &ALL),
        rule(
            &["networking.istio.io"],
            &["workloadentries/status", "serviceentries/status"],
            &ALL,
        ),
        rule(
            &["security.istio.io"],
            &["authorizationpolicies/status"],
            &ALL,
        ),
        // Services, endpoints and what they stand for.
        rule(&[""], &["services/status"], &ALL),
        rule(
            &["apiextensions.k8s.io"],
            &["customresourcedefinitions"],
            &READ,
        ),
        rule(
            &[""],
            &["pods", "nodes", "services", "namespaces", "endpoints"],
            &READ,
        ),
        rule(&["discovery.k8s.io"], &["endpointslices"], &READ),
        rule(
            &["networking.k8s.io"],
            &["ingresses", "ingressclasses"],
            &READ,
        ),
        rule(&["networking.k8s.io"], &["ingresses/status"], &["*"]),
        // The mesh's root goes into every namespace; leader locks.
        rule(
            &[""],
            &["configmaps"],
            &["create", "get", "list", "watch", "update"],
        ),
        // Who a proxy is, and what it may read.
        rule(&["authentication.k8s.io"], &["tokenreviews"], &["create"]),
        rule(
            &["authorization.k8s.io"],
            &["subjectaccessreviews"],
            &["create"],
        ),
        // Certificates of gateways, and access to other clusters.
        rule(&[""], &["secrets"], &READ),
    ];
    if analysis {
        rules.push(rule(&ISTIO_GROUPS, &ANALYZED, &["update", "patch"]));
        rules.push(rule(
            &["extensions", "networking.k8s.io"],
            &["ingresses"],
            &READ,
        ));
        rules.push(rule(
            &["extensions", "networking.k8s.io"],
            &["ingresses/status"],
            &["*"],
        ));
    }
    if mesh.is("pilot.taint.enabled") {
        rules.push(rule(&[""], &["nodes"], &["patch"]));
    }
    rules.extend(gateway_api(mesh.minor));
    rules.extend(multicluster(mesh));
    rules.extend(signing(mesh));
    rules
}

fn gateway_api(minor: u32) -> Vec<Value> {
    let write = ["update", "patch"];
    let mut experimental = vec!["xbackendtrafficpolicies/status"];
    let mut standard = vec![
        "backendtlspolicies/status",
        "gatewayclasses/status",
        "gateways/status",
        "grpcroutes/status",
        "httproutes/status",
        "referencegrants/status",
        "tcproutes/status",
        "tlsroutes/status",
        "udproutes/status",
    ];
    if minor >= 30 {
        standard.push("listenersets/status");
    } else {
        experimental.push("xlistenersets/status");
    }
    let groups = ["gateway.networking.k8s.io", "gateway.networking.x-k8s.io"];
    vec![
        rule(&groups, &["*"], &READ),
        rule(&groups[1..], &experimental, &write),
        rule(&groups[..1], &standard, &write),
        rule(
            &groups[..1],
            &["gatewayclasses"],
            &["create", "update", "patch", "delete"],
        ),
        rule(&["inference.networking.k8s.io"], &["inferencepools"], &READ),
        rule(
            &["inference.networking.k8s.io"],
            &["inferencepools/status"],
            &write,
        ),
    ]
}

fn multicluster(mesh: &Mesh<'_>) -> [Value; 2] {
    let group = multicluster_group(mesh);
    [
        rule(
            &[group],
            &["serviceexports"],
            &["get", "list", "watch", "create", "delete"],
        ),
        rule(&[group], &["serviceimports"], &READ),
    ]
}

/// Signing through Kubernetes, where it is asked for.
fn signing(mesh: &Mesh<'_>) -> Vec<Value> {
    const GROUP: &str = "certificates.k8s.io";
    let mut rules = Vec::new();
    let own = matches!(
        mesh.text("global.pilotCertProvider"),
        "istiod" | "custom" | "none"
    );
    let external = mainsheet_profiles::merge::truthy(mesh.get("pilot.env").get("EXTERNAL_CA"));
    if external || !own {
        rules.push(rule(
            &[GROUP],
            &[
                "certificatesigningrequests",
                "certificatesigningrequests/approval",
                "certificatesigningrequests/status",
            ],
            &["update", "create", "get", "delete", "watch"],
        ));
        rules.push(json!({
            "apiGroups": [GROUP], "resources": ["signers"], "verbs": ["approve"],
            "resourceNames": mesh.get("global.certSigners"),
        }));
    }
    if mesh.trust_bundle().is_some() {
        rules.push(rule(
            &[GROUP],
            &["clustertrustbundles"],
            &["update", "create", "delete", "list", "watch", "get"],
        ));
        rules.push(json!({
            "apiGroups": [GROUP], "resources": ["signers"], "verbs": ["attest"],
            "resourceNames": ["istio.io/istiod-ca"],
        }));
    }
    rules
}

/// What istiod makes for Gateways.
fn gateway_controller() -> Vec<Value> {
    vec![
        rule(&["apps"], &["deployments"], &ALL),
        rule(&["autoscaling"], &["horizontalpodautoscalers"], &ALL),
        rule(&["policy"], &["poddisruptionbudgets"], &ALL),
        rule(&[""], &["services"], &ALL),
        rule(&[""], &["serviceaccounts"], &ALL),
    ]
}

/// What control planes of other clusters read here, and the one that is elsewhere writes.
fn reader(mesh: &Mesh<'_>) -> Vec<Value> {
    let mut core = vec![
        "endpoints",
        "pods",
        "services",
        "nodes",
        "replicationcontrollers",
        "namespaces",
        "secrets",
    ];
    if mesh.minor >= 29 {
        core.push("configmaps");
    }
    let mut rules = vec![
        rule(&ISTIO_GROUPS, &["*"], &READ),
        rule(&[""], &core, &READ),
        rule(&["networking.istio.io"], &["workloadentries"], &READ),
        rule(
            &["networking.x-k8s.io", "gateway.networking.k8s.io"],
            &["gateways"],
            &READ,
        ),
        rule(
            &["apiextensions.k8s.io"],
            &["customresourcedefinitions"],
            &READ,
        ),
        rule(&["discovery.k8s.io"], &["endpointslices"], &READ),
        rule(&["apps"], &["replicasets"], &READ),
        rule(&["authentication.k8s.io"], &["tokenreviews"], &["create"]),
        rule(
            &["authorization.k8s.io"],
            &["subjectaccessreviews"],
            &["create"],
        ),
    ];
    rules.extend(multicluster(mesh));
    if mesh.is("istiodRemote.enabled") {
        rules.push(rule(
            &[""],
            &["configmaps"],
            &["create", "get", "list", "watch", "update"],
        ));
        rules.push(rule(
            &["admissionregistration.k8s.io"],
            &["mutatingwebhookconfigurations"],
            &["get", "list", "watch", "update", "patch"],
        ));
        rules.push(rule(
            &["admissionregistration.k8s.io"],
            &["validatingwebhookconfigurations"],
            &["get", "list", "watch", "update"],
        ));
    }
    rules
}

/// What istiod does in its own namespace.
fn in_own_namespace() -> Vec<Value> {
    vec![
        // A dry run tells whether its validation webhook answers.
        rule(&["networking.istio.io"], &["gateways"], &["create"]),
        // Its authority.
        rule(
            &[""],
            &["secrets"],
            &["create", "get", "watch", "list", "update", "delete"],
        ),
        rule(&[""], &["configmaps"], &["delete"]),
        rule(
            &["coordination.k8s.io"],
            &["leases"],
            &["get", "update", "patch", "create"],
        ),
    ]
}
