//! Control planes that nothing is to use any more go when nothing does.

use jiff::Timestamp;
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
        let unused = match self.usage_of(revision) {
            Usage::Known(evidence) if evidence.is_empty() && !self.serves_still(name) => {
                self.unused_since(name, revision)
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
        } else if !self.out.ask.contains(revision) {
            self.stand(name, RevisionState::Superseded);
            self.out.running.retain(|running| running != name);
        }
    }

    /// Since when nothing uses a control plane of which nothing is seen that does. It is asked itself
    /// for proxies at the beginning and at the end of the grace; one that cannot be asked is judged
    /// by what is seen.
    fn unused_since(&mut self, name: &str, revision: &str) -> Option<Timestamp> {
        let standing = self.out.standings.get(name);
        let before = standing.and_then(|standing| standing.unused_since);
        let answer = self.seen.connected.get(revision);
        let is_good = answer.is_some_and(|answer| self.now < answer.good_until());
        if let Some(answer) = answer
            && answer.proxies() > 0
        {
            let evidence = match answer.proxies() {
                1 => "1 proxy connected to its istiod".to_owned(),
                count => format!("{count} proxies connected to its istiod"),
            };
            self.out.used_by.insert(name.to_owned(), vec![evidence]);
            if is_good {
                self.wake_at(answer.good_until());
            } else {
                self.out.ask.insert(revision.to_owned());
            }
            return None;
        }
        let due = before.is_none_or(|since| self.now >= since + self.policy.grace);
        if due && !is_good {
            self.out.ask.insert(revision.to_owned());
            return before;
        }
        before.or(Some(self.now))
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
