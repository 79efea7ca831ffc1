//! What the status says of Istio's CRDs: that they are there, and which of them are not ours to
//! change. They serve every mesh of the cluster, so they are made and upgraded, but never put back to
//! an older shape, never deleted, and never taken from another tool.

use mainsheet_crds::conditions::{self, reasons};
use mainsheet_manifests::Wave;

use super::{Phase, Resolved, Said, some_of};
use crate::plan::Reason;

/// Whether Istio's CRDs are in use, and whose they are. Nothing is said of them where the mesh does
/// not ask for them, or nothing was planned.
pub(super) fn ready(resolved: &Resolved<'_>, phase: &Phase) -> Option<Said> {
    let steps = resolved.plan?.steps.iter();
    let crds: Vec<_> = steps.filter(|step| step.wave == Wave::Crds).collect();
    if crds.is_empty() {
        return None;
    }
    let (mut waiting, mut theirs, mut newer) = (Vec::new(), Vec::new(), Vec::new());
    for step in crds {
        let name = &step.id.name;
        match (step.reason, resolved.live.get(&step.id)) {
            (Reason::Newer, Some(live)) => {
                let shape = live.shape.as_deref().unwrap_or_default();
                newer.push(format!("{name} is of {shape}"));
            }
            (Reason::Foreign, _) => theirs.push(name.clone()),
            // It was planned to be made, and whoever has it already kept it.
            (_, None) if *phase == Phase::Ready => theirs.push(name.clone()),
            (_, None) => waiting.push(format!("{name} is not there")),
            (_, Some(live)) => {
                let why = live.health.waiting.as_ref();
                waiting.extend(why.map(|why| format!("{name}: {why}")));
            }
        }
    }
    let said = if !waiting.is_empty() {
        ("False", reasons::WAITING, some_of(&waiting))
    } else if !theirs.is_empty() {
        let message = format!("left to the tool that owns them: {}", some_of(&theirs));
        ("True", reasons::OWNED_ELSEWHERE, message)
    } else if !newer.is_empty() {
        let message = format!("left as a newer Mainsheet made them: {}", some_of(&newer));
        ("True", reasons::OWNED_ELSEWHERE, message)
    } else {
        ("True", reasons::READY, "applied and established".to_owned())
    };
    let (status, reason, message) = said;
    Some((conditions::CRDS_READY, status, reason, message))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use mainsheet_manifests::{Body, Kind, Manifests, Object, ObjectId};
    use serde_json::json;

    use super::*;
    use crate::dataplane::DataPlane;
    use crate::desired::Desired;
    use crate::live::Live;
    use crate::plan::{Inventory, plan};
    use crate::test_support::{INSTALLATION, live};

    fn id() -> ObjectId {
        let name = mainsheet_manifests::crds().first().unwrap().name;
        ObjectId::new(Kind::CustomResourceDefinition, None, name)
    }

    fn established(shape: &str) -> Live {
        let conditions = json!([{ "type": "Established", "status": "True" }]);
        let fields = json!({ "spec": {}, "status": { "conditions": conditions } });
        let shape = Some(shape.to_owned());
        let crd = live(Kind::CustomResourceDefinition, &id().name, fields);
        Live { shape, ..crd }
    }

    /// Status, reason and message for one wanted CRD.
    fn said(there: Option<Live>, foreign: bool, phase: &Phase) -> (String, String) {
        let crd = Object {
            id: id(),
            component: "base".to_owned(),
            wave: Wave::Crds,
            body: Body::Bundled(mainsheet_manifests::crds().first().unwrap()),
        };
        let desired = Desired::new(&Manifests::new([crd]));
        let live: Inventory = there
            .into_iter()
            .map(|live| (live.id.clone(), live))
            .collect();
        let foreign: BTreeSet<ObjectId> = foreign.then(id).into_iter().collect();
        let plan = plan(INSTALLATION, &desired, &live, &foreign);
        let (data_plane, apart) = (DataPlane::default(), BTreeMap::new());
        let resolved = Resolved {
            version: "1.30.3",
            revision: "default",
            active: None,
            record: "r",
            revisions: Vec::new(),
            desired: &desired,
            apart: &apart,
            live: &live,
            data_plane: &data_plane,
            plan: Some(&plan),
            awaited: None,
            upgrade: None,
        };
        let (_, status, reason, message) = ready(&resolved, phase).unwrap();
        (format!("{status} {reason}"), message)
    }

    #[test]
    fn crds_are_ready_when_they_are_established() {
        let working = Phase::Working(reasons::APPLYING, String::new());
        assert_eq!(said(None, false, &working).0, "False WaitingForReadiness");
        assert_eq!(
            said(Some(established("1.30.0")), false, &working).0,
            "True Ready"
        );
    }

    #[test]
    fn crds_of_others_are_named() {
        let name = id().name;
        for (foreign, phase) in [
            (true, Phase::Working(reasons::APPLYING, String::new())),
            (false, Phase::Ready),
        ] {
            let (status, message) = said(None, foreign, &phase);
            assert_eq!(status, "True OwnedElsewhere");
            assert_eq!(message, format!("left to the tool that owns them: {name}"));
        }
        let (status, message) = said(Some(established("1.99.0")), false, &Phase::Ready);
        assert_eq!(status, "True OwnedElsewhere");
        let newer = format!("left as a newer Mainsheet made them: {name} is of 1.99.0");
        assert_eq!(message, newer);
    }
}
