//! A MeshInstallation's status as lines of progress.

use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::{ComponentStatus, MeshInstallationStatus, UpgradeStatus};

use super::{Verdict, verdict, words};
use crate::progress::{Line, Mark};

/// A line for each component, and one for the whole.
pub(crate) fn lines(installation: &MeshInstallation) -> Vec<Line> {
    let verdict = verdict(installation);
    let current = verdict != Verdict::Unseen;
    // While nobody has looked at a new spec, the components are those of the old one.
    let components = installation
        .status
        .iter()
        .flat_map(|status| &status.components);
    let mut lines: Vec<Line> = components.filter(|_| current).map(component).collect();
    let upgrade = installation
        .status
        .as_ref()
        .filter(|_| current)
        .and_then(|status| {
            status
                .upgrade
                .as_ref()
                .map(|upgrade| change(status, upgrade))
        });
    lines.extend(upgrade);
    lines.push(whole(installation, verdict));
    lines
}

/// How far the change under way has come.
fn change(status: &MeshInstallationStatus, upgrade: &UpgradeStatus) -> Line {
    let to = match words::version_of(status, &upgrade.to) {
        Some(version) => format!("Istio {version}"),
        None => upgrade.to.clone(),
    };
    Line {
        mark: words::mark(upgrade.phase),
        name: format!("change to {to}"),
        text: words::progress(upgrade),
    }
}

fn component(status: &ComponentStatus) -> Line {
    let (mark, text) = match &status.message {
        None => (Mark::Done, pods(status)),
        Some(message) => (Mark::Busy, format!("{}: {message}", pods(status))),
    };
    Line {
        mark,
        name: format!("{} {}/{}", status.kind, status.namespace, status.name),
        text,
    }
}

/// How many pods of a component are ready, of how many.
fn pods(status: &ComponentStatus) -> String {
    format!("{}/{} ready", status.ready, status.desired)
}

fn whole(installation: &MeshInstallation, verdict: Verdict) -> Line {
    let (mark, text) = match verdict {
        Verdict::Unseen => (Mark::Busy, "waiting for the operator".to_owned()),
        Verdict::Working(message) => (Mark::Busy, message),
        Verdict::Suspended(message) => (Mark::Busy, format!("suspended: {message}")),
        Verdict::Ready => (Mark::Done, "ready".to_owned()),
        Verdict::Stalled { reason, message } => (Mark::Bad, format!("{reason}: {message}")),
    };
    Line {
        mark,
        name: format!("MeshInstallation {}", installation.name_any()),
        text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn installation(observed: i64) -> MeshInstallation {
        serde_json::from_value(json!({
            "apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
            "metadata": {"name": "sea", "generation": 2}, "spec": {},
            "status": {
                "observedGeneration": observed,
                "conditions": [{"type": "Ready", "status": "False", "reason": "WaitingForReadiness",
                    "message": "waiting for istiod", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
                "components": [
                    {"kind": "Deployment", "namespace": "mesh", "name": "istiod", "ready": 0, "desired": 1, "message": "pods are starting"},
                    {"kind": "DaemonSet", "namespace": "mesh", "name": "ztunnel", "ready": 3, "desired": 3},
                ],
            },
        }))
        .unwrap()
    }

    #[test]
    fn every_component_and_the_whole_have_a_line() {
        let lines = lines(&installation(2));
        let shown: Vec<_> = lines
            .iter()
            .map(|line| (line.mark, line.name.as_str(), line.text.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (
                    Mark::Busy,
                    "Deployment mesh/istiod",
                    "0/1 ready: pods are starting"
                ),
                (Mark::Done, "DaemonSet mesh/ztunnel", "3/3 ready"),
                (Mark::Busy, "MeshInstallation sea", "waiting for istiod"),
            ]
        );
    }

    #[test]
    fn a_change_under_way_has_a_line_with_its_wave() {
        let mut installation = installation(2);
        let status = installation.status.as_mut().unwrap();
        status.upgrade = serde_json::from_value(json!({
            "to": "sea-2", "phase": "Moving", "wave": "canary", "moved": 3, "total": 10, "message": "a/b restarts",
        }))
        .unwrap();
        let shown = lines(&installation);
        assert_eq!(shown[2].name, "change to sea-2");
        let text = "moving workloads, wave canary, 3/10 workloads moved: a/b restarts";
        assert_eq!(shown[2].text, text);

        let status = installation.status.as_mut().unwrap();
        let upgrade = status.upgrade.as_mut().unwrap();
        upgrade.message = Some("wave canary: a/b restarts".to_owned());
        assert_eq!(lines(&installation)[2].text, text, "the wave is named once");
    }

    #[test]
    fn the_components_of_an_older_spec_are_not_shown() {
        assert_eq!(lines(&installation(1)).len(), 1);
    }
}
