//! `/api/v1/documentation`: the API's own description, for people.

mod shapes;

use askama::Template;
use axum::response::Response;
use serde_json::Value;

use super::{Frame, show};
use crate::api::document;
use shapes::{Kind, Shape, kind_of};

#[derive(Template)]
#[template(path = "api.html")]
struct ApiPage {
    frame: Frame,
    description: Vec<Part>,
    operations: Vec<Operation>,
    shapes: Vec<Shape>,
}

/// A piece of prose; words between backticks are code.
struct Part {
    text: String,
    is_code: bool,
}

struct Operation {
    /// What it is linked to by.
    id: String,
    method: String,
    path: String,
    summary: Vec<Part>,
    parameters: Vec<Parameter>,
    /// The shape of what is sent along; none if nothing is.
    body: Option<Kind>,
    /// What comes back; none if that has no shape.
    answer: Option<Kind>,
}

struct Parameter {
    name: String,
    place: String,
    is_required: bool,
    /// What holds where it is left out; empty if nothing does.
    usual: String,
    allowed: Kind,
    description: Vec<Part>,
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
        description: prose(&text(&document["info"]["description"])),
        operations: operations.collect(),
        shapes: shapes::all(&document["components"]["schemas"]),
    })
}

impl Operation {
    fn new(method: &str, path: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let told = [text(&operation["summary"]), text(&operation["description"])].join(" ");
        let responses = operation["responses"].as_object().into_iter().flatten();
        let good = responses.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
        Self {
            id: format!("{method}-{}", path.trim_matches('/').replace(['/', '{', '}', '.'], "-")),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: prose(told.trim()),
            parameters: parameters.map(Parameter::new).collect(),
            body: content(&operation["requestBody"]),
            answer: good.filter_map(content).next(),
        }
    }
}

/// The shape of what a body holds, or its media type.
fn content(of: &Value) -> Option<Kind> {
    let (media, content) = of["content"].as_object()?.iter().next()?;
    let schema = &content["schema"];
    Some(if schema.is_null() { Kind::plain(media) } else { kind_of(schema) })
}

impl Parameter {
    fn new(parameter: &Value) -> Self {
        let usual = &parameter["schema"]["default"];
        Self {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            is_required: parameter["required"] == true,
            usual: if usual.is_null() { String::new() } else { usual.to_string() },
            allowed: kind_of(&parameter["schema"]),
            description: prose(&text(&parameter["description"])),
        }
    }
}

fn prose(text: &str) -> Vec<Part> {
    let pieces = text.split('`').enumerate();
    let parts = pieces.map(|(place, piece)| Part { text: piece.to_owned(), is_code: place % 2 == 1 });
    parts.filter(|part| !part.text.is_empty()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
