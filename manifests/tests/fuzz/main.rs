//! Fuzzing of specs. What has to hold is in [`check`]; the corpus is what made the renderer do
//! something new before, or broke a claim once. Every test run replays it; `cargo xtask fuzz` makes
//! new specs from it for some minutes, keeps those that are new, and fails on those that break.

#![allow(clippy::expect_used, reason = "part of the tests")]

mod check;
mod corpus;
mod generate;
mod mutate;
mod names;
mod random;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use check::{Broken, Signals, check};
use mutate::Mutator;
use random::Random;

/// Specs longer than this are not kept: they are no easier to read than many short ones.
const LONGEST: usize = 1500;
/// Mistakes after which a run ends.
const ENOUGH: usize = 10;

#[test]
fn every_claim_holds_for_the_corpus() {
    let corpus = corpus::read();
    assert!(corpus.len() > 20, "only {} specs", corpus.len());
    let mut refused = 0;
    for (name, spec) in &corpus {
        let signals = check(spec).unwrap_or_else(|broken| panic!("{name}: {}", broken.0));
        refused += usize::from(is_refused(&signals));
    }
    assert!(
        refused > 0 && refused < corpus.len(),
        "{refused} of {} refused",
        corpus.len()
    );
}

#[test]
fn an_object_that_nobody_asked_for_is_seen() {
    use mainsheet_manifests::{Kind, ObjectId};
    use mainsheet_profiles::{Context, parse_spec, resolve};

    let spec = parse_spec(&json!({ "revision": "blue" })).expect("valid");
    let resolved = resolve("mesh", &spec, &Context::default()).expect("resolves");
    let declared = names::Declared::of(&resolved);
    let of = |namespace, name| declared.refuse(&ObjectId::new(Kind::ConfigMap, namespace, name));
    assert_eq!(of(Some("istio-system"), "istio-blue"), None);
    for (namespace, name) in [("istio-system", "istio-green"), ("default", "istio-blue")] {
        assert!(of(Some(namespace), name).is_some(), "{namespace}/{name}");
    }
}

#[test]
#[ignore = "takes as long as it is told to: cargo xtask fuzz"]
#[allow(clippy::print_stderr, reason = "the report of the run")]
fn every_claim_holds_for_new_specs() {
    let number = |name| std::env::var_os(name).and_then(|text| text.to_str()?.parse::<u64>().ok());
    let minutes = number("MAINSHEET_FUZZ_MINUTES").unwrap_or(1);
    let seed = number("MAINSHEET_FUZZ_SEED").unwrap_or(1);
    let mut run = Run::from_corpus(seed);
    let end = Instant::now() + Duration::from_secs(60 * minutes);
    while Instant::now() < end && run.broken.len() < ENOUGH {
        run.once();
    }
    let kept = run.keep();
    eprintln!(
        "{} specs in {minutes} minutes (seed {seed}), {} refused; {} signals; {kept} new specs kept; broken: {:#?}",
        run.specs,
        run.refused,
        run.seen.len(),
        run.broken,
    );
    assert!(
        run.broken.is_empty(),
        "claims are broken; the specs are in the corpus"
    );
}

fn is_refused(signals: &Signals) -> bool {
    signals.iter().any(|signal| signal.starts_with("refused"))
}

/// A run of the fuzzer.
struct Run {
    random: Random,
    mutator: Mutator,
    /// Specs to start from: those that are carried out, and those that are refused.
    pools: [Vec<Value>; 2],
    /// Specs of this run that did something new, with what.
    new: Vec<(Value, Signals)>,
    seen: BTreeSet<String>,
    specs: usize,
    refused: usize,
    /// Broken claims, each with the file of a spec that breaks it.
    broken: BTreeMap<Broken, String>,
}

impl Run {
    fn from_corpus(seed: u64) -> Self {
        let mut pools = [Vec::new(), Vec::new()];
        let mut known = BTreeSet::new();
        for (_, spec) in corpus::read() {
            if let Ok(signals) = check(&spec) {
                pools[usize::from(is_refused(&signals))].push(spec);
                known.extend(signals);
            }
        }
        Self {
            random: Random::new(seed),
            mutator: Mutator::new(),
            pools,
            new: Vec::new(),
            seen: known,
            specs: 0,
            refused: 0,
            broken: BTreeMap::new(),
        }
    }

    fn once(&mut self) {
        // What is changed from a spec that is refused is refused too, mostly, and says little.
        let pool = usize::from(self.random.once_in(10));
        let from = self.random.one(&self.pools[pool]).clone();
        let other = self.random.one(&self.pools[0]).clone();
        let spec = self.mutator.mutated(&mut self.random, &from, &other);
        self.specs += 1;
        match check(&spec) {
            Ok(signals) => {
                let refused = is_refused(&signals);
                self.refused += usize::from(refused);
                if spec.to_string().len() <= LONGEST && !signals.is_subset(&self.seen) {
                    self.seen.extend(signals.iter().cloned());
                    self.pools[usize::from(refused)].push(spec.clone());
                    self.new.push((spec, signals));
                }
            }
            Err(broken) => {
                if let Entry::Vacant(first) = self.broken.entry(broken) {
                    let file = corpus::keep_found(&shortened(&spec, first.key()));
                    first.insert(file);
                }
            }
        }
    }

    /// Keeps the shortest of the new specs that together did everything that was new.
    fn keep(&mut self) -> usize {
        let old: Vec<Value> = corpus::read().into_iter().map(|(_, spec)| spec).collect();
        let mut covered: BTreeSet<String> = old
            .iter()
            .filter_map(|spec| check(spec).ok())
            .flatten()
            .collect();
        self.new
            .sort_by_key(|(_, signals)| std::cmp::Reverse(signals.len()));
        let mut kept = 0;
        for (spec, signals) in &self.new {
            if !signals.is_subset(&covered) {
                covered.extend(signals.iter().cloned());
                corpus::keep_seen(spec);
                kept += 1;
            }
        }
        kept
    }
}

/// The spec without whatever it breaks the claim without.
fn shortened(spec: &Value, broken: &Broken) -> Value {
    let mut short = spec.clone();
    let mut at = 0;
    while let Some(pointer) = pointers(&short).get(at) {
        let mut shorter = short.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
        let key = key.replace("~1", "/").replace("~0", "~");
        match shorter.pointer_mut(parent) {
            Some(Value::Object(map)) => drop(map.remove(&key)),
            Some(Value::Array(list)) => drop(list.remove(key.parse().unwrap_or_default())),
            _ => {}
        }
        if check(&shorter).as_ref() == Err(broken) {
            short = shorter;
        } else {
            at += 1;
        }
    }
    short
}

/// JSON pointers to everything below the root.
fn pointers(value: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
            map.iter()
                .map(|(key, below)| (escaped(key), below))
                .collect()
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, below)| (at.to_string(), below))
            .collect(),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (key, below) in below {
        all.push(format!("/{key}"));
        all.extend(
            pointers(below)
                .into_iter()
                .map(|rest| format!("/{key}{rest}")),
        );
    }
    all
}
