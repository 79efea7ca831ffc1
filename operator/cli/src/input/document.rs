//! One file: read, parsed, and found to be a `MeshInstallation`.

use std::path::Path;

use mainsheet_crds::meta::API_VERSION;
use serde_json::{Map, Value};

use super::InputError;
use super::files::{OBJECT_LIMIT, name_of, parsed, text_of};

/// Reads the one `MeshInstallation` in a file; `-` is stdin.
pub(super) fn read(path: &Path) -> Result<Map<String, Value>, InputError> {
    only(&text_of(path, OBJECT_LIMIT)?, &name_of(path))
}

/// A value as it is named in a message.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(_) => "a string".to_owned(),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_)) => scalar.to_string(),
    }
}

fn only(text: &str, file: &str) -> Result<Map<String, Value>, InputError> {
    let mut documents = parsed(text, file)?;
    let count = documents.len();
    match (documents.pop(), count) {
        (None, _) => Err(InputError::Empty(file.to_owned())),
        (Some(document), 1) => installation(document, file),
        (Some(_), count) => Err(InputError::Many {
            file: file.to_owned(),
            count,
        }),
    }
}

/// The document, if it says that it is a `MeshInstallation` of the version that is served.
fn installation(document: Value, file: &str) -> Result<Map<String, Value>, InputError> {
    let wrong = |given: String, allowed| InputError::Kind {
        file: file.to_owned(),
        given,
        allowed,
    };
    let Value::Object(document) = document else {
        return Err(wrong(
            format!("{} given", describe(&document)),
            "one MeshInstallation",
        ));
    };
    for (field, allowed) in [("apiVersion", API_VERSION), ("kind", "MeshInstallation")] {
        match document.get(field).and_then(Value::as_str) {
            Some(given) if given == allowed => {}
            Some(given) => return Err(wrong(format!("{field}: {given:?} given"), allowed)),
            None => return Err(wrong(format!("{field}: missing"), allowed)),
        }
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        only(text, "mesh.yaml").unwrap_err().to_string()
    }

    #[test]
    fn empty_documents_and_comments_do_not_count() {
        let text =
            "# mine\n---\napiVersion: mainsheet.dev/v1alpha1\nkind: MeshInstallation\n---\n# end\n";
        assert_eq!(only(text, "mesh.yaml").unwrap().len(), 2);
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(
            refused(""),
            "mesh.yaml: empty; a MeshInstallation is wanted"
        );
        assert_eq!(refused("# only a comment\n"), refused(""));
        assert!(refused("a: 1\n---\nb: 2\n").starts_with("mesh.yaml: 2 documents"));
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_place() {
        assert!(refused("spec: {a: [1\n").starts_with("mesh.yaml: not YAML: "));
        assert!(
            refused("a: 1\na: 2\n").contains("line 2"),
            "{}",
            refused("a: 1\na: 2\n")
        );
    }

    #[test]
    fn another_kind_is_refused_with_the_one_that_is_wanted() {
        assert_eq!(
            refused("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n"),
            "mesh.yaml: apiVersion: \"install.istio.io/v1alpha1\" given; allowed: mainsheet.dev/v1alpha1"
        );
        assert_eq!(
            refused("apiVersion: mainsheet.dev/v1alpha1\nspec: {}\n"),
            "mesh.yaml: kind: missing; allowed: MeshInstallation"
        );
        assert_eq!(
            refused("- a\n"),
            "mesh.yaml: a list given; allowed: one MeshInstallation"
        );
    }
}
