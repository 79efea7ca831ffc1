//! Containers that run as the proxy's user: their traffic is taken for the proxy's and let through.

use super::Analyzer;
use crate::code::Code;
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
        if pod.about.is_istios_own() || pod.about.is_made || !pod.has_sidecar {
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
