//! What a control plane says of the proxies that are connected to it: the last evidence before it
//! goes, since a proxy may be one that nothing else tells of, such as one on a virtual machine.

use jiff::{SignedDuration, Timestamp};

/// The gauge of istiod's own metrics that counts proxies, by their versions.
const GAUGE: &str = "pilot_xds";
/// For how long an answer is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_secs(10);

/// What istiod says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connected {
    /// So many proxies are connected.
    Proxies(u64),
    /// It cannot be asked: it is away, or out of reach.
    Silent,
}

/// What istiod has said, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it has said.
    pub connected: Connected,
    /// When.
    pub at: Timestamp,
}

// === impl Connected ===

impl Connected {
    /// Adds up what the pods of one control plane have answered: their metrics, or nothing. One that
    /// is silent hides what it has, unless others have some.
    pub fn of<'t>(answers: impl IntoIterator<Item = Option<&'t str>>) -> Self {
        let mut sum = None;
        let mut silent = false;
        for answer in answers {
            match answer.and_then(proxies) {
                Some(count) => sum = Some(sum.unwrap_or(0) + count),
                None => silent = true,
            }
        }
        match sum {
            Some(count) if count > 0 || !silent => Self::Proxies(count),
            Some(_) | None => Self::Silent,
        }
    }
}

/// The number of proxies in metrics of Prometheus' text format; none if these are not istiod's.
fn proxies(metrics: &str) -> Option<u64> {
    let values = metrics.lines().filter_map(|line| {
        let rest = line.strip_prefix(GAUGE)?;
        let value = match rest.strip_prefix('{') {
            Some(labelled) => labelled.split_once('}')?.1,
            None => rest.strip_prefix(' ')?,
        };
        value.split_whitespace().next()?.parse::<f64>().ok()
    });
    let values: Vec<f64> = values.collect();
    // istiod shows the gauge from its first proxy on; until then it shows its others.
    if values.is_empty() && !metrics.contains("pilot_info") {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of proxies"
    )]
    Some(values.iter().sum::<f64>() as u64)
}

// === impl Answer ===

impl Answer {
    /// Until when it is good.
    pub fn good_until(&self) -> Timestamp {
        self.at + GOOD_FOR
    }

    /// How many proxies hold the control plane, as far as is known.
    pub fn proxies(&self) -> u64 {
        match self.connected {
            Connected::Proxies(count) => count,
            Connected::Silent => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "# TYPE pilot_xds gauge\npilot_xds{version=\"1.29.6\"} 2\npilot_xds{version=\"1.30.3\"} 3\n\
                       pilot_xds_pushes{type=\"cds\"} 70\npilot_info{version=\"1.30.3\"} 1\n";
    const NONE: &str = "pilot_info{version=\"1.30.3\"} 1\n";

    #[test]
    fn proxies_of_every_version_and_pod_are_added_up() {
        assert_eq!(Connected::of([Some(TWO)]), Connected::Proxies(5));
        assert_eq!(
            Connected::of([Some(TWO), Some(TWO)]),
            Connected::Proxies(10)
        );
        assert_eq!(
            Connected::of([Some("pilot_xds 4\n")]),
            Connected::Proxies(4)
        );
        assert_eq!(Connected::of([Some(NONE)]), Connected::Proxies(0));
    }

    #[test]
    fn who_does_not_answer_hides_what_it_has() {
        assert_eq!(Connected::of([]), Connected::Silent);
        assert_eq!(Connected::of([None, Some(NONE)]), Connected::Silent);
        assert_eq!(Connected::of([None, Some(TWO)]), Connected::Proxies(5));
        assert_eq!(Connected::of([Some("<html>")]), Connected::Silent);
    }
}
