//! How a mesh changes: the state machine of upgrades, as one pure function, [`next`]. Facts are
//! stored, phases are derived, and the time is an argument.
//!
//! ```text
//!                   spec changes
//!   Steady ───────────────────────────▶ AwaitingApproval ──approved──▶ Installing
//!   (one active record)                  (approval: Manual)              │      │
//!        ▲                                                       ready   │      │ past readyTimeout,
//!        │                              in place: Active at once ◀───────┤      │ or another wish
//!        │                                   │                   canary  │      │
//!        │                                   │                           ▼      │
//!        │                                   │                       Verifying ─┤
//!        │                                   │          mode: Manual  │  │soaked │
//!        │                                   │         ┌──────────────┘  ▼      │
//!        │                                   └─▶ AwaitingWindow ─▶ Moving ──────┤ a rollout fails
//!        │                                     │    ▲  mode: Waves     │        │
//!        │                                     │    │next wave         ▼        │ measurements fail,
//!        │                                     │    └────────────── Soaking ────┤ or another wish
//!        │                                     ▼                       │last    │
//!        ├──────Completed◀───────────────── Promoting ◀────────────────┘        │
//!        │   (the old one retires)             │ past readyTimeout              ▼
//!        └──────RolledBack◀────────────────────┴───────────────────────── RollingBack
//! ```
//!
//! A record is Candidate from its beginning, Active once it is ready (in place) or promoted
//! (canary), Retiring while something may still use its control plane, and Superseded after that.
//! Whether a change is in place or a canary follows from the Istio revision of the wanted record:
//! that of the active control plane, or one of its own.

mod begin;
mod canary;
mod compose;
mod edge;
mod facts;
#[cfg(test)]
pub(crate) mod fixtures;
mod in_place;
mod namespaces;
mod policy;
mod retire;
mod seen;
mod selector;
mod split;
mod transition;
mod turn;
mod undo;
mod usage;
mod waves;
mod wish;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use compose::{Composition, Part, compose, found, is_injector, is_pilot, serving_id};
pub use facts::{Facts, Standing};
pub use policy::{Policy, REST, Target, Wave};
pub use seen::{Closed, Leave, Readiness, Rollouts, Seen};
pub use selector::Selector;
pub use split::{Shares, shares};
pub use transition::{Restarts, Said, Serve, Transition, Want};
pub use usage::{Usage, unused};
pub use wish::{Candidates, Choice, candidate_revision, choose};

use turn::Turn;

/// What is to be done for a mesh now, given what is wanted, what is stored and what is seen. Asked
/// again with what it answered and nothing new seen, it answers the same.
pub fn next(
    want: &Want,
    policy: &Policy,
    facts: &Facts,
    seen: &Seen<'_>,
    now: Timestamp,
) -> Transition {
    let mut turn = Turn::new(want, policy, facts, seen, now);
    match (facts.active(), facts.candidate()) {
        (None, candidate) => turn.first(candidate),
        (Some(active), None) if active.name == want.record => turn.steady(active),
        (Some(active), None) => turn.begin(active),
        (Some(active), Some(candidate)) => turn.underway(active, candidate),
    }
    turn.retire();
    turn.tidy();
    turn.forget_failures();
    turn.finish()
}
