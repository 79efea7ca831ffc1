//! Whatever labels namespaces and pods carry, and however far a migration has come: the real API
//! server asks exactly one control plane about a pod that is to be injected, and none about others.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::{Injector, World, fed, installation, namespace};
use serde_json::{Value, json};

const INJECTION: [Option<&str>; 3] = [None, Some("enabled"), Some("disabled")];
const INJECT: [Option<&str>; 3] = [None, Some("true"), Some("false")];

/// What a namespace or pod says about its revision: nothing, the name that everybody follows, or
/// the new control plane's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rev {
    None,
    Public,
    New,
}

const REVS: [Rev; 3] = [Rev::None, Rev::Public, Rev::New];

/// How far the migration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Before,
    Between,
    After,
}

/// One combination of labels.
#[derive(Clone, Copy, Debug)]
struct Case {
    in_wave: bool,
    injection: Option<&'static str>,
    namespace: Rev,
    inject: Option<&'static str>,
    pod: Rev,
}

/// Who is asked: the new control plane, the old one, or whichever of them has the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nobody,
    Old,
    New,
    OneOfThem,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for in_wave in [true, false] {
        for injection in INJECTION {
            for namespace in REVS {
                for inject in INJECT {
                    for pod in REVS {
                        cases.push(Case {
                            in_wave,
                            injection,
                            namespace,
                            inject,
                            pod,
                        });
                    }
                }
            }
        }
    }
    cases
}

impl Rev {
    fn label(self, new: &str) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Public => Some("default"),
            Self::New => Some(new),
        }
    }
}

impl Case {
    fn namespace_name(self) -> String {
        let wave = if self.in_wave { "wave" } else { "rest" };
        let injection = self.injection.unwrap_or("unset");
        format!("{wave}-{injection}-{:?}", self.namespace).to_lowercase()
    }

    fn pod_name(self) -> String {
        let inject = self.inject.unwrap_or("unset");
        format!("{}-{inject}-{:?}", self.namespace_name(), self.pod).to_lowercase()
    }

    fn namespace_document(self, new: &str) -> Value {
        let mut labels: Vec<(&str, &str)> = Vec::new();
        labels.extend(self.in_wave.then_some(("wave", "one")));
        labels.extend(self.injection.map(|value| ("istio-injection", value)));
        labels.extend(
            self.namespace
                .label(new)
                .map(|value| ("istio.io/rev", value)),
        );
        namespace(&self.namespace_name(), &labels)
    }

    fn pod_document(self, new: &str) -> Value {
        let mut labels: BTreeMap<&str, &str> = BTreeMap::new();
        labels.extend(self.inject.map(|value| ("sidecar.istio.io/inject", value)));
        labels.extend(self.pod.label(new).map(|value| ("istio.io/rev", value)));
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": self.pod_name(), "namespace": self.namespace_name(), "labels": labels},
            "spec": {"containers": [{"name": "app", "image": "stand-in/app"}]},
        })
    }

    /// Istio's rules: the namespace's `istio-injection` beats its `istio.io/rev`, which beats what
    /// pods say; a pod can opt out anywhere, and in where its namespace says nothing.
    fn asked(self, stage: Stage) -> Asked {
        if self.inject == Some("false") || self.injection == Some("disabled") {
            return Asked::Nobody;
        }
        let rev = match (self.injection, self.namespace, self.pod) {
            (Some(_), _, _) => Rev::Public,
            (None, Rev::None, pod) if pod != Rev::None => pod,
            (None, Rev::None, _) if self.inject == Some("true") => Rev::Public,
            (None, Rev::None, _) => return Asked::Nobody,
            (None, namespace, _) => namespace,
        };
        match (rev, stage) {
            // Nobody has the new one's name yet.
            (Rev::None, _) | (Rev::New, Stage::Before) => Asked::Nobody,
            (Rev::New, _) | (Rev::Public, Stage::After) => Asked::New,
            (Rev::Public, Stage::Before) => Asked::Old,
            (Rev::Public, Stage::Between) if !self.in_wave => Asked::Old,
            (Rev::Public, Stage::Between) if self.injection.is_some() => Asked::New,
            // Such a namespace moves with its wave only if something in it is injected.
            (Rev::Public, Stage::Between) => Asked::OneOfThem,
        }
    }
}

