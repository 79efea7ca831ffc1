//! Ingress and egress gateways: any number of each, in any namespace. A gateway is not bound to a
//! revision by its name: an upgrade changes it in place.

use mainsheet_profiles::merge::{merge, truthy};
use mainsheet_profiles::{Component, ComponentKind};
use serde_json::{Value, json};

use super::istiod::name_or;
use super::rights::{Grant, rule};
use crate::Wave;
use crate::draft::{Draft, labels};
use crate::mesh::{Mesh, first, image, resources};

/// One gateway.
struct Gateway<'a> {
    mesh: &'a Mesh<'a>,
    component: &'a Component,
    /// Values of its kind.
    values: &'a Value,
    /// Labels by which its pods are known.
    selector: Value,
    ports: Vec<Value>,
}

pub(super) fn drafts(mesh: &Mesh<'_>, component: &Component) -> Vec<Draft> {
    let gateway = Gateway::new(mesh, component);
    let mut drafts = gateway.rights();
    drafts.push(gateway.deployment());
    if !truthy(gateway.values.get("customService")) {
        drafts.push(gateway.service());
    }
    drafts.extend(gateway.autoscaler());
    drafts.extend(gateway.disruption_budget());
    if mesh.is("global.networkPolicy.enabled") {
        drafts.push(gateway.network_policy());
    }
    drafts
}

// === impl Gateway ===

impl<'a> Gateway<'a> {
    fn new(mesh: &'a Mesh<'a>, component: &'a Component) -> Self {
        let (usual, istio) = usual_names(component.kind);
        let values = mesh.get("gateways").get(usual).unwrap_or(&Value::Null);
        let selector = labels(&[
            &json!({ "app": usual, "istio": istio }),
            &json!(component.label),
        ]);
        let own = own_ports(component);
        let ports = own.unwrap_or_else(|| values["ports"].as_array().cloned().unwrap_or_default());
        Self {
            mesh,
            component,
            values,
            selector,
            ports,
        }
    }

    /// Labels of its objects.
    fn labels(&self) -> Value {
        labels(&[&self.selector, &self.mesh.rev_labels(&[])])
    }

    /// The start of every view.
    fn view(&self) -> Value {
        json!({
            "name": self.component.name,
            "namespace": self.component.namespace,
            "labels": self.labels(),
            "selector": self.selector,
        })
    }

    /// Its account, which may read the Secrets with certificates in its namespace.
    fn rights(&self) -> Vec<Draft> {
        let account = format!("{}-service-account", self.component.name);
        let role = format!("{}-sds", self.component.name);
        let rev = self.mesh.rev_labels(&[]);
        let mut drafts = vec![Draft::new(
            Wave::Identities,
            "service-account",
            json!({
                "name": account,
                "namespace": self.component.namespace,
                "labels": self.labels(),
                "annotations": self.values["serviceAccount"]["annotations"],
                "pullSecrets": self.mesh.get("global.imagePullSecrets"),
            }),
        )];
        let grant = Grant {
            role: &role,
            binding: &role,
            namespace: Some(&self.component.namespace),
            labels: rev.clone(),
            binding_labels: rev,
            annotations: json!({}),
            rules: vec![rule(&[""], &["secrets"], &["get", "watch", "list"])],
            account: &account,
            account_namespace: None,
        };
        drafts.extend(grant.drafts());
        drafts
    }

