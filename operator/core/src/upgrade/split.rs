//! Which namespaces each of two control planes takes next, so that on the way from what is there to
//! what is wanted every pod has one that injects it, and never two.
//!
//! Two objects cannot be written at once. So whoever is to gain a namespace has it first, and only
//! when that was seen does the other let it go; in between both match, and the guard makes the one
//! that is called second skip what the first has injected. Written in any order, or only one of them,
//! what this gives is safe; carried out again and again, it arrives.

use mainsheet_manifests::{Cover, Found, Share};

use super::transition::Serve;

/// What the two are to have next; none for webhooks that are not to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Of the one that takes over.
    pub to: Option<Share>,
    /// Of the one that lets go.
    pub from: Option<Share>,
}

/// The next shares, from those that are there. `ready` says that the control plane which takes over
/// can inject.
pub fn shares(serve: &Serve, ready: bool, to: &Found, from: Option<&Found>) -> Shares {
    let callable = to.callable;
    let to = &to.share;
    let Some(from) = from.map(|from| &from.share) else {
        let there = !to.cover.is_none();
        return Shares {
            to: (ready || there || serve.at_once).then(Share::whole),
            from: None,
        };
    };
    if !serve.parked && from.cover.is_none() {
        return Shares {
            to: Some(Share::whole()),
            from: None,
        };
    }
    let wanted = &serve.wanted;
    // Nobody gains while the other would inject a second time, or what gains cannot be called.
    let gains = if ready && callable && from.guarded {
        wanted.clone()
    } else {
        wanted.and(&to.cover)
    };
    // What the other does not have it keeps; what nobody has is the other's until it can gain it.
    let next_to = gains.or(&to.cover.and(&from.cover.complement()));
    // What was handed over stays so; more is let go only to one that can inject.
    let taken = if ready && callable && to.guarded {
        to.cover.clone()
    } else {
        to.cover.and(&from.cover.complement())
    };
    let next_from = wanted.and(&taken).complement();
    let guarded = |cover: Cover| Share {
        cover,
        guarded: true,
    };
    Shares {
        // It is there before it has anything, so that istiod can give it its bundle.
        to: Some(guarded(next_to)),
        from: (serve.parked || !next_from.is_none()).then(|| guarded(next_from)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn serve(wanted: Cover, parked: bool) -> Serve {
        Serve {
            name: "default".into(),
            to: "new".into(),
            from: Some("old".into()),
            wanted,
            parked,
            at_once: false,
        }
    }

    fn some(names: &BTreeSet<u8>) -> Cover {
        Cover::Only(names.iter().map(|name| format!("n{name}")).collect())
    }

    /// Names that are enough to tell covers of up to four names apart.
    fn everyone() -> Vec<String> {
        (0..6).map(|name| format!("n{name}")).collect()
    }

    /// Every pod has a webhook; where it has two, both skip what is injected.
    fn is_safe(to: &Share, from: &Share) -> Result<(), TestCaseError> {
        for name in everyone() {
            let (new, old) = (to.cover.contains(&name), from.cover.contains(&name));
            prop_assert!(new || old, "{name} has no webhook: {to:?} {from:?}");
            prop_assert!(
                !(new && old) || (to.guarded && from.guarded),
                "{name} is injected twice: {to:?} {from:?}"
            );
        }
        Ok(())
    }

    /// Who has no webhooks cannot be called; who has them gets its bundle before the next look.
    fn there(share: Option<&Share>) -> Found {
        share.map_or_else(Found::nothing, |share| Found {
            share: share.clone(),
            callable: true,
        })
    }

    /// The two, written in some order, now and then only one of them.
    struct Two {
        to: Option<Share>,
        from: Option<Share>,
    }

    impl Two {
        fn settle(&mut self, serve: &Serve, order: &[u8]) -> Result<(), TestCaseError> {
            for write in order.iter().copied().chain([0, 1, 0, 1, 0, 1, 0, 1]) {
                let from = there(self.from.as_ref());
                let next = shares(serve, true, &there(self.to.as_ref()), Some(&from));
                if write == 0 {
                    self.to = next.to;
                } else {
                    self.from = next.from;
                }
                let share = |side: &Option<Share>| side.clone().unwrap_or_else(Share::absent);
                is_safe(&share(&self.to), &share(&self.from))?;
            }
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn at_every_moment_of_a_migration_and_of_its_way_back_a_pod_has_one_webhook(
            goals in prop::collection::vec(prop::collection::btree_set(0u8..4, 0..4), 1..4),
            orders in prop::collection::vec(prop::collection::vec(0u8..2, 0..4), 5),
            back in any::<bool>(),
        ) {
            let mut two = Two { to: None, from: Some(Share::whole()) };
            let mut steps: Vec<Serve> = goals.iter().map(|goal| serve(some(goal), true)).collect();
            steps.push(serve(if back { Cover::none() } else { Cover::all() }, true));
            for (step, order) in steps.iter().zip(orders.iter().cycle()) {
                two.settle(step, order)?;
                prop_assert_eq!(&two.to.as_ref().unwrap().cover, &step.wanted);
                prop_assert_eq!(&two.from.as_ref().unwrap().cover, &step.wanted.complement());
            }
            // Who has nothing goes, and the other one is as it would be alone.
            if back {
                std::mem::swap(&mut two.to, &mut two.from);
            }
            two.settle(&serve(Cover::all(), false), &orders[0])?;
            prop_assert_eq!(two.to, Some(Share::whole()));
            prop_assert_eq!(two.from, None);
        }

        #[test]
        fn who_cannot_inject_gains_nothing(goal in prop::collection::btree_set(0u8..4, 0..4)) {
            let old = Found { share: Share::whole(), callable: true };
            let next = shares(&serve(some(&goal), true), false, &Found::nothing(), Some(&old));
            prop_assert_eq!(next.to.map(|share| share.cover), Some(Cover::none()));
            prop_assert_eq!(next.from.map(|share| share.cover), Some(Cover::all()));
        }
    }

    #[test]
    fn what_nobody_has_yet_is_given_to_the_one_that_is_there() {
        let new_tag = shares(
            &serve(Cover::all(), true),
            true,
            &Found::nothing(),
            Some(&Found::nothing()),
        );
        assert_eq!(new_tag.to.map(|share| share.cover), Some(Cover::none()));
        assert_eq!(new_tag.from.map(|share| share.cover), Some(Cover::all()));
    }

    #[test]
    fn a_tag_that_moves_on_has_webhooks_at_its_goal_before_it_points_there() {
        let old = there(Some(&Share::whole()));
        let next = shares(
            &serve(Cover::all(), false),
            true,
            &Found::nothing(),
            Some(&old),
        );
        assert_eq!(next.to.map(|share| share.cover), Some(Cover::none()));
        assert_eq!(next.from.map(|share| share.cover), Some(Cover::all()));
    }

    #[test]
    fn the_first_control_plane_has_its_webhooks_from_the_start_and_a_tag_waits() {
        let name = |at_once| Serve {
            from: None,
            at_once,
            ..serve(Cover::all(), false)
        };
        let at_once = shares(&name(true), false, &Found::nothing(), None);
        assert_eq!(at_once.to, Some(Share::whole()));
        assert_eq!(
            shares(&name(false), false, &Found::nothing(), None).to,
            None
        );
        let whole = Found {
            share: Share::whole(),
            callable: false,
        };
        let there = shares(&name(false), false, &whole, None);
        assert_eq!(there.to, Some(Share::whole()));
    }
}
