//! The lines of the log, as `audit.k8s.io/v1` says them, made into entries.

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Entry, Stage};

/// The entries of a log's text. A last line without its end is still being written, and left for
/// the next time.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut entries = Vec::new();
    for line in whole.lines() {
        let event: Event =
            serde_json::from_str(line).with_context(|| format!("no audit event: {line}"))?;
        let entry = Entry::from(event);
        if entry.counts() {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// An event as `audit.k8s.io/v1` writes it, as far as it is read here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    stage: Stage,
    #[serde(rename = "requestURI")]
    request_uri: String,
    verb: String,
    user: User,
    #[serde(default)]
    user_agent: String,
    #[serde(default)]
    object_ref: ObjectRef,
    #[serde(default)]
    response_status: ResponseStatus,
    request_object: Option<Value>,
    request_received_timestamp: Timestamp,
    stage_timestamp: Timestamp,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ObjectRef {
    resource: String,
    namespace: String,
    name: String,
    api_group: String,
    subresource: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseStatus {
    code: u16,
}

impl From<Event> for Entry {
    fn from(event: Event) -> Self {
        Self {
            user: event.user.username,
            user_agent: event.user_agent,
            verb: event.verb,
            group: event.object_ref.api_group,
            resource: event.object_ref.resource,
            subresource: event.object_ref.subresource,
            namespace: event.object_ref.namespace,
            name: event.object_ref.name,
            code: event.response_status.code,
            stage: event.stage,
            request_uri: event.request_uri,
            request_received: event.request_received_timestamp,
            stage_timestamp: event.stage_timestamp,
            request_object: event.request_object,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stage: &str, verb: &str, code: u16, object: &str) -> String {
        format!(
            r#"{{"kind":"Event","level":"Metadata","stage":"{stage}","requestURI":"/x?a=b","verb":"{verb}",
            "user":{{"username":"system:serviceaccount:ns1:op","groups":["g"]}},"userAgent":"agent/1",
            "objectRef":{object},"responseStatus":{{"metadata":{{}},"code":{code}}},
            "requestReceivedTimestamp":"2026-03-01T12:00:00.250000Z","stageTimestamp":"2026-03-01T12:00:00.500000Z"}}"#
        )
        .replace('\n', "")
    }

    const STATUS: &str = r#"{"resource":"widgets","namespace":"ns2","name":"w","apiGroup":"acme.test","apiVersion":"v1","subresource":"status"}"#;

    fn one(line: &str) -> Entry {
        let entries = parse(&format!("{line}\n")).unwrap();
        assert_eq!(entries.len(), 1, "{line}");
        entries[0].clone()
    }

    #[test]
    fn a_request_is_read_with_all_its_fields() {
        let entry = one(&line("ResponseComplete", "patch", 200, STATUS));
        assert!(entry.is_by_service_account("ns1", "op"));
        assert!(entry.is_about("acme.test", "widgets"));
        assert_eq!(
            (entry.subresource.as_str(), entry.namespace.as_str()),
            ("status", "ns2")
        );
        assert_eq!((entry.name.as_str(), entry.code), ("w", 200));
        assert_eq!(
            (entry.user_agent.as_str(), entry.request_uri.as_str()),
            ("agent/1", "/x?a=b")
        );
        let took = entry.stage_timestamp.duration_since(entry.request_received);
        assert_eq!(took.as_millis(), 250);
        assert!(entry.is_write() && !entry.is_refused());
    }

    #[test]
    fn a_watch_counts_once_when_it_begins_and_a_refused_one_too() {
        let begun = line("ResponseStarted", "watch", 200, STATUS);
        let ended = line("ResponseComplete", "watch", 200, STATUS);
        let refused = line("ResponseComplete", "watch", 403, STATUS);
        let entries = parse(&[begun, ended, refused, String::new()].join("\n")).unwrap();
        assert_eq!(
            entries.iter().map(|entry| entry.code).collect::<Vec<_>>(),
            [200, 403]
        );
        assert_eq!(entries[0].stage, Stage::ResponseStarted);
        assert!(entries[1].is_refused());
    }

    #[test]
    fn a_long_request_that_is_no_watch_counts_when_it_is_complete() {
        let begun = line("ResponseStarted", "get", 200, STATUS);
        assert_eq!(parse(&format!("{begun}\n")).unwrap(), []);
    }

    #[test]
    fn reviews_and_tokens_are_no_writes() {
        let review = r#"{"resource":"subjectaccessreviews","apiGroup":"authorization.k8s.io"}"#;
        let token = r#"{"resource":"serviceaccounts","subresource":"token"}"#;
        for object in [review, token] {
            assert!(!one(&line("ResponseComplete", "create", 201, object)).is_write());
        }
    }

    #[test]
    fn a_line_that_is_being_written_is_left_for_later() {
        let whole = line("ResponseComplete", "get", 200, STATUS);
        let text = format!("{whole}\n{}", &whole[..40]);
        assert_eq!(parse(&text).unwrap().len(), 1);
    }

    #[test]
    fn what_is_no_event_is_an_error_and_not_skipped() {
        assert!(
            parse("nonsense\n")
                .unwrap_err()
                .to_string()
                .contains("nonsense")
        );
    }
}
