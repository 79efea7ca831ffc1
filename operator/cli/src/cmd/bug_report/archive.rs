//! A `.tar.gz`, file by file.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use tar::{Builder, Header};

use crate::error::Error;

/// An archive that is being written.
pub(super) struct Archive {
    tar: Builder<GzEncoder<File>>,
    folder: String,
    time: u64,
}

impl Archive {
    /// Begins an archive whose files are all in one folder. A file that exists is not overwritten,
    /// and only its owner may read the new one.
    pub(super) fn create(path: &Path, folder: &str, time: Timestamp) -> Result<Self, Error> {
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = file.map_err(|source| Error::Archive {
            file: path.display().to_string(),
            source,
        })?;
        Ok(Self {
            tar: Builder::new(GzEncoder::new(file, Compression::default())),
            folder: folder.to_owned(),
            time: u64::try_from(time.as_second()).unwrap_or_default(),
        })
    }

    /// Adds a file.
    pub(super) fn add(&mut self, path: &str, text: &str) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(self.time);
        let path = format!("{}/{path}", self.folder);
        self.tar.append_data(&mut header, path, text.as_bytes())
    }

    /// Writes what is left.
    pub(super) fn finish(self) -> io::Result<()> {
        self.tar.into_inner()?.finish()?.sync_all()
    }
}
