//! The versions of Istio that are bundled, as data. A new patch version is a line of
//! [`RELEASES`]; a new minor is a line of [`MINORS`] too, and the differences it really has.

use std::fmt;

use crate::addon::Images;

/// What is common to the patch versions of a minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minor {
    /// `30` for Istio 1.30.
    pub number: u32,
    /// Registry and path of the released images.
    pub hub: &'static str,
    /// Oldest and newest minor version of Kubernetes that it supports.
    pub kubernetes: (u32, u32),
    /// Day of the first release, `YYYY-MM-DD`; none for a preview.
    pub released: Option<&'static str>,
    /// Month in which upstream's support ends or is expected to, `YYYY-MM`.
    pub support_ends: Option<&'static str>,
    /// Compatibility versions that it knows, by minor number.
    pub compatibility: (u32, u32),
    /// Images of the addons that upstream ships with it.
    pub addons: Images,
}

/// A bundled version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Minor version.
    pub minor: &'static Minor,
    /// Patch version.
    pub patch: u32,
    /// Whether new meshes may be installed with it.
    pub stage: Stage,
}

/// Whether new meshes may be installed with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Installed only when named.
    Preview,
    /// Installed by default, if it is the newest.
    Current,
    /// Kept only for the meshes that run it.
    EndOfLife,
}

/// The images of 1.30; the other minor versions say where theirs differ.
const ADDONS: Images = Images {
    prometheus: "docker.io/prom/prometheus:v3.10.0",
    loki: "docker.io/grafana/loki:3.6.5",
    jaeger: "docker.io/jaegertracing/jaeger:2.14.0",
    zipkin: "docker.io/openzipkin/zipkin-slim:3.4.0",
    grafana: "docker.io/grafana/grafana:12.0.1",
    kiali: "quay.io/kiali/kiali:v2.26",
};

const MINORS: [Minor; 4] = [
    Minor {
        number: 28,
        hub: "docker.io/istio",
        kubernetes: (30, 34),
        released: Some("2025-11-05"),
        support_ends: Some("2026-07"),
        compatibility: (25, 27),
        addons: Images {
            prometheus: "docker.io/prom/prometheus:v3.5.0",
            loki: "docker.io/grafana/loki:3.5.5",
            jaeger: "docker.io/jaegertracing/all-in-one:1.70.0",
            kiali: "quay.io/kiali/kiali:v2.17",
            ..ADDONS
        },
    },
    Minor {
        number: 29,
        hub: "docker.io/istio",
        kubernetes: (31, 35),
        released: Some("2026-02-16"),
        support_ends: Some("2026-08"),
        compatibility: (25, 28),
        addons: Images {
            prometheus: "docker.io/prom/prometheus:v3.8.1",
            loki: "docker.io/grafana/loki:3.6.3",
            kiali: "quay.io/kiali/kiali:v2.21",
            ..ADDONS
        },
    },
    Minor {
        number: 30,
        hub: "registry.istio.io/release",
        kubernetes: (32, 36),
        released: Some("2026-05-18"),
        support_ends: Some("2027-01"),
        compatibility: (25, 29),
        addons: ADDONS,
    },
    Minor {
        number: 31,
        hub: "registry.istio.io/release",
        kubernetes: (32, 36),
        released: None,
        support_ends: None,
        compatibility: (25, 30),
        addons: Images {
            loki: "docker.io/grafana/loki:3.6.7",
            jaeger: "docker.io/jaegertracing/jaeger:2.17.0",
            kiali: "quay.io/kiali/kiali:v2.27",
            ..ADDONS
        },
    },
];

/// Every bundled version, oldest first.
pub const RELEASES: [Release; 4] = [
    release(&MINORS[0], 10, Stage::Current),
    release(&MINORS[1], 6, Stage::Current),
    release(&MINORS[2], 3, Stage::Current),
    release(&MINORS[3], 0, Stage::Preview),
];

const fn release(minor: &'static Minor, patch: u32, stage: Stage) -> Release {
    Release {
        minor,
        patch,
        stage,
    }
}

/// Why a version cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// Not bundled.
    Unknown,
    /// Bundled only for the meshes that run it.
    EndOfLife,
}

// === impl Release ===