/// Creates a pod of each case, without keeping it, and holds who was asked against the rules.
fn check(world: &World, injector: &Injector, new: &str, stage: Stage) -> Result<()> {
    let cases = cases();
    let pods: Vec<Value> = cases.iter().map(|case| case.pod_document(new)).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": pods});
    let before = injector.calls().len();
    let mut kubectl = world.cluster().kubectl();
    kubectl.args(["create", "--dry-run=server", "-o", "name", "-f", "-"]);
    let output = fed(&mut kubectl, &list.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{stage:?}: {said}");

    let calls = injector.calls().split_off(before);
    for case in cases {
        let name = case.pod_name();
        let asked: Vec<&str> = calls
            .iter()
            .filter(|call| call.pod == name)
            .map(|call| call.control_plane.as_str())
            .collect();
        let right = match case.asked(stage) {
            Asked::Nobody => asked.is_empty(),
            Asked::Old => asked == ["old"],
            Asked::New => asked == ["new"],
            Asked::OneOfThem => asked.len() == 1,
        };
        assert!(
            right,
            "{stage:?} {case:?}: asked {asked:?}, wanted {:?}",
            case.asked(stage)
        );
    }
    Ok(())
}

fn mesh(version: &str, values: &Value, soak: &str) -> String {
    let wave =
        json!({"name": "one", "namespaceSelector": {"matchLabels": {"wave": "one"}}, "soak": soak});
    installation(
        "mesh",
        &json!({
            "profile": "minimal", "version": version, "values": values,
            "upgrade": {"strategy": "Canary", "soak": "4s", "retirementGrace": "1h",
                        "dataPlane": {"mode": "Waves", "waves": [wave]}},
        }),
    )
}

#[test]
fn every_pod_is_asked_about_once_before_between_and_after() -> Result<()> {
    let world = World::new("permutations")?;
    let operator = world.start_operator()?;
    let injector = Injector::start()?;
    injector.marks("old", "default");
    world.apply(&mesh("1.29.6", &injector.values("old"), "1h"))?;
    world.wait_ready("mesh")?;

    // The new revision's name is known once it comes up; until then namespaces cannot carry it.
    world.apply(&mesh("1.30.3", &injector.values("new"), "1h"))?;
    let candidate = |mi: &Value| {
        let revisions = mi["status"]["revisions"].as_array()?;
        let one = revisions.iter().find(|one| one["state"] == "Candidate")?;
        one["istioRevision"].as_str().map(str::to_owned)
    };
    let seen = world.wait("mesh", "a candidate", |mi| candidate(mi).is_some())?;
    let new = candidate(&seen).context("no candidate")?;
    injector.marks("new", &new);
    // Back, so that the first look is at a mesh that has not begun.
    world.apply(&mesh("1.29.6", &injector.values("old"), "1h"))?;
    world.wait_ready("mesh")?;
    let documents = cases()
        .into_iter()
        .map(|case| case.namespace_document(&new));
    let list = json!({"apiVersion": "v1", "kind": "List", "items": documents.collect::<Vec<_>>()});
    world.apply(&list.to_string())?;
    check(&world, &injector, &new, Stage::Before)?;

    world.apply(&mesh("1.30.3", &injector.values("new"), "1h"))?;
    world.wait("mesh", "the first wave to soak", |mi| {
        mi["status"]["upgrade"]["phase"] == "Soaking" && mi["status"]["upgrade"]["wave"] == "one"
    })?;
    check(&world, &injector, &new, Stage::Between)?;

    world.apply(&mesh("1.30.3", &injector.values("new"), "0s"))?;
    world.wait("mesh", "the end of the upgrade", |mi| {
        mi["status"]["upgrade"]["phase"] == "Completed"
    })?;
    check(&world, &injector, &new, Stage::After)?;
    operator.stop()
}
