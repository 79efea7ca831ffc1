//! Verbs that look into proxies and control planes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod support;

#[path = "proxy/bug_report.rs"]
mod bug_report;
#[path = "proxy/config.rs"]
mod config;
#[path = "proxy/forward.rs"]
mod forward;
#[path = "proxy/kube_inject.rs"]
mod kube_inject;
#[path = "proxy/status.rs"]
mod status;
