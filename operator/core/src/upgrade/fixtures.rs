//! Small records, policies and data planes for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use mainsheet_profiles::parse_spec;
use serde_json::{Value, json};

use super::{Policy, Standing};
use crate::dataplane::{DataPlane, Group, Workload, WorkloadKind};
use crate::record::Record;

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn record(name: &str, version: &str, istio_revision: &str) -> Record {
    Record {
        name: name.to_owned(),
        version: version.to_owned(),
        istio_revision: istio_revision.to_owned(),
        wish: name.to_owned(),
        standing: Standing::default(),
        created: at(0),
    }
}

pub(crate) fn policy() -> Policy {
    policy_of(&json!({}))
}

pub(crate) fn policy_of(upgrade: &Value) -> Policy {
    Policy::of(&parse_spec(&json!({"upgrade": upgrade})).unwrap()).unwrap()
}

pub(crate) fn group(namespace: &str, name: &str, revision: &str, pods: u32) -> Group {
    Group {
        workload: Workload {
            namespace: namespace.into(),
            kind: WorkloadKind::Deployment,
            name: name.into(),
        },
        revision: revision.into(),
        pods,
        oldest: at(1),
    }
}

pub(crate) fn plane(namespaces: &[(&str, &[(&str, &str)])], groups: Vec<Group>) -> DataPlane {
    let labels = |labels: &[(&str, &str)]| {
        labels
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    };
    let namespaces: BTreeMap<_, _> = namespaces
        .iter()
        .map(|(name, given)| ((*name).to_owned(), labels(given)))
        .collect();
    DataPlane {
        complete: true,
        namespaces: Arc::new(namespaces),
        groups,
    }
}
