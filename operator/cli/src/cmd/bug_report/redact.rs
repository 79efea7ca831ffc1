//! Takes out of objects and texts what looks like a secret. Rather too much than too little. Pure.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

const REDACTED: &str = "[redacted]";

/// Ends of names whose values are secrets, in lower case and without `-` and `_`.
const NAMES: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "clientsecret",
];

/// What is a secret wherever it stands: keys in PEM, tokens in JWT's form, and credentials in URLs
/// and headers.
static ANYWHERE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)",
        r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        r"|(?i:bearer|basic) [A-Za-z0-9+/_.=-]{12,}",
        r"|://[^/@\s:]+:[^/@\s]+@",
    ))
    .ok()
});

/// A name and its value, as YAML, JSON and shells write them.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "password|passwd|passphrase|token|api[-_]?key|access[-_]?key|secret[-_]?key|private[-_]?key|client[-_]?secret";
    Regex::new(&format!(
        "(?i)([A-Za-z0-9_.-]*(?:{names})\\\\?\"?[ \\t]*[:=][ \\t]*)(\\\\?\"(?:[^\"\\\\]|\\\\[^\"])*\\\\?\"|[^\\s\",}}\\]]+)"
    ))
    .ok()
});

/// Replaces what looks like a secret within an object, and drops what only repeats it.
pub(super) fn object(value: &mut Value) {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    within(value);
}

fn within(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // An environment variable has its name beside its value.
            let is_secret_variable = fields
                .get("name")
                .and_then(Value::as_str)
                .is_some_and(is_secret);
            for (name, field) in fields {
                let named = is_secret(name) || (is_secret_variable && name == "value");
                if named && (field.is_string() || field.is_number()) {
                    *field = Value::String(REDACTED.to_owned());
                } else {
                    within(field);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(within),
        Value::String(said) => {
            if let Some(clean) = changed(said) {
                *said = clean;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text without what looks like a secret.
pub(super) fn text(said: &str) -> String {
    changed(said).unwrap_or_else(|| said.to_owned())
}

/// The clean text, if it differs. Patterns that could not be read would hide nothing: then nothing
/// of the text is shown.
fn changed(said: &str) -> Option<String> {
    let (Some(anywhere), Some(named)) = (&*ANYWHERE, &*NAMED) else {
        return Some(REDACTED.to_owned());
    };
    let clean = anywhere.replace_all(said, REDACTED);
    let clean = named.replace_all(&clean, format!("${{1}}{REDACTED}"));
    (clean != said).then(|| clean.into_owned())
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    NAMES.iter().any(|ending| plain.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_in_objects_are_hidden_and_the_rest_is_not() {
        let mut mesh = json!({
            "metadata": {"name": "mesh", "managedFields": [1],
                         "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "S1", "kept": "yes"}},
            "spec": {"values": {"adminPassword": "S2", "api_key": "S3", "tokenAudience": "kept", "pin-token": 7,
                                "env": [{"name": "DB_PASSWORD", "value": "S4"}, {"name": "HOST", "value": "kept"}]}},
            "data": {"values": "{\"clientSecret\": \"S5\", \"jwtPolicy\": \"third-party-jwt\"}", "run": "password=S6 host=kept"},
        });
        object(&mut mesh);
        let said = mesh.to_string();
        for secret in [
            "S1",
            "S2",
            "S3",
            "S4",
            "S5",
            "S6",
            "pin-token\":7",
            "managedFields",
        ] {
            assert!(!said.contains(secret), "{secret} is in {said}");
        }
        assert_eq!(said.matches("kept").count(), 4, "{said}");
        assert!(said.contains("third-party-jwt"), "{said}");
    }

    #[test]
    fn secrets_in_logs_are_hidden_wherever_they_stand() {
        let log = "started\n-----BEGIN EC PRIVATE KEY-----\nS1\n-----END EC PRIVATE KEY-----\nAuthorization: Bearer S2aaaaaaaaaaaaa\n\
                   jwt eyJhbGciOiJSUzI1NiJ9.S3aaaaaaaaaa.bbbb end\nhttps://me:S4@registry/x\nPassword: \"S5 S6\", next\nready";
        let clean = text(log);
        for secret in ["S1", "S2", "S3", "S4", "S5", "S6"] {
            assert!(!clean.contains(secret), "{secret} is in {clean}");
        }
        assert!(
            clean.starts_with("started\n") && clean.ends_with(", next\nready"),
            "{clean}"
        );
        assert_eq!(text("nothing to hide: a token"), "nothing to hide: a token");
    }
}
