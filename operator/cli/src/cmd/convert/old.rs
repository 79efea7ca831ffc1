//! Values of older versions of Istio that have become settings of the mesh.

use mainsheet_profiles::merge::{at, put};

use super::draft::Draft;
use crate::input::take;

/// Where a value stood, and where it stands now.
const MOVED: [(&str, &str); 8] = [
    (
        "values.global.proxy.accessLogFile",
        "meshConfig.accessLogFile",
    ),
    (
        "values.global.proxy.accessLogFormat",
        "meshConfig.accessLogFormat",
    ),
    (
        "values.global.proxy.accessLogEncoding",
        "meshConfig.accessLogEncoding",
    ),
    (
        "values.global.proxy.concurrency",
        "meshConfig.defaultConfig.concurrency",
    ),
    ("values.global.enableTracing", "meshConfig.enableTracing"),
    (
        "values.global.outboundTrafficPolicy",
        "meshConfig.outboundTrafficPolicy",
    ),
    (
        "values.global.localityLbSetting",
        "meshConfig.localityLbSetting",
    ),
    ("values.global.trustDomain", "meshConfig.trustDomain"),
];

/// Moves what has moved, unless it is said in the new place too.
pub(super) fn move_on(draft: &mut Draft) {
    for (old, new) in MOVED {
        if at(&draft.spec, old).is_none() {
            continue;
        }
        let Some(value) = take(&mut draft.spec, old) else {
            continue;
        };
        if at(&draft.spec, new).is_none() {
            put(&mut draft.spec, new, value);
            draft.moved(format!("spec.{old}"), format!("is spec.{new} now"));
        } else {
            draft.lost(
                format!("spec.{old}"),
                format!("spec.{new} is given too, and wins"),
            );
        }
    }
}
