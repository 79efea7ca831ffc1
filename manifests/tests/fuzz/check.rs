//! What must hold for every spec, whatever is in it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mainsheet_crds::meta;
use mainsheet_manifests::{Body, Manifests, RenderError, render, to_yaml};
use mainsheet_profiles::{Component, Context, ResolveError, Resolved, parse_spec, resolve};
use serde_json::Value;

use crate::names::Declared;

/// What a spec made the renderer do: specs that made it do something new are worth keeping.
pub(crate) type Signals = BTreeSet<String>;

/// A claim that does not hold, in words that are the same for the same mistake.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Broken(pub(crate) String);

/// Resolves and renders a spec, and holds the outcome against every claim.
pub(crate) fn check(spec: &Value) -> Result<Signals, Broken> {
    let run = || checked(spec);
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Broken(format!("panic: {}", said.unwrap_or_default())))
    })
}

fn checked(spec: &Value) -> Result<Signals, Broken> {
    let mut signals = Signals::new();
    let outcome = parse_spec(spec).and_then(|spec| resolve("mesh", &spec, &Context::default()));
    let resolved = match outcome {
        Ok(resolved) => resolved,
        Err(refusal) => {
            explained(&refusal, &mut signals)?;
            return Ok(signals);
        }
    };
    survives_storage(&resolved)?;
    let manifests = match render(&resolved) {
        Ok(manifests) => manifests,
        Err(RenderError::Setting { path, problem }) => {
            holds(
                path.starts_with("spec.components.") || path.starts_with("spec.addons."),
                "a refused setting names its path",
            )?;
            signals.insert(format!("setting {}", start(&problem)));
            return Ok(signals);
        }
        Err(error) => return Err(Broken(format!("what resolves is rendered: {error}"))),
    };
    declared(&resolved, &manifests)?;
    for object in manifests.objects() {
        if let Body::Rendered(body) = &object.body {
            keeps_its_shape(body)?;
            shape(body, object.id.kind.as_str(), 6, &mut signals);
        }
    }
    let again = render(&resolved).map_err(|error| Broken(error.to_string()))?;
    holds(again == manifests, "the same mesh gives the same objects")?;
    Ok(signals)
}

fn holds(claim: bool, words: &str) -> Result<(), Broken> {
    if claim {
        Ok(())
    } else {
        Err(Broken(words.to_owned()))
    }
}

/// A refusal names fields and says what is wrong with them.
fn explained(refusal: &ResolveError, signals: &mut Signals) -> Result<(), Broken> {
    holds(!refusal.findings().is_empty(), "a refusal has a finding")?;
    for finding in refusal.findings() {
        holds(
            finding.path.starts_with("spec"),
            "a finding is about the spec",
        )?;
        holds(!finding.problem.is_empty(), "a finding says what is wrong")?;
        signals.insert(format!(
            "refused {} {}",
            generic(&finding.path),
            start(&finding.problem)
        ));
    }
    Ok(())
}

/// A record that was stored and read back is the same mesh.
fn survives_storage(resolved: &Resolved) -> Result<(), Broken> {
    let stored = serde_json::to_string(resolved).map_err(|e| Broken(e.to_string()))?;
    let read: Resolved = serde_json::from_str(&stored).map_err(|e| Broken(e.to_string()))?;
    holds(
        read == *resolved,
        "a record is the same when it is read back",
    )?;
    holds(
        read.hash() == resolved.hash(),
        "a record has the same digest when it is read back",
    )
}

/// Every object is of a known kind, of a component, and has a name and place that were asked for.
fn declared(resolved: &Resolved, manifests: &Manifests) -> Result<(), Broken> {
    let declared = Declared::of(resolved);
    let mut components: BTreeSet<String> = resolved
        .components
        .iter()
        .map(Component::label_value)
        .collect();
    components.insert("base".to_owned());
    for object in manifests.objects() {
        if let Some(problem) = declared.refuse(&object.id) {
            return Err(Broken(problem));
        }
        holds(
            components.contains(&object.component),
            "an object is of an enabled component",
        )?;
        let Body::Rendered(body) = &object.body else {
            continue;
        };
        let id = &object.id;
        let metadata = &body["metadata"];
        let named = body["kind"] == id.kind.as_str()
            && body["apiVersion"] == id.kind.api_version()
            && metadata["name"] == id.name.as_str()
            && metadata["namespace"].as_str() == id.namespace.as_deref();
        holds(named, &format!("a {} is what its identity says", id.kind))?;
        let labelled = metadata["labels"][meta::LABEL_MANAGED_BY] == meta::MANAGED_BY
            && metadata["labels"][meta::LABEL_COMPONENT] == object.component.as_str();
        holds(
            labelled,
            &format!("a {} carries its owner's labels", id.kind),
        )?;
    }
    Ok(())
}

/// What is written as YAML is read back as it was, as one document.
fn keeps_its_shape(body: &Value) -> Result<(), Broken> {
    let options = serde_saphyr::options! {
        strict_booleans: true, merge_keys: serde_saphyr::MergeKeyPolicy::AsOrdinary, budget: None,
    };
    let kind = body["kind"].as_str().unwrap_or_default();
    match serde_saphyr::from_str_with_options::<Value>(&to_yaml(body), options) {
        Ok(read) => holds(
            read == *body,
            &format!("the YAML of a {kind} is read as it was written"),
        ),
        Err(error) => Err(Broken(format!("the YAML of a {kind} is valid: {error}"))),
    }
}

/// The fields that an object has, without what only users put there.
fn shape(value: &Value, path: &str, depth: usize, signals: &mut Signals) {
    match value {
        Value::Object(map) if depth > 0 => {
            for (key, below) in map {
                let ours = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
                if ours && !["labels", "annotations", "data"].contains(&key.as_str()) {
                    shape(below, &format!("{path}.{key}"), depth - 1, signals);
                }
            }
        }
        Value::Array(list) => list
            .iter()
            .for_each(|item| shape(item, path, depth, signals)),
        _ => {
            signals.insert(path.to_owned());
        }
    }
}

/// A path without numbers and names.
fn generic(path: &str) -> String {
    let keep = |part: &&str| part.chars().all(|c| c.is_ascii_alphabetic());
    path.split(['.', '[', ']'])
        .filter(keep)
        .take(5)
        .collect::<Vec<_>>()
        .join(".")
}

/// The words of a message that come before what was given.
fn start(problem: &str) -> String {
    let words = problem
        .split_whitespace()
        .filter(|word| word.chars().all(char::is_alphabetic));
    words.take(4).collect::<Vec<_>>().join(" ")
}
