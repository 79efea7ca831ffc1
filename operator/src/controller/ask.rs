//! Control planes that are to go are asked for the proxies that are connected to them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mainsheet_core::connected::{Answer, Connected};
use mainsheet_crds::meta::LABEL_ISTIO_REV;

use super::course::Knowledge;
use super::pass::Pass;
use super::{Context, Error, gather};
use crate::dataplane::connected;
use crate::run::now;

/// How soon an answer is acted on.
const SOON: Duration = Duration::from_millis(100);

type Answers = BTreeMap<String, Answer>;

/// What control planes have answered last, by installation and Istio revision.
#[derive(Debug, Default)]
pub(super) struct Memo(Mutex<BTreeMap<String, Answers>>);

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
        context.answers.keep(name, revision, connected);
    }
    if !asked.is_empty() {
        pass.again(SOON);
    }
    Ok(())
}

// === impl Memo ===

impl Memo {
    /// What was answered last.
    pub(super) fn of(&self, installation: &str) -> Answers {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(installation).cloned().unwrap_or_default()
    }

    fn keep(&self, installation: &str, revision: &str, connected: Connected) {
        let answer = Answer {
            connected,
            at: now(),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = all.entry(installation.to_owned()).or_default();
        answers.insert(revision.to_owned(), answer);
    }

    /// Forgets an installation that is gone.
    pub(super) fn forget(&self, installation: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(installation);
    }
}
