//! Paths of overlays: `spec.template.spec.containers.[name:discovery].args.[0]`.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A member of an object.
    Key(String),
    /// An item of a list by number; −1 and numbers past the end mean behind the last one.
    Index(i64),
    /// The item of a list that has this member with this value.
    Member(String, String),
    /// The item of a list of scalars that matches.
    Item(String),
}

/// The steps of a path, or what is wrong with it. A dot in a name is written `\.`.
pub(super) fn parse(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for part in split(path) {
        match part.find('[') {
            Some(0) => steps.push(bracket(&part)?),
            Some(at) => {
                steps.push(Step::Key(part[..at].to_owned()));
                steps.push(bracket(&part[at..])?);
            }
            None => steps.push(Step::Key(part)),
        }
    }
    if steps.is_empty() {
        Err(format!("path {path:?} is empty"))
    } else {
        Ok(steps)
    }
}

/// Parts between dots, but not those that are escaped or in brackets.
fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = path.chars().peekable();
    let mut depth = 0_usize;
    while let Some(c) = chars.next() {
        let part = parts.last_mut();
        match (c, part) {
            ('\\', Some(part)) if chars.peek() == Some(&'.') => {
                part.push('.');
                chars.next();
            }
            ('.', _) if depth == 0 => parts.push(String::new()),
            (c, Some(part)) => {
                match c {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                part.push(c);
            }
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn bracket(part: &str) -> Result<Step, String> {
    let inner = part
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let Some(inner) = inner.filter(|inner| !inner.is_empty()) else {
        return Err(format!(
            "step {part:?} is none of [key:value], [:value], [index]"
        ));
    };
    if let Ok(index) = inner.parse::<i64>() {
        return Ok(Step::Index(index));
    }
    Ok(match inner.split_once(':') {
        Some(("", value)) => Step::Item(value.to_owned()),
        Some((key, value)) if is_key(key) && !value.is_empty() => {
            Step::Member(key.to_owned(), value.to_owned())
        }
        Some(_) | None => Step::Item(inner.to_owned()),
    })
}

fn is_key(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Member(key, value) => write!(f, "[{key}:{value}]"),
            Self::Item(value) => write!(f, "[:{value}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_step() {
        let key = |text: &str| Step::Key(text.into());
        let steps = parse(r"metadata.annotations.example\.com/a.x[0].[name:a.b].[:--x=1].[-1]");
        let expected = vec![
            key("metadata"),
            key("annotations"),
            key("example.com/a"),
            key("x"),
            Step::Index(0),
            Step::Member("name".into(), "a.b".into()),
            Step::Item("--x=1".into()),
            Step::Index(-1),
        ];
        assert_eq!(steps, Ok(expected));
        assert!(parse("").is_err());
        assert!(parse("a.[").is_err());
    }
}
