//! Fights over fields: see `mainsheet_core::conflict`.

use std::time::Duration;

use mainsheet_core::conflict::{self, Conflict, Ledger};
use mainsheet_core::desired::Wanted;
use mainsheet_core::plan::{Plan, Reason, Step};

use crate::cache::Store;
use crate::run::now;
use crate::shared::Shared;

/// Every repair and every fight.
#[derive(Debug, Default)]
pub(super) struct Contests(Shared<Ledger>);

/// A repair about to be written: who had changed the object.
#[derive(Debug)]
pub(super) struct Repair {
    manager: Option<String>,
}

// === impl Contests ===

impl Contests {
    /// Has the repairs of contested objects wait.
    pub(super) fn review(&self, plan: &mut Plan) {
        self.0.lock().review(plan, now());
    }

    /// The fights over the objects of a plan.
    pub(super) fn of(&self, plan: Option<&Plan>) -> Vec<Conflict> {
        plan.map(|plan| self.0.lock().conflicts(plan))
            .unwrap_or_default()
    }

    /// How long until something may be put back again.
    pub(super) fn wake(&self) -> Option<Duration> {
        let next = self.0.lock().next()?;
        Some(Duration::try_from(next.duration_since(now())).unwrap_or(Duration::ZERO))
    }

    /// A repair was written: it is booked, and so is one that has not held for a moment.
    pub(super) fn repaired(&self, wanted: &Wanted, step: &Step, repair: &Repair, store: &Store) {
        let mut ledger = self.0.lock();
        let fight = ledger.repaired(&step.id, repair.manager.as_deref(), &step.fields, now());
        if let Some(fight) = fight {
            tracing::warn!(%fight, "another writer fights; it is answered after a pause");
        }
        store.with(|live| {
            let Some(live) = live.get(&step.id) else {
                return;
            };
            let left = wanted.differences(live);
            if !left.is_empty() {
                ledger.rewritten(&step.id, live, &left, now());
            }
        });
    }
}

// === impl Repair ===

impl Repair {
    /// What is to be booked of a step, if it puts back what somebody has changed.
    pub(super) fn of(step: &Step, store: &Store) -> Option<Self> {
        (step.reason == Reason::Drifted).then(|| Self {
            manager: store
                .with(|live| conflict::culprit(live, &step.id, &step.fields).map(str::to_owned)),
        })
    }
}
