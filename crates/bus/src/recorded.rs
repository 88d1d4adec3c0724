//! Messages that were written to files, in the forms in which people have them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::message::Message;
use crate::topic::kind;

impl Message {
    /// The message in a recorded file; none if it is no message. Known are:
    /// - what a consumer gets from the broker: `routing_key`, `properties`, `body`;
    /// - what Packit's relay makes of it: `topic` beside the keys of the body;
    /// - `topic`, `body` and perhaps `id` and `headers`;
    /// - what the bus before this one sent: `topic`, `msg`, `msg_id`.
    pub fn recorded(file: &[u8]) -> Option<Self> {
        let Value::Object(mut file) = serde_json::from_slice(file).ok()? else { return None };
        let topic = ["routing_key", "topic"].iter().find_map(|key| text(&file, key))?;
        let headers = Value::Object(file.clone());
        let id = headers
            .pointer("/properties/message_id")
            .or_else(|| headers.get("msg_id"))
            .or_else(|| headers.get("id"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        let sent_at = headers
            .pointer("/properties/headers/sent-at")
            .or_else(|| headers.pointer("/headers/sent-at"))
            .and_then(Value::as_str)
            .and_then(time);
        let is_relayed_webhook = kind(&topic).starts_with("forgejo.") && !file.contains_key("routing_key");
        let body = match (file.remove("msg"), file.remove("body")) {
            (Some(Value::Object(body)), None) => body,
            // The relay of webhooks has a `body` of its own.
            (None, Some(Value::Object(body))) if !is_relayed_webhook => body,
            (msg, body) => {
                file.remove("topic");
                file.extend(msg.map(|msg| ("msg".to_owned(), msg)));
                file.extend(body.map(|body| ("body".to_owned(), body)));
                file
            }
        };
        Some(Self { topic, id, sent_at, body: serde_json::to_vec(&body).ok()? })
    }
}

fn text(file: &Map<String, Value>, key: &str) -> Option<String> {
    file.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// A time as `sent-at` has it.
pub(crate) fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.with_timezone(&Utc))
}
