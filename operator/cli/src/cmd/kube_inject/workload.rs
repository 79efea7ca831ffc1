//! Workloads and the pods that they would make. Pure: what istiod answers to a pod comes in.

use serde_json::{Map, Value, json};

/// Istio's mark on a pod that has been injected.
const INJECTED: &str = "sidecar.istio.io/status";

/// Kinds that make pods, with the path of the template.
const TEMPLATES: [(&str, &str, &str); 7] = [
    ("apps/v1", "Deployment", "/spec/template"),
    ("apps/v1", "DaemonSet", "/spec/template"),
    ("apps/v1", "StatefulSet", "/spec/template"),
    ("apps/v1", "ReplicaSet", "/spec/template"),
    ("v1", "ReplicationController", "/spec/template"),
    ("batch/v1", "Job", "/spec/template"),
    ("batch/v1", "CronJob", "/spec/jobTemplate/spec/template"),
];

/// An object that makes pods, or is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Workload {
    api_version: String,
    kind: String,
    name: String,
    namespace: String,
    /// Where in the document the pod or its template is.
    place: String,
}

/// Why a workload is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It has been injected before.
    Injected,
    /// Its pods use the network of their nodes, which no sidecar may redirect.
    HostNetwork,
}

/// The workloads in a document, those in a list included. The namespace is that of objects which
/// name none.
pub(super) fn workloads(document: &Value, namespace: &str) -> Vec<Workload> {
    let mut found = Vec::new();
    collect(document, "", namespace, &mut found);
    found
}

fn collect(object: &Value, at: &str, namespace: &str, found: &mut Vec<Workload>) {
    let text = |path: &str| {
        object
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (api_version, kind) = (text("/apiVersion"), text("/kind"));
    if let (Some(items), true) = (object["items"].as_array(), kind.ends_with("List")) {
        for (index, item) in items.iter().enumerate() {
            collect(item, &format!("{at}/items/{index}"), namespace, found);
        }
        return;
    }
    let template = if (api_version, kind) == ("v1", "Pod") {
        Some("")
    } else {
        let known = TEMPLATES
            .iter()
            .find(|known| (known.0, known.1) == (api_version, kind));
        known.map(|known| known.2)
    };
    let Some(template) = template else {
        return;
    };
    let own = text("/metadata/namespace");
    found.push(Workload {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        name: text("/metadata/name").to_owned(),
        namespace: if own.is_empty() { namespace } else { own }.to_owned(),
        place: format!("{at}{template}"),
    });
}

impl Workload {
    /// How it is called in messages.
    pub(super) fn title(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }

    /// The namespace in which its pods would be.
    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// A pod as it would be made, or why none is asked about.
    pub(super) fn pod(&self, document: &Value) -> Result<Result<Value, Left>, String> {
        let template = document.pointer(&self.place).and_then(Value::as_object);
        let template = template.ok_or_else(|| self.lacks(""))?;
        let spec = template.get("spec").filter(|spec| spec.is_object());
        let spec = spec.ok_or_else(|| self.lacks("/spec"))?;
        if !spec["containers"].is_array() {
            return Err(self.lacks("/spec/containers"));
        }
        let mut metadata = template.get("metadata").and_then(Value::as_object).cloned();
        let metadata = metadata.get_or_insert_with(Map::new);
        if metadata
            .get("annotations")
            .is_some_and(|all| all.get(INJECTED).is_some())
        {
            return Ok(Err(Left::Injected));
        }
        if spec["hostNetwork"] == true {
            return Ok(Err(Left::HostNetwork));
        }
        metadata.insert("namespace".to_owned(), json!(self.namespace));
        if self.kind != "Pod" {
            // By these istiod finds the workload of a pod.
            metadata.insert("generateName".to_owned(), json!(format!("{}-", self.name)));
            let owner = json!([{"apiVersion": self.api_version, "kind": self.kind, "name": self.name,
                                "uid": "", "controller": true}]);
            metadata.insert("ownerReferences".to_owned(), owner);
        }
        Ok(Ok(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}),
        ))
    }

    /// Puts an injected pod back where it came from.
    pub(super) fn put(&self, document: &mut Value, pod: Value) {
        let Some(place) = document.pointer_mut(&self.place) else {
            return;
        };
        let (mut pod, before) = (pod, place["metadata"].clone());
        let (mut metadata, spec) = (pod["metadata"].take(), pod["spec"].take());
        if let Some(fields) = metadata.as_object_mut() {
            for added in ["namespace", "generateName", "ownerReferences"] {
                match before.get(added) {
                    Some(value) => fields.insert(added.to_owned(), value.clone()),
                    None => fields.remove(added),
                };
            }
        }
        place["metadata"] = metadata;
        place["spec"] = spec;
    }

    fn lacks(&self, field: &str) -> String {
        format!(
            "{} is missing",
            format!("{}{field}", self.place)
                .trim_start_matches('/')
                .replace('/', ".")
        )
    }
}

impl Left {
    /// Why, in words.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Injected => "has been injected already",
            Self::HostNetwork => "uses the network of its nodes, which a sidecar must not redirect",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
               "spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web"}]}}}})
    }

    #[test]
    fn every_workload_of_a_list_is_found_in_its_place() {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}},
            deployment(),
            {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace": "jobs"}},
        ]});
        let titles: Vec<String> = workloads(&list, "shop")
            .iter()
            .map(Workload::title)
            .collect();
        assert_eq!(titles, ["Deployment shop/web", "CronJob jobs/nightly"]);
        let cron = &workloads(&list, "shop")[1];
        assert_eq!(
            cron.pod(&list),
            Err("items.2.spec.jobTemplate.spec.template is missing".to_owned())
        );
    }

    #[test]
    fn a_pod_comes_back_without_what_was_added_to_ask() {
        let mut document = deployment();
        let workload = workloads(&document, "shop").remove(0);
        let mut pod = workload.pod(&document).unwrap().unwrap();
        assert_eq!(pod["metadata"]["generateName"], "web-");
        assert_eq!(pod["metadata"]["ownerReferences"][0]["kind"], "Deployment");
        pod["metadata"]["labels"]["istio.io/rev"] = json!("default");
        workload.put(&mut document, pod);
        let mut wanted = deployment();
        wanted["spec"]["template"]["metadata"]["labels"]["istio.io/rev"] = json!("default");
        assert_eq!(document, wanted);
    }

    #[test]
    fn what_must_not_be_injected_is_left() {
        let left = |path: &str, value: Value| {
            let mut document = deployment();
            document["spec"]["template"][path] = value;
            workloads(&document, "shop")[0]
                .pod(&document)
                .unwrap()
                .unwrap_err()
        };
        let injected = json!({"annotations": {INJECTED: "{}"}});
        assert_eq!(left("metadata", injected), Left::Injected);
        assert_eq!(
            left("spec", json!({"containers": [], "hostNetwork": true})),
            Left::HostNetwork
        );
    }
}
