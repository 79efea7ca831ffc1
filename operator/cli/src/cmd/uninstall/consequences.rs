//! What goes and what stays, said before it is done.

use kube::ResourceExt;
use mainsheet_core::plan::Plan;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::DeletionPolicy;

/// What becomes of a mesh whose MeshInstallation is deleted. With `purge` what a mesh leaves behind
/// goes afterwards.
pub(super) fn of_installation(
    installation: &MeshInstallation,
    policy: DeletionPolicy,
    purge: bool,
) -> Vec<String> {
    let name = installation.name_any();
    let namespace = installation.spec.namespace();
    let status = installation.status.clone().unwrap_or_default();
    let workloads: Vec<String> = status
        .components
        .iter()
        .map(|c| format!("{} {}/{}", c.kind, c.namespace, c.name))
        .collect();
    let workloads = match workloads.as_slice() {
        [] => "what it has installed".to_owned(),
        workloads => format!("the mesh ({})", workloads.join(", ")),
    };
    let always = format!(
        "stays:  Istio's CRDs, the namespace {namespace}, the Istio resources of users, sidecars in running pods"
    );
    let (goes, stays) = match policy {
        DeletionPolicy::Orphan => (
            format!("goes:   MeshInstallation {name} and its records"),
            format!("stays:  {workloads}, running and unmanaged; --cascade would delete it"),
        ),
        DeletionPolicy::IfUnused => (
            format!("goes:   MeshInstallation {name}; {workloads}, unless something still uses it"),
            always,
        ),
        DeletionPolicy::Cascade => (
            format!("goes:   MeshInstallation {name} and its records; {workloads}"),
            always,
        ),
    };
    let mut lines = vec![goes];
    lines.extend((!purge).then_some(stays));
    let pods: i32 = status.revisions.iter().filter_map(|kept| kept.pods).sum();
    if pods > 0 && policy != DeletionPolicy::Orphan {
        lines.push(format!(
            "note:   {pods} pods still have proxies of it; they keep running, and get no configuration any more"
        ));
    }
    lines
}

/// What becomes of a mesh that was installed without an operator.
pub(super) fn of_objects(name: &str, plan: &Plan, purge: bool) -> Vec<String> {
    let stays =
        "stays:  Istio's CRDs, namespaces, the Istio resources of users, sidecars in running pods";
    let mut lines = vec![format!(
        "goes:   mesh {name}: {} objects",
        plan.prunes.len()
    )];
    lines.extend((!purge).then(|| stays.to_owned()));
    lines
}

#[cfg(test)]
mod tests {
    use mainsheet_crds::MeshInstallationSpec;

    use super::*;

    #[test]
    fn a_mesh_that_stays_is_not_said_to_go() {
        let installation = MeshInstallation::new("sea", MeshInstallationSpec::default());
        let orphan = of_installation(&installation, DeletionPolicy::Orphan, false);
        assert!(orphan[0].starts_with("goes:") && !orphan[0].contains("installed"));
        assert!(orphan[1].starts_with("stays:  what it has installed"));
        let cascade = of_installation(&installation, DeletionPolicy::Cascade, false);
        assert!(cascade[0].ends_with("; what it has installed"));
        assert!(cascade[1].contains("the namespace istio-system"));
    }
}
