//! Takes private keys and passwords out. Envoy hides those that it knows in its own dumps; dumps
//! from elsewhere may still have them.

use serde_json::Value;

const HIDDEN: [&str; 8] = [
    "private_key",
    "privateKey",
    "password",
    "session_ticket_keys",
    "sessionTicketKeys",
    "generic_secret",
    "genericSecret",
    "inline_private_key",
];

/// Replaces every secret within a message.
pub(super) fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if HIDDEN.contains(&name.as_str()) {
                    *field = Value::String("[redacted]".to_owned());
                } else {
                    redact(field);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_hidden_however_deep_they_lie() {
        let mut dump = json!({"a": [{"tls_certificate": {"private_key": {"inline_string": "KEY"},
                                                          "password": {"inline_string": "WORD"}}},
                                     {"tlsCertificate": {"privateKey": {"inlineBytes": "S0VZ"}}}]});
        redact(&mut dump);
        let text = dump.to_string();
        assert!(
            !["KEY", "WORD", "S0VZ"]
                .iter()
                .any(|secret| text.contains(secret)),
            "{text}"
        );
    }
}
