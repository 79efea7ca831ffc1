//! What was found about one object.

use std::fmt;
use std::sync::Arc;

use crate::code::{Code, Level};
use crate::resource::Resource;

/// What was found about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub code: Code,
    /// The object.
    pub resource: Arc<Resource>,
    /// The field, where it is about one.
    pub path: Option<String>,
    /// What was found, in words.
    pub text: String,
}

/// The messages while they are collected.
#[derive(Debug, Default)]
pub(crate) struct Report {
    messages: Vec<Message>,
}

// === impl Message ===

impl Message {
    /// How bad it is.
    pub fn level(&self) -> Level {
        self.code.level()
    }

    /// The object as it is named: `VirtualService reviews.default`.
    pub fn origin(&self) -> String {
        self.resource.to_string()
    }

    /// File and line, if the object came from a file.
    pub fn reference(&self) -> Option<String> {
        let place = self.resource.place.as_ref()?;
        Some(place.reference(self.path.as_deref()))
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} [{}] ({}",
            self.level().as_str(),
            self.code.as_str(),
            self.resource
        )?;
        if let Some(reference) = self.reference() {
            write!(f, " {reference}")?;
        }
        write!(f, ") {}", self.text)
    }
}

// === impl Report ===

impl Report {
    /// Says something about an object as a whole.
    pub(crate) fn whole(&mut self, code: Code, about: &Arc<Resource>, text: impl Into<String>) {
        self.messages.push(Message {
            code,
            resource: Arc::clone(about),
            path: None,
            text: text.into(),
        });
    }

    /// Says something about one of an object's fields.
    pub(crate) fn field(
        &mut self,
        code: Code,
        about: &Arc<Resource>,
        path: impl Into<String>,
        text: impl Into<String>,
    ) {
        self.messages.push(Message {
            code,
            resource: Arc::clone(about),
            path: Some(path.into()),
            text: text.into(),
        });
    }

    /// The messages, the worst first, each once.
    pub(crate) fn finish(self) -> Vec<Message> {
        let mut messages = self.messages;
        messages.sort_by(|a, b| order(a).cmp(&order(b)));
        messages.dedup();
        messages
    }
}

type Order<'a> = (
    std::cmp::Reverse<Level>,
    Code,
    String,
    Option<&'a str>,
    &'a str,
);

fn order(message: &Message) -> Order<'_> {
    (
        std::cmp::Reverse(message.level()),
        message.code,
        message.origin(),
        message.path.as_deref(),
        &message.text,
    )
}
