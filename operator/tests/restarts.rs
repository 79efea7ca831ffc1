//! Ring 2: a move of workloads, step by step, against an API server played here that keeps what it is
//! given. Rollouts go on when the test says so.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use mainsheet_core::dataplane::{Workload, WorkloadKind};
use mainsheet_core::restart::{ANNOTATION_RESTARTED, Member, Note, Order, Outdated, Report};
use mainsheet_operator::dataplane::{RestartError, Restarts};
use serde_json::{Value, json};
use tower_test::mock::pair;

/// Answers of the API server by path, and the paths of what was patched.
#[derive(Clone, Default)]
struct Api(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Value>,
    refusals: BTreeMap<String, (u16, &'static str)>,
    patched: Vec<String>,
    reads: usize,
}

impl Api {
    fn client(&self) -> Client {
        let (service, mut server) = pair::<Request<Body>, Response<Body>>();
        let api = self.clone();
        tokio::spawn(async move {
            while let Some((request, respond)) = server.next_request().await {
                let (parts, body) = request.into_parts();
                let sent = body.collect().await.unwrap().to_bytes();
                let (code, answer) = api.answer(&parts.method, parts.uri.path(), &sent);
                let body = Body::from(answer.to_string().into_bytes());
                respond.send_response(Response::builder().status(code).body(body).unwrap());
            }
        });
        Client::new(service, "default")
    }

    fn answer(&self, method: &Method, path: &str, sent: &[u8]) -> (u16, Value) {
        let mut state = self.0.lock().unwrap();
        if path.ends_with("/poddisruptionbudgets") {
            let items: Vec<&Value> = state
                .objects
                .iter()
                .filter(|(at, _)| at.starts_with(path))
                .map(|(_, object)| object)
                .collect();
            return (200, json!({"items": items}));
        }
        let refusal = state.refusals.get(path).copied();
        if !state.objects.contains_key(path) {
            return (404, status(404, "not found"));
        }
        if method == Method::PATCH {
            if let Some((code, words)) = refusal {
                return (code, status(code, words));
            }
            state.patched.push(path.to_owned());
            let change: Value = serde_json::from_slice(sent).unwrap();
            let object = state.objects.get_mut(path).unwrap();
            assert_eq!(change["metadata"]["uid"], object["metadata"]["uid"]);
            object["spec"]["template"]["metadata"]["annotations"] =
                change["spec"]["template"]["metadata"]["annotations"].clone();
            object["metadata"]["generation"] =
                json!(object["metadata"]["generation"].as_i64().unwrap() + 1);
        } else {
            state.reads += 1;
        }
        (200, state.objects[path].clone())
    }

    /// A workload that is well.
    fn add(&self, plural: &str, name: &str) {
        let object = json!({
            "metadata": {"uid": format!("uid-of-{name}"), "generation": 1},
            "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": name}}}},
            "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2},
        });
        self.put(plural, name, object);
    }

    fn put(&self, plural: &str, name: &str, object: Value) {
        let group = if plural == "poddisruptionbudgets" {
            "policy"
        } else {
            "apps"
        };
        let path = format!("/apis/{group}/v1/namespaces/sea/{plural}/{name}");
        self.0.lock().unwrap().objects.insert(path, object);
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut state = self.0.lock().unwrap();
        let ends = format!("/{name}");
        change(
            state
                .objects
                .iter_mut()
                .find(|(path, _)| path.ends_with(&ends))
                .unwrap()
                .1,
        );
    }

    /// The rollout of a workload comes to its end.
    fn roll(&self, name: &str) {
        self.change(name, |object| {
            object["status"]["observedGeneration"] = object["metadata"]["generation"].clone();
        });
    }

    fn refuse(&self, name: &str, code: u16, words: &'static str) {
        let path = format!("/apis/apps/v1/namespaces/sea/deployments/{name}");
        self.0.lock().unwrap().refusals.insert(path, (code, words));
    }

    /// Names of what was patched so far, in order.
    fn patched(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        state
            .patched
            .iter()
            .map(|path| path.rsplit('/').next().unwrap().to_owned())
            .collect()
    }

    fn reads(&self) -> usize {
        self.0.lock().unwrap().reads
    }
}

fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": "x", "message": message})
}

fn member(kind: WorkloadKind, name: &str, moved: bool) -> Member {
    Member {
        workload: Workload {
            namespace: "sea".into(),
            kind,
            name: name.into(),
        },
        outdated: (!moved).then(|| Outdated {
            pods: 2,
            revision: "old".into(),
            oldest: at(10),
        }),
    }
}

/// Deployments of these names; those in capitals have moved.
fn deployments(names: &[&str]) -> Vec<Member> {
    let one = |name: &&str| {
        member(
            WorkloadKind::Deployment,
            &name.to_lowercase(),
            **name != name.to_lowercase(),
        )
    };
    names.iter().map(one).collect()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn order(parallel: usize) -> Order {
    Order {
        parallel,
        began: at(1000),
        undaunted: false,
    }
}

async fn step(restarts: &Restarts, members: &[Member], order: Order) -> Report {
    restarts
        .step("sea", members, order, at(2000))
        .await
        .unwrap()
}

fn names(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| &*note.workload.name).collect()
}

