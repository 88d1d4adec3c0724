//! `/api/v1/documentation`: the API's own description, for people.

use askama::Template;
use axum::response::Response;
use serde_json::Value;

use super::{Frame, show};
use crate::api::document;

#[derive(Template)]
#[template(path = "api.html")]
struct ApiPage {
    frame: Frame,
    description: String,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: String,
    summary: String,
    parameters: Vec<Parameter>,
    answer: String,
}

struct Parameter {
    name: String,
    place: String,
    allowed: String,
    description: String,
}

/// The page.
pub(crate) async fn api_reference(frame: Frame) -> Response {
    let document = document();
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        item.as_object()
            .into_iter()
            .flatten()
            .map(|(method, operation)| Operation::new(method, path, operation))
    });
    show(&ApiPage {
        frame,
        description: text(&document["info"]["description"]),
        operations: operations.collect(),
    })
}

impl Operation {
    fn new(method: &str, path: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let content = operation["responses"]["200"]["content"].as_object().into_iter().flatten().next();
        let answer = content.map(|(kind, content)| {
            let schema = text(&content["schema"]["$ref"]);
            let name = schema.rsplit('/').next().unwrap_or_default();
            if name.is_empty() { kind.clone() } else { name.to_owned() }
        });
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: [text(&operation["summary"]), text(&operation["description"])]
                .join(" ")
                .trim()
                .to_owned(),
            parameters: parameters.map(Parameter::new).collect(),
            answer: answer.unwrap_or_default(),
        }
    }
}

impl Parameter {
    fn new(parameter: &Value) -> Self {
        let schema = &parameter["schema"];
        let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words: Vec<&str> = words.collect();
        let allowed = match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(most)) => format!("{least} to {most}"),
            _ if !words.is_empty() => words.join(", "),
            _ => text(&schema["format"]),
        };
        Self {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            allowed,
            description: text(&parameter["description"]),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