    fn deployment(&self) -> Draft {
        let mesh = self.mesh;
        let global = mesh.get("global");
        let template = self.values["injectionTemplate"]
            .as_str()
            .unwrap_or_default();
        let whole = template.is_empty();
        let mut view = self.view();
        let more = json!({
            "gateway": self.values,
            "global": global,
            "whole": whole,
            "suffix": mesh.suffix(),
            "openshift": mesh.openshift(),
            "image": if whole { self.image() } else { "auto".to_owned() },
            "labels": labels(&[&self.labels(), &not_ambient(whole)]),
            "podLabels": self.pod_labels(whole),
            "podAnnotations": self.pod_annotations(template),
            "affinity": affinity(self.values, global),
            "tolerations": first(&[&self.values["tolerations"], &global["defaultTolerations"]]),
            "containerPorts": self.ports.iter().map(container_port).collect::<Vec<_>>(),
            "resources": resources(&self.values["resources"], &global["defaultResources"]),
            "volumes": volumes(self.values),
            "caAddress": ca_address(mesh),
            "divisor": mesh.minor >= 29,
            "meshId": first(&[&global["meshID"], mesh.get("meshConfig.trustDomain")]),
            "trustDomain": mesh.get("meshConfig.trustDomain"),
            "proxyMetadata": mesh.get("meshConfig.defaultConfig.proxyMetadata"),
            "network": self.network(),
            "cluster": mesh.cluster(),
            "rootFromIstiod": mesh.text("global.pilotCertProvider") == "istiod",
            "trustBundle": mesh.trust_bundle(),
            "rootConfigMap": mesh.root_config_map(),
            "certsSecret": format!("istio.{}-service-account", usual_names(self.component.kind).0),
        });
        merge(&mut view, &more);
        Draft::new(Wave::Gateways, "gateway", view)
    }

    fn image(&self) -> String {
        let global = self.mesh.get("global");
        let own = self
            .component
            .tag
            .as_deref()
            .map_or(Value::Null, Value::from);
        image(
            name_or(&global["proxy"]["image"], "proxyv2"),
            &global["hub"],
            first(&[&own, &self.values["tag"], &global["tag"]]),
            first(&[&global["proxy"]["variant"], &global["variant"]]),
        )
    }

    fn pod_labels(&self, whole: bool) -> Value {
        let revision = self.mesh.resolved.revision.as_str();
        let named = [
            &self.selector["app.kubernetes.io/version"],
            &self.selector["version"],
        ];
        let version = match (first(&named).as_str(), revision) {
            (Some(version), _) => version,
            (None, "") => "latest",
            (None, revision) => revision,
        };
        let own = json!({
            "service.istio.io/canonical-name": self.component.name,
            "service.istio.io/canonical-revision": version,
            "sidecar.istio.io/inject": if whole { "false" } else { "true" },
        });
        let rev = match (whole, revision) {
            (true, _) => self.mesh.rev_labels(&[]),
            (false, "") => json!({}),
            (false, revision) => json!({ "istio.io/rev": revision }),
        };
        labels(&[&self.selector, &own, &rev, &not_ambient(whole)])
    }

    fn pod_annotations(&self, template: &str) -> Value {
        let whole = template.is_empty();
        let mut own = json!({ "sidecar.istio.io/inject": if whole { "false" } else { "true" } });
        if whole {
            own["istio.io/rev"] = json!(self.mesh.rev());
        } else {
            own["inject.istio.io/templates"] = json!(template);
        }
        if self.mesh.is("meshConfig.enablePrometheusMerge") {
            own["prometheus.io/port"] = json!("15020");
            own["prometheus.io/scrape"] = json!("true");
            own["prometheus.io/path"] = json!("/stats/prometheus");
        }
        labels(&[&own, &self.values["podAnnotations"]])
    }

    /// The network that it is told of, unless its environment names one.
    fn network(&self) -> &Value {
        if truthy(self.values["env"].get("ISTIO_META_NETWORK")) {
            return &Value::Null;
        }
        self.mesh.get("global.network")
    }

