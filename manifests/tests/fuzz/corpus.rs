//! The kept specs. One that was written by hand, or broke a claim, has a file of its own, named by
//! what it holds; those that do something new are lines of one file.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use mainsheet_manifests::digest;
use serde_json::Value;

const SEEN: &str = "seen.jsonl";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus"))
}

/// Every kept spec with its name, in the order of the names.
pub(crate) fn read() -> Vec<(String, Value)> {
    let files = fs::read_dir(folder()).expect("the corpus is part of the repository");
    let mut paths: Vec<PathBuf> = files
        .map(|file| file.expect("a readable file").path())
        .collect();
    paths.sort();
    paths.iter().flat_map(|path| specs(path)).collect()
}

fn specs(path: &Path) -> Vec<(String, Value)> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(path).expect(&file);
    let read = |name: String, text: &str| {
        let spec = serde_json::from_str(text).expect(&name);
        (name, spec)
    };
    if file == SEEN {
        let lines = text.lines().enumerate();
        lines
            .map(|(at, line)| read(format!("{file}:{}", at + 1), line))
            .collect()
    } else {
        vec![read(file.into_owned(), &text)]
    }
}

/// Keeps a spec that does something new.
pub(crate) fn keep_seen(spec: &Value) {
    let file = fs::OpenOptions::new()
        .append(true)
        .open(folder().join(SEEN));
    writeln!(file.expect(SEEN), "{spec}").expect("the corpus can be written");
}

/// Keeps a spec that broke a claim, and gives the name of its file.
pub(crate) fn keep_found(spec: &Value) -> String {
    let digest = digest::of(spec);
    let name = format!("found-{}.json", digest.get(..12).unwrap_or(&digest));
    let path = folder().join(&name);
    fs::write(&path, format!("{spec}\n")).expect("the corpus can be written");
    name
}
