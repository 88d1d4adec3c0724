//! Reruns through the API: planned, shown, carried out as shown, remembered.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::details::{BodhiUpdate, JobDetails};
use domain::ids::{EventId, TargetId};
use domain::words::{JobKind, Reference, ReferenceKind, TargetStatus, Visibility};
use serde_json::{Value, json};
use store::{Db, events};
use test_support::{TestDatabase, on_both_databases};

use crate::server::{Answer, Server};
use crate::workflows::{plan, record, record_public, tell};

const KEYS: [&str; 10] =
    ["hash", "redo", "share", "wait", "cancel", "cannot", "not_needed", "outside", "pipelines", "cost"];

/// A server with one public event, whose build of f43 failed, and a token that may ask for reruns.
struct Story {
    server: Server,
    event: EventId,
    token: String,
}

impl Story {
    async fn new(database: &TestDatabase) -> Self {
        let server = Server::new(database).await;
        let event = record_public(&server.db, &plan(&["f42", "f43"]), 0).await;
        for (target, status) in [
            ((JobKind::SrpmBuild, "srpm"), TargetStatus::Succeeded),
            ((JobKind::CoprBuild, "f42"), TargetStatus::Succeeded),
            ((JobKind::CoprBuild, "f43"), TargetStatus::Failed),
            ((JobKind::TestRun, "f42"), TargetStatus::Succeeded),
        ] {
            tell(&server.db, event, target, 10, |_| {}, status).await;
        }
        let token = server.token("ci", "rerun").await;
        Self { server, event, token }
    }

    async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Answer {
        self.post_as(&self.token, path, key, body).await
    }

    async fn post_as(&self, token: &str, path: &str, key: Option<&str>, body: &Value) -> Answer {
        let mut request = Request::post(path)
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {token}"));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        self.server.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn get_as(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header("Authorization", format!("Bearer {token}"));
        self.server.send(request.body(Body::empty()).unwrap()).await
    }

    /// Asks for this of the event.
    async fn ask(&self, mut body: Value) -> Answer {
        body["event"] = json!(self.event);
        self.post("/api/v1/reruns", None, &body).await
    }

    async fn reruns(&self) -> Vec<Value> {
        let told = self.server.get(&format!("/api/v1/events/{}/reruns", self.event)).await;
        told.json()["reruns"].as_array().unwrap().clone()
    }
}

fn names(list: &Value) -> Vec<String> {
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|entry| format!("{} {}", entry["kind"].as_str().unwrap(), entry["name"].as_str().unwrap()))
        .collect()
}

async fn newest(db: &Db, event: EventId, kind: JobKind, name: &str) -> TargetId {
    let view = store::reads::workflow(db, event).await.unwrap().unwrap();
    let found = view.targets.iter().find(|target| target.kind == kind && target.name == name);
    TargetId(found.unwrap().id)
}

