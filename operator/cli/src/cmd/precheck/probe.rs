//! Whether the API server reaches the injector: a pod is created on trial, which calls the
//! webhook and leaves nothing. Between a hosted API server and the nodes there is often a firewall.

use mainsheet_crds::meta::{LABEL_INSTALLATION, LABEL_ISTIO_REV};
use serde_json::{Value, json};

use super::facts::{Facts, label};
use super::{Check, Mesh};
use crate::cluster::{Cluster, ClusterError};

const NAME: &str = "injection";

pub(super) async fn injection(
    mesh: &Mesh,
    facts: &Facts,
    cluster: &Cluster,
) -> Result<Check, ClusterError> {
    let webhooks = match &facts.webhooks {
        Ok(webhooks) => webhooks,
        Err(why) => return Ok(Check::unknown(NAME, why)),
    };
    let ours = |webhook: &&Value| {
        label(webhook, LABEL_INSTALLATION) == Some(mesh.resolved.installation.as_str())
            && label(webhook, LABEL_ISTIO_REV) == Some(mesh.resolved.istio_revision())
    };
    if !webhooks.iter().any(|webhook| ours(&webhook)) {
        return Ok(before_the_first(facts));
    }
    let namespace = &mesh.resolved.namespace;
    let tried = cluster
        .try_pod(namespace, &pod(mesh.resolved.istio_revision()))
        .await?;
    Ok(match tried {
        Ok(pod) if is_injected(&pod) => Check::pass(
            NAME,
            "the API server reaches istiod, and a pod on trial was injected",
        ),
        Ok(_) => Check::warn(
            NAME,
            format!("a pod on trial in namespace {namespace} was not injected"),
            "see whether the namespace is left out by a label: kubectl get namespace -L istio-injection,istio.io/rev",
        ),
        Err(said) if said.contains("failed calling webhook") => {
            Check::fail(NAME, said, firewall(facts))
        }
        Err(said) => Check::unknown(NAME, &said),
    })
}

/// Nothing can be tried yet; where there mostly is a firewall it is worth knowing beforehand.
fn before_the_first(facts: &Facts) -> Check {
    let hosted = ["-gke", "-eks"]
        .iter()
        .any(|mark| facts.kubernetes.contains(mark));
    if hosted {
        Check::warn(
            NAME,
            "cannot be tried before istiod is there",
            firewall(facts),
        )
    } else {
        Check::pass(
            NAME,
            "is tried once istiod is there; its webhook is called on port 15017",
        )
    }
}

fn firewall(facts: &Facts) -> String {
    let version = &facts.kubernetes;
    if version.contains("-gke") {
        "in a private cluster, let the control plane's address range reach nodes on TCP 15017 (a firewall rule of VPC)".to_owned()
    } else if version.contains("-eks") {
        "let the cluster's security group reach that of the nodes on TCP 15017".to_owned()
    } else {
        "see that istiod is ready, and that the API server reaches its pods on TCP 15017".to_owned()
    }
}

fn pod(revision: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "mainsheet-precheck",
            "labels": {"sidecar.istio.io/inject": "true", LABEL_ISTIO_REV: revision},
        },
        "spec": {"containers": [{"name": "app", "image": "none.invalid/precheck"}]},
    })
}

fn is_injected(pod: &Value) -> bool {
    let spec = &pod["spec"];
    let containers = ["containers", "initContainers"].map(|list| spec[list].as_array());
    let mut containers = containers.into_iter().flatten().flatten();
    containers.any(|container| container["name"] == "istio-proxy")
}
