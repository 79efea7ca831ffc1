//! An object as the API server sent it, in one piece: kube's own dynamic object would be taken apart
//! and put together again.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::api::ApiResource;
use kube::core::DynamicResourceScope;
use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

/// An object of any kind.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    pub(super) value: Value,
    /// Holds nothing but the resource version: what kube's watch reads.
    bookkeeping: ObjectMeta,
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let version = value["metadata"]["resourceVersion"].as_str();
        let bookkeeping = ObjectMeta {
            resource_version: version.map(str::to_owned),
            ..ObjectMeta::default()
        };
        Ok(Self { value, bookkeeping })
    }
}

impl Resource for Whole {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(resource: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&resource.kind)
    }

    fn group(resource: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&resource.group)
    }

    fn version(resource: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&resource.version)
    }

    fn api_version(resource: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&resource.api_version)
    }

    fn plural(resource: &ApiResource) -> Cow<'_, str> {
        Cow::Borrowed(&resource.plural)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.bookkeeping
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.bookkeeping
    }
}
