//! The kept specs: one JSON file each, named by what it holds.

use std::fs;
use std::path::PathBuf;

use mainsheet_manifests::digest;
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus"))
}

/// Every kept spec with its file's name, in the order of the names.
pub(crate) fn read() -> Vec<(String, Value)> {
    let files = fs::read_dir(folder()).expect("the corpus is part of the repository");
    let mut paths: Vec<PathBuf> = files
        .map(|file| file.expect("a readable file").path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect(&name);
        (name.clone(), serde_json::from_str(&text).expect(&name))
    };
    paths.into_iter().map(read).collect()
}

/// Keeps a spec; `sort` says why: `seen` for one that does something new, `found` for one that broke
/// a claim.
pub(crate) fn keep(sort: &str, spec: &Value) -> String {
    let digest = digest::of(spec);
    let name = format!("{sort}-{}.json", digest.get(..12).unwrap_or(&digest));
    let path = folder().join(&name);
    fs::write(&path, format!("{spec}\n")).expect("the corpus can be written");
    name
}
