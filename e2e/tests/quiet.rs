//! What the operator asks of the API server, by the API server's own audit log.

use std::time::{Duration, Instant};

use anyhow::Result;
use hack::poll;
use mainsheet_e2e::{DEADLINE, World, identities};

const MESH: &str = "{apiVersion: mainsheet.dev/v1alpha1, kind: MeshInstallation, metadata: {name: mesh}, \
                    spec: {profile: default, deletionPolicy: Cascade}}";
/// How long the operator is watched at rest.
const REST: Duration = Duration::from_mins(1);
/// Requests of a first install beyond one write an object.
const OVERHEAD: usize = 10;

#[test]
fn it_writes_nothing_when_nothing_is_to_be_done() -> Result<()> {
    let world = World::new("quiet")?;
    let operator = world.start_operator()?;

    let before = world.mark()?;
    world.apply(MESH)?;
    world.wait_ready("mesh")?;
    let install = world.requests(before)?;
    let objects = world
        .mainsheet(&[
            "manifest",
            "generate",
            "--set",
            "profile=default",
            "-o",
            "json",
        ])
        .output()?;
    let objects = identities(&serde_json::from_slice(&objects.stdout)?).len();
    let lease = install
        .all()
        .iter()
        .filter(|e| e.resource == "leases")
        .count();
    assert_eq!(
        install.object_writes().len(),
        objects,
        "one write an object:\n{}",
        install.summary()
    );
    // Watches last; those of pods and namespaces begin with the first installation, and the
    // operator is ready a moment before its controller has begun to watch.
    let watching = |resource: &str, verb: &str| {
        verb == "watch" || (verb == "list" && resource == "meshinstallations")
    };
    let start = install
        .all()
        .iter()
        .filter(|e| watching(&e.resource, &e.verb))
        .count();
    let beyond = install.all().len() - lease - start - objects;
    assert!(
        beyond <= OVERHEAD,
        "{beyond} requests beyond one write an object:\n{}",
        install.summary()
    );

    // At rest, with reconciles forced all the while.
    let before = world.mark()?;
    let started = Instant::now();
    let mut touches = 0;
    while started.elapsed() < REST {
        touches += 1;
        let value = format!("mainsheet.dev/reconcile-requested-at={touches}");
        world.kubectl(&["annotate", "--overwrite", "mi", "mesh", &value])?;
        let handled = touches.to_string();
        world.wait("mesh", "the touch to be seen", |mi| {
            mi["status"]["lastHandledReconcileAt"] == handled.as_str()
        })?;
    }
    let rest = world.requests(before)?;
    assert!(touches > 10);
    assert!(
        rest.object_writes().is_empty(),
        "{touches} reconciles at rest:\n{}",
        rest.summary()
    );
    assert!(
        rest.object_reads().is_empty(),
        "{touches} reconciles at rest:\n{}",
        rest.summary()
    );

    one_write_for_each_repair(&world)?;

    // A restart finds everything as it was.
    let before = world.mark()?;
    operator.stop()?;
    let operator = world.start_operator()?;
    world.kubectl(&[
        "annotate",
        "--overwrite",
        "mi",
        "mesh",
        "mainsheet.dev/reconcile-requested-at=again",
    ])?;
    world.wait("mesh", "the touch to be seen", |mi| {
        mi["status"]["lastHandledReconcileAt"] == "again"
    })?;
    let restart = world.requests(before)?;
    assert!(
        restart.object_writes().is_empty(),
        "after a restart:\n{}",
        restart.summary()
    );

    world.delete("mesh")?;
    let everything = world.requests(hack::audit::Mark::default())?;
    let refused: Vec<String> = everything
        .refused()
        .iter()
        .map(|e| e.request_uri.clone())
        .collect();
    assert!(refused.is_empty(), "refused: {refused:?}");
    assert!(everything.about_secrets().is_empty());
    operator.stop()
}

/// Hand edits, and the path by which each is seen to be put back.
fn one_write_for_each_repair(world: &World) -> Result<()> {
    let ns = ["-n", "istio-system"];
    let edits: [(&[&str], &[&str], &str); 4] = [
        (
            &[
                "patch",
                "service",
                "istiod",
                "--type=json",
                r#"-p=[{"op":"replace","path":"/spec/ports/0/name","value":"mine"}]"#,
            ],
            &[
                "get",
                "service",
                "istiod",
                "-o",
                "jsonpath={.spec.ports[*].name}",
            ],
            "grpc-xds https-dns https-webhook http-monitoring",
        ),
        (
            &[
                "patch",
                "configmap",
                "istio",
                "--type=merge",
                r#"-p={"data":{"meshNetworks":"mine"}}"#,
            ],
            &[
                "get",
                "configmap",
                "istio",
                "-o",
                "jsonpath={.data.meshNetworks}",
            ],
            "networks: {}",
        ),
        (
            &[
                "label",
                "--overwrite",
                "serviceaccount",
                "istiod",
                "app=mine",
            ],
            &[
                "get",
                "serviceaccount",
                "istiod",
                "-o",
                "jsonpath={.metadata.labels.app}",
            ],
            "istiod",
        ),
        (
            &["delete", "rolebinding", "istiod"],
            &[
                "get",
                "rolebinding",
                "istiod",
                "--ignore-not-found",
                "-o",
                "jsonpath={.roleRef.name}",
            ],
            "istiod",
        ),
    ];
    for (edit, look, wanted) in edits {
        let before = world.mark()?;
        world.kubectl(&[&ns[..], edit].concat())?;
        poll::until("the repair", DEADLINE, || {
            let found = world.kubectl(&[&ns[..], look].concat())?;
            Ok((found.trim() == wanted).then_some(()))
        })?;
        let repair = world.requests(before)?;
        assert_eq!(
            repair.object_writes().len(),
            1,
            "{edit:?}:\n{}",
            repair.summary()
        );
        let own = repair
            .all()
            .iter()
            .filter(|e| e.is_write() && e.group == "mainsheet.dev")
            .count();
        assert_eq!(own, 0, "{edit:?} changed the status:\n{}", repair.summary());
    }
    Ok(())
}
