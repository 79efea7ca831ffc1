//! Networks of the mesh: clusters that they name.

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::{View, of_revision};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "meshnetworks.MeshNetworksAnalyzer",
    about: "Clusters that the networks of the mesh name",
    codes: &[Code::UnknownMeshNetworksServiceRegistry],
    inputs: &[Kind::ConfigMap, Kind::Secret],
    run,
};

/// Label of the secrets by which istiod reaches other clusters.
const REMOTE: &str = "istio/multiCluster";
/// Their annotation with the cluster's name.
const CLUSTER: &str = "networking.istio.io/cluster";
/// Names that istiod knows by itself.
const KNOWN: [&str; 3] = ["Kubernetes", "External", "Mock"];

fn run(view: &View<'_>, report: &mut Report) {
    let snapshot = view.snapshot;
    let name = of_revision("istio", &snapshot.revision);
    let Some(about) = snapshot.find(Kind::ConfigMap, &snapshot.istio_namespace, &name) else {
        return;
    };
    let remote = snapshot.objects.secrets.iter();
    let remote = remote.filter(|s| s.about.labels.get(REMOTE).is_some_and(|v| v == "true"));
    let mut known: Vec<&str> = KNOWN.to_vec();
    for secret in remote {
        known.extend(secret.about.annotations.get(CLUSTER).map(String::as_str));
        known.extend(secret.data.iter().flatten().map(|(key, _)| key.as_str()));
        known.extend(
            secret
                .string_data
                .iter()
                .flatten()
                .map(|(key, _)| key.as_str()),
        );
    }
    let networks = view.mesh.networks["networks"].as_object();
    for (network, value) in networks.into_iter().flatten() {
        for endpoint in value["endpoints"].as_array().into_iter().flatten() {
            let Some(cluster) = endpoint["fromRegistry"].as_str() else {
                continue;
            };
            if !known.contains(&cluster) {
                report.field(
                    Code::UnknownMeshNetworksServiceRegistry,
                    about,
                    "data.meshNetworks",
                    format!(
                        "network {network} names the cluster {cluster:?}, for which there is no secret; known: {}",
                        known.join(", ")
                    ),
                );
            }
        }
    }
}