#[tokio::test]
async fn a_few_at_a_time_are_restarted_each_when_another_has_moved() {
    let api = Api::default();
    for name in ["a", "b", "c"] {
        api.add("deployments", name);
    }
    let restarts = Restarts::new(api.client());
    let report = step(&restarts, &deployments(&["a", "b", "c"]), order(2)).await;
    assert_eq!(api.patched(), ["a", "b"]);
    assert_eq!(
        (names(&report.in_flight), report.waiting()),
        (vec!["a", "b"], 1)
    );
    api.change("a", |a| {
        let annotation = &a["spec"]["template"]["metadata"]["annotations"][ANNOTATION_RESTARTED];
        assert_eq!(*annotation, "1970-01-01T00:16:40Z");
    });

    let report = step(&restarts, &deployments(&["a", "b", "c"]), order(2)).await;
    assert_eq!(api.patched(), ["a", "b"], "both are on the way");
    assert_eq!(
        report.in_flight[0].why,
        "generation 2 is not observed yet, the last is 1"
    );

    api.roll("a");
    let report = step(&restarts, &deployments(&["A", "b", "c"]), order(2)).await;
    assert_eq!(api.patched(), ["a", "b", "c"]);
    assert_eq!(
        (report.moved, names(&report.in_flight)),
        (1, vec!["b", "c"])
    );

    let report = step(&restarts, &deployments(&["A", "B", "C"]), order(2)).await;
    assert!(report.is_done());
}

#[tokio::test]
async fn an_operator_that_starts_anew_restarts_nothing_twice() {
    let api = Api::default();
    for name in ["a", "b", "c"] {
        api.add("deployments", name);
    }
    let members = deployments(&["a", "b", "c"]);
    step(&Restarts::new(api.client()), &members, order(2)).await;
    let report = step(&Restarts::new(api.client()), &members, order(2)).await;
    assert_eq!(api.patched(), ["a", "b"]);
    assert_eq!(names(&report.in_flight), ["a", "b"]);

    let back = Order {
        began: at(1500),
        ..order(2)
    };
    api.roll("a");
    api.roll("b");
    step(&Restarts::new(api.client()), &members, back).await;
    assert_eq!(
        api.patched(),
        ["a", "b", "a", "b"],
        "another move restarts them again"
    );
}

#[tokio::test]
async fn only_what_is_on_the_way_is_read_again() {
    let api = Api::default();
    let all: Vec<String> = (0..20).map(|n| format!("w{n:02}")).collect();
    for name in &all {
        api.add("deployments", name);
    }
    let members = deployments(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let restarts = Restarts::new(api.client());
    step(&restarts, &members, order(3)).await;
    assert_eq!(api.reads(), 3);
    step(&restarts, &members, order(3)).await;
    assert_eq!(api.reads(), 6);
}

#[tokio::test]
async fn a_failed_restart_stops_the_rest_unless_it_goes_back() {
    let api = Api::default();
    for name in ["a", "b"] {
        api.add("deployments", name);
    }
    let members = deployments(&["a", "b"]);
    let restarts = Restarts::new(api.client());
    step(&restarts, &members, order(1)).await;
    api.roll("a");
    api.change("a", |a| {
        a["status"]["conditions"] = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}]);
    });
    let report = step(&restarts, &members, order(1)).await;
    assert_eq!(
        report.failed[0].to_string(),
        "Deployment sea/a: progress deadline exceeded: timed out"
    );
    assert_eq!(api.patched(), ["a"]);

    let back = Order {
        began: at(1500),
        undaunted: true,
        ..order(2)
    };
    step(&restarts, &members, back).await;
    assert_eq!(api.patched(), ["a", "a", "b"]);
}

#[tokio::test]
async fn a_budget_without_room_holds_what_takes_pods_away() {
    let api = Api::default();
    api.add("statefulsets", "anchor");
    api.add("deployments", "boat");
    let budget = json!({"metadata": {"name": "crew"}, "spec": {"selector": {}}, "status": {"disruptionsAllowed": 0}});
    api.put("poddisruptionbudgets", "crew", budget);
    let members = [
        member(WorkloadKind::StatefulSet, "anchor", false),
        member(WorkloadKind::Deployment, "boat", false),
    ];
    let restarts = Restarts::new(api.client());
    let report = step(&restarts, &members, order(5)).await;
    assert_eq!(api.patched(), ["boat"], "it brings new pods first");
    assert_eq!(
        report.held[0].to_string(),
        "StatefulSet sea/anchor: PodDisruptionBudget crew allows no disruption"
    );

    api.change("crew", |budget| {
        budget["status"]["disruptionsAllowed"] = json!(1);
    });
    let later = restarts
        .step("sea", &members, order(5), at(2100))
        .await
        .unwrap();
    assert_eq!(api.patched(), ["boat", "anchor"]);
    assert!(later.held.is_empty());
}

#[tokio::test]
async fn what_cannot_be_restarted_is_left_to_its_owner_and_keeps_nobody() {
    let api = Api::default();
    for name in ["paused", "refused", "well"] {
        api.add("deployments", name);
    }
    api.change("paused", |paused| paused["spec"]["paused"] = json!(true));
    api.refuse("refused", 422, "denied by a policy");
    let mut members = deployments(&["gone", "paused", "refused", "well"]);
    members.push(member(WorkloadKind::Other("Job".into()), "catch", false));
    let report = step(&Restarts::new(api.client()), &members, order(1)).await;
    assert_eq!(api.patched(), ["well"]);
    let said: Vec<String> = report.left.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Job sea/catch: only its owner can restart it",
            "Deployment sea/gone: it is gone, and its pods are still there",
            "Deployment sea/paused: it is paused",
            "Deployment sea/refused: the API server refuses to change it: denied by a policy",
        ]
    );
}

#[tokio::test]
async fn a_right_that_is_missing_is_an_error_and_no_workloads_fault() {
    let api = Api::default();
    api.add("deployments", "a");
    api.refuse("a", 403, "no patch for you");
    let result = Restarts::new(api.client())
        .step("sea", &deployments(&["a"]), order(1), at(2000))
        .await;
    let error = result.unwrap_err();
    assert!(matches!(error, RestartError::Write { .. }));
    assert_eq!(error.to_string(), "cannot restart Deployment sea/a");
}
