//! Files and folders with configuration.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mainsheet_analysis::source::{self, Written};
use serde_json::Value;

use crate::input::InputError;

/// What files with configuration in a folder are called.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// Every object of the files, and what cannot be read in them.
pub(super) fn read(paths: &[PathBuf]) -> Result<(Vec<Written>, Vec<String>), InputError> {
    let (mut objects, mut unreadable) = (Vec::new(), Vec::new());
    for path in paths {
        for file in expand(path)? {
            let name = name_of(&file);
            let (found, errors) = source::read(&name, &text_of(&file)?);
            objects.extend(found);
            unreadable.extend(errors.iter().map(ToString::to_string));
        }
    }
    Ok((objects, unreadable))
}

/// The mesh's configuration in a file: as istiod's ConfigMap has it, or the ConfigMap itself.
pub(super) fn mesh_config(path: &Path) -> Result<Value, InputError> {
    let file = name_of(path);
    let parse = |text: &str| {
        serde_saphyr::from_str::<Value>(text).map_err(|error| InputError::NotYaml {
            file: file.clone(),
            problem: error.without_snippet().to_string(),
        })
    };
    let value = parse(&text_of(path)?)?;
    match value["data"]["mesh"].as_str() {
        Some(inner) => parse(inner),
        None => Ok(value),
    }
}

/// How a path is named in messages.
pub(super) fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

fn text_of(path: &Path) -> Result<String, InputError> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|source| unread(path, source))?;
    String::from_utf8(bytes).map_err(|_| InputError::NotText(name_of(path)))
}

fn unread(path: &Path, source: io::Error) -> InputError {
    InputError::Read {
        file: name_of(path),
        source,
    }
}

/// The file itself, or all files with configuration in and below a folder, sorted.
fn expand(path: &Path) -> Result<Vec<PathBuf>, InputError> {
    if path == Path::new("-") || !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(|source| unread(path, source))? {
        entries.push(entry.map_err(|source| unread(path, source))?);
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(|source| unread(&path, source))?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        // A link to a folder may lead back to where it is.
        if kind.is_dir() {
            files.extend(expand(&path)?);
        } else if extension.is_some_and(|name| EXTENSIONS.contains(&name)) && path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}
