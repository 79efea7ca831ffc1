//! Reading the files that the tests are about.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// A path within the crate.
pub(crate) fn path(within: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(within)
}

/// The texts of the YAML files of a folder with their names without ending, sorted.
pub(crate) fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut texts: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "yaml"))
        .map(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&file).unwrap())
        })
        .collect();
    texts.sort();
    texts
}

pub(crate) fn parse(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// The committed CRDs with their names.
pub(crate) fn committed() -> Vec<(String, Value)> {
    let texts = texts(&path("generated/istio"));
    texts
        .into_iter()
        .map(|(name, text)| (name, parse(&text)))
        .collect()
}

/// The schema of the newest version of a CRD.
pub(crate) fn schema(crd: &Value) -> &Value {
    &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
}
