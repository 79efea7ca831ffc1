//! What measurements say of a wave: `spec.upgrade.dataPlane.analysis`.
//!
//! A measurement is good, failed or unknown. Failed is only what was measured and is out of its
//! bounds. No answer, an empty one, or one that is no single number is unknown: it does not count
//! towards a rollback, which would punish the mesh for a Prometheus that is down, and does not pass
//! the wave either.

use std::fmt;

use mainsheet_crds::installation::Query;
use serde_json::Value;

/// The answer to a query that is no single number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoNumber {
    /// Prometheus says that it cannot answer.
    #[error("Prometheus answers {kind}: {message}")]
    Refused {
        /// Its word for what went wrong, such as `bad_data`.
        kind: String,
        /// Its message.
        message: String,
    },
    /// No time series matches.
    #[error("no sample; an expression such as `… or vector(0)` always has one")]
    Empty,
    /// More than one time series matches.
    #[error("{0} samples instead of one; an aggregation such as sum() or max() makes one of them")]
    Several(usize),
    /// Another type of result.
    #[error("a result of type {0} instead of a scalar or an instant vector")]
    Type(String),
    /// The sample is not a number, as when nothing is divided by nothing.
    #[error("the sample is not a number (NaN); was there any traffic?")]
    NaN,
    /// The answer is not what Prometheus' API gives.
    #[error("the answer is none of Prometheus' query API")]
    Unreadable,
}

/// The outcome of one query.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Name of the query.
    pub name: String,
    /// What was measured, or why nothing was.
    pub result: Result<f64, String>,
    /// The least that is good.
    pub min: Option<f64>,
    /// The most that is good.
    pub max: Option<f64>,
}

/// What all queries together say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Every measurement is within its bounds.
    Good,
    /// Some are out of bounds: which.
    Failed(String),
    /// None is out of bounds, and some are not known: which, and why.
    Unknown(String),
}

/// The one number in an answer of Prometheus' API for instant queries.
pub fn number(answer: &Value) -> Result<f64, NoNumber> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if answer["status"] == "error" {
        return Err(NoNumber::Refused {
            kind: text(&answer["errorType"]),
            message: text(&answer["error"]),
        });
    }
    let data = &answer["data"];
    let sample = match data["resultType"].as_str() {
        Some("scalar") => &data["result"],
        Some("vector") => match data["result"].as_array().map(Vec::as_slice) {
            Some([]) => return Err(NoNumber::Empty),
            Some([one]) => &one["value"],
            Some(several) => return Err(NoNumber::Several(several.len())),
            None => return Err(NoNumber::Unreadable),
        },
        Some(other) => return Err(NoNumber::Type(other.to_owned())),
        None => return Err(NoNumber::Unreadable),
    };
    // A sample is its time and its value as text, in which infinity is written +Inf.
    let value: f64 = sample[1]
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or(NoNumber::Unreadable)?;
    if value.is_nan() {
        Err(NoNumber::NaN)
    } else {
        Ok(value)
    }
}

/// What the measurements of one round say.
pub fn judge(measurements: &[Measurement]) -> Judgement {
    let said = |pick: fn(&Measurement) -> Option<String>| {
        let said: Vec<String> = measurements.iter().filter_map(pick).collect();
        (!said.is_empty()).then(|| said.join("; "))
    };
    if let Some(failed) = said(Measurement::failure) {
        return Judgement::Failed(failed);
    }
    let unknown = said(|m| {
        m.result
            .as_ref()
            .err()
            .map(|why| format!("{}: {why}", m.name))
    });
    unknown.map_or(Judgement::Good, Judgement::Unknown)
}

// === impl Measurement ===

impl Measurement {
    /// The outcome of a query of the spec.
    pub fn new(query: &Query, result: Result<f64, String>) -> Self {
        Self {
            name: query.name.clone(),
            result,
            min: query.min,
            max: query.max,
        }
    }

