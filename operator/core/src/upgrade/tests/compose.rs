//! What a transition comes to in objects.

use std::collections::BTreeMap;

use mainsheet_manifests::{Cover, Found, Kind, ObjectId, Share, render};
use mainsheet_profiles::{Context, Resolved, parse_spec, resolve};
use serde_json::json;

use crate::desired::Desired;
use crate::upgrade::fixtures::policy;
use crate::upgrade::{Composition, Part, Serve, Transition, compose};

/// A mesh at an Istio revision of its own.
fn resolved(revision: &str) -> Resolved {
    let spec = parse_spec(&json!({"profile": "minimal", "version": "1.30.3"})).unwrap();
    let context = Context {
        revision: Some(revision.to_owned()),
        ..Context::default()
    };
    resolve("sea", &spec, &context).unwrap()
}

/// The objects while the tag `prod` goes from `old` to `new`, which has so much of it.
fn on_the_way(taken: Cover) -> Composition {
    let records = ["old", "new"].map(|name| {
        let resolved = resolved(name);
        let desired = Desired::new(&render(&resolved).unwrap());
        (name.to_owned(), resolved, desired)
    });
    let parts: BTreeMap<String, Part<'_>> = records
        .iter()
        .map(|(name, resolved, desired)| {
            let part = Part {
                resolved,
                desired,
                ready: true,
            };
            (name.clone(), part)
        })
        .collect();
    let found = |cover: &Cover| Found {
        share: Share {
            cover: cover.clone(),
            guarded: true,
        },
        callable: true,
    };
    let there = [("new", taken.clone()), ("old", taken.complement())]
        .map(|(record, cover)| (("prod".to_owned(), record.to_owned()), found(&cover)));
    let transition = Transition {
        shared: "old".to_owned(),
        gateways: "old".to_owned(),
        running: vec!["old".to_owned(), "new".to_owned()],
        serves: vec![Serve {
            name: "prod".to_owned(),
            to: "new".to_owned(),
            from: Some("old".to_owned()),
            wanted: taken,
            parked: true,
            at_once: false,
        }],
        ..Transition::default()
    };
    compose(&transition, &policy(), &parts, &there.into()).unwrap()
}

/// The revision that the Service of the tag sends to.
fn answers(composition: &Composition) -> Option<String> {
    let id = ObjectId::new(
        Kind::Service,
        Some("istio-system"),
        "istiod-revision-tag-prod",
    );
    let mut objects = composition.desired.objects().iter();
    let service = objects.find(|wanted| wanted.id == id)?;
    let selector = &service.rendered()?["spec"]["selector"];
    selector["istio.io/rev"].as_str().map(str::to_owned)
}

#[test]
fn a_tag_is_answered_for_at_any_moment_by_the_old_one_until_the_new_one_has_it_all() {
    for (taken, by) in [
        (Cover::none(), "old"),
        (Cover::Only(["shop".to_owned()].into()), "old"),
        (Cover::all(), "new"),
    ] {
        let composition = on_the_way(taken.clone());
        assert_eq!(answers(&composition).as_deref(), Some(by), "{taken:?}");
    }
}
