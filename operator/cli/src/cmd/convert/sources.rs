//! What the documents are: IstioOperators, each by its name, or values of charts.

use mainsheet_profiles::merge::merge;
use serde_json::Value;

use super::draft::Draft;
use super::helm::{self, Chart};
use super::operator;
use crate::error::Error;
use crate::input::{InputError, Parsed, describe};

const GROUP: &str = "install.istio.io/";
const WANTED: &str =
    "an IstioOperator (install.istio.io/v1alpha1), or values of one of Istio's charts";

/// The MeshInstallations that these documents come to, at least one.
pub(super) fn drafts(documents: Vec<Parsed>, chart: Option<Chart>) -> Result<Vec<Draft>, Error> {
    let mut operators: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    for document in documents {
        let kind = document.value.get("kind").and_then(Value::as_str);
        let group = document.value.get("apiVersion").and_then(Value::as_str);
        match (group, kind, &document.value) {
            (Some(group), Some("IstioOperator"), _) if group.starts_with(GROUP) => {
                add(&mut operators, document.value);
            }
            (None, None, Value::Object(map)) => {
                let chart = match chart {
                    Some(chart) => chart,
                    None => {
                        helm::guess(&document.file, map).ok_or_else(|| unclear(&document.file))?
                    }
                };
                values.push((chart, map.clone()));
            }
            _ => {
                return Err(InputError::Kind {
                    given: given(&document.value),
                    file: document.file,
                    allowed: WANTED,
                }
                .into());
            }
        }
    }
    let mut drafts: Vec<Draft> = operators.iter().map(operator::draft).collect();
    if !values.is_empty() {
        drafts.push(helm::draft(&values));
    }
    if drafts.is_empty() {
        return Err(Error::Usage(format!(
            "nothing to convert; wanted: {WANTED}"
        )));
    }
    apart(&mut drafts);
    Ok(drafts)
}

/// Lays an IstioOperator over the one of its name, if there is one.
fn add(operators: &mut Vec<Value>, operator: Value) {
    let identity = |one: &Value| {
        let field = |key: &str| one["metadata"][key].as_str().unwrap_or_default().to_owned();
        (field("namespace"), field("name"))
    };
    match operators
        .iter_mut()
        .find(|one| identity(one) == identity(&operator))
    {
        Some(before) => merge(before, &operator),
        None => operators.push(operator),
    }
}

/// MeshInstallations have no namespace to tell them apart by.
fn apart(drafts: &mut [Draft]) {
    for at in 1..drafts.len() {
        let (before, rest) = drafts.split_at_mut(at);
        let Some(draft) = rest.first_mut() else {
            continue;
        };
        if !before.iter().any(|other| other.name == draft.name) {
            continue;
        }
        let revision = draft.spec["revision"]
            .as_str()
            .or(draft.spec["namespace"].as_str());
        let ending = revision.map_or_else(|| (at + 1).to_string(), str::to_owned);
        let name = format!("{}-{ending}", draft.name);
        draft.moved("metadata.name", format!("{} is taken already", draft.name));
        draft.name = name;
    }
}

fn given(value: &Value) -> String {
    match value {
        Value::Object(_) => {
            let field = |key: &str| value[key].as_str().unwrap_or("none").to_owned();
            format!("{} of {} given", field("kind"), field("apiVersion"))
        }
        other => format!("{} given", describe(other)),
    }
}

fn unclear(file: &str) -> Error {
    Error::Usage(format!(
        "{file}: cannot tell which chart these values are of; give --chart, one of: {}",
        Chart::NAMES.join(", ")
    ))
}
