//! Istio's CRDs as they are committed, and the types behind them.
//!
//! `tests/istio` holds documents for each kind: `accept` what an API server with these CRDs must
//! take, `refuse` what it must not, each with a comment that says what it must answer. Here they
//! are only read; the end-to-end tests send them.

#![cfg(feature = "istio")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod committed;
mod objects;
mod structure;
mod support;
