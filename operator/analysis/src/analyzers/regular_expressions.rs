//! Regular expressions, wherever Istio's kinds have one.

use regex_syntax::Parser;
use serde_json::Value;

use super::Analyzer;
use crate::code::Code;
use crate::kind::Kind;
use crate::message::Report;
use crate::view::View;

pub(super) const ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.RegexAnalyzer",
    about: "Regular expressions of VirtualServices",
    codes: &[Code::InvalidRegexp],
    inputs: &[Kind::VirtualService],
    run,
};

/// RE2 counts no further.
const MOST_REPETITIONS: u32 = 1000;

fn run(view: &View<'_>, report: &mut Report) {
    for (about, value) in &view.snapshot.written {
        if about.kind == Kind::VirtualService {
            let mut found = Vec::new();
            collect(&value["spec"], "spec", &mut found);
            for (path, expression, problem) in found {
                report.field(
                    Code::InvalidRegexp,
                    about,
                    path,
                    format!("{expression:?} is no regular expression of RE2: {problem}"),
                );
            }
        }
    }
}

/// The expressions below a value that cannot be used.
fn collect(value: &Value, path: &str, found: &mut Vec<(String, String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = format!("{path}.{key}");
                let is_expression =
                    key == "regex" || (key == "match" && path.ends_with("uriRegexRewrite.match"));
                match value.as_str().filter(|_| is_expression) {
                    Some(text) => {
                        if let Some(problem) = problem(text) {
                            found.push((path, text.to_owned(), problem));
                        }
                    }
                    None => collect(value, &path, found),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{path}[{index}]"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What is wrong with an expression.
fn problem(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("it is empty".to_owned());
    }
    // Only RE2 has these; whoever writes them knows it.
    if text.contains("\\Q") || text.contains("\\C") {
        return None;
    }
    let text = match braces(text) {
        Ok(text) => text,
        Err(count) => {
            return Some(format!(
                "{count} repetitions are more than {MOST_REPETITIONS}"
            ));
        }
    };
    match Parser::new().parse(&text) {
        Ok(_) => None,
        Err(regex_syntax::Error::Parse(error)) => Some(error.kind().to_string()),
        Err(regex_syntax::Error::Translate(error)) => Some(error.kind().to_string()),
        Err(error) => Some(error.to_string()),
    }
}

/// To RE2 a brace that begins no repetition is a letter like others; the parser wants it escaped.
fn braces(text: &str) -> Result<String, u32> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('\\') {
            // What follows is escaped, and after \p a brace is part of a class's name.
            let end = match rest[1..].chars().next() {
                Some('p' | 'P' | 'x') => rest.find('}').map_or(2, |end| end + 1),
                Some(c) => 1 + c.len_utf8(),
                None => 1,
            };
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let inner = rest[1..].split_once('}').map(|(inner, _)| inner);
        let counts: Option<Vec<Option<u32>>> = inner.and_then(|inner| {
            let parts = inner.split(',');
            parts
                .enumerate()
                .map(|(i, n)| match n.parse() {
                    Ok(n) => Some(Some(n)),
                    Err(_) => (i == 1 && n.is_empty()).then_some(None),
                })
                .collect()
        });
        match counts {
            Some(counts) if counts.len() <= 2 => {
                let most = counts.into_iter().flatten().max();
                if let Some(most) = most.filter(|most| *most > MOST_REPETITIONS) {
                    return Err(most);
                }
                out.push('{');
            }
            Some(_) | None => out.push_str("\\{"),
        }
        rest = &rest[1..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_re2_takes_is_taken() {
        for good in [
            "^/v[0-9]+/.*$",
            "/users/{id}",
            "a{2,5}b{3}c{1,}",
            "\\p{Greek}+\\d",
            "(?i)abc|[^/]*",
            "\\Qa.b\\E",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
    }

    #[test]
    fn what_re2_does_not_take_is_not() {
        for bad in [
            "",
            "(",
            "[a",
            "*a",
            "a**+(?<",
            "(?=ahead)",
            "(a)\\1",
            "a{1001}",
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
