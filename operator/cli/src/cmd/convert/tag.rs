//! The tag of the images says which version of Istio was installed; a MeshInstallation says it
//! with `spec.version`, which templates and images follow.

use mainsheet_profiles::Release;
use mainsheet_profiles::merge::{at, put};
use serde_json::{Value, json};

use super::draft::Draft;
use crate::input::take;

const PATHS: [&str; 2] = ["values.global.tag", "tag"];
const VARIANTS: [&str; 2] = ["distroless", "debug"];

/// Turns a tag that is a version into `spec.version`; `wanted` is the version that was asked for.
pub(super) fn settle(draft: &mut Draft, wanted: Option<&str>) {
    for path in PATHS {
        let Some(tag) = at(&draft.spec, path)
            .and_then(Value::as_str)
            .map(str::to_owned)
        else {
            continue;
        };
        let Some(version) = version_of(&tag) else {
            continue;
        };
        take(&mut draft.spec, path);
        let path = format!("spec.{path}");
        if let Some(variant) = VARIANTS.iter().find(|variant| tag.ends_with(*variant)) {
            put(&mut draft.spec, "values.global.variant", json!(variant));
        }
        match channel(&version) {
            _ if wanted.is_some() => {
                draft.moved(path, format!("{tag} gives way to the version that is asked for"));
            }
            _ if Release::find(&version, Some(&version)).is_ok() => {
                put(&mut draft.spec, "version", json!(version));
                draft.moved(path, format!("{tag} is spec.version now"));
            }
            Some(channel) => {
                put(&mut draft.spec, "version", json!(channel));
                let reason = format!("{tag} is not bundled; spec.version is {channel}, its newest patch version");
                draft.lost(path, reason);
            }
            None => draft.lost(
                path,
                format!("{tag} is not bundled; the newest version is taken unless --version names another. Bundled: {}", Release::names().join(", ")),
            ),
        }
    }
    if let Some(wanted) = wanted {
        put(&mut draft.spec, "version", json!(wanted));
    }
}

/// `1.29.6` for the tags 1.29.6 and 1.29.6-distroless.
fn version_of(tag: &str) -> Option<String> {
    let plain = VARIANTS
        .iter()
        .find_map(|variant| tag.strip_suffix(variant)?.strip_suffix('-'))
        .unwrap_or(tag);
    let numbers: Vec<&str> = plain.split('.').collect();
    let all_numbers = numbers.iter().all(|part| part.parse::<u32>().is_ok());
    (numbers.len() == 3 && numbers[0] == "1" && all_numbers).then(|| plain.to_owned())
}

/// The channel of a version, where it is bundled.
fn channel(version: &str) -> Option<&str> {
    let (channel, _) = version.rsplit_once('.')?;
    Release::find(channel, None).is_ok().then_some(channel)
}
