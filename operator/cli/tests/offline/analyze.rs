//! `mainsheet analyze` on files: what is written, and how it ends.

use std::io::Write;
use std::process::Stdio;

use insta::assert_snapshot;

use super::support::Folder;

/// A shop with a route to nowhere, and a namespace that has not decided.
const SHOP: &str = "\
# The shop.
apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: v1
kind: Service
metadata:
  name: reviews
  namespace: shop
spec:
  ports:
  - name: web
    port: 80
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
  namespace: shop
spec:
  hosts:
  - reviews
  http:
  - route:
    - destination:
        host: reviews
      weight: 90
    - destination:
        host: ratings
      weight: 10
";

const GOOD: &str = "\
apiVersion: v1
kind: Service
metadata: {name: reviews}
spec: {ports: [{name: http, port: 80}]}
";

fn offline(folder: &Folder, arguments: &[&str]) -> String {
    folder.run(&[&["analyze", "--use-kube=false"], arguments].concat())
}

#[test]
fn files_and_folders_are_analysed() {
    let folder = Folder::new("analyze-files");
    std::fs::create_dir_all(folder.path().join("config/deep")).unwrap();
    folder.file("config/deep/shop.yaml", SHOP);
    folder.file("config/notes.txt", "not: [yaml");
    folder.file("good.yaml", GOOD);
    assert_snapshot!("analyze-folder", offline(&folder, &["config", "-R"]));
    assert_snapshot!("analyze-good", offline(&folder, &["good.yaml"]));
    assert_snapshot!(
        "analyze-json",
        offline(
            &folder,
            &["config", "-o", "json", "--output-threshold", "error"]
        )
    );
    assert_snapshot!(
        "analyze-yaml",
        offline(
            &folder,
            &["config", "-o", "yaml", "--output-threshold", "Warning"]
        )
    );
    assert_snapshot!(
        "analyze-json-good",
        offline(&folder, &["good.yaml", "-o", "json"])
    );
}

#[test]
fn without_a_kubeconfig_files_are_analysed_alone() {
    let folder = Folder::new("analyze-no-kubeconfig");
    folder.file("good.yaml", GOOD);
    assert_snapshot!(
        "analyze-no-kubeconfig",
        folder.run(&["analyze", "good.yaml"])
    );
    assert_snapshot!("analyze-no-kubeconfig-no-files", folder.run(&["analyze"]));
    assert_snapshot!(
        "analyze-nothing",
        folder.run(&["analyze", "--use-kube=false"])
    );
}

#[test]
fn thresholds_decide_what_fails_and_what_is_written() {
    let folder = Folder::new("analyze-thresholds");
    folder.file("good.yaml", GOOD.replace("name: http", "name: web"));
    assert_snapshot!("analyze-info", offline(&folder, &["good.yaml"]));
    assert_snapshot!(
        "analyze-info-fails",
        offline(
            &folder,
            &[
                "good.yaml",
                "--failure-threshold",
                "Info",
                "--output-threshold",
                "error"
            ]
        )
    );
}

#[test]
fn messages_are_silenced_by_flags_and_annotations() {
    let folder = Folder::new("analyze-suppress");
    folder.file("shop.yaml", SHOP);
    assert_snapshot!(
        "analyze-suppress",
        offline(
            &folder,
            &[
                "shop.yaml",
                "-S",
                "IST0101=VirtualService *.shop",
                "-S",
                "IST9999=Pod *"
            ]
        )
    );
    let silent = SHOP.replace(
        "  name: reviews\n  namespace: shop\nspec:\n  hosts",
        "  name: reviews\n  namespace: shop\n  annotations:\n    galley.istio.io/analyze-suppress: IST0102, IST0101\nspec:\n  hosts",
    );
    folder.file("silent.yaml", silent);
    assert_snapshot!("analyze-annotation", offline(&folder, &["silent.yaml"]));
    assert_snapshot!(
        "analyze-suppress-bad",
        offline(&folder, &["shop.yaml", "-S", "IST0101"])
    );
    assert_snapshot!(
        "analyze-other-namespace",
        offline(&folder, &["shop.yaml", "-n", "other"])
    );
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_analysed() {
    let folder = Folder::new("analyze-broken");
    folder.file(
        "broken.yaml",
        format!("{GOOD}---\nkind: [Pod\n---\nname: no object\n"),
    );
    assert_snapshot!("analyze-broken", offline(&folder, &["broken.yaml"]));
    assert_snapshot!(
        "analyze-ignore-unknown",
        offline(&folder, &["broken.yaml", "--ignore-unknown"])
    );
    folder.file("both.yaml", format!("{SHOP}---\nkind: [Pod\n"));
    assert_snapshot!("analyze-broken-and-wrong", offline(&folder, &["both.yaml"]));
    assert_snapshot!("analyze-no-file", offline(&folder, &["missing.yaml"]));
    folder.file("raw.yaml", [0xff, 0xfe, 0x00]);
    assert_snapshot!("analyze-no-text", offline(&folder, &["raw.yaml"]));
    assert_snapshot!(
        "analyze-bad-level",
        offline(&folder, &["--failure-threshold", "bad"])
    );
}

#[test]
fn stdin_is_a_file() {
    let folder = Folder::new("analyze-stdin");
    let mut command = folder.command();
    command
        .args(["analyze", "--use-kube=false", "-"])
        .stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(SHOP.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_snapshot!("analyze-stdin", folder.told(&output));
}

#[test]
fn analyzers_are_listed() {
    let folder = Folder::new("analyze-list");
    assert_snapshot!("analyze-list", folder.run(&["analyze", "-L"]));
}

#[test]
fn what_mainsheet_renders_is_without_fault() {
    let folder = Folder::new("analyze-rendered");
    let mesh = ["manifest", "generate", "--set", "profile=demo"];
    let rendered = folder.command().args(mesh).output().unwrap();
    folder.file("mesh.yaml", rendered.stdout);
    assert_snapshot!(
        "analyze-rendered",
        offline(&folder, &["mesh.yaml", "--output-threshold", "warning"])
    );
}