    /// How it is out of bounds, if it is.
    fn failure(&self) -> Option<String> {
        let value = *self.result.as_ref().ok()?;
        let (name, max, min) = (&self.name, self.max, self.min);
        if let Some(max) = max.filter(|max| value > *max) {
            return Some(format!("{name} is {value}, more than {max}"));
        }
        min.filter(|min| value < *min)
            .map(|min| format!("{name} is {value}, less than {min}"))
    }
}

// === impl Judgement ===

impl Judgement {
    /// Failed measurements in a row, after so many before this one. What is unknown neither ends the
    /// row nor makes it longer.
    pub fn in_a_row(&self, before: i32) -> i32 {
        match self {
            Self::Good => 0,
            Self::Failed(_) => before.saturating_add(1),
            Self::Unknown(_) => before,
        }
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("every measurement is within its bounds"),
            Self::Failed(what) => f.write_str(what),
            Self::Unknown(what) => write!(f, "not known: {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vector(values: &[&str]) -> Value {
        let samples: Vec<Value> = values
            .iter()
            .map(|value| json!({"metric": {}, "value": [1_767_225_600.5, value]}))
            .collect();
        json!({"status": "success", "data": {"resultType": "vector", "result": samples}})
    }

    fn measured(name: &str, result: Result<f64, &str>) -> Measurement {
        let query = Query {
            name: name.to_owned(),
            min: Some(1.0),
            max: Some(5.0),
            ..Query::default()
        };
        Measurement::new(&query, result.map_err(str::to_owned))
    }

    #[test]
    fn one_sample_is_a_number_and_everything_else_says_what_it_is() {
        let scalar = json!({"status": "success", "data": {"resultType": "scalar", "result": [1_767_225_600, "2"]}});
        let matrix = json!({"status": "success", "data": {"resultType": "matrix", "result": []}});
        let refused = json!({"status": "error", "errorType": "bad_data", "error": "parse error"});
        let table = [
            (vector(&["0.25"]), Ok(0.25)),
            (vector(&["+Inf"]), Ok(f64::INFINITY)),
            (scalar, Ok(2.0)),
            (vector(&[]), Err(NoNumber::Empty)),
            (vector(&["1", "2"]), Err(NoNumber::Several(2))),
            (vector(&["NaN"]), Err(NoNumber::NaN)),
            (matrix, Err(NoNumber::Type("matrix".to_owned()))),
            (
                refused,
                Err(NoNumber::Refused {
                    kind: "bad_data".to_owned(),
                    message: "parse error".to_owned(),
                }),
            ),
            (json!({"hello": "world"}), Err(NoNumber::Unreadable)),
            (vector(&["many"]), Err(NoNumber::Unreadable)),
        ];
        for (answer, wanted) in table {
            assert_eq!(number(&answer), wanted, "{answer}");
        }
    }

    #[test]
    fn bounds_themselves_are_good_and_beyond_them_it_fails() {
        for value in [1.0, 3.0, 5.0] {
            assert_eq!(judge(&[measured("errors", Ok(value))]), Judgement::Good);
        }
        let failed = judge(&[
            measured("errors", Ok(5.1)),
            measured("requests", Ok(0.5)),
            measured("x", Err("no answer")),
        ]);
        let what = "errors is 5.1, more than 5; requests is 0.5, less than 1";
        assert_eq!(failed, Judgement::Failed(what.to_owned()));
        assert_eq!(
            judge(&[measured("errors", Ok(f64::INFINITY))]),
            Judgement::Failed("errors is inf, more than 5".to_owned())
        );
    }

    #[test]
    fn what_is_not_known_neither_passes_nor_counts_as_a_failure() {
        let unknown = judge(&[
            measured("errors", Ok(2.0)),
            measured("latency", Err("no answer")),
        ]);
        assert_eq!(unknown.to_string(), "not known: latency: no answer");
        assert_eq!(unknown.in_a_row(1), 1);
        assert_eq!(Judgement::Failed(String::new()).in_a_row(1), 2);
        assert_eq!(Judgement::Good.in_a_row(7), 0);
    }
}
