//! A document as lines of `PATH=VALUE`, each of which `--set` takes back.

use serde_json::Value;

/// Every scalar in a value with its path; empty objects and lists too, for they say something.
pub(super) fn flatten(path: &str, value: &Value) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    collect(path, value, &mut lines);
    lines
}

fn collect(path: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                collect(&format!("{path}{dot}{}", escaped(key)), value, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, value) in items.iter().enumerate() {
                collect(&format!("{path}[{at}]"), value, lines);
            }
        }
        value => lines.push((path.to_owned(), written(value))),
    }
}

fn escaped(key: &str) -> String {
    let mut escaped = String::new();
    for c in key.chars() {
        if matches!(c, '.' | '[' | ']' | '=' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The value, in quotes where it would be read as something else.
fn written(value: &Value) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let plain = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && !matches!(text.to_lowercase().as_str(), "true" | "false" | "null");
    if plain {
        text.clone()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;
    use crate::input::Wish;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        wish: Wish,
    }

    #[test]
    fn set_reads_back_what_was_written() {
        let spec = json!({"values": {
            "a": {"b.c/d": "1.10", "e": [], "f": {}}, "g": [1, {"h": "x y"}], "i": "", "j": null,
            "k": true, "l": "true", "m": "*", "n": "a: b", "o=p": "two\nlines", "q": "default:info", "r[0]": 1.5,
        }});
        let lines = flatten("", &spec)
            .into_iter()
            .map(|(path, value)| format!("--set={path}={value}"));
        let typed = Typed::parse_from(std::iter::once("x".to_owned()).chain(lines));
        assert_eq!(typed.wish.read().unwrap().object["spec"], spec);
    }
}
