//! Verbs that need no cluster: good input and bad, stdout, stderr and exit code.

#[path = "offline/analyze.rs"]
mod analyze;
#[path = "offline/convert.rs"]
mod convert;
#[path = "offline/manifests.rs"]
mod manifests;
mod support;

use std::io::Write;
use std::process::Stdio;

use insta::assert_snapshot;
use support::Folder;

const MESH: &str = "\
apiVersion: mainsheet.dev/v1alpha1
kind: MeshInstallation
metadata: {name: sea}
spec: {profile: minimal}
";

fn with_spec(spec: &str) -> String {
    MESH.replace("{profile: minimal}", spec)
}

#[test]
fn help_of_every_verb() {
    let folder = Folder::new("help");
    let verbs: &[&[&str]] = &[
        &[],
        &["profile"],
        &["profile", "list"],
        &["profile", "dump"],
        &["profile", "diff"],
        &["manifest"],
        &["manifest", "generate"],
        &["manifest", "diff"],
        &["manifest", "versions"],
        &["convert"],
        &["precheck"],
        &["analyze"],
        &["diff"],
        &["install"],
        &["status"],
        &["verify-install"],
        &["history"],
        &["upgrade"],
        &["approve"],
        &["rollback"],
        &["retry"],
        &["pause"],
        &["resume"],
        &["tag"],
        &["tag", "list"],
        &["tag", "set"],
        &["tag", "remove"],
        &["tag", "generate"],
        &["uninstall"],
        &["version"],
        &["operator"],
        &["operator", "manifests"],
        &["completion"],
        &["man"],
    ];
    let told: Vec<String> = verbs
        .iter()
        .map(|verb| {
            let arguments = [verb, &["--help"][..]].concat();
            format!(
                "$ mainsheet {}\n{}",
                arguments.join(" "),
                folder.run(&arguments)
            )
        })
        .collect();
    let told = told
        .join("\n")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert_snapshot!("help", told);
}

#[test]
fn wrong_usage_is_answered_with_the_right_one() {
    let folder = Folder::new("usage");
    assert_snapshot!("usage-no-verb", folder.run(&[]));
    assert_snapshot!("usage-unknown-verb", folder.run(&["instal"]));
    assert_snapshot!(
        "usage-unknown-flag",
        folder.run(&["install", "--forse-conflicts"])
    );
    assert_snapshot!(
        "usage-no-span-of-time",
        folder.run(&["install", "--timeout", "soon"])
    );
    assert_snapshot!("usage-unknown-shell", folder.run(&["completion", "tcsh"]));
}

#[test]
fn manual_pages_are_written_for_every_verb() {
    let folder = Folder::new("man");
    assert_snapshot!("man", folder.run(&["man", "--dir", "pages"]));
    let page =
        |name: &str| std::fs::read_to_string(folder.path().join("pages").join(name)).unwrap();
    assert!(page("mainsheet.1").contains("Install, change and watch Istio meshes"));
    assert!(page("mainsheet-tag-set.1").contains("Point a tag at a revision"));
    assert!(page("mainsheet-install.1").contains("force"));
}

#[test]
fn kubectl_completes_its_plugin() {
    let folder = Folder::new("complete");
    assert_snapshot!("complete-script", folder.run(&["completion", "kubectl"]));
    assert_snapshot!("complete-verbs", folder.run(&["__complete", "profile", ""]));
    assert_snapshot!(
        "complete-file",
        folder.run(&["__complete", "install", "-f", ""])
    );
}

#[test]
fn help_is_a_verb_too() {
    let folder = Folder::new("help-verb");
    let flag = folder.run(&["profile", "dump", "--help"]);
    assert_eq!(folder.run(&["help", "profile", "dump"]), flag);
}

#[test]
fn profiles_are_listed() {
    let folder = Folder::new("profile-list");
    assert_snapshot!("profile-list", folder.run(&["profile", "list"]));
    assert_snapshot!(
        "profile-list-name",
        folder.run(&["profile", "list", "-o", "name"])
    );
    assert_snapshot!(
        "profile-list-json",
        folder.run(&["profile", "list", "-o", "json"])
    );
}

