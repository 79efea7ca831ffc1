//! The pure steps of reconciling a mesh: what is there ([`live`]) is held against what is wanted
//! ([`desired`]) to give a [`plan`]; [`health`] says what is ready, [`status`] says it to users.
//!
//! Nothing here holds a client or reads a clock: time and observations are arguments.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod adopt;
pub mod ambient;
pub mod analysis;
pub mod census;
pub mod compare;
pub mod conflict;
pub mod connected;
pub mod dataplane;
pub mod desired;
pub mod drift;
pub mod health;
pub mod live;
pub mod packed;
pub mod plan;
pub mod preflight;
pub mod record;
pub mod removal;
pub mod restart;
pub mod status;
#[cfg(test)]
mod test_support;
pub mod upgrade;
pub mod windows;
