//! What istiod means a proxy to have, held against what the proxy has.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::envoy::Dump;

/// How many fields of one resource are named.
const PATHS: usize = 5;

/// One resource that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// The proxy does not have it.
    OnlyIstiod(String),
    /// istiod does not know of it.
    OnlyProxy(String),
    /// Both have it, with differences at these paths.
    Differs { name: String, paths: Vec<String> },
}

/// The differences of each kind of resource that istiod sends: kind, and what differs.
pub(crate) fn compare(istiod: &Dump, proxy: &Dump) -> Vec<(&'static str, Vec<Difference>)> {
    let (wanted, actual) = (istiod.dynamic(), proxy.dynamic());
    let kinds = wanted.into_iter().zip(actual);
    kinds
        .map(|((kind, wanted), (_, actual))| (kind, differences(&wanted, &actual)))
        .collect()
}

fn differences(
    wanted: &BTreeMap<&str, &Value>,
    actual: &BTreeMap<&str, &Value>,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, wanted) in wanted {
        let name = (*name).to_owned();
        let Some(actual) = actual.get(name.as_str()) else {
            found.push(Difference::OnlyIstiod(name));
            continue;
        };
        let mut paths = Vec::new();
        walk(wanted, actual, "", &mut paths);
        if !paths.is_empty() {
            found.push(Difference::Differs { name, paths });
        }
    }
    let unknown = actual.keys().filter(|name| !wanted.contains_key(*name));
    found.extend(unknown.map(|name| Difference::OnlyProxy((*name).to_owned())));
    found
}

/// Collects the paths of what differs, in snake case, which is Envoy's own.
fn walk(wanted: &Value, actual: &Value, path: &str, found: &mut Vec<String>) {
    match (wanted, actual) {
        (Value::Object(wanted), Value::Object(actual)) => {
            let (wanted, actual) = (by_snake_case(wanted), by_snake_case(actual));
            let mut names: Vec<&String> = wanted.keys().chain(actual.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let side = |fields: &BTreeMap<String, &Value>| {
                    fields
                        .get(name)
                        .map_or(Value::Null, |value| (*value).clone())
                };
                let dot = if path.is_empty() { "" } else { "." };
                walk(
                    &side(&wanted),
                    &side(&actual),
                    &format!("{path}{dot}{name}"),
                    found,
                );
            }
        }
        (Value::Array(wanted), Value::Array(actual)) if wanted.len() == actual.len() => {
            for (at, (wanted, actual)) in wanted.iter().zip(actual).enumerate() {
                walk(wanted, actual, &format!("{path}[{at}]"), found);
            }
        }
        (wanted, actual) if wanted == actual => {}
        _ => found.push(path.to_owned()),
    }
}

fn by_snake_case(fields: &serde_json::Map<String, Value>) -> BTreeMap<String, &Value> {
    fields
        .iter()
        .map(|(name, value)| (snake(name), value))
        .collect()
}

fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

impl Difference {
    /// The difference as a line.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::OnlyIstiod(name) => format!("- {name}: the proxy does not have it"),
            Self::OnlyProxy(name) => format!("+ {name}: istiod does not send it"),
            Self::Differs { name, paths } => {
                let shown = &paths[..paths.len().min(PATHS)];
                let more = match paths.len().saturating_sub(PATHS) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("~ {name}: {}{more}", shown.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn dump(clusters: &Value) -> Dump {
        let section = json!({"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "dynamicActiveClusters": clusters});
        Dump::parse(&json!({"configs": [section]}).to_string()).unwrap()
    }

    fn told(istiod: &Value, proxy: &Value) -> Vec<String> {
        let (istiod, proxy) = (dump(istiod), dump(proxy));
        let compared = compare(&istiod, &proxy);
        assert_eq!(compared[0].0, "clusters");
        compared[0].1.iter().map(Difference::describe).collect()
    }

    #[test]
    fn spelling_and_versions_are_no_difference() {
        let istiod = json!([{"cluster": {"name": "a", "edsClusterConfig": {"serviceName": "s"}}}]);
        let proxy = json!([{"version_info": "7", "last_updated": "now",
                            "cluster": {"name": "a", "eds_cluster_config": {"service_name": "s"}}}]);
        assert_eq!(told(&istiod, &proxy), Vec::<String>::new());
    }

    #[test]
    fn what_differs_is_named_with_its_path() {
        let istiod = json!([{"cluster": {"name": "a", "type": "EDS"}}, {"cluster": {"name": "b"}},
                            {"cluster": {"name": "c", "locality": {"zone": "z"}, "list": [{"x": 1}, 2]}}]);
        let proxy = json!([{"cluster": {"name": "a", "type": "EDS"}}, {"cluster": {"name": "d"}},
                           {"cluster": {"name": "c", "locality": {"zone": "y"}, "list": [{"x": 1}, 3]}}]);
        assert_eq!(
            told(&istiod, &proxy),
            [
                "- b: the proxy does not have it",
                "~ c: list[1], locality.zone",
                "+ d: istiod does not send it"
            ]
        );
    }

    #[test]
    fn of_many_paths_some_are_shown() {
        let paths: Vec<String> = (0..7).map(|n| n.to_string()).collect();
        let difference = Difference::Differs {
            name: "a".to_owned(),
            paths,
        };
        assert_eq!(difference.describe(), "~ a: 0, 1, 2, 3, 4 and 2 more");
    }
}
