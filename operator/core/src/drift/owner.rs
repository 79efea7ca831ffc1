//! Who, other than Mainsheet's own applies, owns fields of an object.

use mainsheet_crds::meta;
use serde_json::{Map, Value};

use super::path::Step;

/// A field manager and its fields, as the object's managed fields tell them. The fields stay text
/// until somebody looks: most objects have no such owner, and the others are rarely looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Name of the manager.
    pub manager: String,
    fields: Box<str>,
}

// === impl Owner ===

impl Owner {
    /// The owners of an object besides Mainsheet's applies. Those of subresources are left out:
    /// status and scale are not Mainsheet's.
    pub fn others(metadata: &Map<String, Value>) -> Vec<Self> {
        let entries = metadata.get("managedFields").and_then(Value::as_array);
        entries.into_iter().flatten().filter_map(owner).collect()
    }

    /// The fields, as the tree that `fieldsV1` is.
    pub(super) fn fields(&self) -> Value {
        serde_json::from_str(&self.fields).unwrap_or_default()
    }

    /// Whether the manager owns the field at a path as plans show it, or something below it.
    pub fn owns(&self, path: &str) -> bool {
        walk(&self.fields(), &mut super::FieldPath::default(), path)
    }
}

/// Depth first: is a node of the tree shown as `wanted`, or as something that it begins?
fn walk(fields: &Value, at: &mut super::FieldPath, wanted: &str) -> bool {
    let entries = fields.as_object().into_iter().flatten();
    for (key, below) in entries {
        let Some(step) = Step::parse(key) else {
            continue;
        };
        at.push(step);
        let here = at.to_string();
        let leaf = below.as_object().is_none_or(Map::is_empty);
        let found = here == wanted
            || (leaf && within(wanted, &here))
            || (within(wanted, &here) && walk(below, at, wanted));
        at.pop();
        if found {
            return true;
        }
    }
    false
}

/// Whether `path` is below `parent`.
fn within(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

fn owner(entry: &Value) -> Option<Owner> {
    let manager = entry.get("manager")?.as_str()?;
    let ours = matches!(manager, meta::MANAGER | meta::MANAGER_CLI)
        && entry.get("operation").is_some_and(|how| how == "Apply");
    let whole = entry
        .get("subresource")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty);
    (whole && !ours).then(|| Owner {
        manager: manager.to_owned(),
        fields: entry
            .get("fieldsV1")
            .map(Value::to_string)
            .unwrap_or_default()
            .into_boxed_str(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn others(entries: &Value) -> Vec<Owner> {
        Owner::others(json!({ "managedFields": entries }).as_object().unwrap())
    }

    #[test]
    fn our_applies_and_subresources_are_no_others() {
        let names: Vec<String> = others(&json!([
            {"manager": "mainsheet", "operation": "Apply"},
            {"manager": "mainsheet", "operation": "Update"},
            {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status"},
            {"manager": "kubectl-edit", "operation": "Update"},
        ]))
        .into_iter()
        .map(|owner| owner.manager)
        .collect();
        assert_eq!(names, ["mainsheet", "kubectl-edit"]);
    }

    #[test]
    fn a_manager_owns_what_is_at_below_or_in_what_it_has() {
        let owner = &others(
            &json!([{"manager": "x", "operation": "Update", "fieldsV1": {
            "f:spec": {"f:containers": {"k:{\"name\":\"a\"}": {".": {}, "f:image": {}}}, "f:args": {}}}}]),
        )[0];
        assert!(owner.owns("spec.containers[a].image"));
        assert!(owner.owns("spec.containers"));
        assert!(owner.owns("spec.args[1]"));
        assert!(!owner.owns("spec.containers[b].image"));
        assert!(!owner.owns("spec.arguments"));
    }
}
