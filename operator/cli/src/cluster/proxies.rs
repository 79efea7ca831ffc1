//! The data plane, as its pods tell: which version of the proxy they run.

use std::collections::BTreeMap;

use http::Request;
use mainsheet_crds::meta::{DEFAULT_REVISION, LABEL_ISTIO_REV};
use serde::Serialize;
use serde_json::Value;

use super::{Cluster, ClusterError};

/// How many pods one request brings.
const PAGE: usize = 500;

/// Running proxies of one version and revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Proxies {
    pub(crate) version: String,
    pub(crate) revision: String,
    pub(crate) pods: usize,
}

impl Cluster {
    /// The live proxies, counted by version and revision.
    pub(crate) async fn proxies(&self) -> Result<Vec<Proxies>, ClusterError> {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut next = String::new();
        loop {
            let path = format!("/api/v1/pods?limit={PAGE}&continue={next}");
            let request = Request::get(path).body(Vec::new())?;
            let page: Value = match self.client.request(request).await {
                Ok(page) => page,
                Err(kube::Error::Api(status)) if status.code == 404 => break,
                Err(error) => return Err(self.failed("list pods")(error)),
            };
            for found in page["items"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(proxy)
            {
                *counts.entry(found).or_default() += 1;
            }
            match page["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => token.clone_into(&mut next),
                Some(_) | None => break,
            }
        }
        let counted = counts.into_iter();
        Ok(counted
            .map(|((version, revision), pods)| Proxies {
                version,
                revision,
                pods,
            })
            .collect())
    }
}

/// Version and revision of the proxy in a pod that has not ended.
fn proxy(pod: &Value) -> Option<(String, String)> {
    if matches!(
        pod["status"]["phase"].as_str(),
        Some("Succeeded" | "Failed")
    ) {
        return None;
    }
    let lists = ["containers", "initContainers"].map(|list| pod["spec"][list].as_array());
    let mut containers = lists.into_iter().flatten().flatten();
    let proxy = containers.find(|container| container["name"] == "istio-proxy")?;
    let image = proxy["image"].as_str()?;
    // A registry may have a port, and a tag may be followed by a digest.
    let name = image.split('@').next()?.rsplit('/').next()?;
    let version = name.split_once(':').map_or("unknown", |(_, tag)| tag);
    let metadata = &pod["metadata"];
    let revision = ["annotations", "labels"]
        .into_iter()
        .find_map(|place| metadata[place][LABEL_ISTIO_REV].as_str())
        .unwrap_or(DEFAULT_REVISION);
    Some((version.to_owned(), revision.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_counts_while_it_lives_and_has_a_proxy() {
        let pod = |phase: &str, name: &str| {
            json!({"metadata": {"annotations": {"istio.io/rev": "blue"}}, "status": {"phase": phase},
            "spec": {"initContainers": [{"name": name, "image": "docker.io/istio/proxyv2:1.29.6"}]}})
        };
        let found = Some(("1.29.6".to_owned(), "blue".to_owned()));
        assert_eq!(proxy(&pod("Running", "istio-proxy")), found);
        let mut by_digest = pod("Running", "istio-proxy");
        by_digest["spec"]["initContainers"][0]["image"] = "here:5000/proxyv2@sha256:ab".into();
        assert_eq!(proxy(&by_digest).unwrap().0, "unknown");
        assert_eq!(proxy(&pod("Succeeded", "istio-proxy")), None);
        assert_eq!(proxy(&pod("Running", "app")), None);
    }
}
