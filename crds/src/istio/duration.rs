//! Durations as Istio writes them.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::rules::{CEL, Cel};

/// A duration of at least a millisecond, such as `5s`, `1m30s` or `250ms`.
///
/// Kept as it was written: a number and one of the units `h`, `m`, `s`, `ms`, `us`, `ns`, repeated.
/// The API server refuses what is no duration.
///
/// ```
/// use mainsheet_crds::istio::Duration;
///
/// assert_eq!(Duration::from("1m30s").as_str(), "1m30s");
/// assert_eq!(Duration::from(std::time::Duration::from_millis(1500)).as_str(), "1.500s");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Duration(String);

impl Duration {
    /// The text of the duration.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Duration {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<std::time::Duration> for Duration {
    /// In seconds, with a fraction of three, six or nine digits where one is needed.
    fn from(duration: std::time::Duration) -> Self {
        let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
        Self(match nanos {
            0 => format!("{seconds}s"),
            _ if nanos % 1_000_000 == 0 => format!("{seconds}.{:03}s", nanos / 1_000_000),
            _ if nanos % 1_000 == 0 => format!("{seconds}.{:06}s", nanos / 1_000),
            _ => format!("{seconds}.{nanos:09}s"),
        })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", (CEL): [AT_LEAST_A_MILLISECOND]})
    }
}

const AT_LEAST_A_MILLISECOND: Cel = Cel::new(
    "duration(self) >= duration('1ms')",
    "must be a valid duration greater than 1ms",
);

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn the_fraction_is_as_long_as_it_must_be() {
        let text = |nanos| Duration::from(std::time::Duration::from_nanos(nanos)).to_string();
        assert_eq!(text(2_000_000_000), "2s");
        assert_eq!(text(5_000_000), "0.005s");
        assert_eq!(text(1_000_007_000), "1.000007s");
        assert_eq!(text(9), "0.000000009s");
    }
}
