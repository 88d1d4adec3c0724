//! The eleven questions over HTTP.

use axum::http::StatusCode;
use domain::plan::Plan;
use domain::words::{JobKind, Reference, ReferenceKind, TargetStatus, Visibility};
use serde_json::{Value, json};
use test_support::{TestDatabase, on_both_databases};

use crate::server::Server;
use crate::workflows::{HASH, plan, record, record_public, tell};

/// A page of each list, each thing and each way to ask of one event's neighbourhood.
async fn neighbourhood(server: &Server, event: i64) -> Vec<String> {
    let view = store::reads::workflow(&server.db, event.into()).await.unwrap().unwrap();
    let (project, reference) = (view.event.project_id, view.event.reference_id);
    let (pipeline, step, target) = (view.pipelines[0].id, view.steps[0].id, view.targets[0].id);
    let name = view.project.rsplit('/').next().unwrap();
    [
        format!("events/{event}"),
        format!("events/{event}/workflow"),
        format!("events/{event}/workflow?at=2026-11-01T10:30:00Z"),
        format!("pipelines/{pipeline}"),
        format!("steps/{step}"),
        format!("targets/{target}"),
        format!("targets/{target}/provenance"),
        format!("projects/{project}"),
        format!("projects/{project}/events"),
        format!("projects/{project}/workflows"),
        format!("projects/{project}/references"),
        format!("projects/{project}/flakiness?days=365"),
        format!("references/{reference}"),
        format!("commits/{HASH}"),
        format!("events?reference={reference}"),
        format!("search?q={name}"),
        format!("search?q={HASH}"),
        "events".to_owned(),
        "workflows".to_owned(),
        "projects".to_owned(),
    ]
    .map(|path| format!("/api/v1/{path}"))
    .to_vec()
}

