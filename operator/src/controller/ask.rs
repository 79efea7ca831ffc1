//! Control planes that are to go are asked for the proxies that are connected to them.

use std::collections::BTreeMap;
use std::time::Duration;

use mainsheet_core::connected::{Answer, Connected};
use mainsheet_crds::meta::LABEL_ISTIO_REV;

use super::course::Knowledge;
use super::pass::Pass;
use super::{Context, Error, gather};
use crate::dataplane::connected;
use crate::run::now;
use crate::shared::Memory;

/// How soon an answer is acted on.
const SOON: Duration = Duration::from_millis(100);

/// What control planes have answered last, by installation and Istio revision.
pub(super) type Memo = Memory<BTreeMap<String, Answer>>;

/// Asks those that the machine wants asked.
pub(super) async fn ask(
    knowledge: &Knowledge<'_>,
    pass: &mut Pass,
    context: &Context,
) -> Result<(), Error> {
    let Some(known) = &pass.known else {
        return Ok(());
    };
    let name = &knowledge.installation;
    let asked = known.transition.ask.clone();
    for revision in &asked {
        let namespace = &knowledge.target.rendered.resolved.namespace;
        let path = format!(
            "/api/v1/namespaces/{namespace}/pods?labelSelector=app%3Distiod,{LABEL_ISTIO_REV}%3D{revision}"
        );
        let mut pods = gather::list(&path, context).await?;
        pods.retain(|pod| pod["status"]["phase"] == "Running");
        let connected = connected(&pods).await;
        match connected {
            Connected::Proxies(count) => {
                tracing::info!(installation = %name, revision, count, "proxies are connected");
            }
            Connected::Silent => {
                tracing::info!(installation = %name, revision, "istiod cannot be asked for its proxies; what is seen of pods counts");
            }
        }
        let answer = Answer {
            connected,
            at: now(),
        };
        context
            .answers
            .change(name, |all| all.insert(revision.clone(), answer));
    }
    if !asked.is_empty() {
        pass.again(SOON);
    }
    Ok(())
}
