//! Every answer of these tests is what the API's own document says: its status, its kind, and its body to the last property.

use axum::http::Method;
use serde_json::{Map, Value};

use crate::server::Answer;

/// Checks an answer of the API; addresses and methods that the document does not know are not its matter.
pub(crate) fn check(document: &Value, method: &Method, path: &str, answer: &Answer) {
    let Some(operation) = operation(document, method, path) else { return };
    let place = format!("{method} {path} {}", answer.status.as_u16());
    let response = &operation["responses"][answer.status.as_str()];
    assert!(response.is_object(), "{place}: not in the document: {}", answer.body);
    let kind = answer.header("content-type").split(';').next().unwrap();
    match response["content"].as_object() {
        None => assert_eq!(answer.body, "", "{place}: a body"),
        Some(content) => {
            let described =
                content.get(kind).unwrap_or_else(|| panic!("{place}: {kind} is not in the document"));
            let schema = Schema { document, value: &described["schema"] };
            if let Err(fault) = schema.accepts(&answer.json(), "") {
                panic!("{place}: {fault}\n{}", answer.body);
            }
        }
    }
}

fn operation<'a>(document: &'a Value, method: &Method, path: &str) -> Option<&'a Value> {
    let matches = |template: &str| {
        let (wanted, found) = (template.split('/'), path.split('/'));
        wanted.clone().count() == found.clone().count()
            && wanted.zip(found).all(|(wanted, found)| wanted.starts_with('{') || wanted == found)
    };
    let method = method.as_str().to_lowercase();
    let paths = document["paths"].as_object().unwrap();
    paths.iter().find(|(template, _)| matches(template)).and_then(|(_, item)| item.get(method))
}

/// A schema of the part of JSON Schema that the document is written in. What the document does not name is a fault: it would
/// be an undocumented promise.
#[derive(Clone, Copy)]
struct Schema<'a> {
    document: &'a Value,
    value: &'a Value,
}

impl<'a> Schema<'a> {
    fn of(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    fn accepts(self, found: &Value, place: &str) -> Result<(), String> {
        if let Some(name) = self.value["$ref"].as_str() {
            let schema =
                self.document.pointer(name.trim_start_matches('#')).ok_or(format!("{name} is nowhere"))?;
            return self.of(schema).accepts(found, place);
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(schemas) = self.value[keyword].as_array() {
                let faults: Vec<String> =
                    schemas.iter().filter_map(|schema| self.of(schema).accepts(found, place).err()).collect();
                return if faults.len() < schemas.len() { Ok(()) } else { Err(faults.join("; or ")) };
            }
        }
        self.is_of_type(found, place)?;
        if let Some(words) = self.value["enum"].as_array()
            && !words.contains(found)
        {
            return Err(format!("{place}: {found} is none of {words:?}"));
        }
        match found {
            Value::String(text) if self.value["format"] == "date-time" => {
                let is_utc = chrono::DateTime::parse_from_rfc3339(text).is_ok() && text.ends_with('Z');
                if is_utc { Ok(()) } else { Err(format!("{place}: {text} is no moment")) }
            }
            Value::Array(items) => {
                let mut items = items.iter().enumerate();
                let schema = self.of(&self.value["items"]);
                items.try_for_each(|(index, item)| schema.accepts(item, &format!("{place}/{index}")))
            }
            Value::Object(properties) => self.accepts_properties(properties, place),
            _ => Ok(()),
        }
    }

    fn accepts_properties(self, found: &Map<String, Value>, place: &str) -> Result<(), String> {
        // An object without properties in the document holds whatever the package configuration has.
        let Some(known) = self.value["properties"].as_object() else { return Ok(()) };
        for name in self.value["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !found.contains_key(name) {
                return Err(format!("{place}/{name} is missing"));
            }
        }
        for (name, value) in found {
            let schema = known.get(name).ok_or(format!("{place}/{name} is not in the document"))?;
            self.of(schema).accepts(value, &format!("{place}/{name}"))?;
        }
        Ok(())
    }

    fn is_of_type(self, found: &Value, place: &str) -> Result<(), String> {
        let allowed: Vec<&str> = match &self.value["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => return Ok(()),
        };
        let is = |kind: &&str| match *kind {
            "null" => found.is_null(),
            "boolean" => found.is_boolean(),
            "integer" => found.is_i64() || found.is_u64(),
            "number" => found.is_number(),
            "string" => found.is_string(),
            "array" => found.is_array(),
            "object" => found.is_object(),
            _ => false,
        };
        if allowed.iter().any(is) { Ok(()) } else { Err(format!("{place}: {found} is not {allowed:?}")) }
    }
}

#[test]
fn what_is_not_in_the_document_is_found() {
    let document =
        serde_json::json!({ "components": { "schemas": { "Word": { "type": "string", "enum": ["a"] } } } });
    let schema = serde_json::json!({
        "type": "object",
        "required": ["word"],
        "properties": {
            "word": { "$ref": "#/components/schemas/Word" },
            "at": { "type": ["string", "null"], "format": "date-time" },
            "list": { "type": "array", "items": { "type": "integer" } },
        },
    });
    let accepts = |found: Value| Schema { document: &document, value: &schema }.accepts(&found, "").is_ok();
    assert!(accepts(serde_json::json!({ "word": "a", "at": "2026-11-22T08:00:00Z", "list": [1] })));
    assert!(accepts(serde_json::json!({ "word": "a", "at": null })));
    for fault in [
        serde_json::json!({}),
        serde_json::json!({ "word": "b" }),
        serde_json::json!({ "word": "a", "more": 1 }),
        serde_json::json!({ "word": "a", "at": "yesterday" }),
        serde_json::json!({ "word": "a", "at": "2026-11-22T08:00:00+00:00" }),
        serde_json::json!({ "word": "a", "list": ["1"] }),
        serde_json::json!([]),
    ] {
        assert!(!accepts(fault.clone()), "{fault}");
    }
}
