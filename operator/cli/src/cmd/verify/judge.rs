//! Pure: one wanted object against what is there.

use mainsheet_core::compare::differences;
use mainsheet_core::desired::{Desired, Wanted};
use mainsheet_core::health::{self, Health};
use mainsheet_core::live::Live;
use mainsheet_core::status::some_of;
use mainsheet_manifests::{Body, Kind, Manifests, Object, Wave};
use serde::Serialize;
use serde_json::Value;

/// What was found out about one object.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// The mesh that it is of, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) installation: Option<String>,
    /// Kind, namespace and name.
    pub(super) object: String,
    pub(super) state: State,
    /// What is wrong, or how many pods are ready.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum State {
    Good,
    Missing,
    Different,
    NotReady,
}

/// An object of a mesh. One that is there by another hand need only be there.
pub(super) fn of_mesh(mesh: &str, wanted: &Wanted, found: Option<&Live>, foreign: bool) -> Finding {
    let (state, message) = match found {
        None if foreign => (State::Good, "there by another hand".to_owned()),
        None => (State::Missing, String::new()),
        Some(live) => judged(&wanted.differences(live), &live.health),
    };
    Finding {
        installation: Some(mesh.to_owned()),
        object: wanted.id.to_string(),
        state,
        message,
    }
}

/// A plain object from a file.
pub(super) fn of_object(
    name: String,
    kind: Option<Kind>,
    wanted: &Value,
    found: Option<&Value>,
) -> Finding {
    let (state, message) = match found {
        None => (State::Missing, String::new()),
        Some(found) => {
            let health = kind
                .map(|kind| health::assess(kind, found))
                .unwrap_or_default();
            judged(&differing(kind, wanted, found), &health)
        }
    };
    Finding {
        installation: None,
        object: name,
        state,
        message,
    }
}

/// Of the kinds of a mesh, what others decide by right is left to them; see [`Wanted`].
fn differing(kind: Option<Kind>, wanted: &Value, found: &Value) -> Vec<String> {
    let Some(kind) = kind.filter(|kind| *kind != Kind::CustomResourceDefinition) else {
        return differences(wanted, found);
    };
    let Some(live) = Live::from_value(kind, found.clone()) else {
        return differences(wanted, found);
    };
    let manifests = Manifests::new([Object {
        id: live.id.clone(),
        component: String::new(),
        wave: Wave::Configuration,
        body: Body::Rendered(wanted.clone()),
    }]);
    let desired = Desired::new(&manifests);
    desired
        .objects()
        .iter()
        .flat_map(|wanted| wanted.differences(&live))
        .collect()
}

/// An object that nobody says anything about but itself.
pub(super) fn readiness(live: &Live) -> Finding {
    let (state, message) = judged(&[], &live.health);
    Finding {
        installation: live.installation().map(str::to_owned),
        object: live.id.to_string(),
        state,
        message,
    }
}

fn judged(differences: &[String], health: &Health) -> (State, String) {
    if !differences.is_empty() {
        return (State::Different, some_of(differences));
    }
    if let Some(waiting) = &health.waiting {
        return (State::NotReady, waiting.clone());
    }
    let pods = health
        .pods
        .map(|pods| format!("{}/{} ready", pods.ready, pods.desired));
    (State::Good, pods.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(image: &str, available: i32) -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "generation": 1},
            "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "c", "image": image}]}}},
            "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": available},
        })
    }

    fn state(wanted: &str, found: Option<&Value>) -> (State, String) {
        let wanted = json!({"spec": deployment(wanted, 0)["spec"]});
        let finding = of_object(
            "Deployment d".into(),
            Some(Kind::Deployment),
            &wanted,
            found,
        );
        (finding.state, finding.message)
    }

    #[test]
    fn an_object_is_missing_different_not_ready_or_good() {
        assert_eq!(state("a", None).0, State::Missing);
        let different = state("a", Some(&deployment("b", 1)));
        assert_eq!(
            different,
            (
                State::Different,
                "spec.template.spec.containers[c].image".to_owned()
            )
        );
        assert_eq!(state("a", Some(&deployment("a", 0))).0, State::NotReady);
        assert_eq!(
            state("a", Some(&deployment("a", 1))),
            (State::Good, "1/1 ready".to_owned())
        );
    }
}
