//! The entries of a mapping: keys, merge keys, repeated keys.

use std::collections::HashMap;

use super::super::fault::{ErrorKind, Refusal};
use super::compose::broken;
use super::{Entry, Key, Node, Position, Value};

/// Keys are repeated in the paths of everything below them.
const MAX_KEY_BYTES: usize = 1024;

/// A node as a key of a mapping.
pub(super) fn as_key(node: &Node, at: Position) -> Result<Key, Refusal> {
    let name = match &node.value {
        Value::Text(text) if text.len() > MAX_KEY_BYTES => {
            let message = format!("a key is longer than {MAX_KEY_BYTES} bytes");
            return Err(Refusal::single(ErrorKind::Limit, at, "", message));
        }
        Value::Text(text) => return Ok(Key { name: text.clone(), is_text: true }),
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Sequence(_) | Value::Mapping(_) | Value::Unsupported(_) => {
            return Err(broken(at, format!("{} cannot be a key", node.described())));
        }
    };
    Ok(Key { name, is_text: false })
}

/// Puts the entries of what stands under `<<` to `merged`, weakest first: of a list of mappings
/// the first is the strongest.
pub(super) fn merge_from(value: &Node, merged: &mut Vec<Entry>, at: Position) -> Result<(), Refusal> {
    if let Some(entries) = value.as_mapping() {
        merged.extend_from_slice(entries);
        return Ok(());
    }
    let sources = value
        .as_sequence()
        .ok_or_else(|| broken(at, format!("`<<` takes mappings, here is {}", value.described())))?;
    for source in sources.iter().rev() {
        let entries = source.as_mapping().ok_or_else(|| {
            broken(at, format!("`<<` takes mappings, the list holds {}", source.described()))
        })?;
        merged.extend_from_slice(entries);
    }
    Ok(())
}

/// The entries with each key once: the last value at the first place.
pub(super) fn last_wins(entries: Vec<Entry>) -> Vec<Entry> {
    let mut places: HashMap<Key, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        match places.get(&entry.key) {
            Some(place) => kept[*place] = entry,
            None => {
                places.insert(entry.key.clone(), kept.len());
                kept.push(entry);
            }
        }
    }
    kept
}
