//! What goes and what stays, said before it is done.

use kube::ResourceExt;
use mainsheet_core::plan::Plan;
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::DeletionPolicy;

/// With what lines begin that name what stays.
pub(super) const STAYS: &str = "stays:";

/// What becomes of a mesh whose MeshInstallation is deleted.
pub(super) fn of_installation(
    installation: &MeshInstallation,
    policy: DeletionPolicy,
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
    let mut lines = match policy {
        DeletionPolicy::Orphan => vec![
            format!("goes:   MeshInstallation {name} and its records"),
            format!("stays:  {workloads}, running and unmanaged; --cascade would delete it"),
        ],
        DeletionPolicy::IfUnused => vec![
            format!("goes:   MeshInstallation {name}; {workloads}, unless something still uses it"),
            always,
        ],
        DeletionPolicy::Cascade => vec![
            format!("goes:   MeshInstallation {name} and its records; {workloads}"),
            always,
        ],
    };
    let pods: i32 = status.revisions.iter().filter_map(|kept| kept.pods).sum();
    if pods > 0 && policy != DeletionPolicy::Orphan {
        lines.push(format!(
            "note:   {pods} pods still have proxies of it; they keep running, and get no configuration any more"
        ));
    }
    lines
}

/// What becomes of a mesh that was installed without an operator.
pub(super) fn of_objects(name: &str, plan: &Plan) -> Vec<String> {
    vec![
        format!("goes:   mesh {name}: {} objects", plan.prunes.len()),
        "stays:  Istio's CRDs, namespaces, the Istio resources of users, sidecars in running pods"
            .to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use mainsheet_crds::MeshInstallationSpec;

    use super::*;

    #[test]
    fn a_mesh_that_stays_is_not_said_to_go() {
        let installation = MeshInstallation::new("sea", MeshInstallationSpec::default());
        let orphan = of_installation(&installation, DeletionPolicy::Orphan);
        assert!(orphan[0].starts_with("goes:") && !orphan[0].contains("installed"));
        assert!(orphan[1].starts_with("stays:  what it has installed"));
        let cascade = of_installation(&installation, DeletionPolicy::Cascade);
        assert!(cascade[0].ends_with("; what it has installed"));
        assert!(cascade[1].contains("the namespace istio-system"));
    }
}
