//! The layers between the built-in defaults and what the user says, as data.

use serde_json::{Map, Value, json};

use crate::merge::put;

const PLATFORMS: &str = include_str!("../data/platforms.yaml");

/// The sets of values that `values.profile` can name.
pub(crate) const VALUE_PROFILES: [(&str, &str); 5] = [
    ("ambient", include_str!("../data/profiles/ambient.yaml")),
    ("demo", include_str!("../data/profiles/demo.yaml")),
    ("preview", include_str!("../data/profiles/preview.yaml")),
    ("remote", include_str!("../data/profiles/remote.yaml")),
    ("stable", include_str!("../data/profiles/stable.yaml")),
];

/// The platforms that `values.global.platform` can name.
pub(crate) const PLATFORM_NAMES: [&str; 6] =
    ["gke", "k3d", "k3s", "microk8s", "minikube", "openshift"];

/// A changed default: since which minor version, where, and what it was before.
struct Change {
    since: u32,
    path: &'static str,
    before: Before,
}

#[derive(Clone, Copy)]
enum Before {
    /// `"false"`, as an environment variable.
    Off,
    /// A boolean.
    Flag(bool),
}

const CHANGES: [Change; 9] = [
    change(
        26,
        "cniAgent.ambient.shareHostNetworkNamespace",
        Before::Flag(true),
    ),
    change(27, "pilot.env.ENABLE_NATIVE_SIDECARS", Before::Off),
    change(28, "pilot.env.DISABLE_SHADOW_HOST_SUFFIX", Before::Off),
    change(
        28,
        "pilot.env.PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY",
        Before::Off,
    ),
    change(
        29,
        "pilot.env.DISABLE_TRACK_REMAINING_CB_METRICS",
        Before::Off,
    ),
    change(
        29,
        "cni.ambient.reconcileIptablesOnStartup",
        Before::Flag(false),
    ),
    change(
        30,
        "pilot.env.PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE",
        Before::Off,
    ),
    change(
        31,
        "pilot.env.PILOT_ENABLE_STRICT_GATEWAY_MERGING",
        Before::Off,
    ),
    change(
        31,
        "pilot.env.PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS",
        Before::Off,
    ),
];

const fn change(since: u32, path: &'static str, before: Before) -> Change {
    Change {
        since,
        path,
        before,
    }
}

/// The values of a profile of values, if there is one of this name.
pub(crate) fn value_profile(name: &str) -> Option<Value> {
    VALUE_PROFILES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| parse(text))
}

/// The values of a platform, if there is one of this name, for a minor version.
pub(crate) fn platform(name: &str, minor: u32) -> Option<Value> {
    // Most meshes name none: nothing is read for them.
    PLATFORM_NAMES.contains(&name).then_some(())?;
    let mut values = parse(PLATFORMS).get(name).cloned()?;
    if name == "openshift" && minor >= 31 {
        put(
            &mut values,
            "pilot.terminationMessagePolicy",
            json!("FallbackToLogsOnError"),
        );
    }
    Some(values)
}

/// Values under which `minor` keeps the defaults of minor version `kept`.
pub(crate) fn compatibility(kept: u32, minor: u32) -> Value {
    let mut values = Value::Object(Map::new());
    for change in CHANGES
        .iter()
        .filter(|c| c.since > kept && c.since <= minor)
    {
        let before = match change.before {
            Before::Off => json!("false"),
            Before::Flag(flag) => json!(flag),
        };
        put(&mut values, change.path, before);
    }
    // 1.31 dropped this switch and lists it for 1.30 alone; it does nothing there.
    if kept == 30 {
        put(
            &mut values,
            "pilot.env.PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY",
            json!("false"),
        );
    }
    values
}

/// A bundled YAML file. They are parsed in a test, so that none can be wrong here.
pub(crate) fn parse(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or(Value::Null)
}

/// Writes values at dotted paths.
pub(crate) fn put_all(values: &mut Value, puts: &[(&str, Value)]) {
    for (path, value) in puts {
        put(values, path, value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::at;
    use crate::surface::check::check;

    #[test]
    fn every_bundled_file_is_yaml_that_only_says_what_exists() {
        for (name, text) in VALUE_PROFILES {
            let values = parse(text);
            assert!(values.is_object(), "{name}");
            assert_eq!(check(&values, 31), [], "{name}");
        }
        for name in PLATFORM_NAMES {
            let mut values = platform(name, 31).expect(name);
            if let Some(agent) = values
                .as_object_mut()
                .and_then(|map| map.remove("cniAgent"))
            {
                assert_eq!(check(&json!({ "cni": agent }), 31), [], "{name}");
            }
            assert_eq!(check(&values, 31), [], "{name}");
        }
        for minor in [28, 29, 30, 31] {
            let values = crate::defaults::defaults(minor);
            assert!(values.is_object());
            assert_eq!(check(&values, 31), []);
        }
    }

    #[test]
    fn compatibility_takes_back_what_changed_since() {
        let values = compatibility(29, 30);
        let env = at(&values, "pilot.env")
            .and_then(Value::as_object)
            .expect("env");
        assert_eq!(
            env.keys().collect::<Vec<_>>(),
            ["PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE"]
        );
        assert!(
            at(
                &compatibility(25, 28),
                "cni.ambient.reconcileIptablesOnStartup"
            )
            .is_none()
        );
    }
}
