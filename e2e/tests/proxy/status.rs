//! `proxy-status`: what istiods have sent to proxies, and what the proxies have; `version`: which
//! proxies there are.

use anyhow::{Context, Result, ensure};
use mainsheet_e2e::{Envoy, Pages, World};
use serde_json::{Value, json};

use super::{pod_of, said, wait_forwarded, written};

/// istiod's debug interface.
const DEBUG: u16 = 15014;

/// A proxy as istiod writes it, for whom clusters are new.
fn proxy(name: &str, version: &str, sent: &str) -> Value {
    let url = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    json!({
        "cluster_id": "Kubernetes", "proxy": name, "istio_version": version,
        "resources": {url: {"sent": sent, "acked": "n1"}},
    })
}

/// Leaves both istiods in the cluster.
pub(super) fn proxies_of_two_istiods_are_one_list(world: &World) -> Result<()> {
    let (stable, canary) = (Pages::serve()?, Pages::serve()?);
    stable.set(
        "/debug/syncz",
        &json!([proxy("gate-0.edge", "1.29.6", "n1")]),
    );
    canary.set(
        "/debug/syncz",
        &json!([proxy("books-0.shop", "1.30.3", "n2")]),
    );
    let one = pod_of(world, "istio-system", "app=istiod")?;
    let labels = "--labels=app=istiod,istio.io/rev=canary";
    world.kubectl(&["create", "namespace", "canary"])?;
    world.kubectl(&["run", "istiod-2", "-n", "canary", "--image=istiod", labels])?;
    let other = pod_of(world, "canary", "app=istiod")?;
    let cluster = world.cluster();
    cluster.forward("istio-system", &one, &[(DEBUG, stable.address())])?;
    cluster.forward("canary", &other, &[(DEBUG, canary.address())])?;
    wait_forwarded(world, &["proxy-status"])?;

    let table = written(world, &["proxy-status"])?;
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let is = |row: &[&str], wanted: &[&str]| row.starts_with(wanted);
    ensure!(
        rows.len() == 3
            && is(
                &rows[1],
                &["books-0.shop", "Kubernetes", "istiod-2", "1.30.3"]
            )
            && is(&rows[2], &["gate-0.edge", "Kubernetes", &one, "1.29.6"])
            && table.contains("stale: CDS"),
        "{table}"
    );
    let all: Value = serde_json::from_str(&written(world, &["ps", "-o", "json"])?)?;
    ensure!(
        all[0]["types"]["CDS"]["status"] == "STALE" && all[1]["istiod"] == json!(one),
        "{all:#}"
    );
    let of_one = written(world, &["ps", "--revision", "canary", "-o", "name"])?;
    ensure!(of_one == "books-0.shop\n", "{of_one}");
    let matching = written(world, &["ps", "--proxy", "gate", "-o", "name"])?;
    ensure!(matching == "gate-0.edge\n", "{matching}");
    half_of_them_is_silent(world, &canary)
}

/// Those that answer are listed, the other is named.
fn half_of_them_is_silent(world: &World, canary: &Pages) -> Result<()> {
    canary.set("/debug/syncz", &"not JSON");
    let output = world.mainsheet(&["proxy-status", "-o", "name"]).output()?;
    let said = said(&output);
    ensure!(
        output.status.code() == Some(1) && output.stdout == b"gate-0.edge\n",
        "{said}"
    );
    ensure!(said.contains("pod canary/istiod-2 port 15014"), "{said}");
    canary.set("/debug/syncz", &json!([]));
    Ok(())
}

/// The istiod that knows the proxy is the second one that is asked.
pub(super) fn a_proxy_is_held_against_its_istiod(
    world: &World,
    envoy: &Envoy,
    web: &str,
) -> Result<()> {
    let words = ["pc", "all", "--admin-address", envoy.admin(), "-o", "json"];
    let dump = written(world, &words)?;
    let mut sent: Value = serde_json::from_str(&dump)?;
    // As the proxy's own configuration calls it, whatever its pod is called here.
    let path = "/debug/config_dump?proxyID=web-7d4b9.shop";
    let istiod = Pages::serve()?;
    istiod.set(path, &sent);
    let pod = pod_of(world, "istio-system", "app=istiod")?;
    let ports = [(DEBUG, istiod.address())];
    world.cluster().forward("istio-system", &pod, &ports)?;
    let words = ["proxy-status", "deploy/web", "-n", "shop"];
    wait_forwarded(world, &words)?;
    let same = written(world, &["ps", &format!("{web}.shop")])?;
    ensure!(
        same == "clusters match\nlisteners match\nroutes match\n",
        "{same}"
    );

    let clusters = sent["configs"]
        .as_array_mut()
        .and_then(|all| {
            all.iter_mut()
                .find(|one| !one["dynamic_active_clusters"].is_null())
        })
        .and_then(|dump| dump["dynamic_active_clusters"].as_array_mut());
    let clusters = clusters.context("no clusters")?;
    let name = clusters[0]["cluster"]["name"].clone();
    clusters[0]["cluster"]["connect_timeout"] = json!("77s");
    istiod.set(path, &sent);
    let output = world.mainsheet(&words).output()?;
    let told = String::from_utf8(output.stdout.clone())?;
    let line = format!(
        "  ~ {}: connect_timeout\n",
        name.as_str().unwrap_or_default()
    );
    ensure!(
        output.status.code() == Some(1) && told.contains(&line),
        "{told} {}",
        said(&output)
    );
    Ok(())
}

/// The injected pod of the shop, and one that another revision has injected.
pub(super) fn versions_are_counted(world: &World) -> Result<()> {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "old", "annotations": {"istio.io/rev": "old"}},
        "spec": {"containers": [{"name": "istio-proxy", "image": "stand-in/proxyv2:1.29.6"}]},
    });
    world.apply(&pod.to_string())?;
    let versions = written(world, &["version"])?;
    for line in [
        "data plane:  1 proxy of Istio 1.29.6, revision old\n",
        "data plane:  1 proxy of Istio 1.30.3, revision default\n",
    ] {
        ensure!(versions.contains(line), "{versions}");
    }
    Ok(())
}
