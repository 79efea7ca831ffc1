//! What a MeshInstallation says of itself to one who waits for it. What it says of an older
//! generation of its spec is no answer.

use mainsheet_crds::MeshInstallation;
use mainsheet_crds::conditions::{READY, STALLED, reasons};
use mainsheet_crds::installation::{MeshInstallationStatus, PlanStatus};

/// What a MeshInstallation says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No operator has looked at this generation of the spec.
    Unseen,
    /// Work goes on; the message says what is waited for.
    Working(String),
    /// Everything is applied and ready.
    Ready,
    /// It is not ready, and nothing happens until it is resumed.
    Suspended(String),
    /// Nothing happens until a person acts.
    Stalled {
        /// Reason of the condition.
        reason: String,
        /// Message of the condition.
        message: String,
    },
}

/// What a MeshInstallation says of itself.
pub(crate) fn verdict(installation: &MeshInstallation) -> Verdict {
    let generation = installation.metadata.generation;
    let Some(status) = &installation.status else {
        return Verdict::Unseen;
    };
    if status.observed_generation != generation {
        return Verdict::Unseen;
    }
    if let Some((_, reason, message)) = condition(status, STALLED).filter(|said| said.0) {
        return Verdict::Stalled {
            reason: reason.to_owned(),
            message: message.to_owned(),
        };
    }
    match condition(status, READY) {
        Some((true, ..)) => Verdict::Ready,
        Some((false, reasons::SUSPENDED, message)) => {
            let message = message.strip_prefix("suspended: ").unwrap_or(message);
            Verdict::Suspended(message.to_owned())
        }
        Some((false, _, message)) => Verdict::Working(message.to_owned()),
        None => Verdict::Unseen,
    }
}

/// The plan for this very spec that waits for a person.
pub(crate) fn awaited_plan(installation: &MeshInstallation) -> Option<&PlanStatus> {
    if verdict(installation) == Verdict::Unseen {
        return None;
    }
    let plan = installation.status.as_ref()?.plan.as_ref()?;
    plan.awaits_approval.unwrap_or_default().then_some(plan)
}

/// Whether a condition holds, its reason and its message.
pub(crate) fn condition<'a>(
    status: &'a MeshInstallationStatus,
    type_: &str,
) -> Option<(bool, &'a str, &'a str)> {
    let found = status
        .conditions
        .iter()
        .find(|condition| condition.type_ == type_)?;
    Some((found.status == "True", &found.reason, &found.message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn says(observed: i64, conditions: &[(&str, &str, &str)]) -> Verdict {
        let conditions: Vec<_> = conditions
            .iter()
            .map(|(type_, status, reason)| {
                json!({"type": type_, "status": status, "reason": reason, "message": "m",
                       "lastTransitionTime": "2026-01-01T00:00:00Z"})
            })
            .collect();
        verdict(
            &serde_json::from_value(json!({
                "apiVersion": "mainsheet.dev/v1alpha1", "kind": "MeshInstallation",
                "metadata": {"name": "sea", "generation": 4}, "spec": {},
                "status": {"observedGeneration": observed, "conditions": conditions},
            }))
            .unwrap(),
        )
    }

    #[test]
    fn what_is_said_of_an_older_spec_is_no_answer() {
        assert_eq!(says(3, &[("Ready", "True", "Ready")]), Verdict::Unseen);
        assert_eq!(says(-1, &[]), Verdict::Unseen);
        assert_eq!(says(4, &[]), Verdict::Unseen);
    }

    #[test]
    fn stalled_wins_over_all_that_is_said_beside_it() {
        let stalled = Verdict::Stalled {
            reason: "InvalidSpec".into(),
            message: "m".into(),
        };
        assert_eq!(
            says(
                4,
                &[
                    ("Ready", "False", "InvalidSpec"),
                    ("Stalled", "True", "InvalidSpec")
                ]
            ),
            stalled
        );
    }

    #[test]
    fn not_ready_is_working_unless_it_is_suspended() {
        assert_eq!(says(4, &[("Ready", "True", "Ready")]), Verdict::Ready);
        assert_eq!(
            says(4, &[("Ready", "False", "Applying")]),
            Verdict::Working("m".into())
        );
        assert_eq!(
            says(4, &[("Ready", "False", "Suspended")]),
            Verdict::Suspended("m".into())
        );
    }
}
