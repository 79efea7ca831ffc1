//! What rendering costs, without process and output: every profile of every version, and the default
//! profile with 1, 10 and 100 gateways. `cargo run --release -p mainsheet-manifests --example cost`
//! prints a table; `cargo xtask bench` runs it too.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use mainsheet_crds::installation::Profile;
use mainsheet_manifests::{Body, render, to_yaml};
use mainsheet_profiles::catalogue::RELEASES;
use mainsheet_profiles::{Context, parse_spec, resolve};
use serde_json::{Value, json};

/// How often each mesh is rendered.
const RUNS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    // The first mesh of a process finds no template compiled.
    let (objects, first) = one(&json!({ "profile": "demo" }))?;
    writeln!(out, "| mesh | objects | median, ms | least, ms |")?;
    writeln!(out, "|---|--:|--:|--:|")?;
    let first = milliseconds(first);
    writeln!(
        out,
        "| demo, first of the process | {objects} | {first:.2} | |"
    )?;
    for release in &RELEASES {
        for profile in Profile::ALL {
            let spec = json!({ "version": release.to_string(), "profile": profile });
            row(&mut out, &format!("{release} {profile}"), &spec)?;
        }
    }
    for count in [1, 10, 100] {
        let gateways: Vec<Value> = (0..count)
            .map(
                |at| json!({ "name": format!("way-{at}"), "namespace": format!("ns-{}", at % 10) }),
            )
            .collect();
        let spec = json!({ "components": { "ingressGateways": gateways } });
        row(&mut out, &format!("default, {count} gateways"), &spec)?;
    }
    Ok(())
}

fn row(out: &mut impl Write, name: &str, spec: &Value) -> Result<(), Box<dyn Error>> {
    let mut runs = (0..RUNS)
        .map(|_| one(spec))
        .collect::<Result<Vec<_>, _>>()?;
    runs.sort_by_key(|(_, took)| *took);
    let (objects, median) = runs[RUNS / 2];
    let (median, least) = (milliseconds(median), milliseconds(runs[0].1));
    writeln!(out, "| {name} | {objects} | {median:.2} | {least:.2} |")?;
    Ok(())
}

/// From a document to the text of every object: how many there are, and how long it takes.
fn one(spec: &Value) -> Result<(usize, Duration), Box<dyn Error>> {
    let started = Instant::now();
    let resolved = resolve("mesh", &parse_spec(spec)?, &Context::default())?;
    let manifests = render(&resolved)?;
    for object in manifests.objects() {
        let text = match &object.body {
            Body::Rendered(value) => to_yaml(value),
            Body::Bundled(bundled) => bundled.labelled(),
        };
        std::hint::black_box(text);
    }
    Ok((manifests.objects().len(), started.elapsed()))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
