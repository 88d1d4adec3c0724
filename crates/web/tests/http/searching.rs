//! The search page: it goes to what was pasted.

use axum::http::StatusCode;
use domain::ids::EventId;
use domain::words::{JobKind, Reference, ReferenceKind, TargetStatus, Visibility};
use store::{Db, workflows};
use test_support::{TestDatabase, on_both_databases};

use crate::pages::text;
use crate::server::Server;
use crate::workflows::{HASH, at, plan, record, record_public, tell};

/// The build system has what this target rides on, under this id.
async fn submitted(db: &Db, event: EventId, target: (JobKind, &str), id: &str) {
    workflows::change(db, event, at(1), |workflow| {
        let mut targets = workflow.targets.values();
        let found = targets.find(|found| (found.kind, found.name.as_str()) == target).unwrap();
        workflow.submitted(found.submission.unwrap(), id, at(1));
    })
    .await
    .unwrap();
}

on_both_databases! {
    async fn what_is_pasted_is_gone_to(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = record_public(&server.db, &plan(&["fedora-43-x86_64", "fedora-42-x86_64"]), 0).await;
        submitted(&server.db, event, (JobKind::SrpmBuild, "srpm"), "8765432").await;
        tell(&server.db, event, (JobKind::SrpmBuild, "srpm"), 1, |_| {}, TargetStatus::Succeeded).await;
        tell(&server.db, event, (JobKind::CoprBuild, "fedora-43-x86_64"), 2, |_| {}, TargetStatus::Succeeded).await;
        let request = "0f8fad5b-d9cb-469f-a165-70867728950e";
        submitted(&server.db, event, (JobKind::TestRun, "fedora-43-x86_64"), request).await;
        let view = store::reads::workflow(&server.db, event).await.unwrap().unwrap();
        let project = format!("/projects/{}", view.event.project_id);
        let reference = format!("/references/{}", view.event.reference_id);
        let test = view.targets.iter().find(|target| target.external_id.as_deref() == Some(request)).unwrap();
        let commit = format!("/commits/{HASH}");
        let before = server.db.statements();
        for (pasted, expected) in [
            ("https://github.com/packit/ogr/pull/42", &reference),
            ("packit/ogr%2342", &reference),
            ("https://github.com/packit/ogr", &project),
            ("%20ogr%20", &project),
            (HASH, &commit),
            ("4f2c8e1d", &commit),
            ("https://github.com/someone/else/commit/4f2c8e1d", &commit),
            ("https://copr.fedorainfracloud.org/coprs/build/8765432/", &format!("/events/{event}")),
            ("8765432", &format!("/events/{event}")),
            (request, &format!("/targets/{}", test.id)),
        ] {
            let answer = server.get(&format!("/search?q={pasted}")).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{pasted}: {}", answer.body);
            assert_eq!(answer.header("location"), expected, "{pasted}");
        }
        assert_eq!(server.db.statements() - before, 10);
    }

    async fn what_can_be_several_things_is_a_choice(database: TestDatabase) {
        let server = Server::new(&database).await;
        let main = || Reference::new(ReferenceKind::Branch, "main");
        record(&server.db, "github.com/packit/ogr", Visibility::Public, main(), &plan(&["f43"]), 0).await;
        record(&server.db, "gitlab.com/other/ogr", Visibility::Public, main(), &plan(&["f43"]), 1).await;
        let page = server.get("/search?q=ogr").await;
        assert_eq!(page.status, StatusCode::OK);
        let read = text(&page.body);
        assert!(read.contains("Project packit/ogr") && read.contains("Project other/ogr"), "{read}");
        assert!(page.body.contains("value=\"ogr\""), "it can be looked for again");
    }

    async fn what_is_not_found_says_what_was_looked_for(database: TestDatabase) {
        let server = Server::new(&database).await;
        let page = server.get("/search?q=https://github.com/packit/ogr/pull/7").await;
        assert!(text(&page.body).contains("pull request 7 of project packit/ogr at github.com"), "{}", text(&page.body));
        for wrong in ["/search?q=%00", "/search?q=a&q=b"] {
            assert_eq!(server.get(wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        // Nothing that was pasted is an address to go to.
        for foreign in ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\\\evil.example"] {
            assert_eq!(server.get(&format!("/search?q={foreign}")).await.header("location"), "", "{foreign}");
        }
    }
}
