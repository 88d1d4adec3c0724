//! The results of a request as XML, where its artifacts are.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::request::Request;
use crate::shared::{Shared, now_ms};

pub(crate) async fn results(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let testing_farm = shared.testing_farm();
    let ended = testing_farm
        .requests
        .get(&id)
        .filter(|request| matches!(request.state(now_ms()), "complete" | "error"));
    match ended {
        Some(request) => ([(header::CONTENT_TYPE, "application/xml")], xunit(request)).into_response(),
        None => (StatusCode::NOT_FOUND, "no results").into_response(),
    }
}

/// One plan per environment, with two tests; none if no machine ran it.
fn xunit(request: &Request) -> String {
    let overall = request.end.overall;
    let kind = if request.asked["test"]["fmf"].is_object() { "fmf" } else { "tmt" };
    let plan = escaped(request.asked["test"][kind]["name"].as_str().unwrap_or("/plans"));
    let environments = request.asked["environments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let plans = environments.iter().filter(|_| request.end.state == "complete").map(|environment| {
        let text = |value: &Value| escaped(value.as_str().unwrap_or_default());
        let (arch, compose) = (text(&environment["arch"]), text(&environment["os"]["compose"]));
        format!(
            "<testsuite name=\"{plan}\" result=\"{overall}\" tests=\"2\">\
             <testing-environment name=\"requested\"><property name=\"arch\" value=\"{arch}\"/>\
             <property name=\"compose\" value=\"{compose}\"/></testing-environment>\
             <testcase name=\"/first\" result=\"passed\"/><testcase name=\"/second\" result=\"{overall}\"/>\
             </testsuite>"
        )
    });
    format!("<testsuites overall-result=\"{overall}\">{}</testsuites>", plans.collect::<String>())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
