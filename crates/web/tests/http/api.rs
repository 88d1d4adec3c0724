//! `/api/v1`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use domain::plan::Plan;
use domain::words::{BuildSystem, JobKind, Reference, ReferenceKind, TargetStatus, Visibility};
use serde_json::Value;
use test_support::{TestDatabase, on_both_databases};

use crate::server::{Answer, Server};
use crate::workflows::{HASH, at, plan, record, record_public, tell};

async fn get_if_none_match(server: &Server, path: &str, tag: &str) -> Answer {
    server.send(Request::get(path).header("If-None-Match", tag).body(Body::empty()).unwrap()).await
}

fn ids(answer: &Answer) -> Vec<i64> {
    answer.json()["events"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()).collect()
}

on_both_databases! {
    async fn the_whole_workflow_of_an_event_is_one_document(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64", "fedora-42-x86_64"]), 0).await;
        let before = server.db.statements();
        let answer = server.get(&format!("/api/v1/events/{event}/workflow")).await;
        assert_eq!(server.db.statements() - before, 1);
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), "application/json");
        let workflow = answer.json();
        assert_eq!(workflow["event"]["id"], event.0);
        assert_eq!(workflow["event"]["occurred_at"], "2026-11-01T10:00:00Z");
        assert_eq!(workflow["project"], "github.com/packit/ogr");
        assert_eq!(workflow["reference"], serde_json::json!({ "kind": "pull_request", "name": "42" }));
        assert_eq!(workflow["commit"], HASH);
        assert_eq!(workflow["status"], "waiting");
        assert_eq!(workflow["omissions"][0]["reason"], "no build feeds it");
        assert_eq!(workflow["pipelines"][0]["package"], "python-ogr");
        let steps = workflow["steps"].as_array().unwrap();
        assert_eq!(steps[0]["previous"], Value::Null);
        assert_eq!(steps[2]["previous"], steps[1]["id"]);
        assert_eq!(workflow["jobs"].as_array().unwrap().len(), 3);
        let targets = workflow["targets"].as_array().unwrap();
        assert_eq!(targets.len(), 5);
        let test = targets.iter().find(|t| t["kind"] == "test_run" && t["name"] == "fedora-42-x86_64").unwrap();
        assert_eq!(test["attempt"], 1);
        assert_eq!(test["inputs"][0]["kind"], "copr_build");
        assert_eq!(test["inputs"][0]["name"], "fedora-42-x86_64");
    }

    async fn an_unchanged_workflow_is_not_sent_again(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let path = format!("/api/v1/events/{event}/workflow");
        let tag = server.get(&path).await.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let answer = get_if_none_match(&server, &path, &known).await;
            assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.body, "");
        }
        assert_eq!(get_if_none_match(&server, &path, "\"other\"").await.status, StatusCode::OK);

        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Running).await;
        let changed = get_if_none_match(&server, &path, &tag).await;
        assert_eq!(changed.status, StatusCode::OK);
        let tag = changed.header("etag").to_owned();

        // Not a change of the event, but the answer says it.
        store::pauses::pause(&server.db, BuildSystem::Copr, "admin", None, at(2)).await.unwrap();
        assert_eq!(get_if_none_match(&server, &path, &tag).await.status, StatusCode::OK);
    }

    async fn a_project_that_is_not_public_is_not_there(database: TestDatabase) {
        let server = Server::new(&database).await;
        for (visibility, project) in
            [(Visibility::Private, "github.com/packit/secret"), (Visibility::Unknown, "github.com/packit/unheard")]
        {
            let reference = Reference::new(ReferenceKind::Branch, "main");
            let event = record(&server.db, project, visibility, reference, &plan(&["fedora-43-x86_64"]), 0).await;
            let answer = server.get(&format!("/api/v1/events/{event}/workflow")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            answer.problem();
            let view = store::reads::workflow(&server.db, event).await.unwrap().unwrap();
            for path in [format!("/events/{event}"), format!("/pipelines/{}", view.pipelines[0].id)] {
                let page = server.get(&path).await;
                assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
                assert!(!page.body.contains("packit/"), "{}", page.body);
            }
        }
        let public = record_public(&server.db, &Plan::default(), 1).await;
        assert_eq!(ids(&server.get("/api/v1/events").await), [public.0]);
        assert!(!server.get("/").await.body.contains("secret"));
    }

    async fn events_are_paged_from_the_newest_on(database: TestDatabase) {
        let server = Server::new(&database).await;
        assert_eq!(server.get("/api/v1/events").await.json(), serde_json::json!({ "events": [], "next_cursor": null }));
        let mut recorded = Vec::new();
        // Two at the same moment, and one that happened before those recorded before it.
        for minute in [5, 1, 7, 7, 3] {
            recorded.push((minute, record_public(&server.db, &Plan::nothing("deny is the default"), minute).await.0));
        }
        recorded.sort_unstable();
        let expected: Vec<i64> = recorded.into_iter().rev().map(|(_, id)| id).collect();

        let mut path = "/api/v1/events?limit=2".to_owned();
        let mut seen = Vec::new();
        loop {
            let answer = server.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            seen.extend(ids(&answer));
            let Some(cursor) = answer.json()["next_cursor"].as_str().map(str::to_owned) else {
                assert_eq!(answer.header("link"), "");
                break;
            };
            path = format!("/api/v1/events?limit=2&cursor={cursor}");
            assert_eq!(answer.header("link"), format!("<https://packflow.example{path}>; rel=\"next\""));
        }
        assert_eq!(seen, expected);

        let newest = server.get("/api/v1/events?limit=1").await.json()["events"][0].clone();
        assert_eq!(newest["project"], "github.com/packit/ogr");
        assert_eq!(newest["reference"], serde_json::json!({ "kind": "pull_request", "name": "42" }));
        assert_eq!(newest["occurred_at"], "2026-11-01T10:07:00Z");
        assert_eq!(newest["status"], "nothing");
        assert_eq!(newest["reason"], "deny is the default");
    }

    async fn a_bad_parameter_is_named(database: TestDatabase) {
        let server = Server::new(&database).await;
        let forged = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode("1 OR 1=1");
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("limit=", "limit"),
            ("cursor=", "cursor"),
            ("cursor=%00", "cursor"),
            (&format!("cursor={forged}"), "cursor"),
        ] {
            let answer = server.get(&format!("/api/v1/events?{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
            assert_eq!(answer.problem()["field"], field, "{query}");
        }
        let unknown = server.get("/api/v1/events?page=2").await;
        assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
        assert!(unknown.problem()["detail"].as_str().unwrap().contains("page"));
        assert_eq!(server.get("/?cursor=x").await.status, StatusCode::BAD_REQUEST);

        let answer = server.get("/api/v1/events/first/workflow").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.problem()["field"], "id");
        for id in ["0", "-1", "999999", "9223372036854775807"] {
            let answer = server.get(&format!("/api/v1/events/{id}/workflow")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
        }
    }
}
