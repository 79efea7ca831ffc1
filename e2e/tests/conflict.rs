//! A writer that fights is named, and answered with patience.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};
use hack::poll;
use mainsheet_e2e::{DEADLINE, World};
use serde_json::Value;

const MESH: &str = "{apiVersion: mainsheet.dev/v1alpha1, kind: MeshInstallation, metadata: {name: mesh}, \
                    spec: {profile: minimal, deletionPolicy: Cascade}}";

#[test]
fn a_writer_that_fights_is_named_and_answered_with_patience() -> Result<()> {
    let world = World::new("conflict")?;
    let operator = world.start_operator()?;
    world.apply(MESH)?;
    world.wait_ready("mesh")?;

    assert!(fight(&world.installation("mesh")?).is_none());

    let before = world.mark()?;
    let on = AtomicBool::new(true);
    let (tries, edits) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| -> Result<()> {
        let rival = scope.spawn(|| rival(&world, &on, &tries, &edits));
        let fought = world.wait("mesh", "the fight to be told", |mi| fight(mi).is_some());
        // Three repairs at once, one after a pause, and one more after a longer one.
        let many = poll::until("some edits", DEADLINE, || {
            Ok((edits.load(Ordering::SeqCst) >= 5).then_some(()))
        });
        on.store(false, Ordering::SeqCst);
        let ended = rival.join();
        let fought = fought?;
        many?;
        ended.map_err(|_| anyhow::anyhow!("the rival panicked"))??;
        let said = fight(&fought).context("no message")?;
        assert!(
            said.contains("Service istio-system/istiod: rival keeps changing spec.ports"),
            "{said}"
        );
        Ok(())
    })?;

    // It is over when the other stops, and the object is as wanted.
    world.wait("mesh", "the fight to be over", |mi| fight(mi).is_none())?;
    let port = world.kubectl(&[
        "-n",
        "istio-system",
        "get",
        "service",
        "istiod",
        "-o",
        "jsonpath={.spec.ports[0].name}",
    ])?;
    assert_eq!(port, "grpc-xds");
    let requests = world.requests(before)?;
    let (writes, edits) = (requests.object_writes().len(), edits.load(Ordering::SeqCst));
    assert!(
        writes <= edits,
        "{writes} writes for {edits} edits:\n{}",
        requests.summary()
    );
    // A rival that looks all the time finds its edit still there most of the time.
    let tries = tries.load(Ordering::SeqCst);
    assert!(tries > 3 * edits, "{edits} edits in {tries} tries");
    let events = world.kubectl(&["get", "events", "--field-selector=reason=FieldConflict"])?;
    assert!(events.contains("rival keeps changing"), "{events}");
    operator.stop()
}

/// Renames a port whenever it has been put back.
fn rival(world: &World, on: &AtomicBool, tries: &AtomicUsize, edits: &AtomicUsize) -> Result<()> {
    let patch = r#"-p=[{"op":"replace","path":"/spec/ports/0/name","value":"mine"}]"#;
    let service = ["-n", "istio-system", "patch", "service", "istiod"];
    while on.load(Ordering::SeqCst) {
        let said = world.kubectl(
            &[
                &service[..],
                &["--type=json", "--field-manager=rival", patch],
            ]
            .concat(),
        )?;
        tries.fetch_add(1, Ordering::SeqCst);
        if !said.contains("no change") {
            edits.fetch_add(1, Ordering::SeqCst);
        }
    }
    Ok(())
}

/// The message of FieldConflict, while it is True.
fn fight(installation: &Value) -> Option<String> {
    let all = installation["status"]["conditions"].as_array()?;
    let found = all
        .iter()
        .find(|c| c["type"] == "FieldConflict" && c["status"] == "True")?;
    Some(found["message"].as_str().unwrap_or_default().to_owned())
}
