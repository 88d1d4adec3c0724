//! What the simulator was sent.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::behaviour::System;

/// How many calls that began nothing are kept; what began something is kept for ever.
const KEPT_READS: usize = 20_000;
/// How much of a body is kept, in bytes of its JSON.
const KEPT_BODY: usize = 16 * 1024;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Counts the calls, from 1.
    pub number: u64,
    /// When it came in.
    pub at: DateTime<Utc>,
    /// Whom it was for.
    pub system: System,
    /// The method.
    pub method: String,
    /// The path, from the system's root on.
    pub path: String,
    /// The query, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The status that it was answered with; none if the connection was dropped.
    pub status: Option<u16>,
    /// What was begun: the id of a build, a test request, a status or a check run. A lost answer began it all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<String>,
    /// The body, tokens left out; cut if it is long.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    number: u64,
    began: Vec<LogEntry>,
    others: VecDeque<LogEntry>,
}

impl Log {
    pub(crate) fn add(&mut self, mut entry: LogEntry) {
        self.number += 1;
        entry.number = self.number;
        if entry.began.is_some() {
            self.began.push(entry);
            return;
        }
        if self.others.len() == KEPT_READS {
            self.others.pop_front();
        }
        self.others.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<LogEntry> {
        let mut entries: Vec<LogEntry> = self.began.iter().chain(&self.others).cloned().collect();
        entries.sort_by_key(|entry| entry.number);
        entries
    }

    /// What began something, oldest first.
    pub(crate) fn began(&self) -> &[LogEntry] {
        &self.began
    }
}

/// A body as it may be shown: no tokens, not too long.
pub(crate) fn summary(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) if body.len() <= KEPT_BODY => {
            hide_tokens(&mut value);
            value
        }
        Ok(_) => Value::String(format!("{} bytes of JSON", body.len())),
        Err(_) => Value::String(format!("{} bytes", body.len())),
    }
}

fn hide_tokens(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if matches!(
                    name.as_str(),
                    "token" | "access_token" | "csrf_token" | "api_key" | "secrets" | "secret"
                ) {
                    *field = Value::String("hidden".to_owned());
                } else {
                    hide_tokens(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_tokens),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