impl Release {
    /// The release that new meshes get by default: the newest that is no preview.
    pub fn newest() -> &'static Self {
        newest_of(&RELEASES)
    }

    /// The newest bundled release of a minor version, or the newest of all.
    pub(crate) fn newest_of_minor(minor: u32) -> &'static Self {
        let of_minor = RELEASES.iter().filter(|r| r.minor.number == minor);
        of_minor
            .max_by_key(|r| r.patch)
            .unwrap_or_else(Self::newest)
    }

    /// The release that `wanted` names: a version such as `1.30.3`, or a channel such as `1.30`,
    /// which is its newest patch version. `installed` is the version that the mesh runs: it
    /// stays valid past its end of life.
    pub fn find(wanted: &str, installed: Option<&str>) -> Result<&'static Self, Unavailable> {
        find_in(&RELEASES, wanted, installed)
    }

    /// The names that users can write: versions and channels.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = MINORS.iter().map(|m| format!("1.{}", m.number)).collect();
        names.extend(RELEASES.iter().map(ToString::to_string));
        names
    }

    /// Whether a mesh that runs this release may go to `to` in one step: any patch of the same
    /// minor version, or the next minor version.
    pub const fn upgrades_to(&self, to: &Self) -> bool {
        let (from, to) = (self.minor.number, to.minor.number);
        to == from || to == from + 1
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}.{}", self.minor.number, self.patch)
    }
}

fn newest_of(releases: &'static [Release]) -> &'static Release {
    let current = releases.iter().filter(|r| r.stage == Stage::Current);
    current
        .max_by_key(|r| (r.minor.number, r.patch))
        .unwrap_or(&releases[0])
}

fn find_in(
    releases: &'static [Release],
    wanted: &str,
    installed: Option<&str>,
) -> Result<&'static Release, Unavailable> {
    let channel = |r: &&Release| {
        wanted
            .strip_prefix("1.")
            .and_then(|minor| minor.parse().ok())
            == Some(r.minor.number)
            && r.stage != Stage::EndOfLife
    };
    let exact = releases.iter().find(|r| r.to_string() == wanted);
    let found = exact.or_else(|| releases.iter().filter(channel).max_by_key(|r| r.patch));
    match found {
        None => Err(Unavailable::Unknown),
        Some(r) if r.stage == Stage::EndOfLife && installed != Some(wanted) => {
            Err(Unavailable::EndOfLife)
        }
        Some(r) => Ok(r),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Release; 4] = [
        release(&MINORS[0], 9, Stage::EndOfLife),
        release(&MINORS[0], 10, Stage::Current),
        release(&MINORS[0], 2, Stage::Current),
        release(&MINORS[1], 0, Stage::Preview),
    ];

    fn found(wanted: &str, installed: Option<&str>) -> Result<String, Unavailable> {
        find_in(&TABLE, wanted, installed).map(ToString::to_string)
    }

    #[test]
    fn a_channel_is_its_newest_patch() {
        assert_eq!(found("1.28", None), Ok("1.28.10".into()));
        assert_eq!(found("1.29", None), Ok("1.29.0".into()));
    }

    #[test]
    fn a_preview_is_never_the_default() {
        assert_eq!(newest_of(&TABLE).to_string(), "1.28.10");
        assert_eq!(Release::newest().to_string(), "1.30.3");
    }

    #[test]
    fn an_end_of_life_version_is_only_for_the_mesh_that_runs_it() {
        assert_eq!(found("1.28.9", None), Err(Unavailable::EndOfLife));
        assert_eq!(found("1.28.9", Some("1.28.9")), Ok("1.28.9".into()));
        assert_eq!(found("1.27.0", Some("1.27.0")), Err(Unavailable::Unknown));
    }

    #[test]
    fn the_catalogue_is_in_order_and_whole() {
        for pair in MINORS.windows(2) {
            assert_eq!(pair[1].number, pair[0].number + 1, "no minor is left out");
            assert!(pair[0].released < pair[1].released || pair[1].released.is_none());
        }
        for minor in &MINORS {
            let of_it = |r: &&Release| r.minor.number == minor.number;
            assert!(RELEASES.iter().any(|r| of_it(&r)), "1.{}", minor.number);
            assert!(minor.kubernetes.0 <= minor.kubernetes.1);
            // The defaults of every minor before it can be kept, its own need no keeping.
            assert_eq!(minor.compatibility.1, minor.number - 1);
        }
        let order = |r: &Release| (r.minor.number, r.patch);
        assert!(
            RELEASES
                .windows(2)
                .all(|pair| order(&pair[0]) < order(&pair[1]))
        );
    }

    #[test]
    fn what_is_released_says_since_when_and_until_when() {
        let day = |text: &str| text.len() == 10 && text.split('-').count() == 3;
        for release in &RELEASES {
            let (from, to) = (release.minor.released, release.minor.support_ends);
            match release.stage {
                Stage::Preview => assert_eq!((from, to), (None, None), "{release}"),
                Stage::Current | Stage::EndOfLife => {
                    let (from, to) = (from.expect("released"), to.expect("supported"));
                    assert!(
                        day(from) && to.len() == 7 && from < to,
                        "{release}: {from} {to}"
                    );
                }
            }
        }
    }

    #[test]
    fn edges_go_one_minor_up_at_most() {
        let [a, b, c, _] = &RELEASES;
        assert!(a.upgrades_to(a) && a.upgrades_to(b) && !a.upgrades_to(c) && !b.upgrades_to(a));
    }
}
