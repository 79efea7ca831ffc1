//! The injection templates of one Istio version, put together from their source files. The
//! sources are Go templates, which istiod runs; the markers in them (`#@ since`, `#@ until`,
//! `#@ end`, `#@ use`) are carried out here. `hack/injection` has the twin of this in Go.

include!(concat!(env!("OUT_DIR"), "/injection.rs"));

/// Why the sources cannot be put together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InjectionError {
    /// A marker that is not one of the four.
    #[error("marker {0:?} is none of since, until, end, use")]
    Marker(String),
    /// A block that does not exist.
    #[error("no block {0:?}")]
    Block(String),
    /// An `end` too many, or one that is missing.
    #[error("since or until and end do not match")]
    Unbalanced,
}

/// Name and text of every injection template of a minor version, by name.
pub fn templates(minor: u32) -> Result<Vec<(&'static str, String)>, InjectionError> {
    let mut templates = Vec::with_capacity(TEMPLATES.len());
    for (name, source) in TEMPLATES {
        let mut text = String::with_capacity(source.len() * 2);
        compose(source, minor, &mut text)?;
        // What is blank for a version does not exist in it.
        if !text.trim().is_empty() {
            templates.push((*name, text));
        }
    }
    Ok(templates)
}

fn compose(source: &str, minor: u32, out: &mut String) -> Result<(), InjectionError> {
    let mut open: Vec<bool> = Vec::new();
    for line in source.split_inclusive('\n') {
        let kept = open.iter().all(|keep| *keep);
        let Some(marker) = line.trim_start_matches(' ').strip_prefix("#@ ") else {
            if kept {
                out.push_str(line);
            }
            continue;
        };
        let mut words = marker.split_whitespace();
        match (
            words.next(),
            words.next().map(|word| (word, version(word))),
            words.next(),
        ) {
            (Some("since"), Some((_, Some(bound))), None) => open.push(minor >= bound),
            (Some("until"), Some((_, Some(bound))), None) => open.push(minor < bound),
            (Some("end"), None, None) => {
                open.pop().ok_or(InjectionError::Unbalanced)?;
            }
            (Some("use"), Some((name, _)), None) => {
                if kept {
                    compose(block(name)?, minor, out)?;
                }
            }
            _ => return Err(InjectionError::Marker(marker.trim().to_owned())),
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(InjectionError::Unbalanced)
    }
}

fn block(name: &str) -> Result<&'static str, InjectionError> {
    let found = BLOCKS.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, text)| *text)
        .ok_or_else(|| InjectionError::Block(name.to_owned()))
}

fn version(word: &str) -> Option<u32> {
    word.strip_prefix("1.")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(source: &str, minor: u32) -> Result<String, InjectionError> {
        let mut out = String::new();
        compose(source, minor, &mut out).map(|()| out)
    }

    #[test]
    fn lines_of_other_versions_are_left_out() {
        let source = "a\n#@ since 1.30\nb\n  #@ until 1.31\nc\n#@ end\n#@ end\nd\n";
        assert_eq!(composed(source, 29).as_deref(), Ok("a\nd\n"));
        assert_eq!(composed(source, 30).as_deref(), Ok("a\nb\nc\nd\n"));
        assert_eq!(composed(source, 31).as_deref(), Ok("a\nb\nd\n"));
    }

    #[test]
    fn a_broken_marker_is_an_error() {
        assert_eq!(composed("#@ end\n", 30), Err(InjectionError::Unbalanced));
        assert_eq!(
            composed("#@ since 1.30\n", 30),
            Err(InjectionError::Unbalanced)
        );
        assert_eq!(
            composed("#@ sinse 1.30\n", 30),
            Err(InjectionError::Marker("sinse 1.30".into()))
        );
        assert_eq!(
            composed("#@ use nothing\n", 30),
            Err(InjectionError::Block("nothing".into()))
        );
    }

    #[test]
    fn every_version_has_its_templates() {
        let names = |minor| -> Vec<&str> {
            templates(minor)
                .expect("composes")
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        };
        let first = [
            "gateway",
            "grpc-agent",
            "grpc-simple",
            "kube-gateway",
            "sidecar",
            "waypoint",
        ];
        assert_eq!(names(28), first);
        assert_eq!(names(30).len(), 7);
        assert_eq!(names(31).len(), 8);
    }
}
