//! `cargo xtask bench`: what the command line and the operator cost, on a real control plane.
//!
//! An argument gives the size of one more crowd of pods, beside the usual ones.
//!
//! Prints one table; the figures are those of this machine at this moment. Times of the operator
//! are the API server's own, from its audit log.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hack::audit::{Entry, Mark};
use hack::poll;
use hack::progress;
use mainsheet_e2e::{Crowd, DEADLINE, Operator, World, binary};
use wait4::Wait4;

/// How often the command line is run.
const RUNS: usize = 21;
/// How many reconciles without anything to do are caused.
const RECONCILES: u32 = 100;
/// How many injected pods there are to be, one after the other.
const CROWDS: [usize; 2] = [5_000, 20_000];
/// How many of them are changed, and over what time.
const TOUCHES: usize = 200;
const TOUCHED_OVER: Duration = Duration::from_secs(12);
/// How long it may take until all pods are counted.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often a mesh is installed and removed.
const INSTALLS: usize = 5;

fn main() -> Result<()> {
    let mut table = vec![[
        "what".to_owned(),
        "median".to_owned(),
        "least to most".to_owned(),
    ]];
    command_line(&mut table)?;
    operator(&mut table)?;
    print(&table);
    Ok(())
}

fn command_line(table: &mut Vec<[String; 3]>) -> Result<()> {
    progress::say("the command line");
    let cases: [(&str, &[&str]); 3] = [
        ("`mainsheet --help`", &["--help"]),
        (
            "`manifest generate`, demo",
            &["manifest", "generate", "--set", "profile=demo"],
        ),
        (
            "`manifest generate`, default",
            &["manifest", "generate", "--set", "profile=default"],
        ),
    ];
    for (name, words) in cases {
        let runs: Vec<(f64, f64)> = (0..=RUNS).map(|_| run(words)).collect::<Result<_>>()?;
        // The first run finds the binary's pages on disk; it is not counted.
        row(
            table,
            &format!("{name}: time, ms"),
            runs.iter().skip(1).map(|run| run.0).collect(),
        );
        row(
            table,
            &format!("{name}: peak memory, MiB"),
            runs.iter().skip(1).map(|run| run.1).collect(),
        );
    }
    for name in ["mainsheet", "mainsheet-operator"] {
        let size = std::fs::metadata(binary(name)?)?.len();
        row(table, &format!("size of `{name}`, MiB"), vec![mebi(size)]);
    }
    Ok(())
}

/// Milliseconds and peak MiB of one run.
fn run(words: &[&str]) -> Result<(f64, f64)> {
    let mut command = Command::new(binary("mainsheet")?);
    command
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let started = Instant::now();
    let ended = command.spawn()?.wait4()?;
    let time = started.elapsed().as_secs_f64() * 1e3;
    ensure!(
        ended.status.success(),
        "mainsheet {words:?}: {}",
        ended.status
    );
    Ok((time, mebi(ended.rusage.maxrss)))
}

