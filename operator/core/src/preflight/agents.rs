//! The agents on the nodes: istio-cni and ztunnel of somebody else serve this control plane only
//! if they are of its minor version or of the one before.

use mainsheet_manifests::Kind;
use serde_json::Value;

use super::versions::{minor, release};
use super::{Check, Facts, Finding, Severity, owner};

/// Images of the agents, by the last part of their path.
const AGENTS: [&str; 2] = ["install-cni", "ztunnel"];

pub(super) fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let others = facts.daemon_sets.iter();
    let others = others.filter(|found| facts.is_beside(Kind::DaemonSet, found));
    others.filter_map(|agent| finding(agent, facts)).collect()
}

fn finding(agent: &Value, facts: &Facts<'_>) -> Option<Finding> {
    let wanted = release(facts.wanted)?.minor.number;
    let tag = tag(agent)?;
    let there = minor(tag)?;
    if there == wanted || there + 1 == wanted {
        return None;
    }
    let text = |key: &str| agent["metadata"][key].as_str().unwrap_or_default();
    let (namespace, name) = (text("namespace"), text("name"));
    Some(Finding {
        check: Check::NodeAgents,
        severity: Severity::Blocking,
        what: format!(
            "DaemonSet {namespace}/{name} of {} is of Istio {tag}, and istiod {} works with 1.{wanted} and 1.{}",
            owner(agent),
            facts.wanted,
            wanted.saturating_sub(1),
        ),
        remedy: format!(
            "let its owner bring it to 1.{wanted} or 1.{} first",
            wanted.saturating_sub(1)
        ),
    })
}

/// Tag of the image, if it is one of an agent.
fn tag(agent: &Value) -> Option<&str> {
    let containers = agent["spec"]["template"]["spec"]["containers"].as_array()?;
    containers.iter().find_map(|container| {
        let (path, tag) = container["image"].as_str()?.rsplit_once(':')?;
        let image = path.rsplit('/').next()?;
        AGENTS.contains(&image).then_some(tag)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::facts;
    use super::*;

    fn found(image: &str) -> usize {
        let agent = json!({"metadata": {"namespace": "kube-system", "name": "istio-cni-node"},
            "spec": {"template": {"spec": {"containers": [{"image": image}]}}}});
        findings(&Facts {
            daemon_sets: &[agent],
            ..facts(None, "1.30.3")
        })
        .len()
    }

    #[test]
    fn agents_may_be_one_minor_version_behind_and_none_ahead() {
        assert_eq!(found("docker.io/istio/install-cni:1.29.6"), 0);
        assert_eq!(found("docker.io/istio/install-cni:1.30.1-distroless"), 0);
        assert_eq!(found("docker.io/istio/install-cni:1.28.10"), 1);
        assert_eq!(found("registry/istio/ztunnel:1.31.0"), 1);
        assert_eq!(found("registry/other:1.2.3"), 0);
    }
}
