//! The pages.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::details::TargetDetails;
use domain::plan::Plan;
use domain::words::{BuildSystem, JobKind, Reference, ReferenceKind, TargetStatus, Visibility};
use test_support::{TestDatabase, on_both_databases};

use crate::server::Server;
use crate::workflows::{HASH, at, plan, record, record_public, tell};

/// The page without its head and tags, in single spaces: what is read aloud.
pub(crate) fn text(page: &str) -> String {
    let mut inside = false;
    let text: String = page
        .split_once("</head>")
        .map_or(page, |(_, body)| body)
        .chars()
        .map(|character| {
            match character {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    return ' ';
                }
                _ => {}
            }
            if inside { ' ' } else { character }
        })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

on_both_databases! {
    async fn an_empty_list_teaches_how_to_fill_it(database: TestDatabase) {
        let server = Server::new(&database).await;
        let page = server.get("/").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.body.contains("packflow replay"));
        assert!(page.body.contains("https://packflow.example/webhooks/github"));
    }

    async fn recent_events_are_listed_with_what_became_of_them(database: TestDatabase) {
        let server = Server::new(&database).await;
        let denied = record_public(&server.db, &Plan::nothing("nobody let packit/ogr start anything"), 0).await;
        let planned = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 1).await;
        let page = server.get("/").await;
        let read = text(&page.body);
        assert!(read.contains("packit/ogr pull request 42"), "{read}");
        assert!(read.contains("nobody let packit/ogr start anything"), "{read}");
        assert!(read.contains("4f2c8e1d 2026-11-01 10:01:00"), "{read}");
        // Of what did start something, the page of the event tells what was left out.
        assert!(!read.contains("no build feeds it"), "{read}");
        let place = |id: domain::ids::EventId| page.body.find(&format!("href=\"/events/{id}\"")).unwrap();
        assert!(place(planned) < place(denied));
    }

    async fn a_long_list_has_further_pages(database: TestDatabase) {
        let server = Server::new(&database).await;
        for minute in 0..31 {
            record_public(&server.db, &Plan::default(), minute).await;
        }
        let page = server.get("/").await;
        let link = page.body.split("href=\"").find(|link| link.starts_with("?cursor=")).unwrap();
        let further = server.get(&format!("/{}", link.split('"').next().unwrap())).await;
        assert_eq!(further.body.matches("href=\"/events/").count(), 1);
        assert!(further.body.contains("2026-11-01T10:00:00Z"));
        assert!(!further.body.contains("href=\"?cursor="));
    }

    async fn a_workflow_shows_steps_targets_times_reasons_and_links(database: TestDatabase) {
        let server = Server::new(&database).await;
        let db = &server.db;
        let event = record_public(db, &plan(&["fedora-43-x86_64", "fedora-42-x86_64"]), 0).await;
        let srpm = (JobKind::SrpmBuild, "srpm");
        tell(db, event, srpm, 1, |_| {}, TargetStatus::Running).await;
        tell(db, event, srpm, 3, |seen| {
            seen.url = Some("https://copr.example/build/7".to_owned());
            seen.peer_started_at = Some(at(1));
            seen.peer_finished_at = Some(at(2));
        }, TargetStatus::Succeeded).await;
        let failed = (JobKind::CoprBuild, "fedora-42-x86_64");
        tell(db, event, failed, 5, |seen| {
            seen.reason = Some("the build failed in %check".to_owned());
            seen.logs_url = Some("https://copr.example/build/7/log".to_owned());
            seen.made = Some(TargetDetails { packages: vec!["python3-ogr-1.0".to_owned()], ..TargetDetails::default() });
        }, TargetStatus::Failed).await;
        store::pauses::pause(db, BuildSystem::Copr, "admin", None, at(4)).await.unwrap();

        let before = db.statements();
        let page = server.get(&format!("/events/{event}")).await;
        assert_eq!(db.statements() - before, 1);
        assert_eq!(page.status, StatusCode::OK);
        for link in [
            "https://github.com/packit/ogr",
            "https://github.com/packit/ogr/pull/42",
            "https://github.com/packit/ogr/commit/4f2c8e1d9b7a6053c1e2d3f4a5b6c7d8e9f00112",
            "https://copr.example/build/7",
            "https://copr.example/build/7/log",
        ] {
            assert!(page.body.contains(&format!("<a href=\"{link}\" rel=\"noreferrer\"")), "{link}");
        }
        let read = text(&page.body);
        for told in [
            "Happened 2026-11-01 10:00:00 UTC",
            "1 SRPM build",
            "2 Copr build after 1 SRPM build",
            "3 Tests after 2 Copr build",
            "fedora-43-x86_64 uses Copr build fedora-43-x86_64 waiting waits for Copr build fedora-43-x86_64",
            "1 min 00 s page of srpm, attempt 1",
            "failed the build failed in %check",
            "python3-ogr-1.0",
            "Copr is paused since 2026-11-01 10:04:00 UTC, by admin",
            "What was not started, and why tests full, fedora-rawhide-x86_64 no build feeds it",
        ] {
            assert!(read.contains(told), "{told} is not in: {read}");
        }
        // The test of a build that failed is skipped, and says why.
        assert_eq!(page.body.matches("<span class=\"status is-skipped\">").count(), 1);
    }

    async fn a_step_is_shown_in_its_pipeline(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let view = store::reads::workflow(&server.db, event).await.unwrap().unwrap();
        let (pipeline, step) = (view.pipelines[0].id, view.steps[1].id);
        let answer = server.get(&format!("/steps/{step}")).await;
        assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(answer.header("location"), format!("/pipelines/{pipeline}#step-{step}"));
        let page = server.get(&format!("/pipelines/{pipeline}")).await;
        assert!(page.body.contains(&format!("id=\"step-{step}\"")) && page.body.contains("svg class=\"graph\""));
        assert_eq!(server.get("/pipelines/99999").await.status, StatusCode::NOT_FOUND);
    }

    async fn names_from_outside_are_text_and_nothing_else(database: TestDatabase) {
        let server = Server::new(&database).await;
        let hostile = "<script>alert(1)</script>\"'&\u{202e}x";
        let reference = Reference::new(ReferenceKind::Branch, hostile);
        let mut hostile_plan = plan(&[hostile]);
        hostile_plan.pipelines[0].package = Some(hostile.to_owned());
        hostile_plan.pipelines[0].steps[1].job.identifier = Some(hostile.to_owned());
        hostile_plan.omissions[0].reason = hostile.to_owned();
        let event = record(
            &server.db, &format!("github.com/{hostile}/ogr"), Visibility::Public, reference.clone(), &hostile_plan, 0,
        ).await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |seen| {
            seen.url = Some("javascript:alert(1)".to_owned());
            seen.logs_url = Some("https://copr.example/\"><script>alert(2)</script>".to_owned());
            seen.reason = Some(hostile.to_owned());
        }, TargetStatus::Failed).await;
        record(&server.db, "github.com/a/b", Visibility::Public, reference, &Plan::nothing(hostile), 1).await;

        let view = store::reads::workflow(&server.db, event).await.unwrap().unwrap();
        let (project, reference) = (view.event.project_id, view.event.reference_id);
        let (pipeline, srpm, build) = (view.pipelines[0].id, view.targets[0].id, view.targets[1].id);
        for path in [
            "/".to_owned(), format!("/events/{event}"), format!("/events/{event}?at=2026-11-01T10:30:00Z"), format!("/pipelines/{pipeline}"),
            format!("/targets/{srpm}"), format!("/targets/{build}"), format!("/targets/{build}/provenance"), "/projects".to_owned(),
            format!("/projects/{project}"), format!("/projects/{project}/events"), format!("/projects/{project}/references"),
            format!("/projects/{project}/flakiness?days=365"), format!("/references/{reference}"), format!("/commits/{HASH}"),
            "/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22%27%26%E2%80%AEx".to_owned(),
            "/?author=%3Cscript%3Ealert(1)%3C/script%3E%22%27%26%E2%80%AEx".to_owned(),
        ] {
            let page = server.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            let lower = page.body.to_lowercase().replace("<script src=\"/assets/live.js?", "");
            for forbidden in ["<script", "javascript:", "\u{202e}"] {
                assert!(!lower.contains(forbidden), "{path} holds {forbidden}: {}", page.body);
            }
            assert!(page.body.contains("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;\\u{202e}x"), "{}", page.body);
        }
    }

    async fn a_page_that_is_known_is_not_sent_again(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let path = format!("/events/{event}");
        let tag = server.get(&path).await.header("etag").to_owned();
        let again = || server.send(Request::get(&path).header("If-None-Match", &tag).body(Body::empty()).unwrap());
        let known = again().await;
        assert_eq!((known.status, known.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(known.header("etag"), tag);
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Running).await;
        assert_eq!(again().await.status, StatusCode::OK);
    }

    async fn a_page_says_whether_something_is_still_to_come(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64"]), 0).await;
        let page = format!("/events/{event}");
        let live = format!("data-live=\"/api/v1/events/{event}/changes\" data-open");
        assert!(server.get(&page).await.body.contains(&live));
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Failed).await;
        assert!(!server.get(&page).await.body.contains("data-open"));
    }

    async fn pages_are_sent_compressed_to_those_who_can_read_it(database: TestDatabase) {
        let server = Server::new(&database).await;
        let request = Request::get("/").header("Accept-Encoding", "gzip").body(Body::empty()).unwrap();
        let answer = server.send_raw(request).await;
        assert_eq!(answer.headers()["content-encoding"], "gzip");
        assert_eq!(server.get("/").await.header("content-encoding"), "");
    }

    async fn what_is_not_there_is_a_page_that_leads_back(database: TestDatabase) {
        let server = Server::new(&database).await;
        for path in ["/nothing", "/events/1", "/events/one", "/events/99999999999999999999", "/pipelines/-1", "/projects/1", "/references/1", "/targets/1", "/targets/1/provenance", "/steps/1", "/commits/abc"] {
            let page = server.get(path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            assert!(page.body.contains("<h1>Not Found</h1>") && page.body.contains("href=\"/\""));
        }
        server.db.close().await;
        let page = server.get("/").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(page.header("retry-after"), "10");
        assert!(text(&page.body).contains("Load this page again in a few seconds"));
    }
}
