//! YAML as a tree whose nodes know where they stand in the file.
//!
//! The tree is what PyYAML's safe loader would make of the text: anchors are resolved, merge keys
//! are expanded, of a repeated key the last value counts and keeps the first one's place.

mod compose;
mod mapping;
mod scalar;

use std::rc::Rc;

pub(super) use compose::compose;

/// Files larger than this many bytes are not read.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Collections may be nested this deep.
pub const MAX_DEPTH: usize = 64;
/// A file may weigh this much once anchors are resolved: each node counts one, and one more for
/// every 64 bytes of its text.
pub const MAX_WEIGHT: usize = 100_000;

/// A place in the file; line and column are counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Position {
    /// The beginning of the file.
    pub(super) const START: Self = Self { line: 1, column: 1 };
}

/// A value and its place. A node that an alias names is shared and keeps the anchor's place, which
/// is where it has to be corrected.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Position,
    weight: usize,
}

#[derive(Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<Entry>),
    /// What YAML can say but no key of a package configuration takes, by name.
    Unsupported(&'static str),
}

/// A key with its value; a mapping holds each key once.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) at: Position,
    pub(super) value: Rc<Node>,
}

/// The key of a mapping: a scalar, written as JSON would write it as a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) name: String,
    /// Whether the key is text, not a number, a truth value or nothing.
    pub(super) is_text: bool,
}

impl Node {
    pub(super) fn new(value: Value, at: Position) -> Rc<Self> {
        let children = match &value {
            Value::Text(text) => text.len() / 64,
            Value::Sequence(items) => sum(items.iter().map(|item| item.weight)),
            Value::Mapping(entries) => {
                sum(entries.iter().map(|entry| entry.value.weight + entry.key.name.len() / 64 + 1))
            }
            _ => 0,
        };
        Rc::new(Self { value, at, weight: children.saturating_add(1) })
    }

    pub(super) fn text(text: impl Into<String>, at: Position) -> Rc<Self> {
        Self::new(Value::Text(text.into()), at)
    }

    pub(super) fn sequence(items: &[&str], at: Position) -> Rc<Self> {
        let items = items.iter().map(|item| Self::text(*item, at)).collect();
        Self::new(Value::Sequence(items), at)
    }

    /// How much the node and everything below it weighs; see [`MAX_WEIGHT`].
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Whether Python takes the value as true: Packit asks so for what is "not set".
    pub(super) fn is_truthy(&self) -> bool {
        match &self.value {
            Value::Null => false,
            Value::Bool(truth) => *truth,
            Value::Integer(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Sequence(items) => !items.is_empty(),
            Value::Mapping(entries) => !entries.is_empty(),
            Value::Unsupported(_) => true,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_sequence(&self) -> Option<&[Rc<Self>]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a mapping's text key.
    pub(super) fn get(&self, name: &str) -> Option<&Rc<Self>> {
        self.as_mapping()?
            .iter()
            .find(|entry| entry.key.is_text && entry.key.name == name)
            .map(|entry| &entry.value)
    }

    /// What stands here, in words for a message.
    pub(super) fn described(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a truth value",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Unsupported(what) => what,
        }
    }

    /// The same value as JSON. What JSON cannot say becomes null; the loader refuses it before.
    pub(super) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null | Value::Unsupported(_) => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Integer(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::Text(text) => Json::String(text.clone()),
            Value::Sequence(items) => Json::Array(items.iter().map(|item| item.to_json()).collect()),
            Value::Mapping(entries) => Json::Object(
                entries.iter().map(|entry| (entry.key.name.clone(), entry.value.to_json())).collect(),
            ),
        }
    }
}

fn sum(weights: impl Iterator<Item = usize>) -> usize {
    weights.fold(0, usize::saturating_add)
}
