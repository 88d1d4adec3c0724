//! What the document says of texts and of requests for reruns beyond what follows from their types: exactly what the handlers
//! take. A foreign client that makes up calls by the document holds it to this (`crates/packflow/tests/interop_schemathesis.rs`).

use domain::words::ReferenceKind;
use serde_json::{Map, Value, json};

use super::parameters::LONGEST_TEXT;
use super::reruns::{LONGEST_KEY, LONGEST_REASON};
use crate::cursor::{Cursor, KEY_OF_THREE, KEY_OF_TWO};

/// Text without control characters; see `parameters::text`.
const TEXT: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$";

/// Completes the document.
pub(super) fn complete(document: &mut Value) {
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            for parameter in
                operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
            {
                describe(path, parameter);
            }
            // OpenAPI wants a description of each response; what a read answers with is what it is for.
            let summary = operation["summary"].as_str().unwrap_or("What was asked for.").to_owned();
            for response in operation
                .get_mut("responses")
                .and_then(Value::as_object_mut)
                .into_iter()
                .flat_map(Map::values_mut)
            {
                if response["description"].as_str().is_none_or(str::is_empty) {
                    response["description"] = json!(summary);
                }
            }
        }
    }
    let schemas = &mut document["components"]["schemas"];
    let mut of_event = schemas["RerunRequest"].clone();
    if let Some(properties) = of_event["properties"].as_object_mut() {
        properties.remove("event");
    }
    schemas["RerunRequestOfEvent"] = of_event;
    schemas["RerunRequest"]["required"] = json!(["event"]);
    schemas["RerunRequest"]["properties"]["event"]["type"] = json!("integer");
    for name in ["RerunRequest", "RerunRequestOfEvent"] {
        schemas[name]["properties"]["reason"]["maxLength"] = json!(LONGEST_REASON);
        schemas[name]["anyOf"] = something_is_selected();
    }
    for part in schemas["RerunSelection"]["oneOf"].as_array_mut().into_iter().flatten() {
        if part["type"] == "object" {
            part["additionalProperties"] = json!(false);
        }
    }
    let body = "/paths/~1api~1v1~1events~1{id}~1reruns/post/requestBody/content/application~1json/schema";
    if let Some(schema) = document.pointer_mut(body) {
        *schema = json!({ "$ref": "#/components/schemas/RerunRequestOfEvent" });
    }
}

fn describe(path: &str, parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let is_in_project = path.starts_with("/api/v1/projects/{id}/");
    let (pattern, longest) = match name.as_str() {
        "cursor" if path == "/api/v1/projects" => (KEY_OF_THREE.to_owned(), None),
        "cursor" if path.ends_with("/references") => (KEY_OF_TWO.to_owned(), None),
        "cursor" => (Cursor::PATTERN.to_owned(), None),
        "reference" if is_in_project => (reference_by_id_or_name(), Some(LONGEST_TEXT)),
        "reference" => ("^[0-9]{1,18}$".to_owned(), None),
        "origin" => (
            "^[^:\\u0000-\\u001f\\u007f-\\u009f]+:[^\\u0000-\\u001f\\u007f-\\u009f]+$".to_owned(),
            Some(LONGEST_TEXT),
        ),
        "Idempotency-Key" => ("^[!-~]+$".to_owned(), Some(LONGEST_KEY)),
        "commit" | "package" | "author" | "q" | "hash" => (TEXT.to_owned(), Some(LONGEST_TEXT)),
        _ => return,
    };
    let schema = &mut parameter["schema"];
    schema["pattern"] = json!(pattern);
    if let Some(longest) = longest {
        schema["minLength"] = json!(1);
        schema["maxLength"] = json!(longest);
    }
    // A parameter of an address is there or not, but never null.
    schema["type"] = json!("string");
}

fn reference_by_id_or_name() -> String {
    let kinds: Vec<&str> = ReferenceKind::ALL.iter().map(|kind| kind.as_str()).collect();
    format!("^([0-9]{{1,18}}|({}):[^\\u0000-\\u001f\\u007f-\\u009f]+)$", kinds.join("|"))
}

/// A request that says nothing of what is meant would mean everything.
fn something_is_selected() -> Value {
    let list = |name: &str| json!({ "required": [name], "properties": { name: { "type": "array" } } });
    let selection =
        json!({ "required": ["selection"], "properties": { "selection": { "not": { "type": "null" } } } });
    let lists = ["kinds", "identifiers", "labels", "packages"].map(list);
    Value::Array([selection].into_iter().chain(lists).collect())
}
