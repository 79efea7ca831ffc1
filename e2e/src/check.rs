//! What tests look for in objects and requests.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use hack::audit::Entry;
use serde_json::Value;

/// Requests that are the operator's own affairs: its Lease, its kinds, its Events.
const OWN: [&str; 3] = ["coordination.k8s.io", "mainsheet.dev", "events.k8s.io"];

/// Requests of the operator.
pub struct Requests(Vec<Entry>);

impl Requests {
    pub(crate) fn of(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// All of them.
    pub fn all(&self) -> &[Entry] {
        &self.0
    }

    /// Writes of the mesh's objects.
    pub fn object_writes(&self) -> Vec<&Entry> {
        self.0
            .iter()
            .filter(|e| e.is_write() && !OWN.contains(&e.group.as_str()))
            .collect()
    }

    /// Reads of the mesh's objects, watches that are only renewed left aside.
    pub fn object_reads(&self) -> Vec<&Entry> {
        let reads = |e: &&Entry| !e.is_write() && e.verb != "watch" && !e.resource.is_empty();
        self.0
            .iter()
            .filter(reads)
            .filter(|e| !OWN.contains(&e.group.as_str()))
            .collect()
    }

    /// Requests that were refused for want of a right.
    pub fn refused(&self) -> Vec<&Entry> {
        self.0.iter().filter(|e| e.is_refused()).collect()
    }

    /// Requests about Secrets.
    pub fn about_secrets(&self) -> Vec<&Entry> {
        self.0.iter().filter(|e| e.resource == "secrets").collect()
    }

    /// What holds for every operator, whatever it was asked for: it has the rights that it uses, and
    /// asks for no Secret; it writes no spec of an installation and no pod, and deletes neither CRDs nor
    /// namespaces, nor anything by a selector.
    pub fn manners(&self) -> Result<()> {
        let is_rude = |e: &&Entry| {
            let deletes = e.verb.starts_with("delete");
            let kept = ["customresourcedefinitions", "namespaces"].contains(&e.resource.as_str());
            let sent = e.request_object.as_ref();
            let spec = e.resource == "meshinstallations"
                && e.subresource.is_empty()
                && sent.is_some_and(|sent| !sent["spec"].is_null());
            e.is_refused()
                || e.resource == "secrets"
                || e.verb == "deletecollection"
                || (e.is_write() && (spec || e.resource == "pods" || (deletes && kept)))
        };
        let rude: Vec<&Entry> = self.0.iter().filter(is_rude).collect();
        ensure!(rude.is_empty(), "the operator has no manners: {rude:#?}");
        Ok(())
    }

    /// Whether nothing of a resource was written.
    pub fn never_wrote(&self, resource: &str) -> bool {
        let writes = self.0.iter().filter(|e| e.is_write());
        writes.filter(|e| e.resource == resource).count() == 0
    }

    /// Whether control planes were deleted, and webhooks that call them before.
    pub fn injectors_went_first(&self) -> bool {
        let webhooks = self.places("mutatingwebhookconfigurations", &["delete"]);
        let deployments = self.places("deployments", &["delete"]);
        match (webhooks.last(), deployments.first()) {
            (Some(webhook), Some(deployment)) => webhook < deployment,
            (None | Some(_), _) => false,
        }
    }

    /// Places in the order of time at which a resource was written in one of these ways.
    pub fn places(&self, resource: &str, verbs: &[&str]) -> Vec<usize> {
        let of = |e: &Entry| e.resource == resource && verbs.contains(&e.verb.as_str());
        let places = self.0.iter().enumerate();
        places
            .filter(|(_, e)| of(e) && e.subresource.is_empty())
            .map(|(place, _)| place)
            .collect()
    }

    /// How many there were of each verb, group, resource and subresource: for messages.
    pub fn summary(&self) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for e in &self.0 {
            let what = format!(
                "{} {}/{}/{} {}",
                e.verb, e.group, e.resource, e.subresource, e.code
            );
            *counts.entry(what).or_default() += 1;
        }
        counts
            .iter()
            .map(|(what, count)| format!("{count} {what}"))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A condition that is True, by its type.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let all = object["status"]["conditions"].as_array()?;
    all.iter()
        .find(|c| c["type"] == kind && c["status"] == "True")
}

/// Whether the status speaks of the spec that the object has.
pub(crate) fn is_observed(object: &Value) -> bool {
    object["status"]["observedGeneration"] == object["metadata"]["generation"]
}

/// Whether the object is Ready for the spec that it has.
pub fn is_ready(object: &Value) -> bool {
    is_observed(object) && condition(object, "Ready").is_some()
}

/// `type=status` of every condition, sorted.
pub fn conditions(object: &Value) -> Vec<String> {
    let all = object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    let mut said: Vec<String> = all
        .map(|c| {
            format!(
                "{}={}",
                c["type"].as_str().unwrap_or("?"),
                c["status"].as_str().unwrap_or("?")
            )
        })
        .collect();
    said.sort();
    said
}

/// Message of the condition Ready, whatever its status.
pub fn ready_message(object: &Value) -> String {
    let all = object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    let ready = all.into_iter().find(|c| c["type"] == "Ready");
    ready
        .and_then(|c| c["message"].as_str())
        .unwrap_or_default()
        .to_owned()
}

/// `Kind namespace/name` of every item of a list, sorted.
pub fn identities(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().into_iter().flatten();
    let mut names: Vec<String> = items
        .map(|o| {
            let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
            let (kind, meta) = (text(&o["kind"]), &o["metadata"]);
            format!(
                "{kind} {}/{}",
                text(&meta["namespace"]),
                text(&meta["name"])
            )
        })
        .collect();
    names.sort();
    names
}
