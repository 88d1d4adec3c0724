//! What the document says of texts, of headers and of requests beyond what follows from their types: exactly what the handlers
//! take and give. A foreign client that makes up calls by the document holds it to this (`crates/packflow/tests/interop_schemathesis.rs`).

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
            // The address names it: there is nothing to ask for by it.
            let named = match path.as_str() {
                "/api/v1/references/{id}" => "reference",
                "/api/v1/commits/{hash}" => "commit",
                _ => "",
            };
            if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
                parameters.retain(|parameter| parameter["name"] != named);
            }
            for parameter in
                operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
            {
                describe(path, parameter);
            }
            tell_headers(operation);
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
    for schema in schemas.as_object_mut().into_iter().flat_map(Map::values_mut) {
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            describe_plainly(name, property);
        }
    }
    // Nothing is not everything, which is meant by leaving it out.
    schemas["CancelRequest"]["properties"]["targets"]["minItems"] = json!(1);
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

/// The headers that come with answers: the tag of what is read, the next page of a list, where something came to be, and when
/// to ask again.
fn tell_headers(operation: &mut Value) {
    let parameters = operation["parameters"].as_array();
    let is_list = parameters.into_iter().flatten().any(|parameter| parameter["name"] == "cursor");
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    let has_tag = responses.contains_key("304");
    for (status, response) in responses {
        let mut tell = |name: &str, told: &str| {
            response["headers"][name] = json!({ "description": told, "schema": { "type": "string" } });
        };
        match status.as_str() {
            "200" | "304" if has_tag => {
                tell(
                    "ETag",
                    "Names this answer: sent as `If-None-Match`, it is sent again only if it differs.",
                );
                if is_list && status == "200" {
                    tell("Link", "The address of the next page, `rel=\"next\"`; none on the last one.");
                }
            }
            "201" => tell("Location", "The address of what came to be."),
            "429" | "503" => tell("Retry-After", "When to ask again, in seconds."),
            _ => {}
        }
    }
}

/// What is called the same everywhere means the same everywhere.
fn describe_plainly(name: &str, described: &mut Value) {
    let told = match name {
        "id" => "Its id, which is never used again.",
        "hash" => "The full hash.",
        "kind" => "Of which kind it is.",
        "status" => "Where it stands.",
        _ => return,
    };
    if described.is_object() && described["description"].is_null() {
        described["description"] = json!(told);
    }
}

fn describe(path: &str, parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    describe_plainly(&name, parameter);
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
