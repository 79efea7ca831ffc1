//! One step of a move: workloads on the way are looked at, and new ones restarted where there is room.
//! Nothing waits here; the pods that a restart replaces bring the next step.
//!
//! What is remembered only saves requests. An operator that starts anew finds in the workloads
//! themselves what it has restarted.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use http::{Request, header};
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use mainsheet_core::dataplane::{Workload, WorkloadKind};
use mainsheet_core::restart::{
    self, ANNOTATION_RESTARTED, Budget, Found, Member, Order, Report, Round, Verdict,
};
use mainsheet_crds::meta::MANAGER;
use mainsheet_manifests::{Kind, ObjectId};
use serde_json::{Value, json};

use crate::cluster;
use crate::shared::Shared;

/// How many workloads are read at a time.
const PARALLEL_READS: usize = 8;
/// How many workloads one step looks at beside those on the way; the next step goes on.
const LOOKS: usize = 64;
/// How long a workload that was not restarted is left alone before it is looked at again.
const AGAIN: SignedDuration = SignedDuration::from_secs(20);

/// A step that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RestartError {
    /// A workload cannot be read.
    #[error("cannot read {workload}")]
    Read {
        /// Which workload.
        workload: Workload,
        /// What went wrong.
        #[source]
        source: Box<kube::Error>,
    },
    /// PodDisruptionBudgets cannot be listed.
    #[error("cannot list the PodDisruptionBudgets of namespace {namespace}")]
    Budgets {
        /// Which namespace.
        namespace: String,
        /// What went wrong.
        #[source]
        source: Box<kube::Error>,
    },
    /// A workload cannot be restarted.
    #[error("cannot restart {workload}")]
    Write {
        /// Which workload.
        workload: Workload,
        /// What went wrong.
        #[source]
        source: Box<kube::Error>,
    },
    /// A request could not be built.
    #[error("cannot build a request")]
    Request(#[from] http::Error),
}

/// The moves under way, by the name of whose they are.
pub struct Restarts {
    client: Client,
    moves: Shared<BTreeMap<String, Memory>>,
}

/// What is known of a move from the steps before.
#[derive(Clone, Debug)]
struct Memory {
    order: Order,
    on_the_way: BTreeSet<Workload>,
    passed_over: BTreeMap<Workload, (Timestamp, Verdict)>,
}

/// What one step has found out beside its report.
struct Step<'a> {
    client: &'a Client,
    order: Order,
    round: Round,
    memory: Memory,
    budgets: BTreeMap<String, Vec<Budget>>,
}

impl Restarts {
    /// No move is under way.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            moves: Shared::default(),
        }
    }

    /// Makes one step of a move, and says how far it has come. `whose` tells moves apart that are
    /// made at the same time.
    pub async fn step(
        &self,
        whose: &str,
        members: &[Member],
        order: Order,
        now: Timestamp,
    ) -> Result<Report, RestartError> {
        let mut step = Step {
            client: &self.client,
            order,
            round: Round::new(members, order),
            memory: self.memory(whose, order),
            budgets: BTreeMap::new(),
        };
        let result = step.make(members, now).await;
        let mut moves = self.moves.lock();
        moves.insert(whose.to_owned(), step.memory);
        result.map(|()| step.round.report())
    }

    /// Forgets a move that is over.
    pub fn forget(&self, whose: &str) {
        self.moves.lock().remove(whose);
    }

    fn memory(&self, whose: &str, order: Order) -> Memory {
        let moves = self.moves.lock();
        let known = moves
            .get(whose)
            .filter(|memory| memory.order == order)
            .cloned();
        known.unwrap_or_else(|| Memory {
            order,
            on_the_way: BTreeSet::new(),
            passed_over: BTreeMap::new(),
        })
    }
}

// === impl Step ===

