//! What is wanted, made ready for comparing and sending: every object with its digest, in the
//! order in which it is applied.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mainsheet_crds::installation::Drift;
use mainsheet_crds::{istio, meta};
use mainsheet_manifests::{Body, Bundled, Kind, Manifests, Object, ObjectId, Wave};
use serde_json::{Map, Value, json};

use crate::drift::{self, Added};
use crate::live::{Live, LiveBody};
use crate::packed::Packed;
use mainsheet_manifests::digest;

/// Everything that is wanted of one mesh.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    objects: Vec<Wanted>,
}

/// One wanted object.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which object.
    pub id: ObjectId,
    /// Component, as in the label.
    pub component: String,
    /// When it is applied.
    pub wave: Wave,
    /// Digest of the object as rendered.
    pub digest: String,
    body: WantedBody,
    /// What becomes of what others add.
    drift: Drift,
    verified: Verified,
}

#[derive(Clone, Debug)]
enum WantedBody {
    /// Shared: the same object may be wanted by more than one record.
    Rendered(Arc<Packed>),
    Bundled(&'static Bundled),
}

/// The live object that was found to be as wanted last: while it stays the same, it need not be
/// compared again. A memory of what was found out, and no part of what is wanted.
#[derive(Debug, Default)]
struct Verified(AtomicU64);

// === impl Desired ===

impl Desired {
    /// Takes rendered objects, keeping their order.
    pub fn new(manifests: &Manifests) -> Self {
        Self {
            objects: manifests.objects().iter().map(Wanted::new).collect(),
        }
    }

    /// Puts objects into their order.
    pub fn of(objects: impl IntoIterator<Item = Wanted>) -> Self {
        let mut objects: Vec<Wanted> = objects.into_iter().collect();
        objects.sort_by(|one, other| (one.wave, &one.id).cmp(&(other.wave, &other.id)));
        Self { objects }
    }

    /// The same, with what others add to these objects taken away or left.
    #[must_use]
    pub fn held(mut self, drift: Drift) -> Self {
        // What was found to be as wanted stays so where nothing else is wanted now.
        for wanted in self.objects.iter_mut().filter(|one| one.drift != drift) {
            wanted.drift = drift;
            wanted.verified = Verified::default();
        }
        self
    }

    /// The wanted objects, in order.
    pub fn objects(&self) -> &[Wanted] {
        &self.objects
    }

    /// Whether an object of this identity is wanted.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.objects.iter().any(|wanted| wanted.id == *id)
    }
}

// === impl Wanted ===

impl Wanted {
    /// Takes a rendered object.
    pub fn new(object: &Object) -> Self {
        Self {
            id: object.id.clone(),
            component: object.component.clone(),
            wave: object.wave,
            digest: match &object.body {
                Body::Rendered(value) => digest::of(value),
                Body::Bundled(bundled) => bundled.digest.to_owned(),
            },
            body: match &object.body {
                Body::Rendered(value) => WantedBody::Rendered(Arc::new(Packed::new(value))),
                Body::Bundled(bundled) => WantedBody::Bundled(bundled),
            },
            drift: Drift::default(),
            verified: Verified::default(),
        }
    }

    /// The same object with something changed in it.
    #[must_use]
    pub fn changed(&self, change: impl FnOnce(&mut Value)) -> Self {
        let WantedBody::Rendered(packed) = &self.body else {
            return self.clone();
        };
        let mut value = packed.value();
        change(&mut value);
        Self {
            digest: digest::of(&value),
            body: WantedBody::Rendered(Arc::new(Packed::new(&value))),
            verified: Verified::default(),
            ..self.clone()
        }
    }

    /// The object as rendered; none for one that is bundled as text.
    pub fn rendered(&self) -> Option<Value> {
        match &self.body {
            WantedBody::Rendered(packed) => Some(packed.value()),
            WantedBody::Bundled(_) => None,
        }
    }

