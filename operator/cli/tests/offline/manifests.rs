//! `manifest diff`, `manifest versions`, and profiles held against files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::io::Write;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::Folder;

const ONE: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: sea}
data: {mesh: \"a: 1\\nb: [x]\\n\", plain: text}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: sea}
spec: {replicas: 1, template: {spec: {containers: [{name: discovery, image: a, resources: {requests: {cpu: 500m}}}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: istiod, namespace: sea}
";

const OTHER: &str = "\
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: istiod, namespace: sea}
  spec: {template: {spec: {containers: [{name: side, image: c}, {name: discovery, image: b, resources: {requests: {cpu: '0.5'}}}]}}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: istio, namespace: sea, labels: {}}
  data: {plain: text, mesh: '{\"b\": [\"y\"], \"a\": 1}'}
- apiVersion: v1
  kind: ServiceAccount
  metadata: {name: istiod, namespace: sea}
";

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.file("one.yaml", ONE);
    folder.file("other.yaml", OTHER);
    folder
}

#[test]
fn manifests_are_compared_by_what_they_say() {
    let folder = folder("manifest-diff");
    let diff = |arguments: &[&str]| folder.run(&[&["manifest", "diff"], arguments].concat());
    assert_snapshot!("diff", diff(&["one.yaml", "other.yaml"]));
    assert_snapshot!("diff-json", diff(&["one.yaml", "other.yaml", "-o", "json"]));
    assert_snapshot!("diff-same", diff(&["one.yaml", "one.yaml"]));
    assert_snapshot!(
        "diff-select",
        diff(&[
            "one.yaml",
            "other.yaml",
            "--select",
            "Deployment:*:*,Service*"
        ])
    );
    assert_snapshot!(
        "diff-ignore",
        diff(&["one.yaml", "other.yaml", "--ignore", "*:sea:istiod"])
    );
}

#[test]
fn a_folder_and_stdin_are_manifests_too() {
    let folder = folder("manifest-diff-folder");
    std::fs::create_dir(folder.path().join("parts")).unwrap();
    for (at, part) in ONE.split("---\n").enumerate() {
        std::fs::write(folder.path().join(format!("parts/{at}.yaml")), part).unwrap();
    }
    let mut child = folder
        .command()
        .args(["manifest", "diff", "parts", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(ONE.as_bytes())
        .unwrap();
    assert_snapshot!(
        "diff-folder",
        folder.told(&child.wait_with_output().unwrap())
    );
}

#[test]
fn what_is_no_manifest_is_an_error_and_no_difference() {
    let folder = folder("manifest-diff-bad");
    folder.file("bad.yaml", "a: 1\n");
    let diff = |arguments: &[&str]| folder.run(&[&["manifest", "diff"], arguments].concat());
    assert_snapshot!("diff-bad", diff(&["one.yaml", "bad.yaml"]));
    assert_snapshot!("diff-missing", diff(&["one.yaml", "nothing.yaml"]));
    assert_snapshot!("diff-stdin-twice", diff(&["-", "-"]));
    assert_snapshot!(
        "diff-pattern",
        diff(&["one.yaml", "other.yaml", "--select", "a:b:c:d"])
    );
}

#[test]
fn two_versions_of_a_mesh_differ_and_one_does_not() {
    let folder = Folder::new("manifest-diff-real");
    for (name, version) in [("a", "1.29.6"), ("b", "1.30.3"), ("c", "1.30.3")] {
        let set = format!("version={version}");
        let output = folder
            .command()
            .args(["manifest", "generate", "--set", &set])
            .output()
            .unwrap();
        std::fs::write(folder.path().join(name), output.stdout).unwrap();
    }
    let same = folder.run(&["manifest", "diff", "b", "c"]);
    assert!(same.starts_with("exit code: 0\n"), "{same}");
    let other = folder.run(&[
        "manifest",
        "diff",
        "a",
        "b",
        "--select",
        "Deployment:*:istiod",
    ]);
    assert!(other.starts_with("exit code: 1\n"), "{other}");
    assert!(
        other.contains("spec.template.spec.containers[name:discovery].image"),
        "{other}"
    );
}

#[test]
fn the_bundled_versions_are_listed() {
    let folder = Folder::new("manifest-versions");
    for form in ["table", "wide", "json", "name"] {
        assert_snapshot!(
            format!("versions-{form}"),
            folder.run(&["manifest", "versions", "-o", form])
        );
    }
}

#[test]
fn a_profile_is_held_against_a_file() {
    let folder = Folder::new("profile-file");
    folder.file(
        "mesh.yaml",
        "apiVersion: mainsheet.dev/v1alpha1\nkind: MeshInstallation\nmetadata: {name: sea}\n\
         spec: {profile: demo, values: {global: {proxy: {logLevel: debug}}}, components: {pilot: {k8s: {replicaCount: 2}}}}\n",
    );
    assert_snapshot!(
        "profile-diff-file",
        folder.run(&["profile", "diff", "demo", "mesh.yaml"])
    );
    assert_snapshot!(
        "profile-dump-file",
        folder.run(&[
            "profile",
            "dump",
            "mesh.yaml",
            "-p",
            "values.global.proxy.logLevel"
        ])
    );
    assert_snapshot!(
        "profile-diff-nothing",
        folder.run(&["profile", "diff", "demo", "dmeo"])
    );
}