#[test]
fn a_profile_is_dumped_whole_or_in_part() {
    let folder = Folder::new("profile-dump");
    let dump = |arguments: &[&str]| folder.run(&[&["profile", "dump"], arguments].concat());
    let part = ["demo", "--config-path", "components"];
    assert_snapshot!("profile-dump-part", dump(&part));
    assert_snapshot!(
        "profile-dump-part-json",
        dump(&[&part[..], &["-o", "json"]].concat())
    );
    assert_snapshot!(
        "profile-dump-part-flags",
        dump(&[&part[..], &["-o", "flags"]].concat())
    );
    assert_snapshot!(
        "profile-dump-nothing-there",
        dump(&["demo", "-p", "values.nothing"])
    );
    assert_snapshot!("profile-dump-unknown", dump(&["dmeo"]));
    assert_snapshot!(
        "profile-dump-unknown-version",
        dump(&["demo", "--version", "1.2.3"])
    );
    let whole = dump(&["minimal", "--version", "1.30"]);
    assert!(whole.starts_with("exit code: 0\n----- stdout -----\napiVersion: mainsheet.dev/v1alpha1\nkind: MeshInstallation\n"), "{whole}");
}

#[test]
fn a_dumped_profile_is_a_mesh_that_can_be_rendered() {
    let folder = Folder::new("profile-dump-render");
    let dumped = folder
        .command()
        .args(["profile", "dump", "empty"])
        .output()
        .unwrap();
    folder.file("mesh.yaml", dumped.stdout);
    let told = folder.run(&["manifest", "generate", "-f", "mesh.yaml"]);
    assert!(told.starts_with("exit code: 0\n"), "{told}");
}

#[test]
fn profiles_are_compared() {
    let folder = Folder::new("profile-diff");
    assert_snapshot!(
        "profile-diff",
        folder.run(&["profile", "diff", "default", "minimal"])
    );
    assert_snapshot!(
        "profile-diff-same",
        folder.run(&["profile", "diff", "demo", "demo"])
    );
    assert_snapshot!(
        "profile-diff-unknown-version",
        folder.run(&["profile", "diff", "demo", "demo", "--version", "2.0"])
    );
}

#[test]
fn bad_files_are_refused() {
    let folder = Folder::new("bad-files");
    folder.file("empty.yaml", "# nothing\n");
    folder.file("two.yaml", format!("{MESH}---\n{MESH}"));
    folder.file("no.yaml", "spec: {a: [1\n");
    folder.file("doubled.yaml", format!("{MESH}kind: MeshInstallation\n"));
    folder.file("binary.yaml", [0xff, 0xfe, 0x00]);
    folder.file(
        "other.yaml",
        "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {}\n",
    );
    folder.file("list.yaml", "- a\n");
    let files = [
        "missing", "empty", "two", "no", "doubled", "binary", "other", "list",
    ];
    let told: Vec<String> = files
        .iter()
        .map(|file| {
            let file = format!("{file}.yaml");
            format!(
                "{file}\n{}",
                folder.run(&["manifest", "generate", "-f", &file])
            )
        })
        .collect();
    assert_snapshot!("bad-files", told.join("\n"));
}

