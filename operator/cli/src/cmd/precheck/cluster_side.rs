//! Pure: the API server, its version, and the operator.

use mainsheet_profiles::catalogue::RELEASES;

use super::facts::{Facts, namespace};
use super::{Check, Mesh};

pub(super) fn api(facts: &Facts) -> Check {
    Check::pass("api", format!("{} answers", facts.url))
}

/// Whether the wanted version of Istio supports this Kubernetes.
pub(super) fn kubernetes(mesh: &Mesh, facts: &Facts) -> Check {
    const NAME: &str = "kubernetes";
    let version = &facts.kubernetes;
    let istio = &mesh.resolved.version;
    let range = RELEASES
        .iter()
        .find(|release| release.to_string() == *istio)
        .map(|release| release.minor.kubernetes);
    let (Some(minor), Some((from, to))) = (minor(version), range) else {
        return Check::unknown(
            NAME,
            &format!("nothing is known of Kubernetes {version} with Istio {istio}"),
        );
    };
    let supported = format!("Istio {istio} supports Kubernetes 1.{from} to 1.{to}");
    if minor < from {
        Check::fail(
            NAME,
            format!("{version}, but {supported}"),
            "upgrade Kubernetes, or set spec.version to an older Istio",
        )
    } else if minor > to {
        Check::warn(
            NAME,
            format!("{version}, but {supported}"),
            "a newer Kubernetes mostly works; see `mainsheet manifest versions`",
        )
    } else {
        Check::pass(NAME, format!("{version}; {supported}"))
    }
}

/// `36` of `v1.36.4-gke.1`.
fn minor(version: &str) -> Option<u32> {
    let mut parts = version.trim_start_matches('v').split('.');
    let major = parts.next()?;
    let digits: String = parts
        .next()?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    (major == "1").then(|| digits.parse().ok())?
}

pub(super) fn operator(facts: &Facts) -> Check {
    const NAME: &str = "operator";
    let crds = match &facts.crds {
        Ok(crds) => crds,
        Err(why) => return Check::unknown(NAME, why),
    };
    let served = crds
        .iter()
        .any(|crd| super::facts::name(crd) == "meshinstallations.mainsheet.dev");
    let running = facts
        .operators
        .as_ref()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let Some(operator) = running.first() else {
        let (what, remedy) = if served {
            (
                "the CRDs are there, but no operator is",
                "see that it runs, or install it: mainsheet operator manifests | kubectl apply --server-side -f -",
            )
        } else {
            (
                "not installed; `mainsheet install` applies the mesh from here then",
                "for one that is kept as wanted: mainsheet operator manifests | kubectl apply --server-side -f -",
            )
        };
        return Check::warn(NAME, what, remedy);
    };
    let place = namespace(operator);
    match operator["status"]["availableReplicas"]
        .as_i64()
        .unwrap_or_default()
    {
        0 => Check::fail(
            NAME,
            format!("installed in {place}, but none of its pods is available"),
            format!("see why: kubectl -n {place} describe pods"),
        ),
        _ => Check::pass(NAME, format!("runs in {place}")),
    }
}

#[cfg(test)]
mod tests {
    use super::minor;

    #[test]
    fn versions_of_all_makers_are_read() {
        for (version, expected) in [
            ("v1.36.4", 36),
            ("v1.29.10-gke.1043002", 29),
            ("v1.33+", 33),
            ("1.30.1-eks-1", 30),
        ] {
            assert_eq!(minor(version), Some(expected), "{version}");
        }
        assert_eq!(minor("v2.0.0"), None);
        assert_eq!(minor("whatever"), None);
    }
}
