//! Built-in defaults of a minor version.

use serde_json::{Value, json};

use crate::layers::{parse, put_all};

const DEFAULTS: &str = include_str!("../data/defaults.yaml");

/// The values of a mesh about which nothing is said.
pub(crate) fn defaults(minor: u32) -> Value {
    let mut values = parse(DEFAULTS);
    if minor < 29 {
        put_all(
            &mut values,
            &[
                ("cni.ambient.reconcileIptablesOnStartup", json!(false)),
                ("cni.terminationGracePeriodSeconds", json!(5)),
            ],
        );
    }
    values
}
