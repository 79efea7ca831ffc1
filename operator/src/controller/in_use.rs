//! What still uses a mesh that is to be removed. Pods and namespaces are watched; the rest is read
//! at that time, and never watched.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;
use kube::api::ApiResource;
use mainsheet_core::removal::{self, Facts, NAMED, Usage};
use mainsheet_crds::MeshInstallation;
use mainsheet_crds::installation::DeletionPolicy;
use mainsheet_crds::istio::extensions::{TrafficExtension, WasmPlugin};
use mainsheet_crds::istio::networking::{
    DestinationRule, EnvoyFilter, Gateway, ProxyConfig, ServiceEntry, Sidecar, VirtualService,
    WorkloadEntry, WorkloadGroup,
};
use mainsheet_crds::istio::security::{
    AuthorizationPolicy, PeerAuthentication, RequestAuthentication,
};
use mainsheet_crds::istio::telemetry::Telemetry;
use mainsheet_crds::meta::{ANNOTATION_RECONCILE, LABEL_MANAGED_BY, MANAGED_BY};
use mainsheet_manifests::Kind;
use serde_json::Value;

use super::{Context, Error, gather, records};
use crate::shared::Memory;

const GATEWAYS: &str = "/apis/gateway.networking.k8s.io/v1/gateways";
const CLASSES: &str = "/apis/gateway.networking.k8s.io/v1/gatewayclasses";

/// What was read of the cluster beside what is watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    resources: BTreeMap<String, Vec<String>>,
    webhooks: Vec<Value>,
}

/// What was read last, by the UID of the installation, with the wish to look again that it answers.
pub(super) type Memo = Memory<(Option<String>, Found)>;

/// What uses the mesh. While pods hold it, what was read before is good enough.
pub(super) async fn usage(
    installation: &MeshInstallation,
    policy: DeletionPolicy,
    context: &Context,
) -> Result<Usage, Error> {
    if policy == DeletionPolicy::Cascade {
        let found = Found {
            resources: BTreeMap::new(),
            webhooks: webhooks(context).await?,
        };
        let callers = look(installation, &found, context, removal::callers);
        return Ok(match callers.as_slice() {
            [] => Usage::Unused,
            _ => Usage::InUse(callers),
        });
    }
    let watched = look(installation, &Found::default(), context, removal::usage);
    if watched == Usage::Unknown {
        return Ok(watched);
    }
    let asked = installation.annotations().get(ANNOTATION_RECONCILE);
    let uid = installation.uid().unwrap_or_default();
    let known = context.looked.look(&uid, |known| {
        let (before, found) = known?;
        (before.as_ref() == asked).then(|| found.clone())
    });
    let found = match known {
        Some(found) if watched != Usage::Unused => found,
        Some(_) | None => {
            let found = Found {
                resources: resources(installation, context).await?,
                webhooks: webhooks(context).await?,
            };
            context.looked.keep(&uid, (asked.cloned(), found.clone()));
            found
        }
    };
    Ok(look(installation, &found, context, removal::usage))
}

fn look<T>(
    installation: &MeshInstallation,
    found: &Found,
    context: &Context,
    answer: impl FnOnce(&Facts<'_>) -> T,
) -> T {
    let (_, facts) = records::facts(installation, context);
    let revisions: BTreeSet<String> = facts
        .records
        .into_iter()
        .map(|record| record.istio_revision)
        .collect();
    let data_plane = context.data_plane.now();
    context.caches.store().with(|live| {
        answer(&Facts {
            installation: &installation.name_any(),
            revisions: &revisions,
            namespace: installation.spec.namespace(),
            data_plane: &data_plane,
            live,
            resources: &found.resources,
            webhooks: &found.webhooks,
        })
    })
}

/// Every webhook configuration in the cluster.
async fn webhooks(context: &Context) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    for kind in [
        Kind::MutatingWebhookConfiguration,
        Kind::ValidatingWebhookConfiguration,
    ] {
        found.extend(gather::all(kind, context).await?);
    }
    Ok(found)
}

/// Users' resources that only a mesh reads; none counts while another installation reads them, too.
async fn resources(
    installation: &MeshInstallation,
    context: &Context,
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut found = BTreeMap::new();
    let reads = |other: &MeshInstallation| {
        other.uid() != installation.uid() && other.metadata.deletion_timestamp.is_none()
    };
    if context.others().iter().any(|other| reads(other)) {
        return Ok(found);
    }
    for api in configuration() {
        let (group, version, plural) = (api.group, api.version, api.plural);
        let path = format!(
            "/apis/{group}/{version}/{plural}?limit={NAMED}&labelSelector={LABEL_MANAGED_BY}%21%3D{MANAGED_BY}"
        );
        let items = gather::list_metadata(&path, context).await?;
        if !items.is_empty() {
            found.insert(api.kind, items.iter().map(removal::name).collect());
        }
    }
    let gateways = gather::list(GATEWAYS, context).await?;
    if !gateways.is_empty() {
        let classes = gather::list(CLASSES, context).await?;
        let of_istio = removal::gateways(&gateways, &classes);
        if !of_istio.is_empty() {
            found.insert("Gateway (Gateway API)".to_owned(), of_istio);
        }
    }
    Ok(found)
}

/// Every kind that users configure a mesh with.
pub(crate) fn configuration() -> [ApiResource; 15] {
    [
        ApiResource::erase::<AuthorizationPolicy>(&()),
        ApiResource::erase::<DestinationRule>(&()),
        ApiResource::erase::<EnvoyFilter>(&()),
        ApiResource::erase::<Gateway>(&()),
        ApiResource::erase::<PeerAuthentication>(&()),
        ApiResource::erase::<ProxyConfig>(&()),
        ApiResource::erase::<RequestAuthentication>(&()),
        ApiResource::erase::<ServiceEntry>(&()),
        ApiResource::erase::<Sidecar>(&()),
        ApiResource::erase::<Telemetry>(&()),
        ApiResource::erase::<TrafficExtension>(&()),
        ApiResource::erase::<VirtualService>(&()),
        ApiResource::erase::<WasmPlugin>(&()),
        ApiResource::erase::<WorkloadEntry>(&()),
        ApiResource::erase::<WorkloadGroup>(&()),
    ]
}