    /// The object to send, as JSON or YAML text: what was rendered, with its digest as an
    /// annotation, and with what others decide as they have decided it.
    ///
    /// # Errors
    /// When the object cannot be serialised, which no rendered object does.
    pub fn payload(&self, live: Option<&Live>) -> Result<Cow<'static, str>, serde_json::Error> {
        match &self.body {
            WantedBody::Bundled(bundled) => Ok(bundled.payload()),
            WantedBody::Rendered(packed) => {
                let mut value = yielding(self.id.kind, packed.value(), live);
                annotate(&mut value, &self.digest);
                serde_json::to_string(&value).map(Cow::Owned)
            }
        }
    }

    /// Whether a live CRD has the shape of a newer Istio version than this one.
    pub fn is_older_than(&self, live: &Live) -> bool {
        match &self.body {
            WantedBody::Rendered(_) => false,
            WantedBody::Bundled(_) => {
                version(live.shape.as_deref()) > version(Some(istio::VERSION))
            }
        }
    }

    /// Paths in which a live object is not as wanted; empty when it is.
    pub fn differences(&self, live: &Live) -> Vec<String> {
        if self.verified.is(live) {
            return Vec::new();
        }
        let paths = self.compare(live);
        if paths.is_empty() {
            self.verified.note(live);
        }
        paths
    }

    fn compare(&self, live: &Live) -> Vec<String> {
        let mut paths = self.changes(live);
        for added in self.additions(live) {
            let path = added.path.to_string();
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// The patch that takes away what others have added, and puts back what they have changed;
    /// none when an apply does all there is to do.
    ///
    /// # Errors
    /// When the object cannot be serialised, which no rendered object does.
    pub fn removal(&self, live: &Live) -> Result<Option<String>, serde_json::Error> {
        let additions = self.additions(live);
        match &self.body {
            WantedBody::Rendered(packed) if additions.iter().any(|added| !added.inside) => {
                let value = yielding(self.id.kind, packed.value(), Some(live));
                serde_json::to_string(&drift::removal(&value, &additions)).map(Some)
            }
            WantedBody::Rendered(_) | WantedBody::Bundled(_) => Ok(None),
        }
    }

    /// What others have added where nothing but what was rendered is to be.
    fn additions(&self, live: &Live) -> Vec<Added> {
        if self.drift == Drift::Owned {
            return Vec::new();
        }
        match (&self.body, &live.body) {
            (WantedBody::Rendered(packed), LiveBody::Full(found)) if !live.owners.is_empty() => {
                drift::added(self.id.kind, &packed.value(), &found.value(), &live.owners)
            }
            (
                WantedBody::Rendered(_) | WantedBody::Bundled(_),
                LiveBody::Full(_) | LiveBody::SpecDigest(_),
            ) => Vec::new(),
        }
    }

    fn changes(&self, live: &Live) -> Vec<String> {
        match (&self.body, &live.body) {
            (WantedBody::Rendered(packed), LiveBody::Full(found)) => {
                let wanted = yielding(self.id.kind, packed.value(), Some(live));
                crate::compare::differences(&wanted, &found.value())
            }
            (WantedBody::Bundled(bundled), LiveBody::SpecDigest(digest))
                if *digest == bundled.digest =>
            {
                Vec::new()
            }
            (
                WantedBody::Bundled(_) | WantedBody::Rendered(_),
                LiveBody::SpecDigest(_) | LiveBody::Full(_),
            ) => {
                vec!["spec".to_owned()]
            }
        }
    }
}

// === impl Verified ===

impl Verified {
    fn is(&self, live: &Live) -> bool {
        !live.resource_version.is_empty() && self.0.load(Ordering::Relaxed) == Self::mark(live)
    }

    fn note(&self, live: &Live) {
        self.0.store(Self::mark(live), Ordering::Relaxed);
    }

    /// Every change of an object gives it another resource version. Zero stands for none.
    fn mark(live: &Live) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&live.uid, &live.resource_version).hash(&mut hasher);
        hasher.finish().max(1)
    }
}

impl Clone for Verified {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}

/// The numbers of a version; what is none is older than every version.
fn version(text: Option<&str>) -> Option<Vec<u32>> {
    text?.split('.').map(|part| part.parse().ok()).collect()
}

