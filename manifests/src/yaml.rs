//! Writes JSON values as YAML: block style, sorted keys, literal blocks for text of several lines.
//! Every string that could be read as something else is quoted, so that what is read back by any
//! YAML parser, 1.1 or 1.2, is what was written.

use std::fmt::Write;

use serde_json::Value;

/// The value as a YAML document, ending in a newline.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::with_capacity(1024);
    push_yaml(value, &mut out);
    out
}

/// Appends the value as a YAML document, ending in a newline.
pub fn push_yaml(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => write_map(map, 0, false, out),
        Value::Array(list) if !list.is_empty() => write_list(list, 0, out),
        scalar => {
            write_inline(scalar, 0, out);
            out.push('\n');
        }
    }
}

/// Writes the entries of a map; with `started`, the first one continues the line that is open.
fn write_map(map: &serde_json::Map<String, Value>, indent: usize, started: bool, out: &mut String) {
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 || !started {
            pad(indent, out);
        }
        write_key(key, out);
        out.push(':');
        write_value(value, indent, out);
    }
}

fn write_list(list: &[Value], indent: usize, out: &mut String) {
    for item in list {
        pad(indent, out);
        out.push('-');
        match item {
            Value::Object(map) if !map.is_empty() => {
                out.push(' ');
                write_map(map, indent + 2, true, out);
            }
            Value::Array(inner) if !inner.is_empty() => {
                out.push('\n');
                write_list(inner, indent + 2, out);
            }
            scalar => {
                out.push(' ');
                write_inline(scalar, indent, out);
                out.push('\n');
            }
        }
    }
}

/// Writes what follows a key.
fn write_value(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            write_map(map, indent + 2, false, out);
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('\n');
            write_list(list, indent, out);
        }
        scalar => {
            out.push(' ');
            write_inline(scalar, indent, out);
            out.push('\n');
        }
    }
}

fn write_inline(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Value::String(text) if is_block(text) => write_block(text, indent, out),
        Value::String(text) => write_text(text, out),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

fn write_key(key: &str, out: &mut String) {
    // A key that is not on one line, or is long, would need YAML's explicit form.
    write_text(key, out);
}

/// Writes a string on one line: plain where nothing else can be read, quoted otherwise.
fn write_text(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
    } else {
        quote(text, out);
    }
}

/// Writes a string in double quotes, as JSON that is YAML too: everything that YAML would not
/// take as it is, is escaped.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            // All that is not printable lies within the first 65,536 code points.
            c => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
        }
    }
    out.push('"');
}

/// What every YAML parser takes unescaped: no controls, no line or paragraph separators, no
/// byte-order mark, no noncharacters.
fn is_printable(c: char) -> bool {
    !matches!(
        c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let word = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    (first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(word)
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        )
}

/// Whether the text can stand as a literal block: several lines, and nothing in it that a block
/// would change.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.trim_end_matches('\n').trim_end().len() == text.trim_end_matches('\n').len()
        && is_all_printable(text)
}

/// Most text is ASCII, which is looked at many bytes at a time.
fn is_all_printable(text: &str) -> bool {
    let plain = |byte: &u8| *byte == b'\n' || (b' '..0x7f).contains(byte);
    let all_plain = |chunk: &[u8]| chunk.iter().fold(true, |all, byte| all & plain(byte));
    text.as_bytes().chunks(64).all(all_plain) || text.chars().all(|c| c == '\n' || is_printable(c))
}

fn write_block(text: &str, indent: usize, out: &mut String) {
    out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    for line in text.trim_end_matches('\n').split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(indent + 2, out);
            out.push_str(line);
        }
    }
}

fn pad(indent: usize, out: &mut String) {
    for _ in 0..indent {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            any::<String>(),
            "[ \\-:#{}\\[\\],&*?|>'\"%@`~!\n\ta-z0-9.=]{0,12}",
            Just("yes".to_owned()),
            Just("1e3".to_owned()),
            Just("0x1f".to_owned()),
            Just("---".to_owned()),
            Just("{{ .Values }}".to_owned()),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[ -~]{0,8}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_read(value in any_value()) {
            let yaml = to_yaml(&value);
            let read = crate::parse::document(&yaml).expect(&yaml);
            prop_assert_eq!(read, value, "{}", yaml);
        }
    }

    #[test]
    fn it_reads_well() {
        let value = json!({
            "name": "istiod", "tag": "1.30", "on": true, "none": {}, "args": ["discovery", "--x=1"],
            "rules": [{ "verbs": ["get"], "urls": [] }], "text": "a\n  b\n",
        });
        let expected = "args:\n- discovery\n- \"--x=1\"\nname: istiod\nnone: {}\n\"on\": true\nrules:\n- urls: []\n  verbs:\n  - get\ntag: \"1.30\"\ntext: |\n  a\n    b\n";
        assert_eq!(to_yaml(&value), expected);
    }
}
