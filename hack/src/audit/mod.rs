//! The API server's audit log: who asked for what, when, and how it was answered.
//!
//! One entry a request: the finished answer, or for a watch its beginning, since a watch ends when
//! its client does.

mod event;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// A log file that an API server appends to.
#[derive(Clone, Debug)]
pub struct Log {
    path: PathBuf,
}

/// A place in a [`Log`], to read from later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The user, `system:serviceaccount:NAMESPACE:NAME` for a `ServiceAccount`.
    pub user: String,
    /// What the client called itself.
    pub user_agent: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; another
    /// for what is no resource.
    pub verb: String,
    /// The API group, empty for the core group.
    pub group: String,
    /// The resource in the plural; empty for what is no resource, such as `/readyz`.
    pub resource: String,
    /// `status`, `scale`, `token`, …; empty for the resource itself.
    pub subresource: String,
    /// The namespace; empty for what has none, and for requests about all namespaces.
    pub namespace: String,
    /// The object; empty for requests about many, and for creations with a generated name.
    pub name: String,
    /// The HTTP status of the answer.
    pub code: u16,
    /// How far the request had come.
    pub stage: Stage,
    /// The path and query of the request.
    pub request_uri: String,
    /// When it came.
    pub request_received: Timestamp,
    /// When it had come to its stage.
    pub stage_timestamp: Timestamp,
    /// What was sent, where the audit policy keeps it.
    pub request_object: Option<Value>,
}

/// How far a request had come when it was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Stage {
    /// Nothing was answered yet.
    RequestReceived,
    /// The answer began; its end is open, as for a watch.
    ResponseStarted,
    /// All was answered.
    ResponseComplete,
    /// The API server failed in the middle of it.
    Panic,
}

// === impl Log ===

impl Log {
    /// The log in that file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The end of the log as it is now.
    pub fn mark(&self) -> Result<Mark> {
        let file = std::fs::metadata(&self.path);
        Ok(Mark(
            file.with_context(|| format!("no audit log {}", self.path.display()))?
                .len(),
        ))
    }

    /// All requests.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        self.since(Mark::default())
    }

    /// The requests that were noted after the mark.
    pub fn since(&self, mark: Mark) -> Result<Vec<Entry>> {
        let mut text = String::new();
        File::open(&self.path)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(mark.0))?;
                file.read_to_string(&mut text)
            })
            .with_context(|| format!("cannot read {}", self.path.display()))?;
        event::parse(&text)
    }
}

// === impl Entry ===

impl Entry {
    /// Whether it was meant to change something. Reviews and tokens are created without anything
    /// being stored.
    pub fn is_write(&self) -> bool {
        let changes = ["create", "update", "patch", "delete", "deletecollection"];
        let stores = self.group != "authorization.k8s.io"
            && self.group != "authentication.k8s.io"
            && self.subresource != "token";
        changes.contains(&self.verb.as_str()) && stores
    }

    /// Whether it was about that resource (in the plural) of that group, subresources included.
    pub fn is_about(&self, group: &str, resource: &str) -> bool {
        self.group == group && self.resource == resource
    }

    /// Whether it came from that `ServiceAccount`.
    pub fn is_by_service_account(&self, namespace: &str, name: &str) -> bool {
        self.user
            .strip_prefix("system:serviceaccount:")
            .and_then(|rest| rest.split_once(':'))
            == Some((namespace, name))
    }

    /// Whether it was refused for who asked.
    pub fn is_refused(&self) -> bool {
        matches!(self.code, 401 | 403)
    }

    /// Whether it is the one entry of its request.
    fn counts(&self) -> bool {
        match self.stage {
            Stage::ResponseComplete | Stage::Panic => self.verb != "watch" || self.code >= 400,
            Stage::ResponseStarted => self.verb == "watch" && self.code < 400,
            Stage::RequestReceived => false,
        }
    }
}
