//! Which version a mesh may go to in one step.

use kube::ResourceExt;
use mainsheet_crds::MeshInstallation;
use mainsheet_profiles::Release;
use mainsheet_profiles::catalogue::{RELEASES, Stage};

use crate::error::Error;

/// The release to go to: the one that is asked for if it is one step away, else the newest that is.
pub(super) fn target(
    installation: &MeshInstallation,
    wanted: Option<&str>,
) -> Result<&'static Release, Error> {
    let name = installation.name_any();
    let installed = installation
        .status
        .as_ref()
        .and_then(|status| status.version.as_deref());
    let Some(installed) = installed else {
        return Err(Error::Refused(format!(
            "MeshInstallation {name} runs no version yet; see `mainsheet status {name}`"
        )));
    };
    let from = RELEASES
        .iter()
        .find(|release| release.to_string() == installed);
    match wanted {
        None => Ok(newest(from)),
        Some(wanted) => {
            let to = Release::find(wanted, Some(installed)).map_err(|_| {
                let names = Release::names().join(", ");
                Error::Usage(format!("--version {wanted}: not bundled; allowed: {names}"))
            })?;
            match from.map(|from| refusal(from, to)) {
                Some(Some(why)) => Err(Error::Refused(why)),
                Some(None) | None => Ok(to),
            }
        }
    }
}

/// The newest release that is no preview and one step away. From a version that is not bundled any
/// more nobody knows the steps: the operator decides.
fn newest(from: Option<&Release>) -> &'static Release {
    let reached = |to: &&Release| from.is_none_or(|from| from.upgrades_to(to));
    let current = RELEASES
        .iter()
        .filter(|release| release.stage == Stage::Current);
    let best = current
        .filter(reached)
        .max_by_key(|to| (to.minor.number, to.patch));
    best.unwrap_or_else(|| Release::newest())
}

fn refusal(from: &Release, to: &Release) -> Option<String> {
    if from.upgrades_to(to) {
        return None;
    }
    if to.minor.number < from.minor.number {
        return Some(format!(
            "Istio {from} to {to} goes down a minor version; `mainsheet rollback` goes back to what ran before"
        ));
    }
    let between: Vec<String> = (from.minor.number + 1..to.minor.number)
        .map(|minor| format!("1.{minor}"))
        .collect();
    Some(format!(
        "Istio {from} to {to} skips {}; go one minor version at a time, first: mainsheet upgrade --version 1.{}",
        between.join(", "),
        from.minor.number + 1
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target_of(runs: Option<&str>, wanted: Option<&str>) -> Result<String, String> {
        let installation = serde_json::from_value(json!({
            "apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation", "metadata": {"name": "sea"},
            "spec": {}, "status": {"version": runs},
        }))
        .unwrap();
        target(&installation, wanted)
            .map(ToString::to_string)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_default_is_the_newest_one_step_away() {
        assert_eq!(target_of(Some("1.28.10"), None), Ok("1.29.6".to_owned()));
        assert_eq!(target_of(Some("1.29.6"), None), Ok("1.30.3".to_owned()));
        assert_eq!(target_of(Some("1.30.3"), None), Ok("1.30.3".to_owned()));
    }

    #[test]
    fn a_step_that_is_too_far_says_which_is_not() {
        let refused = target_of(Some("1.28.10"), Some("1.30")).unwrap_err();
        assert!(
            refused.contains("skips 1.29") && refused.ends_with("--version 1.29"),
            "{refused}"
        );
        assert!(
            target_of(Some("1.30.3"), Some("1.29"))
                .unwrap_err()
                .contains("rollback")
        );
        assert!(
            target_of(Some("1.30.3"), Some("1.99"))
                .unwrap_err()
                .contains("not bundled")
        );
        assert!(
            target_of(None, None)
                .unwrap_err()
                .contains("runs no version yet")
        );
    }
}
