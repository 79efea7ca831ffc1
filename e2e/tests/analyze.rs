//! `mainsheet analyze` on a real API server: what is there, and files laid over it.

use std::process::Output;

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::World;
use serde_json::Value;

/// A namespace whose pods get a proxy, a pod without one, and a route to a host that is not there.
const LIVE: &str = "\
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}
---
{apiVersion: v1, kind: Service, metadata: {name: reviews, namespace: shop}, spec: {selector: {app: reviews}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: shop}}
---
{apiVersion: v1, kind: Pod, metadata: {name: reviews, namespace: shop, labels: {app: reviews}}, spec: {containers: [{name: app, image: app}]}}
---
{apiVersion: networking.istio.io/v1beta1, kind: VirtualService, metadata: {name: reviews, namespace: shop}, spec: {hosts: [reviews], http: [{route: [{destination: {host: ratings}}]}]}}
";

/// The host that is missing, and a gateway whose secret is.
const FILES: &str = "\
{apiVersion: v1, kind: Service, metadata: {name: ratings, namespace: shop}, spec: {ports: [{name: http, port: 80}]}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: edge, namespace: shop}, spec: {selector: {app: reviews}, servers: [{port: {number: 80, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: SIMPLE, credentialName: cert}}]}}
";

/// An account that may see everything but pods.
const BLIND: &str = "\
{apiVersion: v1, kind: ServiceAccount, metadata: {name: blind, namespace: default}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: blind}, rules: [{apiGroups: ['', apps, networking.istio.io, security.istio.io, telemetry.istio.io, extensions.istio.io, admissionregistration.k8s.io, apiextensions.k8s.io], resources: [namespaces, configmaps, services, deployments, statefulsets, daemonsets, mutatingwebhookconfigurations, customresourcedefinitions, virtualservices, destinationrules, gateways, serviceentries, sidecars, envoyfilters, proxyconfigs, workloadentries, workloadgroups, authorizationpolicies, peerauthentications, requestauthentications, telemetries, wasmplugins, trafficextensions], verbs: [get, list]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: blind}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: blind}, subjects: [{kind: ServiceAccount, name: blind, namespace: default}]}
";

/// Code and object of every message, sorted, and the exit code.
fn told(output: &Output) -> Result<(Vec<String>, i32)> {
    let said = String::from_utf8_lossy(&output.stderr);
    let list: Vec<Value> =
        serde_json::from_slice(&output.stdout).with_context(|| said.to_string())?;
    let mut messages: Vec<String> = list
        .iter()
        .filter_map(|m| Some(format!("{} {}", m["code"].as_str()?, m["origin"].as_str()?)))
        .collect();
    messages.sort();
    Ok((messages, output.status.code().context("killed")?))
}

#[test]
fn what_is_there_is_analysed_and_files_are_laid_over_it() -> Result<()> {
    let world = World::new("analyze")?;
    let crds = concat!(env!("CARGO_MANIFEST_DIR"), "/../crds/generated/istio");
    world.kubectl(&["apply", "--server-side", "-f", crds])?;
    world.kubectl(&[
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        "-f",
        crds,
    ])?;
    world.apply_large(LIVE)?;

    let words = [
        "analyze",
        "-n",
        "shop",
        "-o",
        "json",
        "--output-threshold",
        "warning",
    ];
    let live = told(&world.mainsheet(&words).output()?)?;
    let expected = [
        "IST0101 VirtualService reviews.shop",
        "IST0103 Pod reviews.shop",
    ];
    ensure!(
        live == (expected.map(str::to_owned).to_vec(), 79),
        "{live:?}"
    );

    // The file has the host; that the cluster has no secret for the gateway is seen as well.
    let file = world.cluster().dir().join("analyze.yaml");
    std::fs::write(&file, FILES)?;
    let path = file.to_str().context("no path")?;
    let over = told(&world.mainsheet(&[&words[..], &[path]].concat()).output()?)?;
    let expected = ["IST0101 Gateway edge.shop", "IST0103 Pod reviews.shop"];
    ensure!(
        over == (expected.map(str::to_owned).to_vec(), 79),
        "{over:?}"
    );
    world.kubectl(&[
        "create",
        "secret",
        "generic",
        "cert",
        "-n",
        "shop",
        "--from-literal=a=b",
    ])?;
    let mark = world.mark()?;
    let there = told(&world.mainsheet(&[&words[..], &[path]].concat()).output()?)?;
    ensure!(
        there == (vec!["IST0103 Pod reviews.shop".to_owned()], 0),
        "{there:?}"
    );
    nothing_but_reads(&world, mark)?;

    // What one may not see is not missing.
    world.apply_large(BLIND)?;
    let kubeconfig = world.cluster().dir().join("blind.kubeconfig");
    world
        .cluster()
        .service_account_kubeconfig("default", "blind", &kubeconfig)?;
    let mut command = world.mainsheet(&words);
    let output = command.env("KUBECONFIG", &kubeconfig).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(said.contains("what needs pods is not checked"), "{said}");
    let blind = told(&output)?;
    let expected = vec!["IST0101 VirtualService reviews.shop".to_owned()];
    ensure!(blind == (expected, 79), "{blind:?}");

    let nowhere = world.mainsheet(&["analyze", "-n", "nowhere"]).output()?;
    let said = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    ensure!(
        nowhere.status.code() == Some(2) && said.contains("no such namespace"),
        "{said}"
    );
    Ok(())
}

/// Analysing writes nothing, and asks for no secrets but the gateway's and those of other clusters.
fn nothing_but_reads(world: &World, mark: hack::audit::Mark) -> Result<()> {
    let entries = world.cluster().audit().since(mark)?;
    let own: Vec<_> = entries.iter().filter(|e| e.user == "admin").collect();
    ensure!(
        own.iter()
            .any(|e| e.resource == "secrets" && e.name == "cert"),
        "{own:?}"
    );
    for entry in own {
        let is_secret = entry.resource == "secrets";
        let is_known = entry.name == "cert" || entry.namespace == "istio-system";
        ensure!(!entry.is_write() && (!is_secret || is_known), "{entry:?}");
    }
    Ok(())
}