fn operator(table: &mut Vec<[String; 3]>) -> Result<()> {
    progress::say("the operator");
    let world = World::new("bench")?;
    let started = Instant::now();
    let operator = world.start_operator()?;
    row(
        table,
        "operator: start to everything in sight, ms",
        vec![started.elapsed().as_secs_f64() * 1e3],
    );
    settle(&operator)?;
    memory(table, "operator without a mesh", &operator)?;

    let (mut applied, mut became_ready, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..=INSTALLS {
        let before = world.mark()?;
        world.apply(&mesh("default"))?;
        world.wait_ready("mesh")?;
        let install = world.requests(before)?;
        let writes = install.object_writes();
        let asked = world.first_seen(before, "meshinstallations")?;
        let last = writes
            .iter()
            .map(|e| e.stage_timestamp)
            .max()
            .context("nothing was written")?;
        let own = install.all().iter().filter(|e| e.resource != "leases");
        let done = own
            .clone()
            .map(|e| e.stage_timestamp)
            .max()
            .context("nothing was asked")?;
        // The first install makes the CRDs, too, and meets an API server that has just learnt of our kinds.
        if at > 0 {
            applied.push(asked.until(last)?.total(jiff::Unit::Millisecond)?);
            became_ready.push(asked.until(done)?.total(jiff::Unit::Millisecond)?);
            beyond.push(number(own.count() - writes.len()));
        } else {
            row(
                table,
                "the very first install, CRDs included: CR stored to every object applied, ms",
                vec![asked.until(last)?.total(jiff::Unit::Millisecond)?],
            );
        }
        if at < INSTALLS {
            world.delete("mesh")?;
        }
    }
    row(
        table,
        "install of default: CR stored to every object applied, ms",
        applied,
    );
    row(
        table,
        "install of default: CR stored to Ready said, ms",
        became_ready,
    );
    row(
        table,
        "install of default: requests beyond one write an object",
        beyond,
    );
    memory(table, "operator with one mesh", &operator)?;
    idle(table, &world, &operator)?;
    repairs(table, &world)?;
    let restarted = Instant::now();
    operator.end()?;
    let operator = world.start_operator()?;
    row(
        table,
        "restart: SIGTERM to everything in sight again, ms",
        vec![restarted.elapsed().as_secs_f64() * 1e3],
    );
    settle(&operator)?;
    memory(table, "operator with one mesh, restarted", &operator)?;
    crowds(table, &world, operator)?.end()
}

/// What the operator costs with many injected pods.
fn crowds(table: &mut Vec<[String; 3]>, world: &World, mut operator: Operator) -> Result<Operator> {
    let mut crowd = Crowd::new(world.cluster().kubeconfig())?;
    for pods in crowd_sizes()? {
        progress::say(format_args!("{pods} pods"));
        crowd.grow_to(pods)?;
        counted(&operator, pods)?;
        settle(&operator)?;
        memory(
            table,
            &format!("operator with {pods} injected pods"),
            &operator,
        )?;
        if pods == CROWDS[0] {
            touches(table, world, &operator, &crowd)?;
        }
        operator.end()?;
        let restarted = Instant::now();
        operator = world.start_operator()?;
        counted(&operator, pods)?;
        row(
            table,
            &format!("restart with {pods} injected pods: start to all of them counted, ms"),
            vec![restarted.elapsed().as_secs_f64() * 1e3],
        );
        settle(&operator)?;
        memory(
            table,
            &format!("operator with {pods} injected pods, restarted"),
            &operator,
        )?;
    }
    Ok(operator)
}

/// How many pods there are to be, one crowd after the other; a larger one on request.
fn crowd_sizes() -> Result<Vec<usize>> {
    let mut sizes = CROWDS.to_vec();
    if let Some(most) = std::env::args().nth(1) {
        sizes.push(most.parse().context("the number of pods is no number")?);
    }
    Ok(sizes)
}

/// Waits until the operator has counted so many pods, those of the mesh's own gateways included.
fn counted(operator: &Operator, pods: usize) -> Result<()> {
    poll::until("the pods to be counted", PATIENCE, || {
        let metrics = operator.get("/metrics")?.1;
        let counts = metrics
            .lines()
            .filter(|line| line.starts_with("mainsheet_injected_pods{"));
        let sum: usize = counts
            .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok())
            .sum();
        Ok((sum >= pods).then_some(()))
    })
}

/// Changes of pods that change no count: they are to cost nothing.
fn touches(
    table: &mut Vec<[String; 3]>,
    world: &World,
    operator: &Operator,
    crowd: &Crowd,
) -> Result<()> {
    let (mark, cpu) = (world.mark()?, operator.cpu()?);
    crowd.touch(TOUCHES, TOUCHED_OVER)?;
    let spent = operator.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e3;
    let requests = world.requests(mark)?;
    let writes = requests
        .all()
        .iter()
        .filter(|e| e.is_write() && e.resource != "leases");
    let what = format!("{TOUCHES} pods changed in {} s", TOUCHED_OVER.as_secs());
    row(
        table,
        &format!("{what}: writes, Lease aside"),
        vec![number(writes.count())],
    );
    row(
        table,
        &format!("{what}: CPU of the operator, its Lease included, ms"),
        vec![spent],
    );
    Ok(())
}

/// CPU and requests of reconciles with nothing to do, caused by an annotation that nobody reads.
fn idle(table: &mut Vec<[String; 3]>, world: &World, operator: &Operator) -> Result<()> {
    at_rest(world)?;
    let (before, mark) = (reconciles(operator)?, world.mark()?);
    let cpu = operator.cpu()?;
    for at in 0..RECONCILES {
        world.kubectl(&[
            "annotate",
            "--overwrite",
            "mi",
            "mesh",
            &format!("example.com/touch={at}"),
        ])?;
        poll::until("a reconcile", DEADLINE, || {
            Ok((reconciles(operator)? > before + u64::from(at)).then_some(()))
        })?;
    }
    let caused = reconciles(operator)? - before;
    let spent = operator.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e3;
    #[expect(clippy::cast_precision_loss, reason = "a count of reconciles is small")]
    row(
        table,
        "reconcile with nothing to do, /metrics scrape included: CPU, ms",
        vec![spent / caused as f64],
    );
    let asked = own(world, mark)?;
    row(
        table,
        &format!("{caused} reconciles with nothing to do: requests, Lease aside"),
        vec![number(asked)],
    );
    Ok(())
}

