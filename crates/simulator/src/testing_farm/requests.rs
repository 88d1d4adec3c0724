//! Test requests: created, asked for, listed, canceled.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::callbacks;
use super::http::Caller;
use super::request::{End, Request};
use super::validate::errors;
use crate::behaviour::{Behaviour, TestOutcome};
use crate::chance::spread;
use crate::copr::ChrootState;
use crate::gate::Began;
use crate::glob::{fits, fits_if_given};
use crate::shared::{Shared, now_ms};

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Json(mut asked): Json<Value>,
) -> Response {
    if let Some(errors) = errors(&asked) {
        let body = json!({"message": "Request body validation error", "errors": errors});
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    let webhook = asked["notification"]["webhook"].take();
    let behaviour = shared.behaviour();
    let now = now_ms();
    let end = end(&shared, &behaviour, &asked, now);
    let number = {
        let mut testing_farm = shared.testing_farm();
        testing_farm.number += 1;
        testing_farm.number
    };
    let id = new_id(&shared, number);
    let latencies = &behaviour.latencies;
    let took = |base_ms, phase| spread(behaviour.seed, latencies, base_ms, (&id, phase));
    let starts = now + took(latencies.test_queue_ms, "queue");
    let ends = starts + took(latencies.test_ms, "run");
    let request = Request { id: id.clone(), asked, created: now, starts, ends, end, canceled: None };
    let shown = request.shown(&shared.url, now);
    {
        let mut testing_farm = shared.testing_farm();
        testing_farm.order.push(id.clone());
        testing_farm.requests.insert(id.clone(), request);
    }
    if let Some(webhook) = callbacks::Webhook::of(&webhook) {
        tokio::spawn(callbacks::follow(Arc::clone(&shared), id.clone(), webhook));
    }
    Began::mark(id, Json(shown))
}

/// An id in the form of a UUID: chance, then a number that no other request has, whatever the seed is set to.
fn new_id(shared: &Shared, number: usize) -> String {
    let chance = shared.chances().u64(..);
    format!("{:08x}-{:04x}-4{:03x}-8000-{number:012x}", chance >> 32, (chance >> 16) & 0xffff, chance & 0xfff)
}

fn end(shared: &Shared, behaviour: &Behaviour, asked: &Value, now: i64) -> End {
    let environment = &asked["environments"][0];
    let compose = environment["os"]["compose"].as_str();
    if let Some(compose) = compose.filter(|compose| !is_known(behaviour, compose)) {
        return End::error(format!("compose '{compose}' is not available"));
    }
    if let Some(missing) = missing_artifact(shared, environment, now) {
        return End::error(missing);
    }
    let kind = if asked["test"]["fmf"].is_object() { "fmf" } else { "tmt" };
    let test = &asked["test"][kind];
    let (compose, url) = (compose.unwrap_or_default(), test["url"].as_str().unwrap_or_default());
    let plan = test["name"].as_str().unwrap_or_default();
    let variable = |name: &str| environment["variables"][name].as_str().unwrap_or_default();
    let rule = behaviour.tests.iter().find(|rule| {
        fits_if_given(rule.compose.as_deref(), compose)
            && fits_if_given(rule.plan.as_deref(), plan)
            && fits_if_given(rule.url.as_deref(), url)
            && rule.variables.iter().all(|(name, pattern)| fits(pattern, variable(name)))
    });
    let key = format!("{url} {} {plan} {compose} {}", test["ref"], environment["arch"]);
    let first_time = {
        let mut testing_farm = shared.testing_farm();
        let times = testing_farm.times_tested.entry(key).or_default();
        *times += 1;
        *times == 1
    };
    End::of(rule.map_or(TestOutcome::Passed, |rule| rule.outcome), first_time)
}

fn is_known(behaviour: &Behaviour, compose: &str) -> bool {
    let fits = |pattern: &String| {
        regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(compose))
    };
    behaviour.composes.iter().any(fits)
}

/// What cannot be installed: a Copr build that is not there, or has not succeeded.
fn missing_artifact(shared: &Shared, environment: &Value, now: i64) -> Option<String> {
    let artifacts = environment["artifacts"].as_array()?;
    artifacts.iter().filter(|artifact| artifact["type"] == "fedora-copr-build").find_map(|artifact| {
        let id = artifact["id"].as_str().unwrap_or_default();
        let state = id
            .split_once(':')
            .and_then(|(build, chroot)| shared.copr().chroot_state(build.parse().ok()?, chroot, now));
        (state != Some(ChrootState::Succeeded)).then(|| format!("artifact {id} cannot be installed"))
    })
}

pub(super) async fn get(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    match shared.testing_farm().requests.get(&id) {
        Some(request) => Json(request.shown(&shared.url, now_ms())).into_response(),
        None => not_found(),
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"message": "No such entity"}))).into_response()
}

#[derive(Deserialize)]
pub(super) struct Which {
    state: Option<String>,
    created_after: Option<String>,
    created_before: Option<String>,
}

/// All requests are the one key's own. Times are UTC, with or without saying so.
pub(super) async fn list(State(shared): State<Arc<Shared>>, Query(which): Query<Which>) -> Response {
    let bound = |text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => match parse_time(text) {
            Some(ms) => Ok(Some(ms)),
            None => Err((StatusCode::BAD_REQUEST, Json(json!({"message": format!("{text} is no time")})))),
        },
    };
    let (after, before) = match (bound(&which.created_after), bound(&which.created_before)) {
        (Ok(after), Ok(before)) => (after, before),
        (Err(error), _) | (_, Err(error)) => return error.into_response(),
    };
    let (testing_farm, now) = (shared.testing_farm(), now_ms());
    let shown: Vec<Value> = testing_farm
        .order
        .iter()
        .rev()
        .filter_map(|id| testing_farm.requests.get(id))
        .take_while(|request| after.is_none_or(|after| request.created >= after))
        .filter(|request| before.is_none_or(|before| request.created < before))
        .filter(|request| which.state.as_ref().is_none_or(|state| state == request.state(now)))
        .map(|request| request.shown(&shared.url, now))
        .collect();
    Json(shown).into_response()
}

fn parse_time(text: &str) -> Option<i64> {
    let with_zone = chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis());
    let utc = || {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(time.and_utc().timestamp_millis())
    };
    with_zone.or_else(utc)
}

pub(super) async fn cancel(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path(id): Path<String>,
) -> Response {
    let cancel_ms = i64::try_from(shared.behaviour().latencies.cancel_ms).unwrap_or(i64::MAX);
    let now = now_ms();
    let mut testing_farm = shared.testing_farm();
    let Some(request) = testing_farm.requests.get_mut(&id) else { return not_found() };
    match request.state(now) {
        "complete" | "error" => {
            (StatusCode::CONFLICT, Json(json!({"message": "Request is already finished"}))).into_response()
        }
        "canceled" | "cancel-requested" => StatusCode::NO_CONTENT.into_response(),
        _ => {
            request.canceled = Some((now, now + cancel_ms));
            Json(request.shown(&shared.url, now)).into_response()
        }
    }
}
