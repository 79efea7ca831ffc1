//! States of records and upgrades, in words and tones.

use mainsheet_crds::installation::{MeshInstallationStatus, Outcome, UpgradePhase, UpgradeStatus};
use mainsheet_crds::revision::RevisionState;

use crate::printer::Tone;
use crate::progress::Mark;

/// What an upgrade is doing.
pub(crate) fn phase(phase: UpgradePhase) -> &'static str {
    match phase {
        UpgradePhase::AwaitingApproval => "awaits approval",
        UpgradePhase::Installing => "installing the control plane",
        UpgradePhase::Verifying => "verifying the control plane",
        UpgradePhase::AwaitingWindow => "waiting for a window",
        UpgradePhase::Moving => "moving workloads",
        UpgradePhase::Soaking => "soaking",
        UpgradePhase::Promoting => "promoting",
        UpgradePhase::RollingBack => "rolling back",
        UpgradePhase::Completed => "completed",
        UpgradePhase::RolledBack => "rolled back",
    }
}

/// Whether an upgrade has come to its end, and to which.
pub(crate) fn mark(phase: UpgradePhase) -> Mark {
    match phase {
        UpgradePhase::AwaitingApproval
        | UpgradePhase::Installing
        | UpgradePhase::Verifying
        | UpgradePhase::AwaitingWindow
        | UpgradePhase::Moving
        | UpgradePhase::Soaking
        | UpgradePhase::Promoting => Mark::Busy,
        UpgradePhase::RollingBack | UpgradePhase::RolledBack => Mark::Bad,
        UpgradePhase::Completed => Mark::Done,
    }
}

/// The tone of a mark.
pub(crate) fn tone(mark: Mark) -> Tone {
    match mark {
        Mark::Bad => Tone::Bad,
        Mark::Busy => Tone::Busy,
        Mark::Done => Tone::Good,
    }
}

/// What a record is to its mesh.
pub(crate) fn state(state: RevisionState) -> &'static str {
    match state {
        RevisionState::Active => "Active",
        RevisionState::Candidate => "Candidate",
        RevisionState::Retiring => "Retiring",
        RevisionState::Superseded => "Superseded",
    }
}

/// How a change ended.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "Completed",
        Outcome::RolledBack => "RolledBack",
    }
}

/// How far an upgrade has come: `moving workloads, wave canary, 3/10 moved: message`.
pub(crate) fn progress(upgrade: &UpgradeStatus) -> String {
    let wave = upgrade.wave.as_ref().map(|wave| format!(", wave {wave}"));
    let moved = match (upgrade.moved, upgrade.total) {
        (Some(moved), Some(total)) => Some(format!(", {moved}/{total} workloads moved")),
        _ => None,
    };
    // The operator's words may begin with the wave, since they stand alone elsewhere.
    let message = upgrade.message.as_ref().map(|said| {
        let named = wave.iter().find_map(|wave| said.strip_prefix(&wave[2..]));
        let rest = named.map_or(said.as_str(), |rest| rest.trim_start_matches([':', ' ']));
        format!(": {rest}")
    });
    let more = [wave, moved, message].into_iter().flatten();
    phase(upgrade.phase).to_owned() + &more.collect::<String>()
}

/// The version of a kept record: none of one that is not kept any more, or not yet.
pub(crate) fn version_of<'a>(status: &'a MeshInstallationStatus, record: &str) -> Option<&'a str> {
    let found = status.revisions.iter().find(|kept| kept.name == record);
    found.map(|kept| kept.version.as_str())
}
