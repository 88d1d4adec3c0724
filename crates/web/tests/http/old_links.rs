//! Addresses of the service that was imported.

use axum::http::StatusCode;
use chrono::Utc;
use domain::details::{ImportedJob, JobDetails, TargetDetails};
use domain::words::{EventKind, EventStatus, JobKind, ProjectKey, Reference, ReferenceKind, TargetStatus};
use store::Db;
use store::import::{self, EventRows, JobRow, Ours, PipelineRow, StepRow, TargetRow};
use store::origins::SourceRow;
use test_support::{TestDatabase, on_both_databases};

use crate::server::Server;

/// Imports an event with one target, which was this row of another database.
async fn imported(db: &Db, project: &str, table: &str, id: i64) -> i64 {
    let now = Utc::now();
    let mut tx = db.write().await.unwrap();
    let key = ProjectKey::new("github.com", "packit", project);
    let project = import::ensure_project(&mut tx, &key, None, now).await.unwrap();
    let reference = Reference::new(ReferenceKind::PullRequest, 7);
    let reference = import::ensure_references(&mut tx, &[(project, reference)]).await.unwrap()[0];
    let target = TargetRow {
        known: None,
        job: 0,
        name: "fedora-43-x86_64".to_owned(),
        chain: 0,
        attempt: 1,
        redoes: None,
        status: TargetStatus::Succeeded,
        external_id: None,
        url: None,
        logs_url: None,
        reason: None,
        created_at: now,
        submitted_at: None,
        started_at: None,
        finished_at: Some(now),
        peer_started_at: None,
        peer_finished_at: None,
        details: TargetDetails::default(),
    };
    let event = EventRows {
        known: None,
        delivery: format!("{table}:{id}"),
        project,
        reference,
        hash: None,
        kind: EventKind::PullRequest,
        occurred_at: now,
        config: None,
        status: EventStatus::Succeeded,
        pipelines: vec![PipelineRow { known: None, package: None, created_at: now, rerun_of: None }],
        jobs: vec![JobRow {
            known: None,
            kind: JobKind::CoprBuild,
            identifier: None,
            previous: None,
            created_at: now,
            details: JobDetails::Imported(ImportedJob::default()),
        }],
        steps: vec![StepRow { known: None, pipeline: 0, job: 0, previous: None }],
        targets: vec![target],
        inputs: Vec::new(),
        origins: vec![
            (SourceRow::new(table, id), Ours::Target(0)),
            (SourceRow::new("pipelines", id), Ours::Pipeline(0)),
        ],
    };
    let ids = import::write(&mut tx, &[event], now).await.unwrap();
    tx.commit().await.unwrap();
    ids[0]
}

on_both_databases! {
    async fn a37_old_links_lead_to_the_imported_target(database: TestDatabase) {
        let server = Server::new(&database).await;
        let tables = [
            ("srpm", "srpm_builds"),
            ("copr", "copr_build_targets"),
            ("koji", "koji_build_targets"),
            ("testing-farm", "tft_test_run_targets"),
            ("propose-downstream", "sync_release_run_targets"),
            ("pull-from-upstream", "sync_release_run_targets"),
            ("bodhi", "bodhi_update_targets"),
            ("openscanhub", "scans"),
            ("log-detective", "log_detective_run"),
            ("vm-image", "vm_image_build_targets"),
            ("koji-tag-request", "koji_tag_request_targets"),
        ];
        for (number, (kind, table)) in (100..).zip(tables) {
            let event = imported(&server.db, "ogr", table, number).await;
            let answer = server.get(&format!("/jobs/{kind}/{number}")).await;
            assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT, "{kind}");
            let (page, anchor) = answer.header("location").split_once('#').unwrap();
            assert_eq!(page, format!("/events/{event}"));
            let page = server.get(page).await;
            assert!(page.body.contains(&format!("id=\"{anchor}\"")), "{kind} {anchor}");
            let answer = server.get(&format!("/pipeline/{number}")).await;
            assert!(answer.header("location").starts_with(&format!("/events/{event}#pipeline-")));
            let list = server.get(&format!("/api/v1/events?origin={table}:{number}")).await.json();
            assert_eq!(list["events"][0]["id"], event);
        }
    }

    async fn what_was_not_imported_or_is_not_public_is_not_found(database: TestDatabase) {
        let server = Server::new(&database).await;
        imported(&server.db, "ogr", "scans", 5).await;
        for path in ["/jobs/copr/5", "/jobs/openscanhub/6", "/jobs/openscanhub/x", "/jobs/unheard-of/5", "/pipeline/6"] {
            assert_eq!(server.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let hidden = ProjectKey::new("github.com", "packit", "hidden");
        let facts = domain::event::ProjectFacts {
            key: hidden,
            forge_id: None,
            visibility: domain::words::Visibility::Private,
            default_branch: None,
        };
        let mut tx = server.db.write().await.unwrap();
        store::projects::ensure(&mut tx, &facts, Utc::now()).await.unwrap();
        tx.commit().await.unwrap();
        imported(&server.db, "hidden", "scans", 7).await;
        assert_eq!(server.get("/jobs/openscanhub/7").await.status, StatusCode::NOT_FOUND);
        let list = server.get("/api/v1/events?origin=scans:7").await.json();
        assert_eq!(list["events"].as_array().unwrap().len(), 0);
        assert_eq!(server.get("/api/v1/events?origin=7").await.status, StatusCode::BAD_REQUEST);
    }
}
