//! The nodes of a cluster: objects that kwok keeps alive, with room for any number of pods.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

/// What kwok does with nodes and pods.
pub(super) const STAGES: &str = include_str!("stages.yaml");

/// The address that every node says it has, and its pods with `hostNetwork`.
pub(super) const NODE_IP: &str = "192.0.2.1";

/// The address at which the API server asks nodes that can be asked, as `stages.yaml` says, too.
pub(super) const KUBELET_IP: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The addresses of pods.
pub(super) const POD_CIDR: &str = "10.244.0.0/16";

/// So many nodes as one `List`.
pub(super) fn list(count: u16) -> Value {
    let items: Vec<Value> = (1..=count)
        .map(|number| node(&format!("node-{number}")))
        .collect();
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn node(name: &str) -> Value {
    let room = json!({"cpu": "256", "memory": "1Ti", "ephemeral-storage": "4Ti", "pods": "100000"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            },
        },
        "status": {
            "allocatable": room,
            "capacity": room,
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "bootID": "",
                "containerRuntimeVersion": "kwok",
                "kernelVersion": "none",
                "kubeProxyVersion": "none",
                "kubeletVersion": "kwok",
                "machineID": "",
                "osImage": "none",
                "systemUUID": "",
            },
        },
    })
}

/// Whether all of the listed nodes can take pods: ready, and without the taint of a node that is
/// not.
pub(super) fn ready(list: &Value, count: u16) -> bool {
    let items = list["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ready = |node: &Value| {
        let conditions = node["status"]["conditions"].as_array().map(Vec::as_slice);
        let is_ready = |c: &Value| c["type"] == "Ready" && c["status"] == "True";
        conditions.unwrap_or_default().iter().any(is_ready) && node["spec"]["taints"].is_null()
    };
    items.len() == usize::from(count) && items.iter().all(ready)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(count: u16) -> Value {
        let mut nodes = list(count);
        for node in nodes["items"].as_array_mut().unwrap() {
            node["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
        }
        nodes
    }

    #[test]
    fn new_nodes_are_not_ready() {
        assert!(!ready(&list(2), 2));
        assert!(ready(&settled(2), 2));
    }

    #[test]
    fn a_missing_or_tainted_node_counts() {
        assert!(!ready(&settled(1), 2));
        let mut nodes = settled(2);
        nodes["items"][1]["spec"]["taints"] = json!([{"key": "node.kubernetes.io/not-ready"}]);
        assert!(!ready(&nodes, 2));
    }
}
