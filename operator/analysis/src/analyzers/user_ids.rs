//! Containers that run as the proxy's user: their traffic is taken for the proxy's and let through.

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::{PROXY, View};

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "applicationUID.Analyzer",
    about: "Containers that run as the proxy's user",
    codes: &[Code::InvalidApplicationUID],
    inputs: &[],
    run,
};

/// The proxy's user.
const PROXY_USER: i64 = 1337;

fn run(view: &View<'_>, report: &mut Report) {
    for pod in view.workloads.all() {
        // A gateway's pods are the proxy alone; a pod of a controller is said of the controller.
        let is_made =
            pod.about.kind == Kind::Pod && is_owned(view, &pod.about.namespace, &pod.about.name);
        if pod.about.is_istios_own() || is_made || !pod.has_sidecar {
            continue;
        }
        let of_pod = pod.spec.security_context.as_ref();
        let of_pod = of_pod.and_then(|context| context.run_as_user);
        let names: Vec<&str> = pod
            .spec
            .containers
            .iter()
            .filter(|container| container.name != PROXY)
            .filter(|container| {
                let own = container.security_context.as_ref();
                own.and_then(|context| context.run_as_user).or(of_pod) == Some(PROXY_USER)
            })
            .map(|container| container.name.as_str())
            .collect();
        if !names.is_empty() {
            report.whole(
                Code::InvalidApplicationUID,
                pod.about,
                format!(
                    "user {PROXY_USER} is the proxy's, and what it sends is not captured; container {} runs as it",
                    names.join(", ")
                ),
            );
        }
    }
}

/// Whether a pod was made by a controller.
pub(super) fn is_owned(view: &View<'_>, namespace: &str, name: &str) -> bool {
    let mut pods = view.snapshot.objects.pods.iter();
    let pod = pods.find(|pod| pod.about.namespace == namespace && pod.about.name == name);
    pod.is_some_and(|pod| {
        let owners = pod.metadata.owner_references.as_ref();
        owners.is_some_and(|owners| owners.iter().any(|owner| owner.controller == Some(true)))
    })
}
