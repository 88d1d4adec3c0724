//! How Bodhi answers and whom it lets change something.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::login;
use crate::shared::Shared;

/// An error of one field, as Bodhi tells it.
pub(super) fn error(status: StatusCode, location: &str, name: &str, description: &str) -> Response {
    let error = json!({"location": location, "name": name, "description": description});
    (status, Json(json!({"status": "error", "errors": [error]}))).into_response()
}

/// What is wrong with the builds that were sent.
pub(super) fn wrong_builds(description: impl AsRef<str>) -> Response {
    error(StatusCode::BAD_REQUEST, "body", "builds", description.as_ref())
}

/// The value of a cookie that was sent; the last one of its name.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let each = sent.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    each.fold(None, |last, (of, value)| if of == name { Some(value) } else { last })
}

/// Who calls, if a change may be made: logged in, with the token of the session.
pub(super) fn caller(shared: &Arc<Shared>, headers: &HeaderMap, body: &Value) -> Result<String, Response> {
    let ticket = cookie(headers, "auth_tkt").unwrap_or_default();
    let Some(user) = login::user_of(shared, ticket) else {
        let description = "Unauthorized: new_update__POST failed permission check";
        return Err(error(StatusCode::FORBIDDEN, "body", "HTTPForbidden", description));
    };
    let session = cookie(headers, "session").unwrap_or_default();
    let token = body["csrf_token"].as_str().unwrap_or_default();
    if session.is_empty() || token != login::csrf_of(session) {
        let description =
            "CSRF tokens do not match.  This happens if you have the page open for a long time.";
        return Err(error(StatusCode::BAD_REQUEST, "body", "csrf_token", description));
    }
    Ok(user)
}

/// A body as JSON or as a form, as programs and browsers send it.
pub(super) fn body(headers: &HeaderMap, bytes: &[u8]) -> Value {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return serde_json::from_slice(bytes).unwrap_or(Value::Null);
    }
    let mut fields = serde_json::Map::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        let value = json!(value);
        match fields.get_mut(name.as_ref()) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.take(), value]),
            None => {
                fields.insert(name.into_owned(), value);
            }
        }
    }
    Value::Object(fields)
}

/// A list of words: JSON's own, or a text with commas or spaces between them.
pub(super) fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::String(text) => {
            let words = text.split([',', ' ']).filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}
