//! What the API server writes into pod templates, RBAC and webhooks where nothing is said. Most of
//! it is owned by nobody and needs no list; this one is for managers that have written a default
//! out, and for what is inside of lists that have one owner as a whole.

use serde_json::Value;

/// Whether a field, given by the names on its path, has the value that it would have if it were
/// not there.
pub(super) fn is_default(names: &[&str], value: &Value) -> bool {
    let name = names.last().copied().unwrap_or_default();
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => TEXTS.contains(&(name, text)),
        Value::Number(number) if names == ["webhooks", "timeoutSeconds"] => {
            number.as_i64() == Some(10)
        }
        Value::Number(number) => number
            .as_i64()
            .is_some_and(|number| NUMBERS.contains(&(name, number))),
        Value::Bool(_) | Value::Array(_) => false,
    }
}

const TEXTS: [(&str, &str); 19] = [
    ("apiGroup", ""),
    ("apiGroup", "rbac.authorization.k8s.io"),
    ("apiVersion", "v1"),
    ("divisor", "0"),
    ("dnsPolicy", "ClusterFirst"),
    ("failurePolicy", "Fail"),
    ("imagePullPolicy", "IfNotPresent"),
    ("matchPolicy", "Equivalent"),
    ("path", "/"),
    ("protocol", "TCP"),
    ("reinvocationPolicy", "Never"),
    ("restartPolicy", "Always"),
    ("schedulerName", "default-scheduler"),
    ("scheme", "HTTP"),
    ("scope", "*"),
    ("terminationMessagePath", "/dev/termination-log"),
    ("terminationMessagePolicy", "File"),
    ("type", ""),
    ("service", ""),
];

const NUMBERS: [(&str, i64); 8] = [
    ("defaultMode", 420),
    ("expirationSeconds", 3600),
    ("failureThreshold", 3),
    ("periodSeconds", 10),
    ("port", 443),
    ("successThreshold", 1),
    ("terminationGracePeriodSeconds", 30),
    ("timeoutSeconds", 1),
];