impl Step<'_> {
    async fn make(&mut self, members: &[Member], now: Timestamp) -> Result<(), RestartError> {
        let has_to_move =
            |member: &&Member| member.outdated.is_some() && member.workload.kind.is_restartable();
        let (known, others): (Vec<&Member>, Vec<&Member>) = members
            .iter()
            .filter(has_to_move)
            .partition(|member| self.memory.on_the_way.contains(&member.workload));
        self.memory.on_the_way.clear();
        let client = self.client;
        // Made one by one: a closure over borrowed members would keep the future on one thread.
        let mut reads = Vec::new();
        for member in known {
            reads.push(look(client, member));
        }
        let reads = stream::iter(reads).buffered(PARALLEL_READS);
        let found: Vec<_> = reads.try_collect().await?;
        for (member, found) in found {
            self.settle(member, found, now).await?;
        }
        let mut looks = 0;
        for member in others {
            if let Some(verdict) = self.remembered(&member.workload, now) {
                self.round.take(&member.workload, verdict);
            } else if self.round.has_room() && looks < LOOKS {
                looks += 1;
                let found = read(self.client, &member.workload).await?;
                self.settle(member, found, now).await?;
            }
        }
        Ok(())
    }

    /// What was found out a moment ago of a workload that was not restarted.
    fn remembered(&self, workload: &Workload, now: Timestamp) -> Option<Verdict> {
        let (since, verdict) = self.memory.passed_over.get(workload)?;
        (now.duration_since(*since) < AGAIN).then(|| verdict.clone())
    }

    /// Does with a workload what is to be done, and remembers it.
    async fn settle(
        &mut self,
        member: &Member,
        found: Option<Found>,
        now: Timestamp,
    ) -> Result<(), RestartError> {
        let workload = &member.workload;
        let verdict = self.verdict(member, found).await?;
        match &verdict {
            Verdict::Start | Verdict::InFlight(_) | Verdict::Failed(_) => {
                self.memory.on_the_way.insert(workload.clone());
            }
            Verdict::Held(_) | Verdict::Left(_) => {
                let seen = (now, verdict.clone());
                self.memory.passed_over.insert(workload.clone(), seen);
            }
        }
        self.round.take(workload, verdict);
        Ok(())
    }

    async fn verdict(
        &mut self,
        member: &Member,
        found: Option<Found>,
    ) -> Result<Verdict, RestartError> {
        let (Some(outdated), Some(found)) = (&member.outdated, found) else {
            return Ok(Verdict::Left(
                "it is gone, and its pods are still there".to_owned(),
            ));
        };
        let order = self.order;
        let budgets = if found.takes_away {
            self.budgets(&member.workload.namespace).await?
        } else {
            &[]
        };
        match restart::judge(outdated, &found, budgets, &order) {
            Verdict::Start if !self.round.has_room() => {
                Ok(Verdict::Held("its turn comes later".to_owned()))
            }
            Verdict::Start => restart(self.client, &member.workload, &found, &order).await,
            other => Ok(other),
        }
    }

    /// The budgets of a namespace, read once in a step.
    async fn budgets(&mut self, namespace: &str) -> Result<&[Budget], RestartError> {
        if !self.budgets.contains_key(namespace) {
            let kind = Kind::PodDisruptionBudget;
            let uri = format!(
                "/apis/{}/namespaces/{namespace}/{}",
                kind.api_version(),
                kind.plural()
            );
            let request = Request::get(uri).body(Vec::new())?;
            let list: Value =
                self.client
                    .request(request)
                    .await
                    .map_err(|source| RestartError::Budgets {
                        namespace: namespace.to_owned(),
                        source: Box::new(source),
                    })?;
            let items = list["items"].as_array().into_iter().flatten();
            self.budgets
                .insert(namespace.to_owned(), items.map(Budget::read).collect());
        }
        Ok(self.budgets.get(namespace).map_or(&[], Vec::as_slice))
    }
}

/// Path of a workload that is restarted by its template; none for others.
fn path(workload: &Workload) -> Option<String> {
    let kind = match workload.kind {
        WorkloadKind::Deployment => Kind::Deployment,
        WorkloadKind::StatefulSet => Kind::StatefulSet,
        WorkloadKind::DaemonSet => Kind::DaemonSet,
        WorkloadKind::Other(_) => return None,
    };
    let id = ObjectId::new(kind, Some(&workload.namespace), &workload.name);
    Some(cluster::object(&id))
}

async fn look<'m>(
    client: &Client,
    member: &'m Member,
) -> Result<(&'m Member, Option<Found>), RestartError> {
    let found = read(client, &member.workload).await?;
    Ok((member, found))
}

async fn read(client: &Client, workload: &Workload) -> Result<Option<Found>, RestartError> {
    let Some(path) = path(workload) else {
        return Ok(None);
    };
    let request = Request::get(path).body(Vec::new())?;
    match client.request::<Value>(request).await {
        Ok(object) => Ok(Found::read(&workload.kind, &object)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(source) => Err(RestartError::Read {
            workload: workload.clone(),
            source: Box::new(source),
        }),
    }
}

/// Restarts a workload. One that the API server refuses to change for a reason of its own, such as
/// somebody's admission webhook, is left to its owner with the API server's words.
async fn restart(
    client: &Client,
    workload: &Workload,
    found: &Found,
    order: &Order,
) -> Result<Verdict, RestartError> {
    let Some(uri) = path(workload) else {
        return Ok(Verdict::Left("only its owner can restart it".to_owned()));
    };
    // To the second, as kubectl writes it.
    let began = Timestamp::from_second(order.began.as_second()).unwrap_or(order.began);
    let patch = json!({
        // One that was deleted and made anew in the meantime is another one.
        "metadata": {"uid": found.uid},
        "spec": {"template": {"metadata": {"annotations": {ANNOTATION_RESTARTED: began.to_string()}}}},
    });
    let request = Request::patch(format!("{uri}?fieldManager={MANAGER}"))
        .header(header::CONTENT_TYPE, "application/merge-patch+json")
        .body(patch.to_string().into_bytes())?;
    match client.request::<Value>(request).await {
        Ok(_) => {
            tracing::info!(%workload, "restarted");
            Ok(Verdict::Start)
        }
        Err(kube::Error::Api(status)) if matches!(status.code, 400 | 404 | 409 | 422) => {
            Ok(Verdict::Left(format!(
                "the API server refuses to change it: {}",
                status.message
            )))
        }
        Err(source) => Err(RestartError::Write {
            workload: workload.clone(),
            source: Box::new(source),
        }),
    }
}
