//! The JSON that comes with a request, and in plain words what is wrong with it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::problem::Problem;
use crate::server::Shared;

/// A body that is JSON.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "The body has to be JSON: send `Content-Type: application/json`.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).at("Content-Type"));
        }
        let bytes = Bytes::from_request(request, web).await.map_err(|refused| {
            let detail = if refused.status() == StatusCode::PAYLOAD_TOO_LARGE {
                "The body is larger than what is taken here."
            } else {
                "The body did not come to its end."
            };
            Problem::new(refused.status(), detail).at("body")
        })?;
        Json::from_bytes(&bytes).map(|Json(read)| Self(read)).map_err(|refused| {
            if let Err(error) = serde_json::from_slice::<IgnoredAny>(&bytes) {
                return Problem::bad_parameter("body", format!("The body is no JSON: {error}."));
            }
            fault(&refused.body_text())
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let told = headers.get(CONTENT_TYPE).and_then(|told| told.to_str().ok()).unwrap_or_default();
    let kind = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
}

/// What a deserializer says of JSON that is not what is taken here, in words for those who wrote it.
fn fault(told: &str) -> Problem {
    // "Failed to deserialize the JSON body into the target type: PLACE: MESSAGE at line 1 column 20"
    let told = told.split_once(": ").map_or(told, |(_, rest)| rest);
    let told = told.rsplit_once(" at line ").map_or(told, |(message, _)| message);
    let (place, message) = match told.split_once(": ") {
        Some((place, message)) if is_place(place) => (place, message),
        _ => ("body", told),
    };
    let quoted = message.split('`').nth(1).unwrap_or_default();
    // What was sent may be quoted before it.
    let known = message.rsplit_once("expected ").map(|(_, known)| known).unwrap_or_default();
    let words = known.trim_start_matches("one of ").replace(" or ", ", ");
    if message.starts_with("unknown field") {
        return Problem::bad_parameter(
            quoted.to_owned(),
            format!("There is no field `{quoted}` here; known are {words}."),
        );
    }
    if message.starts_with("missing field") {
        return Problem::bad_parameter(quoted.to_owned(), format!("`{quoted}` has to be given."));
    }
    if message.starts_with("duplicate field") {
        return Problem::bad_parameter(quoted.to_owned(), format!("`{quoted}` is given twice."));
    }
    let what = if place == "body" { "The body".to_owned() } else { format!("`{place}`") };
    let detail = if message.starts_with("unknown variant") {
        format!("{what} cannot be `{quoted}`; it is one of {words}.")
    } else if message.starts_with("invalid ") {
        format!("{what} has to be {}.", kind(known))
    } else if message.contains("expected") {
        format!("{what} is not as it has to be.")
    } else {
        format!("{what} is not as it has to be: {message}.")
    };
    Problem::bad_parameter(place.to_owned(), detail)
}

/// Whether this is where something stands: `selection.targets[0]`.
fn is_place(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "_.[]?".contains(character))
}

/// A type as JSON calls it.
fn kind(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "a string" => "text",
        "string or map" => "a word or an object",
        "a map" => "an object",
        "i64" | "u64" | "usize" => "a whole number",
        // A struct, whatever it is called here, or a list of as many elements.
        other if other.starts_with("struct ") || other.starts_with("internally ") => "an object",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is never read to the end")]
    struct Wanted {
        event: Option<i64>,
        selection: Option<Selected>,
        #[serde(default)]
        labels: BTreeSet<String>,
        dry_run: bool,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "it is never read to the end")]
    enum Selected {
        All,
        Steps(Vec<i64>),
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_without_words_of_the_code() {
        for (json, expected) in [
            (
                r#"{"dryrun": true}"#,
                "There is no field `dryrun` here; known are `event`, `selection`, `labels`, `dry_run`.",
            ),
            (r#"{"selection": "some"}"#, "`selection` cannot be `some`; it is one of `all`, `steps`."),
            (r#"{"event": "x", "dry_run": true}"#, "`event` has to be a whole number."),
            (r#"{"labels": "a", "dry_run": true}"#, "`labels` has to be a list."),
            (r#"{"labels": [1], "dry_run": true}"#, "`labels[0]` has to be text."),
            (r#"{"dry_run": 1}"#, "`dry_run` has to be true or false."),
            (r#"{"selection": 5}"#, "`selection` is not as it has to be."),
            ("{}", "`dry_run` has to be given."),
            ("[1]", "The body has to be an object."),
            ("7", "The body has to be an object."),
        ] {
            let refused = Json::<Wanted>::from_bytes(json.as_bytes()).unwrap_err();
            assert_eq!(fault(&refused.body_text()).detail, expected, "{}", refused.body_text());
        }
    }
}
