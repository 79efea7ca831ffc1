//! `convert`: what is said, what is left out, and that the result is the same mesh.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::process::Output;

use insta::assert_snapshot;

use crate::support::Folder;

fn operator(spec: &str) -> String {
    format!(
        "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {{name: sea}}\nspec: {spec}\n"
    )
}

fn mesh(spec: &str) -> String {
    format!(
        "apiVersion: mainsheet.dev/v1alpha1\nkind: MeshInstallation\nmetadata: {{name: sea}}\nspec: {spec}\n"
    )
}

fn stdout(folder: &Folder, arguments: &[&str]) -> Vec<u8> {
    let Output { stdout, .. } = folder.command().args(arguments).output().unwrap();
    stdout
}

/// The objects that a MeshInstallation comes to.
fn rendered(folder: &Folder, mesh: impl AsRef<[u8]>) -> String {
    folder.file("rendered.yaml", mesh);
    let told = folder.run(&["manifest", "generate", "-f", "rendered.yaml"]);
    assert!(told.starts_with("exit code: 0\n"), "{told}");
    told
}

#[test]
fn an_istio_operator_becomes_the_same_mesh() {
    let folder = Folder::new("convert-same");
    let specs = [
        "{}",
        "{profile: demo, hub: docker.io/istio}",
        "{profile: ambient, meshConfig: {accessLogFile: /dev/stdout}}",
        "{revision: canary, components: {pilot: {k8s: {replicaCount: 3}}}, values: {pilot: {autoscaleEnabled: false}}}",
        "{components: {ingressGateways: [{name: a, enabled: true}, {name: b, enabled: true, label: {x: y}}]}}",
        "{values: {global: {proxy: {logLevel: debug}}, revisionTags: [prod]}, namespace: mesh}",
    ];
    for spec in specs {
        folder.file("iop.yaml", operator(spec));
        let converted = folder
            .command()
            .args(["convert", "-f", "iop.yaml"])
            .output()
            .unwrap();
        assert!(converted.status.success(), "{spec}: {converted:?}");
        assert_eq!(
            rendered(&folder, converted.stdout),
            rendered(&folder, mesh(spec)),
            "{spec}"
        );
    }
}

#[test]
fn values_of_charts_become_the_mesh_that_the_charts_install() {
    let folder = Folder::new("convert-charts");
    folder.file("istiod.yaml", "autoscaleMin: 2\nenv: {A: '1'}\nmeshConfig: {accessLogFile: /dev/stdout}\nrevision: blue\n");
    folder.file("cni.yaml", "excludeNamespaces: [kube-system, sea]\n");
    folder.file("ztunnel.yaml", "logLevel: debug\n");
    let files = ["-f", "istiod.yaml", "-f", "cni.yaml", "-f", "ztunnel.yaml"];
    let arguments = [&["convert", "--name", "sea"], &files[..]].concat();
    assert_snapshot!("charts", folder.run(&arguments));
    let same = "{profile: minimal, revision: blue, meshConfig: {accessLogFile: /dev/stdout}, components: {cni: {}, ztunnel: {}}, \
        values: {pilot: {autoscaleMin: 2, env: {A: '1'}, cni: {enabled: false}}, cni: {excludeNamespaces: [kube-system, sea]}, ztunnel: {logLevel: debug}}}";
    let converted = stdout(&folder, &arguments);
    assert_eq!(rendered(&folder, converted), rendered(&folder, mesh(same)));
}

#[test]
fn the_gateway_chart_becomes_an_ingress_gateway() {
    let folder = Folder::new("convert-gateway");
    folder.file("gateway.yaml", "name: gate\nservice: {type: NodePort, annotations: {a: b}}\nenv: {A: 1}\n\
        autoscaling: {enabled: true, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 70}\nminReadySeconds: 5\n");
    assert_snapshot!("gateway", folder.run(&["convert", "-f", "gateway.yaml"]));
}

#[test]
fn what_cannot_be_said_is_left_out_and_told() {
    let folder = Folder::new("convert-lost");
    folder.file("iop.yaml", operator("
  profile: external
  installPackagePath: /tmp/charts
  tag: 1.22.8-distroless
  addonComponents: {istiocoredns: {enabled: true}}
  components: {citadel: {enabled: true}, galley: {enabled: false}, pilot: {k8s: {bogus: 1, replicaCount: 2}}}
  values: {global: {proxy: {accessLogFile: /dev/stdout}, mtls: {auto: true}}, mixer: {policy: {enabled: false}}}"));
    assert_snapshot!("lost", folder.run(&["convert", "-f", "iop.yaml"]));
}

#[test]
fn the_version_is_what_the_tag_says_unless_another_is_asked_for() {
    let folder = Folder::new("convert-version");
    folder.file("bundled.yaml", operator("{tag: 1.29.6}"));
    folder.file("patch.yaml", operator("{tag: 1.29.1}"));
    folder.file("own.yaml", operator("{tag: my-build}"));
    assert_snapshot!(
        "tag-bundled",
        folder.run(&["convert", "-f", "bundled.yaml"])
    );
    assert_snapshot!(
        "tag-not-bundled",
        folder.run(&["convert", "-f", "patch.yaml"])
    );
    assert_snapshot!("tag-own", folder.run(&["convert", "-f", "own.yaml"]));
    assert_snapshot!(
        "tag-asked",
        folder.run(&[
            "convert",
            "-f",
            "patch.yaml",
            "--version",
            "1.30",
            "-o",
            "json"
        ])
    );
}

#[test]
fn operators_of_one_name_are_one_mesh_and_others_are_others() {
    let folder = Folder::new("convert-many");
    let lake = operator("{revision: lake}").replace("name: sea", "name: lake");
    folder.file(
        "a.yaml",
        format!("{}---\n{lake}", operator("{profile: demo}")),
    );
    folder.file("b.yaml", operator("{profile: minimal, hub: h}"));
    assert_snapshot!(
        "many",
        folder.run(&["convert", "-f", "a.yaml", "-f", "b.yaml"])
    );
    assert_snapshot!(
        "many-one-name",
        folder.run(&["convert", "-f", "a.yaml", "--name", "x"])
    );
}

#[test]
fn what_is_no_source_is_refused() {
    let folder = Folder::new("convert-refused");
    folder.file("mesh.yaml", mesh("{}"));
    folder.file("values.yaml", "a: 1\n");
    folder.file("empty.yaml", "# nothing\n");
    for file in ["mesh.yaml", "values.yaml", "empty.yaml", "missing.yaml"] {
        assert_snapshot!(
            format!("refused-{file}"),
            folder.run(&["convert", "-f", file])
        );
    }
    assert_snapshot!("refused-usage", folder.run(&["convert"]));
}
