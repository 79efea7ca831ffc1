//! Reads YAML that templates made, strictly: no second meaning of words, keys or tags.

use serde_json::Value;
use serde_saphyr::Options;

/// One YAML document.
pub(crate) fn document(text: &str) -> Result<Value, serde_saphyr::Error> {
    serde_saphyr::from_str_with_options(text, options())
}

fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        merge_keys: serde_saphyr::MergeKeyPolicy::AsOrdinary,
        with_snippet: false,
        budget: None,
    }
}
