//! Pure: the API server and the operator.

use super::Check;
use super::facts::{Facts, namespace};

pub(super) fn api(facts: &Facts) -> Check {
    Check::pass("api", format!("{} answers", facts.url))
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
