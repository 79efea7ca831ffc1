//! What is committed is what the types give.

use mainsheet_crds::istio;

use crate::support;

#[test]
fn the_committed_crds_are_those_of_the_types() {
    let of_types: Vec<_> = istio::all_crds()
        .iter()
        .map(|crd| {
            (
                crd.metadata.name.clone().unwrap(),
                istio::document(crd).unwrap(),
            )
        })
        .collect();
    assert!(
        support::committed() == of_types,
        "run `cargo run -p mainsheet-crds --example istio_crds -- crds/generated/istio`"
    );
}

#[test]
fn the_embedded_documents_are_the_committed_ones() {
    let embedded = istio::CRD_DOCUMENTS.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert!(support::texts(&support::path("generated/istio")) == embedded);
}

#[test]
fn labels_can_be_put_behind_the_name_of_a_document() {
    for (name, text) in istio::CRD_DOCUMENTS {
        let head = format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
             metadata:\n  name: {name}\nspec:\n"
        );
        assert!(text.starts_with(&head), "{name}");
    }
}

#[test]
fn a_crd_says_what_the_api_server_would_fill_in() {
    for (name, crd) in support::committed() {
        let spec = &crd["spec"];
        let names = &spec["names"];
        let kind = names["kind"].as_str().unwrap();
        assert_eq!(names["listKind"], format!("{kind}List"), "{name}");
        assert_eq!(names["singular"], kind.to_lowercase(), "{name}");
        assert_eq!(spec["conversion"]["strategy"], "None", "{name}");
    }
}

#[test]
fn only_the_newest_version_is_described() {
    for (name, crd) in support::committed() {
        let versions = crd["spec"]["versions"].as_array().unwrap();
        let described = versions
            .iter()
            .map(|version| version.to_string().contains("\"description\""));
        let expected = (0..versions.len()).map(|index| index == 0);
        assert!(described.eq(expected), "{name}");
    }
}