#[test]
fn files_are_merged_in_order_and_one_may_come_from_stdin() {
    let folder = Folder::new("merged");
    folder.file("mesh.yaml", MESH);
    folder.file(
        "over.yaml",
        with_spec("{profile: empty, namespace: harbour}"),
    );
    let mut command = folder.command();
    command.args([
        "manifest",
        "generate",
        "-o",
        "json",
        "-f",
        "mesh.yaml",
        "-f",
        "over.yaml",
        "-f",
        "-",
    ]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stdin = with_spec("{components: {pilot: {enabled: true}}}");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(stdin.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let deployments: Vec<&serde_json::Value> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|o| o["kind"] == "Deployment")
        .collect();
    assert_eq!(deployments.len(), 1);
    assert_eq!(deployments[0]["metadata"]["namespace"], "harbour");
    assert_eq!(
        deployments[0]["metadata"]["labels"]["mainsheet.dev/installation"],
        "sea"
    );
}

#[test]
fn yaml_and_json_hold_the_same_objects() {
    let folder = Folder::new("forms");
    let of = |form: &str| {
        let arguments = ["manifest", "generate", "--profile", "demo", "-o", form];
        String::from_utf8(folder.command().args(arguments).output().unwrap().stdout).unwrap()
    };
    let yaml: Vec<serde_json::Value> = serde_saphyr::from_multiple(&of("yaml")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&of("json")).unwrap();
    assert!(yaml.len() > 20);
    assert_eq!(&yaml, json["items"].as_array().unwrap());
}

#[test]
fn bad_specs_are_refused_with_the_path_and_what_is_allowed() {
    let folder = Folder::new("bad-specs");
    let specs = [
        "{profil: demo}",
        "{profile: dmeo}",
        "{version: 1.29.0}",
        "{version: 1.30}",
        "{suspend: 3, components: {ingressGateways: {name: a}}}",
        "{values: {global: {proxy: {logLevle: debug}}}}",
        "{values: {global: {proxy: {privileged: 7}}}}",
        "{addons: {jaeger: {}, zipkin: {}}, upgrade: {strategy: InPlace}}",
        "{namespace: \"a\\n{{ b }}\"}",
        "{hub: 'a\" b'}",
        "[]",
    ];
    let told: Vec<String> = specs
        .iter()
        .map(|spec| {
            folder.file("mesh.yaml", with_spec(spec));
            format!(
                "{spec}\n{}",
                folder.run(&["manifest", "generate", "-f", "mesh.yaml"])
            )
        })
        .collect();
    assert_snapshot!("bad-specs", told.join("\n"));
}

#[test]
fn a_spec_of_a_mebibyte_is_refused() {
    let folder = Folder::new("huge");
    let labels: Vec<String> = (0..40_000).map(|at| format!("l{at}: {at:0>24}")).collect();
    let labels = labels.join(",");
    folder.file(
        "mesh.yaml",
        with_spec(&format!(
            "{{values: {{pilot: {{podLabels: {{{labels}}}}}}}}}"
        )),
    );
    assert_snapshot!(
        "huge",
        folder.run(&["manifest", "generate", "-f", "mesh.yaml"])
    );
}

#[test]
fn bad_assignments_are_refused() {
    let folder = Folder::new("bad-set");
    let sets = [
        "profile",
        "a..b=1",
        "profil=demo",
        "tag={",
        "components.ingressGateways[3].name=x",
        "values.global.nothing=1",
    ];
    let told: Vec<String> = sets
        .iter()
        .map(|set| {
            format!(
                "{set}\n{}",
                folder.run(&["manifest", "generate", "--set", set])
            )
        })
        .collect();
    assert_snapshot!("bad-set", told.join("\n"));
}

#[test]
fn the_client_knows_its_versions() {
    let folder = Folder::new("version");
    let told = |arguments: &[&str]| {
        folder
            .run(&[&["version"], arguments].concat())
            .replace(env!("CARGO_PKG_VERSION"), "VERSION")
    };
    assert_snapshot!("version-client", told(&["--client"]));
    assert_snapshot!("version-client-json", told(&["--client", "-o", "json"]));
    assert_snapshot!("version-without-cluster", told(&[]));
}

#[test]
fn every_shell_gets_a_script() {
    let folder = Folder::new("completion");
    for (shell, word) in [
        ("bash", "complete -F _mainsheet"),
        ("zsh", "#compdef mainsheet"),
        ("fish", "complete -c mainsheet"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let told = folder.run(&["completion", shell]);
        assert!(
            told.starts_with("exit code: 0\n") && told.contains(word),
            "{shell}: {told}"
        );
        assert!(told.contains("uninstall"), "{shell}");
    }
}

#[test]
fn the_operators_manifests_say_what_was_asked_for() {
    let folder = Folder::new("operator-manifests");
    let arguments = [
        "operator",
        "manifests",
        "--image",
        "sea/op:7",
        "-n",
        "harbour",
        "--replicas",
        "3",
        "-o",
        "json",
    ];
    let output = folder.command().args(arguments).output().unwrap();
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let objects = list["items"].as_array().unwrap();
    let kinds: Vec<&str> = objects
        .iter()
        .map(|object| object["kind"].as_str().unwrap())
        .collect();
    assert_snapshot!("operator-manifests-kinds", kinds.join("\n"));
    let deployment = objects
        .iter()
        .find(|object| object["kind"] == "Deployment")
        .unwrap();
    assert_eq!(deployment["metadata"]["namespace"], "harbour");
    assert_eq!(deployment["spec"]["replicas"], 3);
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["image"],
        "sea/op:7"
    );
    let yaml = folder.command().args(&arguments[..8]).output().unwrap();
    let yaml = String::from_utf8(yaml.stdout).unwrap();
    let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(&yaml).unwrap();
    assert_eq!(&documents, objects);
}

#[test]
fn a_kubeconfig_that_cannot_be_used_is_named() {
    let folder = Folder::new("kubeconfig");
    folder.file("kubeconfig", support::api::kubeconfig(1));
    folder.file("broken", "clusters: [");
    folder.file(
        "nowhere",
        support::api::kubeconfig(1).replace("\"current-context\":\"sea\",", ""),
    );
    let with = |kubeconfig: &str, more: &[&str]| {
        folder.run(&[&["status", "--kubeconfig", kubeconfig], more].concat())
    };
    assert_snapshot!("kubeconfig-missing", with("missing", &[]));
    assert_snapshot!("kubeconfig-broken", with("broken", &[]));
    assert_snapshot!("kubeconfig-no-context", with("nowhere", &[]));
    assert_snapshot!(
        "kubeconfig-unknown-context",
        with("kubeconfig", &["--context", "see"])
    );
    assert_snapshot!("kubeconfig-unreachable", with("kubeconfig", &[]));
    assert_snapshot!("kubeconfig-none", folder.run(&["status"]));
}

#[cfg(unix)]
#[test]
fn as_a_plugin_of_kubectl_it_speaks_of_kubectl() {
    let folder = Folder::new("plugin");
    let plugin = folder.path().join("kubectl-mainsheet");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mainsheet"), &plugin).unwrap();
    let output = std::process::Command::new(&plugin)
        .arg("install")
        .arg("--nothing")
        .output()
        .unwrap();
    assert_snapshot!("plugin", folder.told(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_leaves_is_no_error_and_a_full_disk_is() {
    let folder = Folder::new("pipes");
    let mut left = folder.command();
    left.args(["operator", "manifests"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = left.spawn().unwrap();
    drop(child.stdout.take());
    assert_snapshot!(
        "pipe-closed",
        folder.told(&child.wait_with_output().unwrap())
    );
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = folder
        .command()
        .args(["profile", "list"])
        .stdout(full)
        .output()
        .unwrap();
    assert_snapshot!("disk-full", folder.told(&output));
}

#[test]
fn colour_is_as_wanted() {
    let folder = Folder::new("colour");
    let colored = |arguments: &[&str], variable: &str| {
        let output = folder
            .command()
            .args(arguments)
            .env(variable, "1")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\x1b')
    };
    assert!(!colored(&["profile", "list"], "NOTHING"));
    assert!(colored(
        &["profile", "list", "--color", "always"],
        "NO_COLOR"
    ));
    assert!(colored(&["profile", "list"], "CLICOLOR_FORCE"));
    assert!(!colored(
        &["profile", "list", "--color", "never"],
        "CLICOLOR_FORCE"
    ));
}