    fn service(&self) -> Draft {
        let mut ports = self.ports.clone();
        for key in ["ingressPorts", "egressPorts"] {
            for port in self
                .values
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                ports.push(json!({ "port": port["port"], "name": port["name"] }));
            }
        }
        let mut view = self.view();
        let more = json!({
            "annotations": labels(&[&self.values["serviceAnnotations"]]),
            "type": self.values["type"],
            "ports": ports,
            "loadBalancerIP": self.values["loadBalancerIP"],
            "loadBalancerSourceRanges": self.values["loadBalancerSourceRanges"],
            "externalTrafficPolicy": self.values["externalTrafficPolicy"],
            "ipFamilyPolicy": self.values["ipFamilyPolicy"],
            "ipFamilies": self.values["ipFamilies"],
        });
        merge(&mut view, &more);
        Draft::new(Wave::Gateways, "gateway-service", view)
    }

    fn autoscaler(&self) -> Option<Draft> {
        let is = |key: &str| truthy(self.values.get(key));
        let mut view = self.view();
        let more = json!({
            "min": self.values["autoscaleMin"],
            "max": self.values["autoscaleMax"],
            "cpu": self.values["cpu"]["targetAverageUtilization"],
            "memory": null,
            "behavior": null,
        });
        merge(&mut view, &more);
        let wanted = is("autoscaleEnabled") && is("autoscaleMin") && is("autoscaleMax");
        wanted.then(|| Draft::new(Wave::Gateways, "autoscaler", view))
    }

    /// A budget only where more than one pod runs: with one, it would block every drain.
    fn disruption_budget(&self) -> Option<Draft> {
        let auto = truthy(self.values.get("autoscaleEnabled"));
        let count = if auto { "autoscaleMin" } else { "replicaCount" };
        let several = self.values[count].as_u64().is_some_and(|pods| pods > 1);
        let mut view = self.view();
        let more = json!({
            "minAvailable": 1, "maxUnavailable": null, "unhealthyPodEvictionPolicy": null,
        });
        merge(&mut view, &more);
        (several && self.mesh.is("global.defaultPodDisruptionBudget.enabled"))
            .then(|| Draft::new(Wave::Gateways, "disruption-budget", view))
    }

    fn network_policy(&self) -> Draft {
        let tcp = |port: u16| json!({ "protocol": "TCP", "port": port });
        let mut ingress = vec![json!([tcp(15021)]), json!([tcp(15020), tcp(15090)])];
        ingress.extend(self.ports.iter().map(|port| json!([container_port(port)])));
        let istio = usual_names(self.component.kind).1;
        let own = [("app", self.component.name.as_str()), ("istio", istio)];
        let mut view = self.view();
        view["name"] = json!(format!("{}{}", self.component.name, self.mesh.suffix()));
        view["labels"] = self.mesh.rev_labels(&own);
        view["ingress"] = json!(ingress);
        Draft::new(Wave::Gateways, "network-policy", view)
    }
}

/// Gateways serve ambient meshes from outside: ztunnel leaves them alone.
fn not_ambient(whole: bool) -> Value {
    if whole {
        json!({ "istio.io/dataplane-mode": "none" })
    } else {
        json!({})
    }
}

/// The labels `app` and `istio` of gateways of the kind; values of the kind go by the first.
const fn usual_names(kind: ComponentKind) -> (&'static str, &'static str) {
    match kind {
        ComponentKind::Egress => ("istio-egressgateway", "egressgateway"),
        ComponentKind::Base
        | ComponentKind::Pilot
        | ComponentKind::Cni
        | ComponentKind::Ztunnel
        | ComponentKind::Ingress
        | ComponentKind::Addon(_) => ("istio-ingressgateway", "ingressgateway"),
    }
}

/// Ports that its Kubernetes settings name: they are those of the pods too.
fn own_ports(component: &Component) -> Option<Vec<Value>> {
    let service = component.k8s.as_ref()?.service.as_ref()?;
    let ports = service.get("ports")?.as_array()?;
    (!ports.is_empty()).then(|| ports.clone())
}

fn container_port(port: &Value) -> Value {
    let number = first(&[&port["targetPort"], &port["port"]]);
    let protocol = first(&[&port["protocol"]]).as_str().unwrap_or("TCP");
    json!({ "port": number, "protocol": protocol })
}

