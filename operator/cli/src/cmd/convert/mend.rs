//! What the library refuses is taken out, with the library's own words for it, until what is left
//! is a mesh. So a converted MeshInstallation is one that the operator takes.

use mainsheet_manifests::render;
use mainsheet_profiles::{Context, parse_spec, resolve};
use serde_json::Value;

use super::draft::Draft;
use crate::input::take;

/// Path and problem.
type Refused = (String, String);

/// Takes out what is refused. What cannot be taken out stays, and is told as well.
pub(super) fn mend(draft: &mut Draft) {
    loop {
        let mut refused = refused(draft);
        // From behind, so that the places in lists that are still to come stay true.
        refused.sort();
        refused.reverse();
        let taken: Vec<bool> = refused
            .iter()
            .map(|(path, _)| take_out(&mut draft.spec, path))
            .collect();
        let stuck = !taken.contains(&true);
        for ((path, problem), taken) in refused.into_iter().zip(taken).rev() {
            if taken {
                draft.lost(path, problem);
            } else if stuck {
                draft.lost(
                    path,
                    format!("{problem} (this is still there: it needs your hand)"),
                );
            }
        }
        if stuck {
            return;
        }
    }
}

fn refused(draft: &Draft) -> Vec<Refused> {
    let spec = match parse_spec(&draft.spec) {
        Ok(spec) => spec,
        Err(error) => return of(&error),
    };
    let resolved = match resolve(&draft.name, &spec, &Context::default()) {
        Ok(resolved) => resolved,
        Err(error) => return of(&error),
    };
    match render(&resolved) {
        Ok(_) => Vec::new(),
        Err(error) => vec![("spec".to_owned(), mainsheet_operator::describe(&error))],
    }
}

fn of(error: &mainsheet_profiles::ResolveError) -> Vec<Refused> {
    let findings = error.findings().iter();
    findings
        .map(|finding| (finding.path.clone(), finding.problem.clone()))
        .collect()
}

fn take_out(spec: &mut Value, path: &str) -> bool {
    let Some(path) = path.strip_prefix("spec.") else {
        return false;
    };
    if take(spec, path).is_none() {
        return false;
    }
    // An empty map of values says nothing; an empty component says that it is on.
    let mut path = path;
    while let Some((above, _)) = path.rsplit_once('.') {
        let free = above.starts_with("values") || above.starts_with("meshConfig");
        let empty = mainsheet_profiles::merge::at(spec, above)
            .and_then(Value::as_object)
            .is_some_and(serde_json::Map::is_empty);
        if !(free && empty) {
            break;
        }
        take(spec, above);
        path = above;
    }
    true
}
