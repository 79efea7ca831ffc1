//! Our dashboards: made here out of small data, committed as Grafana reads them, and held against
//! what Grafana's documentation says a dashboard is. Their expressions are parsed by a real
//! Prometheus in ring 3.

#![allow(clippy::expect_used, reason = "helpers of tests")]

mod mesh;
mod model;
mod parts;

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::Dashboard;
use serde_json::Value;

const ALL: [&Dashboard; 6] = [
    &mesh::MESH,
    &mesh::SERVICE,
    &mesh::WORKLOAD,
    &parts::CONTROL_PLANE,
    &parts::ZTUNNEL,
    &parts::OPERATOR,
];

fn parsed() -> impl Iterator<Item = (&'static str, Value)> {
    ALL.into_iter()
        .map(|one| (one.file, serde_json::from_str(&one.json()).expect(one.file)))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[test]
fn the_committed_dashboards_are_those_that_are_made_here() {
    for dashboard in ALL {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("generated/dashboards")
            .join(format!("{}.json", dashboard.file));
        if std::env::var_os("MAINSHEET_GENERATE").is_some() {
            std::fs::write(&path, dashboard.json()).expect("can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == dashboard.json(),
            "{} is out of date: cargo xtask generate",
            path.display()
        );
    }
}

#[test]
fn a_dashboard_has_what_grafana_wants_and_an_id_of_its_own() {
    let mut ids = BTreeSet::new();
    for (file, dashboard) in parsed() {
        let id = dashboard["uid"].as_str().expect(file).to_owned();
        assert!(id.len() <= 40 && ids.insert(id), "{file}");
        assert!(!dashboard["title"].as_str().expect(file).is_empty());
        assert!(dashboard["schemaVersion"].as_u64() > Some(36), "{file}");
        for key in ["panels", "tags"] {
            assert!(list(&dashboard[key]).count() > 0, "{file}: {key}");
        }
        for variable in list(&dashboard["templating"]["list"]) {
            assert_eq!(variable["type"], "query", "{file}");
            let query = variable["query"]["query"].as_str().expect(file);
            assert!(query.starts_with("label_values("), "{file}: {query}");
        }
    }
}

#[test]
fn panels_are_of_known_types_lie_beside_each_other_and_ask_the_addons_source() {
    for (file, dashboard) in parsed() {
        let mut taken = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for panel in list(&dashboard["panels"]) {
            let kind = panel["type"].as_str().expect(file);
            let name = format!("{file}: {}", panel["title"]);
            assert!(
                ["row", "stat", "timeseries", "table"].contains(&kind),
                "{name}: {kind}"
            );
            assert!(ids.insert(panel["id"].as_u64()), "{name}");
            let at = |key: &str| panel["gridPos"][key].as_u64().expect(file);
            for x in at("x")..at("x") + at("w") {
                for y in at("y")..at("y") + at("h") {
                    assert!(x < 24 && taken.insert((x, y)), "{name}: {x}, {y}");
                }
            }
            let queries = list(&panel["targets"]).count();
            assert_eq!(queries == 0, kind == "row", "{name}");
            for query in list(&panel["targets"]) {
                assert_eq!(query["datasource"]["uid"], "prometheus", "{name}");
                assert!(!query["expr"].as_str().expect(file).is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn every_variable_that_is_used_is_one_of_the_dashboards() {
    for (file, dashboard) in parsed() {
        let known: BTreeSet<&str> = list(&dashboard["templating"]["list"])
            .filter_map(|variable| variable["name"].as_str())
            .chain(["__rate_interval"])
            .collect();
        for query in list(&dashboard["panels"]).flat_map(|panel| list(&panel["targets"])) {
            let expression = query["expr"].as_str().expect(file);
            for used in expression.split('$').skip(1) {
                let end = used
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(used.len());
                assert!(known.contains(&used[..end]), "{file}: {expression}");
            }
        }
    }
}
