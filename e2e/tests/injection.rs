//! The operator's webhook objects are called by the real API server, and the witness sees it.

use anyhow::Result;
use hack::poll;
use mainsheet_e2e::{Creator, DEADLINE, Deployment, Injector, World, injected_by, namespace};

#[test]
fn pods_of_labelled_namespaces_are_injected_once_and_others_not_at_all() -> Result<()> {
    let world = World::new("injection")?;
    let operator = world.start_operator()?;
    let injector = Injector::start()?;
    world.set_up_injection(&injector)?;

    world.apply(&namespace("plain", &[]).to_string())?;
    for (namespace, replicas) in [("shop", 3), ("plain", 2)] {
        let web = Deployment {
            namespace,
            name: "web",
            replicas,
            labels: &[],
        };
        world.apply(&web.document().to_string())?;
    }
    let both = poll::until("the pods", DEADLINE, || {
        let counts = injected_by(&world)?;
        Ok((counts.values().sum::<usize>() == 5).then_some(counts))
    })?;
    let key = |namespace: &str, revision: &str| (namespace.to_owned(), revision.to_owned());
    assert_eq!(both[&key("shop", "default")], 3);
    assert_eq!(both[&key("plain", "")], 2);
    assert!(
        injector
            .calls()
            .iter()
            .all(|call| !call.again && call.namespace == "shop")
    );

    // A control plane that does not answer blocks pods rather than letting them up bare.
    let creator = Creator::start(world.cluster().kubeconfig(), &["shop"])?;
    let seen = |what: &str, is: &dyn Fn(&mainsheet_e2e::Report) -> bool| {
        poll::until(what, DEADLINE, || Ok(is(&creator.report()).then_some(())))
    };
    seen("an injected witness", &|report| {
        report.injected.values().sum::<usize>() > 3
    })?;
    injector.fail("one", true);
    seen("a refused witness", &|report| !report.refused.is_empty())?;
    injector.fail("one", false);
    let report = creator.stop()?;
    assert_eq!(report.bare, Vec::<String>::new());
    assert!(
        report.refused[0].contains("sidecar-injector.istio.io"),
        "{:?}",
        report.refused
    );
    operator.stop()
}
