//! Control planes that nothing is to use any more go when nothing does.

use mainsheet_crds::revision::RevisionState;

use super::turn::Turn;
use super::usage::{self, Usage};

impl Turn<'_> {
    /// Looks at every record that retires: what holds it is named, and once nothing has used it for
    /// the grace it is superseded. Not knowing counts as use.
    pub(super) fn retire(&mut self) {
        let retiring: Vec<String> = self
            .out
            .standings
            .iter()
            .filter(|(_, standing)| standing.state == RevisionState::Retiring)
            .map(|(name, _)| name.clone())
            .collect();
        for name in retiring {
            let revision = self.istio_revision(&name).to_owned();
            let doubled = self
                .out
                .running
                .iter()
                .any(|other| *other != name && self.istio_revision(other) == revision);
            if doubled {
                // Its control plane is another record's now.
                self.stand(&name, RevisionState::Superseded);
                self.out.running.retain(|running| *running != name);
                continue;
            }
            if !self.out.running.contains(&name) {
                self.out.running.push(name.clone());
            }
            self.look_at(&name, &revision);
        }
    }

    fn look_at(&mut self, name: &str, revision: &str) {
        let serves = self.serves_still(name);
        let usage = self.usage_of(revision);
        let before = self
            .out
            .standings
            .get(name)
            .and_then(|standing| standing.unused_since);
        let unused = match usage {
            Usage::Known(evidence) if evidence.is_empty() && !serves => {
                Some(before.unwrap_or(self.now))
            }
            Usage::Known(evidence) => {
                self.out.used_by.insert(name.to_owned(), evidence);
                None
            }
            Usage::Unknown => None,
        };
        if let Some(standing) = self.out.standings.get_mut(name) {
            standing.unused_since = unused;
        }
        let Some(unused) = unused else { return };
        let end = unused + self.policy.grace;
        if self.now < end {
            self.wake_at(end);
            return;
        }
        self.stand(name, RevisionState::Superseded);
        self.out.running.retain(|running| running != name);
    }

    /// What uses the control plane of an Istio revision.
    pub(super) fn usage_of(&self, istio_revision: &str) -> Usage {
        let seen = self.seen;
        usage::of(istio_revision, self.policy, seen.plane, &seen.ambient)
    }

    /// Whether pods still come up with its proxies because they ask for a name that it serves.
    fn serves_still(&self, name: &str) -> bool {
        let mut names = self
            .policy
            .following()
            .chain(self.policy.tags.keys().map(String::as_str));
        names.any(|public| !self.seen.cover(public, name).is_none())
    }

    /// What was written down and never begun, and is not asked for any more, is past.
    pub(super) fn tidy(&mut self) {
        for (name, standing) in &mut self.out.standings {
            let idle = standing.state == RevisionState::Candidate && standing.since.is_none();
            if idle && *name != self.want.record {
                standing.state = RevisionState::Superseded;
            }
        }
    }

    /// A failure counts as long as its record is asked for: who asks for another, and then for this
    /// one again, wants it tried.
    pub(super) fn forget_failures(&mut self) {
        let ongoing = self.out.upgrade.as_ref().map(|upgrade| upgrade.to.clone());
        for (name, standing) in &mut self.out.standings {
            let rolling = standing.state == RevisionState::Candidate
                && ongoing.as_ref().is_some_and(|to| to == name);
            if *name != self.want.record && !rolling {
                standing.failure = None;
            }
        }
    }
}
