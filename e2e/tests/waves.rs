//! Waves that are measured by a real Prometheus: bad answers in the second wave bring everything
//! back, good ones bring all three to the end.

use anyhow::{Context, Result};
use hack::poll;
use mainsheet_e2e::{
    Creator, DEADLINE, Deployment, Gauges, Injector, Prometheus, World, condition, injected_by,
    installation, is_ready, namespace,
};
use serde_json::{Value, json};

const WAVES: [&str; 3] = ["try", "some", "most"];
const PODS: usize = 2;
const METRIC: &str = "shop_errors_ratio";

fn mesh(version: &str, values: &Value, address: &str) -> String {
    let waves = WAVES.map(|name| {
        json!({"name": name, "soak": "2s", "namespaceSelector": {"matchLabels": {"tier": name}}})
    });
    let query = json!({"name": "errors", "query": format!("max({METRIC})"), "max": 0.05});
    installation(
        "mesh",
        &json!({
            "profile": "minimal", "version": version, "values": values,
            "upgrade": {
                "strategy": "Canary", "soak": "1s", "retirementGrace": "1s",
                "dataPlane": {
                    "mode": "Waves", "waves": waves,
                    "analysis": {"interval": "1s", "failures": 2,
                                 "prometheus": {"address": address, "queries": [query]}},
                },
            },
        }),
    )
}

fn set_up_users(world: &World) -> Result<()> {
    for name in WAVES {
        let labels = [("istio-injection", "enabled"), ("tier", name)];
        world.apply(&namespace(name, &labels).to_string())?;
        let web = Deployment {
            namespace: name,
            name: "web",
            replicas: u32::try_from(PODS)?,
            labels: &[],
        };
        world.apply(&web.document().to_string())?;
    }
    Ok(())
}

/// Waits until all pods of these namespaces are injected by a revision.
fn wait_injected(world: &World, namespaces: &[&str], revision: &str) -> Result<()> {
    poll::until(&format!("pods by {revision}"), DEADLINE, || {
        let counts = injected_by(world)?;
        let has = |name: &&str| counts.get(&((*name).to_owned(), revision.to_owned()));
        Ok(namespaces
            .iter()
            .all(|name| has(name) == Some(&PODS))
            .then_some(()))
    })
}

fn candidate(world: &World) -> Result<String> {
    let of = |mi: &Value| {
        let revisions = mi["status"]["revisions"].as_array()?;
        let one = revisions.iter().find(|one| one["state"] == "Candidate")?;
        one["istioRevision"].as_str().map(str::to_owned)
    };
    let seen = world.wait("mesh", "a candidate", |mi| of(mi).is_some())?;
    of(&seen).context("no candidate")
}

fn in_wave<'a>(phase: &'a str, wave: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |mi| {
        let upgrade = &mi["status"]["upgrade"];
        upgrade["phase"] == phase && upgrade["wave"].to_string().contains(&format!("\"{wave}\""))
    }
}

#[test]
fn a_bad_measure_in_wave_two_brings_all_back_and_good_ones_bring_it_to_the_end() -> Result<()> {
    let world = World::new("waves")?;
    let operator = world.start_operator()?;
    let (injector, gauges) = (Injector::start()?, Gauges::serve()?);
    gauges.set(METRIC, 0.01);
    let prometheus = Prometheus::scraping(&world, &gauges, METRIC)?;
    let of = |version: &str, path: &str| mesh(version, &injector.values(path), &prometheus.url());
    injector.marks("old", "default");
    world.apply(&of("1.29.6", "old"))?;
    world.wait_ready("mesh")?;
    set_up_users(&world)?;
    wait_injected(&world, &WAVES, "default")?;

    let creator = Creator::start(world.cluster().kubeconfig(), &WAVES)?;
    let mark = world.mark()?;
    world.apply(&of("1.30.3", "new"))?;
    let new = candidate(&world)?;
    injector.marks("new", &new);
    world.wait("mesh", "the second wave", in_wave("Moving", "some"))?;
    gauges.set(METRIC, 0.5);
    let message = world.wait_stalled("mesh")?;
    assert!(
        message.contains("errors") && message.contains("0.5") && message.contains("some"),
        "{message}"
    );
    wait_injected(&world, &WAVES, "default")?;
    let after = world.installation("mesh")?;
    assert_eq!(after["status"]["revision"], "default");
    assert_eq!(after["status"]["version"], "1.29.6");
    assert_eq!(after["status"]["history"][0]["outcome"], "RolledBack");
    assert_eq!(after["spec"]["version"], "1.30.3", "the spec is the user's");

    // The third wave had not begun: its workload was written by nobody but the user.
    let restarted = |name: &str| -> Result<usize> {
        let requests = world.requests(mark)?;
        let writes = requests.object_writes();
        let of = |e: &&&hack::audit::Entry| e.resource == "deployments" && e.namespace == name;
        Ok(writes.iter().filter(of).count())
    };
    assert_eq!(restarted("most")?, 0);
    assert_eq!(restarted("try")?, 2, "once for the candidate, once back");

    // Tried again with good answers.
    gauges.set(METRIC, 0.01);
    let record = after["status"]["history"][0]["revision"]
        .as_str()
        .context("no record")?;
    let annotation = format!("mainsheet.dev/retry={record}");
    world.kubectl(&["annotate", "mi", "mesh", &annotation])?;
    let done = world.wait("mesh", "promotion", |mi| {
        mi["status"]["revision"] == json!(new) && is_ready(mi)
    })?;
    assert!(condition(&done, "Stalled").is_none(), "{done:#}");
    wait_injected(&world, &WAVES, &new)?;
    assert_eq!(restarted("most")?, 1);

    let report = creator.stop()?;
    assert_eq!(report.bare, Vec::<String>::new(), "pods without a sidecar");
    assert_eq!(report.refused, Vec::<String>::new(), "blocked pods");
    assert!(injector.calls().iter().all(|call| !call.again));
    let requests = world.requests(mark)?;
    let namespaces = requests.object_writes();
    assert!(namespaces.iter().all(|e| e.resource != "namespaces"));
    operator.stop()
}