/// How much the operator has asked since the mark, its Lease and renewed watches aside.
fn own(world: &World, mark: Mark) -> Result<usize> {
    let requests = world.requests(mark)?;
    let of_work = |e: &&Entry| e.resource != "leases" && e.verb != "watch";
    Ok(requests.all().iter().filter(of_work).count())
}

/// Waits until the operator has asked nothing for three seconds: its last word on an install may
/// come a moment after Ready.
fn at_rest(world: &World) -> Result<()> {
    let mut quiet = (world.mark()?, Instant::now());
    poll::until("the operator to rest", DEADLINE, || {
        if own(world, quiet.0)? > 0 {
            quiet = (world.mark()?, Instant::now());
        }
        Ok((quiet.1.elapsed() > Duration::from_secs(3)).then_some(()))
    })
}

/// Whose labels are edited, each once: what is edited again and again is a fight, and waits.
const EDITED: [(&str, &str); 10] = [
    ("configmaps", "istio"),
    ("configmaps", "istio-sidecar-injector"),
    ("services", "istiod"),
    ("services", "istio-ingressgateway"),
    ("deployments", "istiod"),
    ("deployments", "istio-ingressgateway"),
    ("serviceaccounts", "istiod"),
    ("serviceaccounts", "istio-ingressgateway-service-account"),
    ("roles", "istiod"),
    ("rolebindings", "istiod"),
];

/// From a stranger's edit to the operator's write, by the API server's clock.
fn repairs(table: &mut Vec<[String; 3]>, world: &World) -> Result<()> {
    let mut times = Vec::new();
    for (resource, name) in EDITED {
        let mark = world.mark()?;
        let label = "mainsheet.dev/component=mine";
        let words = ["-n", "istio-system", "label", "--overwrite", resource, name];
        world.kubectl(&[&words[..], &[label]].concat())?;
        let repair = poll::until("the repair", DEADLINE, || {
            Ok(world
                .requests(mark)?
                .object_writes()
                .first()
                .map(|e| e.stage_timestamp))
        })?;
        let edit = world.first_seen(mark, resource)?;
        times.push(edit.until(repair)?.total(jiff::Unit::Millisecond)?);
    }
    row(
        table,
        "a field edited: answer to the edit to the repair's, ms",
        times,
    );
    Ok(())
}

fn mesh(profile: &str) -> String {
    format!(
        "{{apiVersion: mainsheet.dev/v1alpha1, kind: MeshInstallation, metadata: {{name: mesh}}, spec: {{profile: {profile}, deletionPolicy: Cascade}}}}"
    )
}

/// Waits until memory has been the same for a second: what starting took is given back.
fn settle(operator: &Operator) -> Result<()> {
    let (mut last, mut since) = (operator.memory()?.0, Instant::now());
    poll::until("memory to settle", DEADLINE, || {
        let now = operator.memory()?.0;
        if now != last {
            (last, since) = (now, Instant::now());
        }
        Ok((since.elapsed() >= Duration::from_secs(1)).then_some(()))
    })
}

fn memory(table: &mut Vec<[String; 3]>, what: &str, operator: &Operator) -> Result<()> {
    let (now, most) = operator.memory()?;
    row(table, &format!("{what}: RSS, MiB"), vec![mebi(now * 1024)]);
    row(
        table,
        &format!("{what}: peak RSS so far, MiB"),
        vec![mebi(most * 1024)],
    );
    Ok(())
}

fn reconciles(operator: &Operator) -> Result<u64> {
    let metrics = operator.get("/metrics")?.1;
    let counts = metrics
        .lines()
        .filter(|line| line.starts_with("mainsheet_reconciles_total{"));
    Ok(counts
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum())
}

fn row(table: &mut Vec<[String; 3]>, what: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let (least, most) = (
        values.first().copied().unwrap_or_default(),
        values.last().copied().unwrap_or_default(),
    );
    let median = values.get(values.len() / 2).copied().unwrap_or_default();
    let range = if values.len() > 1 {
        format!("{} to {}", short(least), short(most))
    } else {
        String::new()
    };
    // A long run that ends early has said what it has measured.
    progress::say(format_args!("{what}: {} {range}", short(median)));
    table.push([what.to_owned(), short(median), range]);
}

fn short(value: f64) -> String {
    if value >= 100.0 || value == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn mebi(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}

#[expect(clippy::print_stdout, reason = "the table is the output")]
fn print(table: &[[String; 3]]) {
    for (at, [what, median, range]) in table.iter().enumerate() {
        println!("| {what} | {median} | {range} |");
        if at == 0 {
            println!("|---|--:|--:|");
        }
    }
}
