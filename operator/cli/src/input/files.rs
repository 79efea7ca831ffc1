//! Files with any number of YAML or JSON documents, folders of such files, and stdin.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::InputError;

/// The most that is read of one file: the objects of a mesh with Istio's CRDs are a megabyte.
pub(crate) const LIMIT: u64 = 64 << 20;
/// The most that is read of one `MeshInstallation`: the API server takes no object larger than this.
pub(super) const OBJECT_LIMIT: u64 = 3 << 19;

/// One document, and the file that it stands in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    /// The file as it was typed.
    pub(crate) file: String,
    /// What it says.
    pub(crate) value: Value,
}

impl Parsed {
    /// The items of a list, or the one object.
    pub(crate) fn flat(self) -> Vec<Self> {
        let Self { file, mut value } = self;
        let is_list = value["kind"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("List"));
        match value.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) if is_list => {
                let one = |value| Self {
                    file: file.clone(),
                    value,
                };
                items.into_iter().map(one).collect()
            }
            _ => vec![Self { file, value }],
        }
    }
}

/// Every document in these files, in order. `-` is stdin; of a folder every `.yaml`, `.yml` and
/// `.json` file is read, by name. Empty documents do not count.
pub(crate) fn documents(paths: &[PathBuf]) -> Result<Vec<Parsed>, InputError> {
    let mut documents = Vec::new();
    for path in paths {
        for path in expanded(path)? {
            let file = name_of(&path);
            let text = text_of(&path, LIMIT)?;
            for value in parsed(&text, &file)? {
                let file = file.clone();
                documents.push(Parsed { file, value });
            }
        }
    }
    Ok(documents)
}

/// The path, or the files in it where it is a folder.
pub(crate) fn expanded(path: &Path) -> Result<Vec<PathBuf>, InputError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |source| InputError::Read {
        file: name_of(path),
        source,
    };
    let mut files = Vec::new();
    for entry in path.read_dir().map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let kind = file.extension().and_then(|ending| ending.to_str());
        if matches!(kind, Some("yaml" | "yml" | "json")) && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// A path as it is named in a message.
pub(crate) fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

/// The text of a file, or of stdin.
pub(crate) fn text_of(path: &Path, limit: u64) -> Result<String, InputError> {
    let file = name_of(path);
    let bytes = bytes_of(path, limit).map_err(|source| InputError::Read {
        file: file.clone(),
        source,
    })?;
    if bytes.len() as u64 > limit {
        return Err(InputError::TooLarge { file, limit });
    }
    String::from_utf8(bytes).map_err(|_| InputError::NotText(file))
}

fn bytes_of(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The documents in a text, but for empty ones.
pub(crate) fn parsed(text: &str, file: &str) -> Result<Vec<Value>, InputError> {
    // Without `strict_booleans`, the text `no` in a string field would be read as false.
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    let mut documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| InputError::NotYaml {
            file: file.to_owned(),
            problem: error.render_with_formatter(&serde_saphyr::UserMessageFormatter),
        })?;
    documents.retain(|document| !document.is_null());
    Ok(documents)
}
