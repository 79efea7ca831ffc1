//! Built-in defaults of a minor version.

use serde_json::{Value, json};

use crate::layers::put_all;

/// `data/defaults.yaml` as JSON, which is read several times faster; guarded by a test.
const DEFAULTS: &str = include_str!("../generated/defaults.json");

/// The values of a mesh about which nothing is said.
pub(crate) fn defaults(minor: u32) -> Value {
    let mut values = serde_json::from_str(DEFAULTS).unwrap_or(Value::Null);
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