on_both_databases! {
    async fn a_plan_is_shown_carried_out_as_shown_and_remembered(database: TestDatabase) {
        let story = Story::new(&database).await;
        let shown = story.ask(json!({"selection": "failed", "dry_run": true})).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
        let shown = shown.json();
        assert!(KEYS.iter().all(|key| shown.get(key).is_some()), "{shown}");
        assert_eq!(names(&shown["redo"]), ["copr_build f43", "test_run f43"]);
        assert_eq!(names(&shown["share"]), ["srpm_build srpm"]);
        assert_eq!((&shown["cost"]["builds"], &shown["cost"]["tests"]), (&json!(1), &json!(1)));
        assert!(shown["rerun_id"].is_null() && story.reruns().await.is_empty(), "nothing is written");

        let done = story.ask(json!({"selection": "failed", "hash": shown["hash"], "reason": "flaky mirror"})).await;
        assert_eq!(done.status, StatusCode::CREATED);
        let place = done.header("location").to_owned();
        let done = done.json();
        assert_eq!((&done["hash"], &done["redo"]), (&shown["hash"], &shown["redo"]));
        let created = done["created"].as_object().unwrap();
        assert_eq!(created.len(), 2);

        let kept = story.server.get(&place).await.json();
        for key in KEYS.iter().chain(&["rerun_id", "created"]) {
            assert_eq!(kept[key], done[key], "{key}");
        }
        assert_eq!((&kept["requested_by"], &kept["via"], &kept["because"]), (&json!("token ci"), &json!("api"), &json!("flaky mirror")));
        assert_eq!(story.reruns().await, [kept]);
        assert_eq!(store::verify::verify(&story.server.db).await.unwrap(), []);
    }

    async fn reruns_of_a_generated_database_can_be_read(database: TestDatabase) {
        let story = Story::new(&database).await;
        let scale = store::generate::Scale { events: 300, seed: 7, until: crate::workflows::at(0) };
        store::generate::generate(&story.server.db, scale, |_| {}).await.unwrap();
        let all = story.server.token("all", "read_all").await;
        let told = story.get_as(&all, "/api/v1/reruns/1").await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        let (redone, created) = (told.json()["redo"].clone(), told.json()["created"].clone());
        assert_eq!(redone.as_array().unwrap().len(), created.as_object().unwrap().len());
    }

    /// Without `dry_run` and hash it plans and carries out in one.
    async fn an_events_own_address_takes_the_same(database: TestDatabase) {
        let story = Story::new(&database).await;
        let path = format!("/api/v1/events/{}/reruns", story.event);
        let done = story.post(&path, None, &json!({"selection": "failed_builds", "follow_ups": false})).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.body);
        assert_eq!(names(&done.json()["redo"]), ["copr_build f43"]);
        let other = story.post(&path, None, &json!({"event": 4711, "selection": "all"})).await;
        assert_eq!((other.status, other.problem()["field"].clone()), (StatusCode::BAD_REQUEST, json!("event")));
    }

    async fn r7_the_same_key_is_answered_as_the_first_time_and_belongs_to_its_caller(database: TestDatabase) {
        let story = Story::new(&database).await;
        let body = json!({"event": story.event, "selection": "failed"});
        let first = story.post("/api/v1/reruns", Some("k"), &body).await;
        let again = story.post("/api/v1/reruns", Some("k"), &body).await;
        assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(first.json(), again.json());
        assert_eq!(story.reruns().await.len(), 1);

        let other = story.post("/api/v1/reruns", Some("k"), &json!({"event": story.event, "selection": "all"})).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((&other.problem()["field"], &other.problem()["rerun"]["conflict"]), (&json!("Idempotency-Key"), &json!("key_of_another")));

        let other_caller = story.server.token("other", "rerun").await;
        let theirs = story.post_as(&other_caller, "/api/v1/reruns", Some("k"), &json!({"event": story.event, "selection": {"targets": [3]}})).await;
        assert_eq!(theirs.status, StatusCode::CONFLICT, "it is another key, and another request: {}", theirs.body);
        for wrong in ["", "two words", &"x".repeat(201)] {
            let refused = story.post("/api/v1/reruns", Some(wrong), &body).await;
            assert_eq!((refused.status, &refused.problem()["field"]), (StatusCode::BAD_REQUEST, &json!("Idempotency-Key")));
        }
    }

    async fn what_is_not_any_more_what_was_shown_is_refused_with_the_new_plan(database: TestDatabase) {
        let story = Story::new(&database).await;
        let shown = story.ask(json!({"selection": {"targets": [2]}, "dry_run": true})).await.json();
        let changed = story.ask(json!({"selection": "failed", "plan_hash": shown["hash"]})).await;
        assert_eq!(changed.status, StatusCode::CONFLICT);
        let problem = changed.problem();
        assert_eq!(problem["rerun"]["conflict"], "changed");
        assert_eq!(names(&problem["rerun"]["redo"]), ["copr_build f43", "test_run f43"]);
        assert!(story.reruns().await.is_empty());
        let now = story.ask(json!({"selection": "failed", "hash": problem["rerun"]["hash"]})).await;
        assert_eq!(now.status, StatusCode::CREATED);
    }

    async fn r9_r10_what_was_replaced_or_runs_is_refused_with_what_stands_against_it(database: TestDatabase) {
        let story = Story::new(&database).await;
        let shown = story.ask(json!({"selection": "failed"})).await.json();
        let (old, new) = shown["created"].as_object().unwrap().iter().next().map(|(old, new)| (old.clone(), new.clone())).unwrap();
        let old: i64 = old.parse().unwrap();
        let replaced = story.ask(json!({"selection": {"targets": [old]}})).await;
        assert_eq!(replaced.status, StatusCode::CONFLICT);
        assert_eq!((&replaced.problem()["rerun"]["conflict"], &replaced.problem()["rerun"]["what"][0]["newest_id"]), (&json!("replaced"), &new));
        let running = story.ask(json!({"selection": {"targets": [new]}})).await;
        assert_eq!(running.problem()["rerun"]["conflict"], "unfinished");
        let both = story.server.token("both", "rerun,cancel").await;
        let canceled = json!({"event": story.event, "selection": {"targets": [new]}, "cancel_running": true});
        let canceled = story.post_as(&both, "/api/v1/reruns", None, &canceled).await;
        assert_eq!(canceled.status, StatusCode::CREATED, "{}", canceled.body);
        assert!(!canceled.json()["cancel"].as_array().unwrap().is_empty());
    }

    async fn a1_nothing_to_do_is_an_answer_and_an_empty_selection_is_never_all(database: TestDatabase) {
        let story = Story::new(&database).await;
        let nothing = story.ask(json!({"selection": "failed_tests"})).await;
        assert_eq!(nothing.status, StatusCode::OK);
        assert!(nothing.json()["reason"].as_str().unwrap().starts_with("no test failed"), "{}", nothing.body);
        for empty in [json!({"selection": {"targets": []}}), json!({"selection": {"steps": []}}), json!({"kinds": []})] {
            let answer = story.ask(empty.clone()).await;
            assert_eq!((answer.status, answer.json()["redo"].clone()), (StatusCode::OK, json!([])), "{empty}");
        }
        assert!(story.reruns().await.is_empty());
        for (body, field) in [
            (json!({}), "selection"),
            (json!({"selection": "some"}), "selection"),
            (json!({"selection": "all", "dryrun": true}), "dryrun"),
            (json!({"selection": {"targets": [1.5]}}), "selection.targets[0]"),
            (json!({"selection": "all", "reason": "x".repeat(1001)}), "reason"),
        ] {
            let refused = story.ask(body.clone()).await;
            assert_eq!((refused.status, &refused.problem()["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{body}");
        }
        let nowhere = story.post("/api/v1/reruns", None, &json!({"selection": "all"})).await;
        assert_eq!(nowhere.problem()["field"], "event");
    }

    async fn who_may_not_rerun_is_told_why(database: TestDatabase) {
        let story = Story::new(&database).await;
        let body = json!({"event": story.event, "selection": "failed"});
        let reader = story.server.token("reader", "read,cancel").await;
        let refused = story.post_as(&reader, "/api/v1/reruns", None, &body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.problem()["detail"].as_str().unwrap().contains("`rerun`"));
        let request = Request::post("/api/v1/reruns").header("Content-Type", "application/json");
        let anonymous = story.server.send(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
        assert!(story.reruns().await.is_empty());
    }

    /// Whatever a token may: the rules of who may start work hold for all.
    async fn where_work_may_not_start_no_token_may_have_it_done_again(database: TestDatabase) {
        let story = Story::new(&database).await;
        let main = Reference::new(ReferenceKind::Branch, "main");
        let denied = record(&story.server.db, "github.com/packit/denied", Visibility::Public, main, &plan(&["f43"]), 0).await;
        let admin = story.server.token("root", "admin").await;
        for (token, dry_run) in [(&story.token, false), (&story.token, true), (&admin, false)] {
            let body = json!({"event": denied, "selection": "all", "dry_run": dry_run, "cancel_running": *token == admin});
            let refused = story.post_as(token, "/api/v1/reruns", None, &body).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
            assert_eq!(refused.problem()["detail"], "access.deny covers github.com/packit/denied");
        }
        let told = story.server.get(&format!("/api/v1/events/{denied}/reruns")).await;
        assert_eq!(told.json()["reruns"], json!([]));
    }

    /// Through the API as through the form of the pages, planned or carried out.
    async fn a_token_without_the_scope_cancel_cancels_nothing_by_a_rerun(database: TestDatabase) {
        let story = Story::new(&database).await;
        let done = story.ask(json!({"selection": "failed"})).await.json();
        let running = done["created"].as_object().unwrap().values().next().unwrap().clone();
        for dry_run in [true, false] {
            let wanted = json!({"selection": {"targets": [running]}, "cancel_running": true, "dry_run": dry_run});
            let refused = story.ask(wanted).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
            let told = "`cancel_running` cancels what runs. The token `ci` lacks the scope `cancel`.";
            assert_eq!((&refused.problem()["detail"], &refused.problem()["field"]), (&json!(told), &json!("cancel_running")));
        }
        let form = format!("target={running}&cancel_running=yes&hash=h&key=k");
        let request = Request::post(format!("/events/{}/reruns", story.event))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", "same-origin")
            .header("Authorization", format!("Bearer {}", story.token));
        let refused = story.server.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
        assert!(refused.body.contains("lacks the scope"), "{}", refused.body);
        assert_eq!(story.reruns().await.len(), 1);
    }

    async fn what_cannot_be_seen_cannot_be_rerun(database: TestDatabase) {
        let story = Story::new(&database).await;
        let reference = Reference::new(ReferenceKind::Branch, "hidden");
        let hidden = record(&story.server.db, "github.com/packit/secret", Visibility::Private, reference, &plan(&["f43"]), 0).await;
        let mut bodies = Vec::new();
        for event in [hidden.0, 4711] {
            let refused = story.post("/api/v1/reruns", None, &json!({"event": event, "selection": "all", "cancel_running": true})).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND);
            bodies.push(refused.body.replace(&event.to_string(), "N"));
        }
        assert_eq!(bodies[0], bodies[1]);
        assert_eq!(story.server.get(&format!("/api/v1/events/{hidden}/reruns")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(story.server.get("/api/v1/reruns/4711").await.status, StatusCode::NOT_FOUND);
    }

    /// Another project's update of the build that is redone is told to those who may see that project.
    async fn what_hidden_projects_made_of_a_build_is_told_to_nobody_else(database: TestDatabase) {
        let story = Story::new(&database).await;
        let db = &story.server.db;
        let built = newest(db, story.event, JobKind::CoprBuild, "f43").await;
        for (project, visibility) in [("secret", Visibility::Private), ("open", Visibility::Public)] {
            let mut update = plan(&[project]);
            let step = &mut update.pipelines[0].steps[2].job;
            (step.kind, step.details) = (JobKind::BodhiUpdate, JobDetails::BodhiUpdate(BodhiUpdate::default()));
            let (name, branch) = (format!("github.com/packit/{project}"), Reference::new(ReferenceKind::Branch, "main"));
            let event = record(db, &name, visibility, branch, &update, 0).await;
            let mut tx = db.write().await.unwrap();
            tx.lock_event(event).await.unwrap();
            events::consume(&mut tx, event, project, built).await.unwrap();
            tx.commit().await.unwrap();
        }
        let shown = story.ask(json!({"selection": "failed", "dry_run": true})).await.json();
        assert_eq!(names(&shown["outside"]), ["bodhi_update open"], "{shown}");
        let done = story.ask(json!({"selection": "failed", "hash": shown["hash"]})).await;
        assert_eq!(done.status, StatusCode::CREATED, "the hash is that of the whole plan: {}", done.body);
        let id = &done.json()["rerun_id"];
        let all = story.server.token("all", "read_all").await;
        for (path, list) in [(format!("/api/v1/reruns/{id}"), ""), (format!("/api/v1/events/{}/reruns", story.event), "/reruns/0")] {
            let told = story.server.get(&path).await.json();
            assert_eq!(names(&told.pointer(list).unwrap()["outside"]), ["bodhi_update open"]);
            let whole = story.get_as(&all, &path).await.json();
            assert_eq!(names(&whole.pointer(list).unwrap()["outside"]), ["bodhi_update secret", "bodhi_update open"]);
        }
        let page = story.server.get(&format!("/reruns/{id}")).await.body;
        assert!(page.contains("open") && !page.contains("secret"), "{page}");
    }
}
