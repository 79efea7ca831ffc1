//! The main job: `kubectl apply` to Ready, and what a user sees on the way and after it.

use anyhow::Result;
use mainsheet_e2e::{World, conditions, identities};

const MESH: &str = include_str!("../../examples/meshinstallation.yaml");
const KINDS: &str = "serviceaccounts,roles,rolebindings,configmaps,services,deployments,daemonsets,\
    horizontalpodautoscalers,poddisruptionbudgets,telemetries,clusterroles,clusterrolebindings,\
    mutatingwebhookconfigurations,validatingwebhookconfigurations,customresourcedefinitions,namespaces";

fn mesh(lines: &str) -> String {
    format!(
        "{{apiVersion: mainsheet.dev/v1alpha1, kind: MeshInstallation, metadata: {{name: mesh}}, spec: {{{lines}}}}}"
    )
}

/// What carries Mainsheet's label, by kind, namespace and name.
fn owned(world: &World) -> Result<Vec<String>> {
    let list = world.json(&[
        "get",
        KINDS,
        "-A",
        "-l",
        "app.kubernetes.io/managed-by=mainsheet",
    ])?;
    Ok(identities(&list))
}

#[test]
fn from_kubectl_apply_to_ready_and_through_every_change() -> Result<()> {
    let world = World::new("install")?;
    let operator = world.start_operator()?;

    // A plain kubectl apply, as in every tutorial.
    world.apply(MESH)?;
    world.wait_ready("mesh")?;
    let ready = world.wait("mesh", "the pods to be counted", |mi| {
        conditions(mi).contains(&"DataPlaneCurrent=True".to_owned())
    })?;
    assert_eq!(
        conditions(&ready),
        [
            "CRDsReady=True",
            "ControlPlaneReady=True",
            "DataPlaneCurrent=True",
            "Ready=True"
        ]
    );
    assert_eq!(ready["status"]["version"], "1.30.3");
    assert_eq!(ready["status"]["revision"], "default");
    assert_eq!(ready["status"]["components"][0]["name"], "istiod");
    assert_eq!(ready["status"]["revisions"][0]["state"], "Active");
    let columns = world.kubectl(&["get", "mi,mrev"])?;
    for word in [
        "1.30.3",
        "minimal",
        "True",
        "everything is applied and ready",
        "Active",
    ] {
        assert!(columns.contains(word), "{word} is not in\n{columns}");
    }

    // What is there is what the command line renders, and nothing else.
    let rendered = world
        .mainsheet(&[
            "manifest",
            "generate",
            "-f",
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../examples/meshinstallation.yaml"
            ),
            "-o",
            "json",
        ])
        .output()?;
    let rendered = identities(&serde_json::from_slice(&rendered.stdout)?);
    let minimal = owned(&world)?;
    assert_eq!(minimal, rendered);

    // Health, metrics and Events.
    assert_eq!(operator.get("/livez")?.0, 200);
    assert_eq!(operator.get("/readyz")?.0, 200);
    let metrics = operator.get("/metrics")?.1;
    assert!(
        metrics.contains("mainsheet_ready{installation=\"mesh\"} 1"),
        "{metrics}"
    );
    let events = world.kubectl(&["get", "events", "--field-selector=involvedObject.name=mesh"])?;
    assert!(events.contains("Ready"), "{events}");

    // A larger profile adds, the smaller one again takes away.
    world.apply(&mesh("profile: demo, deletionPolicy: Cascade"))?;
    let demo = world.wait_ready("mesh")?;
    assert_eq!(
        demo["status"]["components"].as_array().map(Vec::len),
        Some(7)
    );
    let objects = owned(&world)?;
    assert!(objects.contains(&"Deployment istio-system/istio-egressgateway".to_owned()));
    assert!(
        !objects
            .iter()
            .any(|o| o.starts_with("HorizontalPodAutoscaler")),
        "demo has no autoscalers"
    );
    world.apply(&mesh("profile: minimal, deletionPolicy: Cascade"))?;
    world.wait_ready("mesh")?;
    assert_eq!(owned(&world)?, minimal);

    // Suspended, nothing is written, and the status says what waits.
    world.apply(&mesh(
        "profile: default, suspend: true, deletionPolicy: Cascade",
    ))?;
    let suspended = world.wait("mesh", "suspension", |mi| {
        mi["status"]["observedGeneration"] == mi["metadata"]["generation"]
    })?;
    assert!(
        mainsheet_e2e::ready_message(&suspended).starts_with("suspended: "),
        "{:#}",
        suspended["status"]
    );
    assert_eq!(owned(&world)?, minimal);

    // Deleted by Cascade: all goes but CRDs and the namespace.
    world.delete("mesh")?;
    let left = owned(&world)?;
    assert!(
        left.iter()
            .all(|o| o.starts_with("CustomResourceDefinition") || o.starts_with("Namespace")),
        "{left:?}"
    );
    assert!(left.contains(&"Namespace /istio-system".to_owned()));
    assert_eq!(world.kubectl(&["get", "mrev", "-o", "name"])?, "");

    // Deleted by Orphan: all stays.
    world.apply(&mesh("profile: minimal, deletionPolicy: Orphan"))?;
    world.wait_ready("mesh")?;
    world.delete("mesh")?;
    assert_eq!(owned(&world)?, minimal);
    operator.stop()
}