/// Where certificates come from.
fn ca_address(mesh: &Mesh<'_>) -> String {
    match mesh.text("global.caAddress") {
        "" => format!(
            "{}.{}.svc:15012",
            mesh.istiod(),
            mesh.text("global.istioNamespace")
        ),
        address => address.to_owned(),
    }
}

/// Mounted Secrets and ConfigMaps; a ConfigMap without a path is a volume alone.
fn volumes(values: &Value) -> Vec<Value> {
    let of = |key: &str, source: &str, secret: bool| -> Vec<Value> {
        let list = values
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        list.map(|volume| {
            json!({
                "name": volume["name"], "mountPath": volume["mountPath"],
                "source": volume[source], "secret": secret,
            })
        })
        .collect()
    };
    let mut all = of("secretVolumes", "secretName", true);
    all.extend(of("configVolumes", "configMapName", false));
    all
}

/// Node labels, architectures and other pods that placement looks at.
fn affinity(values: &Value, global: &Value) -> Value {
    let mut affinity = json!({});
    let arch = global["arch"].as_object();
    let weight = |value: &Value| {
        value
            .as_u64()
            .or_else(|| value.as_str()?.parse().ok())
            .unwrap_or(0)
    };
    let known: Vec<&String> = arch
        .into_iter()
        .flatten()
        .filter(|(_, w)| weight(w) > 0)
        .map(|(name, _)| name)
        .collect();
    let mut terms = Vec::new();
    if arch.is_some_and(|arch| !arch.is_empty()) {
        terms.push(json!({ "key": "kubernetes.io/arch", "operator": "In", "values": known }));
    }
    let selector = first(&[&values["nodeSelector"], &global["defaultNodeSelector"]]);
    for (key, value) in selector.as_object().into_iter().flatten() {
        let value = crate::engine::scalar(value);
        terms.push(json!({ "key": key, "operator": "In", "values": [value] }));
    }
    if !terms.is_empty() {
        affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({ "nodeSelectorTerms": [{ "matchExpressions": terms }] });
    }
    let preferred: Vec<Value> = arch
        .into_iter()
        .flatten()
        .filter(|(_, w)| weight(w) > 0)
        .map(|(name, w)| {
            let on = json!({ "key": "kubernetes.io/arch", "operator": "In", "values": [name] });
            json!({ "weight": weight(w), "preference": { "matchExpressions": [on] } })
        })
        .collect();
    if !preferred.is_empty() {
        affinity["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] =
            json!(preferred);
    }
    anti_affinity(values, &mut affinity);
    affinity
}

fn anti_affinity(values: &Value, affinity: &mut Value) {
    let list = |key: &str| {
        values
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let required: Vec<Value> = list("podAntiAffinityLabelSelector")
        .iter()
        .map(|item| {
            let mut term = pod_term(item);
            if let Some(namespaces) = split(&item["namespaces"]) {
                term["namespaces"] = namespaces;
            }
            term
        })
        .collect();
    let preferred: Vec<Value> = list("podAntiAffinityTermLabelSelector")
        .iter()
        .map(|item| json!({ "podAffinityTerm": pod_term(item), "weight": 100 }))
        .collect();
    if !required.is_empty() {
        affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!(required);
    }
    if !preferred.is_empty() {
        affinity["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] =
            json!(preferred);
    }
}

fn pod_term(item: &Value) -> Value {
    let mut expression = json!({ "key": item["key"], "operator": item["operator"] });
    if let Some(values) = split(&item["values"]) {
        expression["values"] = values;
    }
    json!({ "labelSelector": { "matchExpressions": [expression] }, "topologyKey": item["topologyKey"] })
}

/// A list that is written as one string with commas.
fn split(value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    Some(json!(text.split(',').collect::<Vec<_>>()))
}
