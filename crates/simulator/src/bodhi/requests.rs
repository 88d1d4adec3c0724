//! Requests: what people do with an update.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::http::{body, caller, error};
use super::update::Update;
use crate::behaviour::{Behaviour, UpdateOutcome};
use crate::shared::{Shared, now_ms};

pub(super) async fn request(
    State(shared): State<Arc<Shared>>,
    Path(alias): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let body = body(&headers, &bytes);
    if let Err(refusal) = caller(&shared, &headers, &body) {
        return refusal;
    }
    let (behaviour, now) = (shared.behaviour(), now_ms());
    let mut bodhi = shared.bodhi();
    let Some(update) = bodhi.find_mut(&alias) else {
        return error(StatusCode::NOT_FOUND, "url", "id", "Invalid update id");
    };
    match update.take(&behaviour, body["request"].as_str().unwrap_or_default(), now) {
        Ok(()) => Json(json!({"update": update.shown(&shared.url, now)})).into_response(),
        Err(refused) => error(StatusCode::BAD_REQUEST, "body", "request", &refused),
    }
}

impl Update {
    /// Does what is asked, or says why not. What it is already is no error.
    fn take(&mut self, behaviour: &Behaviour, request: &str, now: i64) -> Result<(), String> {
        let status = self.status(now);
        match (request, status) {
            ("testing", "unpushed" | "obsolete") => {
                // What was to happen once has happened.
                if self.outcome == UpdateOutcome::UnpushedOnce {
                    self.outcome = UpdateOutcome::Stable;
                }
                self.begin(behaviour, now);
            }
            ("testing", _) | ("stable", "stable") | ("unpush", "unpushed") => {}
            ("stable", "testing") => self.ended = Some(("stable", now)),
            ("unpush", "testing") => self.ended = Some(("unpushed", now)),
            ("revoke", _) if self.request(status).is_some() => self.ended = Some(("unpushed", now)),
            ("obsolete", _) => self.ended = Some(("obsolete", now)),
            ("unpush", _) => return Err(format!("Can't unpush a {status} update")),
            ("revoke", _) => return Err("Can only revoke an update with an existing request".to_owned()),
            ("stable", _) => {
                return Err("This update has not yet met the minimum testing requirements".to_owned());
            }
            _ => {
                return Err(format!("\"{request}\" is not one of testing, stable, obsolete, unpush, revoke"));
            }
        }
        Ok(())
    }
}