/// The wanted object with the fields that belong to others once it exists: istiod turns a
/// validating webhook's `failurePolicy` to `Fail` when it can answer, and leaving the field out
/// of an apply would give it the API server's default instead.
fn yielding(kind: Kind, mut wanted: Value, live: Option<&Live>) -> Value {
    let Some(LiveBody::Full(found)) = live.map(|live| &live.body) else {
        return wanted;
    };
    if kind != Kind::ValidatingWebhookConfiguration {
        return wanted;
    }
    let found = found.value();
    let webhooks = wanted["webhooks"].as_array_mut().into_iter().flatten();
    for webhook in webhooks.filter_map(Value::as_object_mut) {
        if let Some(policy) = failure_policy(&found, webhook) {
            webhook.insert("failurePolicy".to_owned(), policy);
        }
    }
    wanted
}

fn failure_policy(found: &Value, webhook: &Map<String, Value>) -> Option<Value> {
    let same = found["webhooks"]
        .as_array()?
        .iter()
        .find(|other| other.get("name") == webhook.get("name"))?;
    same.get("failurePolicy").cloned()
}

fn annotate(value: &mut Value, digest: &str) {
    let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_null() {
        *annotations = json!({});
    }
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.insert(meta::ANNOTATION_APPLIED.to_owned(), json!(digest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{live, object};

    fn validator(policy: &str) -> Value {
        json!({"webhooks": [{"name": "rev.validation.istio.io", "failurePolicy": policy}]})
    }

    fn wanted(kind: Kind, name: &str, fields: Value) -> Wanted {
        let manifests = Manifests::new([object(kind, name, Wave::Webhooks, fields)]);
        Desired::new(&manifests).objects[0].clone()
    }

    #[test]
    fn the_failure_policy_is_ours_only_until_the_object_exists() {
        let wanted = wanted(
            Kind::ValidatingWebhookConfiguration,
            "v",
            validator("Ignore"),
        );
        let flipped = live(Kind::ValidatingWebhookConfiguration, "v", validator("Fail"));
        assert!(
            wanted
                .payload(None)
                .unwrap()
                .contains(r#""failurePolicy":"Ignore""#)
        );
        assert!(
            wanted
                .payload(Some(&flipped))
                .unwrap()
                .contains(r#""failurePolicy":"Fail""#)
        );
        assert_eq!(wanted.differences(&flipped), Vec::<String>::new());
    }

    #[test]
    fn what_was_found_as_wanted_is_compared_anew_once_it_has_changed() {
        let wanted = wanted(Kind::ConfigMap, "c", json!({"data": {"k": "v"}}));
        let at = |version: &str, value: &str| Live {
            resource_version: version.to_owned(),
            ..live(Kind::ConfigMap, "c", json!({"data": {"k": value}}))
        };
        assert_eq!(wanted.differences(&at("1", "v")), Vec::<String>::new());
        assert_eq!(wanted.differences(&at("2", "edited")), ["data.k"]);
        assert_eq!(wanted.differences(&at("3", "v")), Vec::<String>::new());
        let another = Live {
            uid: "of its successor".to_owned(),
            ..at("3", "edited")
        };
        assert_eq!(wanted.differences(&another), ["data.k"]);
    }

    #[test]
    fn a_mutating_webhook_stays_as_rendered() {
        let wanted = wanted(Kind::MutatingWebhookConfiguration, "m", validator("Fail"));
        let edited = live(Kind::MutatingWebhookConfiguration, "m", validator("Ignore"));
        assert_eq!(
            wanted.differences(&edited),
            ["webhooks[rev.validation.istio.io].failurePolicy"]
        );
    }

    #[test]
    fn what_is_sent_carries_its_digest() {
        let wanted = wanted(Kind::ConfigMap, "c", json!({"data": {"k": "v"}}));
        let sent: Value = serde_json::from_str(&wanted.payload(None).unwrap()).unwrap();
        assert_eq!(
            sent["metadata"]["annotations"][meta::ANNOTATION_APPLIED],
            json!(wanted.digest)
        );
    }
}
