//! What can be wrong with a spec, each with the field's path, what was given and what is allowed.

use std::fmt;

/// One thing that is wrong with a spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path of the field, such as `spec.values.global.proxy.logLevel`.
    pub path: String,
    /// What is wrong with it, and what is allowed.
    pub problem: String,
}

/// Everything that is wrong with a spec.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentence(.findings))]
pub struct ResolveError {
    /// Findings by path; at least one.
    findings: Vec<Finding>,
}

// === impl ResolveError ===

impl ResolveError {
    /// An error if there are findings, in the order of their paths.
    pub fn check(mut findings: Vec<Finding>) -> Result<(), Self> {
        findings.sort();
        findings.dedup();
        if findings.is_empty() {
            Ok(())
        } else {
            Err(Self { findings })
        }
    }

    /// The findings, by path.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The paths of the fields that are wrong.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.findings.iter().map(|finding| finding.path.as_str())
    }

    /// The path of the first field that is wrong.
    pub fn path(&self) -> &str {
        self.paths().next().unwrap_or_default()
    }
}

impl From<Finding> for ResolveError {
    fn from(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
        }
    }
}

impl Finding {
    /// What is wrong with the field at a path, and what is allowed.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// Findings past these are counted, not listed: a condition's message has a limit.
const LISTED: usize = 20;

fn sentence(findings: &[Finding]) -> String {
    let mut lines: Vec<String> = findings
        .iter()
        .take(LISTED)
        .map(ToString::to_string)
        .collect();
    if findings.len() > LISTED {
        lines.push(format!("and {} more", findings.len() - LISTED));
    }
    lines.join("; ")
}
