//! Versions of Istio and of Kubernetes. Which Istio may follow which is the state machine's to say.

use mainsheet_profiles::catalogue::{RELEASES, Release};

use super::{Check, Facts, Finding, Severity};

/// Too old a Kubernetes lacks APIs that Istio needs; one that is newer than what upstream tests
/// usually works.
pub(super) fn kubernetes(facts: &Facts<'_>) -> Option<Finding> {
    let wanted = release(facts.wanted)?;
    let (oldest, newest) = wanted.minor.kubernetes;
    let minor = minor(facts.kubernetes)?;
    let what = format!(
        "{}, but Istio {wanted} supports Kubernetes 1.{oldest} to 1.{newest}",
        facts.kubernetes
    );
    if minor < oldest {
        return Some(Finding {
            check: Check::Kubernetes,
            severity: Severity::Blocking,
            what,
            remedy: "upgrade Kubernetes, or set spec.version to an older Istio".to_owned(),
        });
    }
    (minor > newest).then(|| Finding {
        check: Check::Kubernetes,
        severity: Severity::Warning,
        what,
        remedy: "a newer Kubernetes mostly works; see `mainsheet manifest versions`".to_owned(),
    })
}

pub(super) fn release(version: &str) -> Option<&'static Release> {
    RELEASES
        .iter()
        .find(|release| release.to_string() == version)
}

/// `36` of `v1.36.1`, `1.36` or `v1.36+`; none for what is no such version.
pub fn minor(version: &str) -> Option<u32> {
    let rest = version.trim_start_matches('v').strip_prefix("1.")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;
    use super::*;

    #[test]
    fn too_old_a_kubernetes_blocks_and_too_new_a_one_warns() {
        let judged = |version: &'static str| {
            let finding = kubernetes(&Facts {
                kubernetes: version,
                ..facts(None, "1.30.3")
            });
            finding.map(|finding| finding.severity)
        };
        assert_eq!(judged("v1.31.9"), Some(Severity::Blocking));
        assert_eq!(judged("v1.32.0-gke.1"), None);
        assert_eq!(judged("v1.37.0"), Some(Severity::Warning));
        assert_eq!(judged("unknown"), None);
    }
}
