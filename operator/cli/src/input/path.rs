//! Paths of `--set`: steps divided by dots; a dot, bracket or `=` within a key has a `\` before
//! it. `[2]` is an element of a list, `[name:x]` the element whose field `name` is `x`; either is
//! added where it would come next. `["a.b"]` is a field, as messages name one with dots in it.

use serde_json::{Map, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A field.
    Key(String),
    /// An element by its place.
    Index(usize),
    /// An element by one of its fields.
    Named(String, String),
}

// === impl Step ===

impl Step {
    /// The place that the step leads to, made where it is not there.
    pub(super) fn enter<'a>(&self, place: &'a mut Value) -> Result<&'a mut Value, String> {
        match self {
            Self::Key(key) => {
                if place.is_null() {
                    *place = Value::Object(Map::new());
                }
                let map = place
                    .as_object_mut()
                    .ok_or_else(|| format!("{key}: not within an object"))?;
                Ok(map.entry(key.clone()).or_insert(Value::Null))
            }
            Self::Index(at) => element(list(place)?, Some(*at), &Value::Null),
            Self::Named(field, name) => {
                let list = list(place)?;
                let at = list.iter().position(|item| item[field] == name.as_str());
                let new = Value::Object(Map::from_iter([(field.clone(), name.as_str().into())]));
                element(list, at, &new)
            }
        }
    }
}

/// Takes away what stands at a path, if anything does. Steps that lead nowhere make nothing.
pub(crate) fn take(place: &mut Value, path: &str) -> Option<Value> {
    let mut steps = steps(path).ok()?;
    let last = steps.pop()?;
    let place = steps.iter().try_fold(place, |place, step| match step {
        Step::Key(key) => place.get_mut(key),
        Step::Index(at) => place.get_mut(at),
        Step::Named(field, name) => place.get_mut(named(place, field, name)?),
    })?;
    match last {
        Step::Key(key) => place.as_object_mut()?.remove(&key),
        Step::Index(at) => {
            let elements = place.as_array_mut()?;
            (at < elements.len()).then(|| elements.remove(at))
        }
        Step::Named(field, name) => {
            let at = named(place, &field, &name)?;
            Some(place.as_array_mut()?.remove(at))
        }
    }
}

fn named(list: &Value, field: &str, name: &str) -> Option<usize> {
    list.as_array()?.iter().position(|item| item[field] == name)
}

fn list(place: &mut Value) -> Result<&mut Vec<Value>, String> {
    if place.is_null() {
        *place = Value::Array(Vec::new());
    }
    place
        .as_array_mut()
        .ok_or_else(|| "brackets, but the field is not a list".to_owned())
}

/// The element at a place, or a new one at the end.
fn element<'a>(
    list: &'a mut Vec<Value>,
    at: Option<usize>,
    new: &Value,
) -> Result<&'a mut Value, String> {
    let count = list.len();
    let at = at.unwrap_or(count);
    if at == count {
        list.push(new.clone());
    }
    list.get_mut(at)
        .ok_or_else(|| format!("[{at}]: the list has {count} elements; [{count}] would add one"))
}

/// Path and value: divided by the first `=` that is neither escaped nor within brackets.
pub(super) fn divide(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '=' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

/// The steps of a path.
pub(super) fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        let (key, after) = key(rest)?;
        steps.push(Step::Key(key));
        rest = after;
        while let Some(inner) = rest.strip_prefix('[') {
            let (inner, after) = inner.split_once(']').ok_or("a bracket is not closed")?;
            steps.push(bracket(inner)?);
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(steps),
            None => {
                return Err(format!(
                    "`.` or the end of the path is wanted before {rest:?}"
                ));
            }
        }
    }
}

/// The key at the beginning of a path, and what comes after it.
fn key(path: &str) -> Result<(String, &str), String> {
    let mut key = String::new();
    let mut chars = path.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => key.extend(chars.next().map(|(_, escaped)| escaped)),
            '.' | '[' if key.is_empty() => break,
            '.' | '[' => return Ok((key, &path[at..])),
            c => key.push(c),
        }
    }
    if key.is_empty() {
        return Err("a step of the path is empty".to_owned());
    }
    Ok((key, ""))
}

fn bracket(inner: &str) -> Result<Step, String> {
    if let Ok(key) = serde_json::from_str::<String>(inner) {
        return Ok(Step::Key(key));
    }
    if let Some((field, value)) = inner.split_once(':') {
        return Ok(Step::Named(field.to_owned(), value.to_owned()));
    }
    let index = inner
        .parse()
        .map_err(|_| format!("[{inner}]: a number or name:VALUE is wanted"))?;
    Ok(Step::Index(index))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_taken_away_is_found_by_key_place_or_name() {
        let spec = json!({"a": {"b.c": 1, "d": [{"name": "x"}, {"name": "y", "e": 2}]}});
        let without = |path| {
            let mut spec = spec.clone();
            take(&mut spec, path).map(|taken| (taken, spec["a"].clone()))
        };
        assert_eq!(without("a[\"b.c\"]").unwrap().0, json!(1));
        assert_eq!(without("a.d[name:y].e").unwrap().0, json!(2));
        let (taken, rest) = without("a.d[0]").unwrap();
        assert_eq!(
            (taken, &rest["d"]),
            (json!({"name": "x"}), &json!([{"name": "y", "e": 2}]))
        );
        for nowhere in ["a.z", "a.d[2]", "a.d[name:z]", "a.b.c", "x.y.z"] {
            assert_eq!(without(nowhere), None, "{nowhere}");
        }
    }
}
