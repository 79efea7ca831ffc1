//! The CRD document of a kind: its one schema under every version that is served.
//!
//! All versions of an Istio kind have the same schema, so none is ever converted. The documents
//! say what the API server would fill in, so that a CRD read back equals the one applied.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceConversion, CustomResourceDefinition, CustomResourceDefinitionVersion,
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};

use super::IstioKind;

/// The CRD of kind `K`, with all its versions; only the first of them is described.
pub fn crd<K: IstioKind>() -> CustomResourceDefinition {
    let mut crd = K::crd();
    crd.spec.names.list_kind = Some(format!("{}List", crd.spec.names.kind));
    crd.spec.conversion = Some(CustomResourceConversion {
        strategy: "None".into(),
        webhook: None,
    });
    let derived = std::mem::take(&mut crd.spec.versions);
    crd.spec.versions = derived.into_iter().flat_map(versions::<K>).collect();
    crd
}

fn versions<K: IstioKind>(
    derived: CustomResourceDefinitionVersion,
) -> impl Iterator<Item = CustomResourceDefinitionVersion> {
    K::SERVED.iter().enumerate().map(move |(index, name)| {
        let mut version = derived.clone();
        (*name).clone_into(&mut version.name);
        version.storage = *name == K::STORED;
        let schema = version
            .schema
            .as_mut()
            .and_then(|schema| schema.open_api_v3_schema.as_mut());
        if let Some(schema) = schema {
            finish(schema, index == 0);
        }
        version
    })
}

/// Sets right what `kube`'s own rewriting takes from integers-or-strings, drops titles, and puts
/// each description on one line, or drops it.
fn finish(schema: &mut JSONSchemaProps, described: bool) {
    schema.title = None;
    if schema.x_kubernetes_int_or_string == Some(true) {
        let of_type = |name: &str| JSONSchemaProps {
            type_: Some(name.into()),
            ..<_>::default()
        };
        schema.any_of = Some(vec![of_type("integer"), of_type("string")]);
        schema.nullable = None;
    }
    schema.description = schema
        .description
        .take()
        .filter(|_| described)
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    for property in schema
        .properties
        .iter_mut()
        .flat_map(|properties| properties.values_mut())
    {
        finish(property, described);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        finish(items, described);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        finish(values, described);
    }
}
