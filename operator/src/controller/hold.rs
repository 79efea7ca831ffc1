//! What keeps a change from beginning: the checks before it, or a plan that nobody has approved.
//! What runs is kept meanwhile, and what has begun is not asked again.

use mainsheet_core::upgrade::{Facts, Leave, Standing, Transition};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::revision::RevisionState;

use super::approve::{self, Gate};
use super::course::{self, Course, Knowledge};
use super::{Context, Error, adopt, preflight, restart};

/// What keeps a change from beginning.
pub(super) enum Hold {
    /// The checks forbid it, in words.
    Refused(String),
    /// It waits for a person.
    Approval(Gate),
}

/// The course, and what it is held by, if it may not begin yet.
pub(super) async fn course(
    installation: &MeshInstallation,
    facts: &Facts,
    knowledge: &Knowledge<'_>,
    context: &Context,
) -> Result<(Course, Option<Hold>), Error> {
    let measured = restart::measured(&knowledge.installation, context);
    let course = course::course(facts, knowledge, measured, Leave::Given, context)?; // pure
    adopt::refuse(installation, &course.plan)?; // pure
    if !begins(facts, knowledge, &course.transition) {
        return Ok((course, None));
    }
    let refused = preflight::check(installation, facts, knowledge, context).await?;
    let hold = refused.map(Hold::Refused).or_else(|| {
        approve::gate(installation, facts, knowledge, &course).map(Hold::Approval) // pure
    });
    let course = match &hold {
        None => course,
        // Nothing is measured before a change has begun.
        Some(hold) => course::course(facts, knowledge, None, hold.leave(), context)?,
    };
    Ok((course, hold))
}

/// Whether the wanted record begins to come up, or to come back, by this transition.
fn begins(facts: &Facts, knowledge: &Knowledge<'_>, transition: &Transition) -> bool {
    let wanted = &knowledge.target.want.record;
    let comes = |standing: Option<&Standing>| {
        standing.is_some_and(|standing| match standing.state {
            RevisionState::Active | RevisionState::Candidate => standing.since.is_some(),
            RevisionState::Retiring | RevisionState::Superseded => false,
        })
    };
    let before = facts.record(wanted).map(|record| &record.standing);
    !comes(before) && comes(transition.standings.get(wanted))
}

/// Whether a change may begin, by what holds it.
pub(super) fn leave(hold: Option<&Hold>) -> Leave {
    hold.map_or(Leave::Given, Hold::leave)
}

impl Hold {
    fn leave(&self) -> Leave {
        match self {
            Self::Refused(why) => Leave::Refused(why.clone()),
            Self::Approval(_) => Leave::Awaited,
        }
    }
}
