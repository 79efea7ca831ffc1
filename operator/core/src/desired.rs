//! What is wanted, made ready for comparing and sending: every object with its digest, in the
//! order in which it is applied.

use std::borrow::Cow;

use mainsheet_crds::meta;
use mainsheet_manifests::{Body, Kind, Manifests, ObjectId, Wave};
use serde_json::{Map, Value, json};

use crate::live::{Live, LiveBody};
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
    body: Body,
}

// === impl Desired ===

impl Desired {
    /// Takes rendered objects, keeping their order.
    pub fn new(manifests: &Manifests) -> Self {
        let objects = manifests.objects().iter().map(|object| Wanted {
            id: object.id.clone(),
            component: object.component.clone(),
            wave: object.wave,
            digest: match &object.body {
                Body::Rendered(value) => digest::of(value),
                Body::Bundled(bundled) => bundled.digest.to_owned(),
            },
            body: object.body.clone(),
        });
        Self {
            objects: objects.collect(),
        }
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
    /// The object to send, as JSON or YAML text: what was rendered, with its digest as an
    /// annotation, and with what others decide as they have decided it.
    ///
    /// # Errors
    /// When the object cannot be serialised, which no rendered object does.
    pub fn payload(&self, live: Option<&Live>) -> Result<Cow<'static, str>, serde_json::Error> {
        match &self.body {
            Body::Bundled(bundled) => Ok(bundled.payload()),
            Body::Rendered(value) => {
                let mut value = yielding(self.id.kind, value, live).into_owned();
                annotate(&mut value, &self.digest);
                serde_json::to_string(&value).map(Cow::Owned)
            }
        }
    }

    /// Paths in which a live object is not as wanted; empty when it is.
    pub fn differences(&self, live: &Live) -> Vec<String> {
        match (&self.body, &live.body) {
            (Body::Rendered(value), LiveBody::Full(found)) => {
                crate::compare::differences(&yielding(self.id.kind, value, Some(live)), found)
            }
            (Body::Bundled(bundled), LiveBody::SpecDigest(digest)) if *digest == bundled.digest => {
                Vec::new()
            }
            (Body::Bundled(_) | Body::Rendered(_), LiveBody::SpecDigest(_) | LiveBody::Full(_)) => {
                vec!["spec".to_owned()]
            }
        }
    }
}

/// The wanted object with the fields that belong to others once it exists: istiod turns a
/// validating webhook's `failurePolicy` to `Fail` when it can answer, and leaving the field out
/// of an apply would give it the API server's default instead.
fn yielding<'a>(kind: Kind, wanted: &'a Value, live: Option<&Live>) -> Cow<'a, Value> {
    let Some(LiveBody::Full(found)) = live.map(|live| &live.body) else {
        return Cow::Borrowed(wanted);
    };
    if kind != Kind::ValidatingWebhookConfiguration {
        return Cow::Borrowed(wanted);
    }
    let mut yielded = wanted.clone();
    let webhooks = yielded["webhooks"].as_array_mut().into_iter().flatten();
    for webhook in webhooks.filter_map(Value::as_object_mut) {
        if let Some(policy) = failure_policy(found, webhook) {
            webhook.insert("failurePolicy".to_owned(), policy);
        }
    }
    Cow::Owned(yielded)
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
