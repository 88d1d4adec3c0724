//! How the hub is reached: sessions, calls, several calls in one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::calls::{Caller, Done, call, changes};
use super::store::Koji;
use super::wire::{self, Arguments, Fault};
use crate::cut::Cut;
use crate::gate::Began;
use crate::shared::{Shared, now_ms};

/// What was called, for the log.
#[derive(Debug, Clone)]
pub(crate) struct Said(pub(crate) Value);

pub(super) async fn hub(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Cut>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut caller = Caller { shows_certificate: connection.has_certificate, session: None };
    let (said, answer, began) = if query.contains_key("filename") {
        let said = json!({"method": "rawUpload", "query": query, "bytes": body.len()});
        let answer = planned_fault(&shared, "rawUpload").map_or(Ok(()), Err);
        let mut koji = shared.koji();
        let answer = answer
            .and_then(|()| in_session(&mut koji, &headers, "rawUpload"))
            .and_then(|session| {
                session.ok_or_else(|| Fault::not_allowed("you must be logged in for this operation"))
            })
            .and_then(|_| koji.raw_upload(&query, &body));
        (said, answer, None)
    } else {
        let Some((method, parameters)) = wire::read(&body) else {
            return (StatusCode::BAD_REQUEST, "no XML-RPC call").into_response();
        };
        let said = said(&method, &parameters);
        let mut began = Vec::new();
        let answer = planned_fault(&shared, &method).map_or(Ok(()), Err).and_then(|()| {
            caller.session = in_session(&mut shared.koji(), &headers, &method)?;
            if matches!(method.as_str(), "multiCall" | "system.multicall") {
                return Ok(several(&shared, &caller, &parameters, &mut began));
            }
            one(&shared, &caller, &method, parameters, &mut began)
        });
        (said, answer, (!began.is_empty()).then(|| began.join(",")))
    };
    let answer = wire::answer(answer);
    let mut answer = match began {
        Some(began) => Began::mark(began, answer),
        None => answer,
    };
    answer.extensions_mut().insert(Said(said));
    answer
}

fn one(
    shared: &Shared,
    caller: &Caller,
    method: &str,
    parameters: Vec<Value>,
    began: &mut Vec<String>,
) -> Result<Value, Fault> {
    let behaviour = shared.behaviour();
    let arguments = Arguments::new(parameters);
    let key = format!("{:016x}", shared.chances().u64(..));
    let (mut koji, now) = (shared.koji(), now_ms());
    let Done { value, began: this } =
        call(&mut koji, &shared.accounts, &behaviour, caller, (method, &arguments), now, &key)?;
    began.extend(this);
    Ok(value)
}

/// Each is answered for itself.
fn several(shared: &Shared, caller: &Caller, parameters: &[Value], began: &mut Vec<String>) -> Value {
    let calls = parameters.first().and_then(Value::as_array).cloned().unwrap_or_default();
    let answers = calls.into_iter().map(|mut called| {
        let method = called["methodName"].as_str().unwrap_or_default().to_owned();
        let parameters = called["params"].as_array_mut().map(std::mem::take).unwrap_or_default();
        let planned = planned_fault(shared, &method).map_or(Ok(()), Err);
        match planned.and_then(|()| one(shared, caller, &method, parameters, began)) {
            Ok(value) => json!([value]),
            Err(fault) => fault.shown(),
        }
    });
    answers.collect()
}

/// The session that a call names, if it names one. Its number shows whether it was here before.
fn in_session(koji: &mut Koji, headers: &HeaderMap, method: &str) -> Result<Option<i64>, Fault> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(id) = header("koji-session-id") else { return Ok(None) };
    let id: i64 = id.parse().map_err(|_| Fault::auth(format!("Invalid session id: {id}")))?;
    let key = header("koji-session-key").unwrap_or_default();
    let session = koji.sessions.get_mut(&id).filter(|session| session.key == key);
    let Some(session) = session else { return Err(Fault::auth("Invalid session or bad credentials")) };
    if let Some(number) = header("koji-session-callnum") {
        let number: u64 = number.parse().map_err(|_| Fault::auth(format!("Invalid callnum: {number}")))?;
        match session.last_change {
            Some(last) if last > number => {
                return Err(Fault::sequence(format!("{last} > {number} (session {id})")));
            }
            Some(last) if last == number => {
                return Err(Fault::retry(format!(
                    "unable to retry call {number} (method {method}) for session {id}"
                )));
            }
            _ if changes(method) => session.last_change = Some(number),
            _ => {}
        }
    }
    Ok(Some(id))
}

/// The fault that the behaviour plans for a method; none if it plans none.
fn planned_fault(shared: &Shared, method: &str) -> Option<Fault> {
    let mut behaviour = shared.behaviour_mut();
    let planned = behaviour
        .koji_faults
        .iter_mut()
        .find(|planned| planned.next > 0 && crate::glob::fits(&planned.method, method))?;
    planned.next -= 1;
    Some(Fault::new(planned.code, planned.text.clone()))
}

/// A call for the log: without passwords, and without the bytes of files.
fn said(method: &str, parameters: &[Value]) -> Value {
    let shown = match method {
        "login" => &parameters[..parameters.len().min(1)],
        "uploadFile" => &parameters[..parameters.len().min(5)],
        _ => parameters,
    };
    json!({"method": method, "params": shown})
}
