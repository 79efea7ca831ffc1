//! The verbs about proxies in a cluster, through the API server. The nodes forward ports of pods to
//! what is real: an Envoy, a Prometheus; and to what stands in for istiod: answers of its debug
//! interface, and an injector over HTTPS, as installations with an injector elsewhere have it.

mod config;
mod dashboard;
mod inject;
mod report;
mod status;

use std::net::SocketAddr;
use std::process::Output;

use anyhow::{Context, Result, ensure};
use hack::poll;
use mainsheet_e2e::{DEADLINE, Envoy, Injector, Prometheus, World};

#[test]
fn proxies_are_injected_and_looked_into() -> Result<()> {
    let world = World::forwarding("proxy")?;
    let operator = world.start_operator()?;
    let injector = Injector::start()?;
    let mesh = world.set_up_injection(&injector)?;
    nothing_is_forwarded(&world)?;
    dashboard::a_page_behind_no_port_is_refused(&world)?;

    inject::workloads_are_injected(&world, &injector)?;
    let envoy = Envoy::start("proxy")?;
    let admin: SocketAddr = envoy.admin().parse()?;
    let web = pod_of(&world, "shop", "app=web")?;
    world.cluster().forward("shop", &web, &[(15000, admin)])?;
    config::a_pod_tells_what_its_proxy_does(&world, &envoy, &web)?;
    status::proxies_of_two_istiods_are_one_list(&world)?;
    status::a_proxy_is_held_against_its_istiod(&world, &envoy, &web)?;
    status::versions_are_counted(&world)?;
    report::logs_are_collected_without_secrets(&world)?;

    let prometheus = Prometheus::start(&world, "global: {}\n")?;
    dashboard::prometheus_is_shown(&world, &prometheus)?;
    dashboard::a_proxy_is_shown(&world, &envoy)?;

    inject::a_stranger_is_not_believed(&world, &injector, mesh)?;
    operator.stop()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a verb writes that must succeed.
fn written(world: &World, words: &[&str]) -> Result<String> {
    let output = world.mainsheet(words).output()?;
    ensure!(output.status.success(), "{words:?}: {}", said(&output));
    Ok(String::from_utf8(output.stdout)?)
}

/// Waits until a verb that reaches into a pod does: nodes hear of forwarded ports a moment later.
fn wait_forwarded(world: &World, words: &[&str]) -> Result<()> {
    poll::until("the port to be forwarded", DEADLINE, || {
        let output = world.mainsheet(words).output()?;
        let said = said(&output);
        ensure!(
            output.status.success() || said.contains("forward"),
            "{words:?}: {said}"
        );
        Ok(output.status.success().then_some(()))
    })
}

/// The only running pod with these labels.
fn pod_of(world: &World, namespace: &str, labels: &str) -> Result<String> {
    poll::until("a running pod", DEADLINE, || {
        let pods = world.json(&["get", "pods", "-n", namespace, "-l", labels])?;
        let items = pods["items"].as_array().context("no list")?;
        let running = items
            .iter()
            .filter(|pod| pod["status"]["phase"] == "Running");
        let mut names = running.filter_map(|pod| pod["metadata"]["name"].as_str());
        Ok(names.next().map(str::to_owned))
    })
}

/// Nodes say that they do not forward a port, and their words are passed on.
fn nothing_is_forwarded(world: &World) -> Result<()> {
    for words in [
        &["proxy-status"][..],
        &["proxy-config", "cluster", "deploy/istiod.istio-system"],
    ] {
        let output = world.mainsheet(words).output()?;
        let said = said(&output);
        ensure!(
            output.status.code() == Some(1),
            "{words:?}: {} {said}",
            output.status
        );
        ensure!(
            said.contains("cannot forward a port to pod istio-system/istiod-")
                && said.contains("no forward found"),
            "{words:?}: {said}"
        );
    }
    Ok(())
}
