//! What a dashboard consists of, and how it becomes the JSON that Grafana reads.

use serde_json::{Map, Value, json};

/// One dashboard: a file of the ConfigMap.
pub(crate) struct Dashboard {
    pub file: &'static str,
    pub title: &'static str,
    pub variables: &'static [Variable],
    pub rows: &'static [Row],
}

/// A choice at the top of a dashboard, out of the values that a label has.
pub(crate) struct Variable {
    pub name: &'static str,
    pub title: &'static str,
    /// Series, and the label of theirs.
    pub of: (&'static str, &'static str),
    /// Whether several, or all, may be chosen.
    pub many: bool,
}

/// Panels under a title.
pub(crate) struct Row(pub &'static str, pub &'static [Panel]);

/// One panel.
pub(crate) struct Panel {
    pub shape: Shape,
    pub title: &'static str,
    /// Grafana's name of the unit.
    pub unit: &'static str,
    /// Expression, and the name of its series or column.
    pub queries: &'static [(&'static str, &'static str)],
}

/// How a panel shows its numbers.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// One number.
    Number,
    /// Lines over time.
    Lines,
    /// A table, a column for each query.
    Table,
}

type Queries = &'static [(&'static str, &'static str)];

pub(crate) const fn number(title: &'static str, unit: &'static str, queries: Queries) -> Panel {
    Panel {
        shape: Shape::Number,
        title,
        unit,
        queries,
    }
}

pub(crate) const fn lines(title: &'static str, unit: &'static str, queries: Queries) -> Panel {
    Panel {
        shape: Shape::Lines,
        title,
        unit,
        queries,
    }
}

pub(crate) const fn table(title: &'static str, unit: &'static str, queries: Queries) -> Panel {
    Panel {
        shape: Shape::Table,
        title,
        unit,
        queries,
    }
}

// === impl Dashboard ===

/// Columns of Grafana's grid.
const GRID: u32 = 24;

impl Dashboard {
    /// The JSON: a line a panel, so that a change of one is seen as one.
    pub(crate) fn json(&self) -> String {
        let head = json!({
            "uid": format!("mainsheet-{}", self.file),
            "title": self.title,
            "tags": ["istio", "mainsheet"],
            "schemaVersion": 41,
            "version": 1,
            "editable": false,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": { "from": "now-30m", "to": "now" },
            "timezone": "browser",
            "templating": { "list": self.variables.iter().map(Variable::json).collect::<Vec<_>>() },
        });
        let head = head.to_string();
        let panels: Vec<String> = self.panels().iter().map(Value::to_string).collect();
        let head = head.strip_suffix('}').unwrap_or(&head);
        format!("{head},\"panels\":[\n{}\n]}}\n", panels.join(",\n"))
    }

    fn panels(&self) -> Vec<Value> {
        let mut panels = Vec::new();
        let mut top = 0;
        for Row(title, members) in self.rows {
            panels.push(json!({
                "id": panels.len() + 1, "type": "row", "title": title, "collapsed": false, "panels": [],
                "gridPos": { "x": 0, "y": top, "w": GRID, "h": 1 },
            }));
            top += 1;
            let (mut left, mut height) = (0, 0);
            for panel in *members {
                let (w, h) = panel.shape.size();
                if left + w > GRID {
                    (top, left, height) = (top + height, 0, 0);
                }
                let place = json!({ "x": left, "y": top, "w": w, "h": h });
                panels.push(panel.json(panels.len() + 1, &place));
                (left, height) = (left + w, height.max(h));
            }
            top += height;
        }
        panels
    }
}

// === impl Variable ===

impl Variable {
    fn json(&self) -> Value {
        let (series, label) = self.of;
        let query = format!("label_values({series}, {label})");
        json!({
            "name": self.name,
            "label": self.title,
            "type": "query",
            "datasource": source(),
            "query": { "query": query, "refId": self.name },
            "definition": query,
            "refresh": 2,
            "sort": 1,
            "multi": self.many,
            "includeAll": self.many,
            "allValue": if self.many { json!(".*") } else { Value::Null },
        })
    }
}

// === impl Panel ===

impl Panel {
    fn json(&self, id: usize, place: &Value) -> Value {
        let targets: Vec<Value> = self
            .queries
            .iter()
            .zip('A'..)
            .map(|((expr, legend), letter)| self.shape.target(expr, legend, letter))
            .collect();
        let mut panel = json!({
            "id": id,
            "type": self.shape.kind(),
            "title": self.title,
            "datasource": source(),
            "gridPos": place,
            "targets": targets,
            "fieldConfig": { "defaults": { "unit": self.unit }, "overrides": [] },
            "options": self.shape.options(),
        });
        match self.shape {
            Shape::Number => {}
            Shape::Lines => {
                panel["fieldConfig"]["defaults"]["custom"] =
                    json!({ "fillOpacity": 10, "showPoints": "never" });
                panel["fieldConfig"]["defaults"]["min"] = json!(0);
            }
            Shape::Table => panel["transformations"] = self.columns(),
        }
        panel
    }

    /// One table of the answers, with a column a query.
    fn columns(&self) -> Value {
        let names: Map<String, Value> = self
            .queries
            .iter()
            .zip('A'..)
            .map(|((_, name), letter)| (format!("Value #{letter}"), json!(name)))
            .collect();
        json!([
            { "id": "merge", "options": {} },
            { "id": "organize", "options": { "excludeByName": { "Time": true }, "renameByName": names } },
        ])
    }
}

// === impl Shape ===

impl Shape {
    const fn kind(self) -> &'static str {
        match self {
            Self::Number => "stat",
            Self::Lines => "timeseries",
            Self::Table => "table",
        }
    }

    /// Columns and rows of the grid.
    const fn size(self) -> (u32, u32) {
        match self {
            Self::Number => (4, 4),
            Self::Lines => (8, 8),
            Self::Table => (GRID, 10),
        }
    }

    fn options(self) -> Value {
        match self {
            Self::Number => {
                json!({ "colorMode": "value", "graphMode": "area", "reduceOptions": { "calcs": ["lastNotNull"] } })
            }
            Self::Lines => {
                json!({ "legend": { "displayMode": "list", "placement": "bottom" }, "tooltip": { "mode": "multi", "sort": "desc" } })
            }
            Self::Table => json!({ "showHeader": true }),
        }
    }

    fn target(self, expr: &str, legend: &str, letter: char) -> Value {
        let mut target = json!({
            "refId": letter.to_string(), "datasource": source(), "expr": expr, "legendFormat": legend,
        });
        if matches!(self, Self::Table) {
            target["format"] = json!("table");
            target["instant"] = json!(true);
        }
        target
    }
}

/// The datasource that the addon sets up.
fn source() -> Value {
    json!({ "type": "prometheus", "uid": "prometheus" })
}