on_both_databases! {
    /// The contract is checked with each answer: see contract.rs.
    async fn each_question_is_one_address_and_one_statement(database: TestDatabase) {
        let server = Server::new(&database).await;
        let chroots: Vec<String> = (0..30).map(|number| format!("fedora-{number}-x86_64")).collect();
        let names: Vec<&str> = chroots.iter().map(String::as_str).collect();
        let event = record_public(&server.db, &plan(&names), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Succeeded).await;
        server.get("/api/v1/openapi.json").await;
        for path in neighbourhood(&server, event.0).await {
            let before = server.db.statements();
            let answer = server.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
            assert_eq!(server.db.statements() - before, 1, "{path}");
            assert!(answer.header("etag").starts_with('"'), "{path}");
        }
    }

    async fn what_is_private_is_nowhere(database: TestDatabase) {
        let server = Server::new(&database).await;
        let reference = Reference::new(ReferenceKind::Branch, "hidden-branch");
        let event = record(&server.db, "github.com/packit/secret", Visibility::Private, reference, &plan(&["f43"]), 0).await;
        for path in neighbourhood(&server, event.0).await {
            let answer = server.get(&path).await;
            assert!([StatusCode::NOT_FOUND, StatusCode::OK].contains(&answer.status), "{path}");
            for trace in ["packit/secret", "hidden-branch", "f43", "lbarcziova"] {
                assert!(!answer.body.contains(trace), "{path}: {}", answer.body);
            }
        }
    }

    async fn lists_are_filtered_and_say_what_they_can_be_filtered_by(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["f43"]), 5).await;
        record_public(&server.db, &Plan::nothing("deny is the default"), 6).await;
        let project = store::reads::workflow(&server.db, event).await.unwrap().unwrap().event.project_id;
        for query in [
            "author=lbarcziova&status=waiting", "kind=pull_request&package=python-ogr", "commit=4f2c8e1d9b7a6053c1e2d3f4a5b6c7d8e9f00112&status=waiting",
            "since=2026-11-01T10:05:00Z&until=2026-11-01T10:06:00Z", "reference=pull_request:42&status=waiting",
        ] {
            let answer = server.get(&format!("/api/v1/projects/{project}/events?{query}")).await.json();
            assert_eq!(answer["events"].as_array().unwrap().len(), 1, "{query}: {answer}");
            assert_eq!(answer["events"][0]["id"], event.0);
        }
        for (query, field, told) in [
            ("status=done", "status", "waiting"),
            ("kind=x", "kind", "pull_request"),
            ("since=yesterday", "since", "2026-11-22T08:00:00Z"),
            ("author=%00", "author", "control"),
            ("author=", "author", "text"),
            ("reference=pull_request:42", "reference", "one project"),
            ("sort=name", "sort", "`author`"),
            ("limit=3&limit=4", "limit", "given twice"),
        ] {
            let answer = server.get(&format!("/api/v1/events?{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
            let problem = answer.problem();
            assert_eq!(problem["field"], field, "{query}");
            assert!(problem["detail"].as_str().unwrap().contains(told), "{query}: {problem}");
        }
        // What the address names cannot be asked for otherwise.
        let reference = store::reads::workflow(&server.db, event).await.unwrap().unwrap().event.reference_id;
        let capitals = HASH.to_uppercase();
        for (path, status, field) in [
            (format!("references/{reference}?reference={reference}"), StatusCode::OK, ""),
            (format!("references/{reference}?reference=4711"), StatusCode::BAD_REQUEST, "reference"),
            (format!("commits/{HASH}?commit={capitals}"), StatusCode::OK, ""),
            (format!("commits/{HASH}?commit=abc"), StatusCode::BAD_REQUEST, "commit"),
            (format!("events/{event}/workflow?at=2999-01-01T00:00:00Z"), StatusCode::BAD_REQUEST, "at"),
        ] {
            let answer = server.get(&format!("/api/v1/{path}")).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
            assert_eq!(answer.json()["field"].as_str().unwrap_or_default(), field, "{path}");
        }
    }

    async fn a_filter_stays_on_the_next_page(database: TestDatabase) {
        let server = Server::new(&database).await;
        for minute in 0..3 {
            record_public(&server.db, &plan(&["f43"]), minute).await;
        }
        let mut path = "/api/v1/workflows?author=lbarcziova&limit=1".to_owned();
        let mut seen = Vec::new();
        loop {
            let answer = server.get(&path).await;
            seen.extend(answer.json()["workflows"].as_array().unwrap().iter().map(|workflow| workflow["event"]["occurred_at"].clone()));
            let Some(next) = answer.header("link").strip_prefix("<https://packflow.example") else { break };
            path = next.trim_end_matches(">; rel=\"next\"").to_owned();
            assert!(path.contains("author=lbarcziova") && path.contains("limit=1"), "{path}");
        }
        assert_eq!(seen, [json!("2026-11-01T10:02:00Z"), json!("2026-11-01T10:01:00Z"), json!("2026-11-01T10:00:00Z")]);
    }

    async fn a_workflow_is_told_as_it_was(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["f43"]), 0).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 5, |_| {}, TargetStatus::Running).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 10, |_| {}, TargetStatus::Failed).await;
        let status = async |minute: &str| {
            let path = format!("/api/v1/events/{event}/workflow?at=2026-11-01T10:{minute}:00Z");
            server.get(&path).await.json()["targets"][0]["status"].clone()
        };
        assert_eq!((status("07").await, status("10").await), (json!("running"), json!("failed")));
        let answer = server.get(&format!("/api/v1/events/{event}/workflow?at=2026-10-01T10:00:00Z")).await;
        assert_eq!((answer.status, &answer.problem()["field"]), (StatusCode::NOT_FOUND, &json!("at")));
    }

    async fn provenance_says_when_it_was_cut(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["f43"]), 0).await;
        let view = store::reads::workflow(&server.db, event).await.unwrap().unwrap();
        let path = format!("/api/v1/targets/{}/provenance", view.targets[0].id);
        assert_eq!(server.get(&path).await.json()["cut"], false);
        let cut = server.get(&format!("{path}?depth=1")).await.json();
        assert_eq!((&cut["cut"], cut["links"].as_array().unwrap().len()), (&json!(true), 2));
        assert_eq!(server.get(&format!("{path}?depth=99")).await.problem()["field"], "depth");
    }

    async fn the_document_describes_every_operation(database: TestDatabase) {
        let server = Server::new(&database).await;
        let document = server.get("/api/v1/openapi.json").await.json();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                assert!(operation.get("parameters").is_none_or(Value::is_array), "{path}: {operation}");
            }
        }
        let page = server.get("/api/v1/documentation").await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(!page.body.contains('`'), "what is code is shown as such");
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(page.body.contains(&format!("id=\"{name}\"")), "{name} is not on the page");
        }
        assert!(page.body.contains("Takes <a href=\"#RerunRequest\">"), "what is sent along is told");
        for (path, item) in document["paths"].as_object().unwrap() {
            assert!(page.body.contains(path.as_str()), "{path} is not on the page");
            for operation in item.as_object().unwrap().values() {
                let told = operation["summary"].as_str().or(operation["description"].as_str());
                assert!(told.is_some_and(|told| told.len() > 10), "{path}: {operation}");
                assert_ne!(operation["responses"]["200"], Value::Null, "{path}");
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                assert!(parameters.clone().all(|parameter| parameter["description"].is_string()), "{path}: {operation}");
                let (reads, changes) = (&operation["responses"]["304"], &operation["responses"]["415"]);
                assert!(reads.is_null() || changes.is_null(), "{path}: a change is never known already");
                assert_eq!(operation["responses"]["200"]["headers"]["ETag"].is_null(), reads.is_null(), "{path}");
                for (status, response) in operation["responses"].as_object().unwrap() {
                    assert!(response["description"].as_str().is_some_and(|told| !told.is_empty()), "{path} {status}");
                }
            }
        }
        let canceled = document["components"]["schemas"]["Canceled"]["properties"].as_object().unwrap();
        assert!(canceled.values().all(|field| field["description"].is_string()), "{canceled:?}");
        assert!(page.body.contains("id=\"ChangeData\""), "what a stream tells is told");
        // Nothing is referred to that is not there.
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
