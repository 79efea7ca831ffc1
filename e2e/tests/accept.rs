//! What the API server takes and refuses: Istio's CRDs with documents of every kind, and every
//! object that is rendered, by a dry run with strict validation.

use std::path::PathBuf;
use std::process::Output;

use anyhow::{Context, Result};
use mainsheet_e2e::{World, fed};
use serde_json::Value;

const VERSIONS: [&str; 4] = ["1.28.10", "1.29.6", "1.30.3", "1.31.0"];
const PROFILES: [&str; 10] = [
    "default",
    "demo",
    "minimal",
    "remote",
    "empty",
    "preview",
    "stable",
    "ambient",
    "openshift",
    "openshift-ambient",
];

/// Asks the API server what it would do with documents.
fn dry_run(world: &World, verb: &[&str], documents: &str) -> Result<Output> {
    let mut kubectl = world.cluster().kubectl();
    kubectl
        .args(verb)
        .args(["--dry-run=server", "--validate=strict", "-f", "-"]);
    fed(&mut kubectl, documents)
}

/// Documents of a folder beside the CRD types, by file.
fn documents(folder: &str) -> Result<Vec<(String, String)>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../crds/tests/istio")
        .join(folder);
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&path)? {
        let path = entry?.path();
        all.push((path.display().to_string(), std::fs::read_to_string(&path)?));
    }
    all.sort();
    Ok(all)
}

#[test]
fn the_api_server_takes_what_it_should_and_refuses_what_it_should() -> Result<()> {
    let world = World::new("accept")?;
    istio_kinds(&world)?;
    every_rendered_object(&world)
}

fn istio_kinds(world: &World) -> Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crds/generated/istio");
    world.kubectl(&["apply", "--server-side", "-f", folder])?;
    world.kubectl(&[
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        "-f",
        folder,
    ])?;
    let (mut accepted, mut refused) = (0, 0);
    for (path, text) in documents("accept")? {
        let output = dry_run(world, &["create"], &text)?;
        assert!(
            output.status.success(),
            "{path}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        accepted += String::from_utf8_lossy(&output.stdout).lines().count();
    }
    for (path, text) in documents("refuse")? {
        let output = dry_run(world, &["create"], &text)?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.stdout.is_empty(),
            "{path}: taken: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        for line in text
            .lines()
            .filter_map(|line| line.strip_prefix("# expect: "))
        {
            refused += 1;
            assert!(
                said.contains(line.trim()),
                "{path}: {line} is not in {said}"
            );
        }
    }
    assert!(
        accepted > 15 && refused > 100,
        "{accepted} accepted, {refused} refused"
    );
    Ok(())
}

fn every_rendered_object(world: &World) -> Result<()> {
    world.kubectl(&["create", "namespace", "istio-system"])?;
    // The kind of another project's CRD that OpenShift's CNI settings use.
    let multus = serde_json::json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "network-attachment-definitions.k8s.cni.cncf.io"},
        "spec": {
            "group": "k8s.cni.cncf.io", "scope": "Namespaced",
            "names": {"plural": "network-attachment-definitions", "kind": "NetworkAttachmentDefinition"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
                {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}],
        },
    });
    world.apply(&multus.to_string())?;
    world.kubectl(&[
        "wait",
        "--for=condition=Established",
        "crd/network-attachment-definitions.k8s.cni.cncf.io",
    ])?;
    for version in VERSIONS {
        for profile in PROFILES {
            taken(
                world,
                &[format!("version={version}"), format!("profile={profile}")],
            )?;
        }
        // Every addon; of those that take traces there can be one.
        for traces in ["jaeger", "zipkin"] {
            let addons = ["prometheus", "grafana", "kiali", "loki", traces];
            let mut settings = addons.map(|addon| format!("addons.{addon}={{}}")).to_vec();
            settings.push(format!("version={version}"));
            taken(world, &settings)?;
        }
    }
    Ok(())
}

/// What is rendered for the settings is taken by a strict dry run.
fn taken(world: &World, settings: &[String]) -> Result<()> {
    let sets = settings.iter().flat_map(|one| ["--set", one.as_str()]);
    let words: Vec<&str> = ["manifest", "generate", "-o", "json"]
        .into_iter()
        .chain(sets)
        .collect();
    let rendered = world.mainsheet(&words).output()?;
    assert!(
        rendered.status.success(),
        "{settings:?}: {}",
        String::from_utf8_lossy(&rendered.stderr)
    );
    let mut list: Value = serde_json::from_slice(&rendered.stdout)?;
    let items = list["items"].as_array_mut().context("no list")?;
    // The CRDs are the same for all, and taken above.
    items.retain(|item| item["kind"] != "CustomResourceDefinition");
    if items.is_empty() {
        return Ok(());
    }
    let output = dry_run(world, &["apply", "--server-side"], &list.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{settings:?}: {said}");
    Ok(())
}
