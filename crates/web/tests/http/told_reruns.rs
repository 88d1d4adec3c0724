//! What pages tell of reruns that were carried out.

use std::collections::BTreeSet;

use domain::ids::{EventId, TargetId};
use domain::rerun::{ArtifactLife, Asked, Selection};
use domain::words::{JobKind, Reference, ReferenceKind, RerunVia, TargetStatus, Visibility};
use domain::workflow::Seen;
use store::reads::WorkflowView;
use store::reruns::{self, Answer, Request, Rerun};
use test_support::{TestDatabase, on_both_databases};

use crate::server::Server;
use crate::workflows::{at, plan, record, record_public, tell};

/// An event whose build of f43 failed.
async fn failed(server: &Server) -> EventId {
    let event = record_public(&server.db, &plan(&["f42", "f43"]), 0).await;
    for (kind, name, status) in [
        (JobKind::SrpmBuild, "srpm", TargetStatus::Succeeded),
        (JobKind::CoprBuild, "f42", TargetStatus::Succeeded),
        (JobKind::CoprBuild, "f43", TargetStatus::Failed),
        (JobKind::TestRun, "f42", TargetStatus::Failed),
    ] {
        tell(&server.db, event, (kind, name), 10, |_| {}, status).await;
    }
    event
}

async fn view(server: &Server, event: EventId) -> WorkflowView {
    store::reads::workflow(&server.db, event).await.unwrap().unwrap()
}

/// The newest attempt.
async fn newest(server: &Server, event: EventId, kind: JobKind, name: &str) -> TargetId {
    let view = view(server, event).await;
    let mut all = view.targets.iter().filter(|target| target.kind == kind && target.name == name);
    TargetId(all.next_back().unwrap().id)
}

async fn again(server: &Server, event: EventId, selection: &Selection) -> Rerun {
    let request = Request {
        event,
        selection,
        requested_by: "alice",
        via: RerunVia::Comment,
        reason: None,
        idempotency_key: None,
        plan_hash: None,
    };
    match reruns::carry_out(&server.db, &request, &ArtifactLife::usual(), at(20)).await.unwrap() {
        Answer::CarriedOut(done) => *done,
        other => panic!("{other:?}"),
    }
}

/// The word beside the title of a pipeline's page.
async fn status(server: &Server, pipeline: i64) -> String {
    let page = server.get(&format!("/pipelines/{pipeline}")).await.body;
    let headline =
        page.split("<header class=\"headline\">").nth(1).unwrap().split("</header>").next().unwrap();
    headline.split("status is-").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

on_both_databases! {
    /// What the job that it shares holds besides is redone elsewhere, or nobody's business here.
    async fn a_pipeline_of_a_rerun_stands_as_what_it_made_and_what_that_uses(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = failed(&server).await;
        // The test of f42 alone: its build shares a job with that of f43.
        let tested = newest(&server, event, JobKind::TestRun, "f42").await;
        let done = again(&server, event, &Selection::of(Asked::Targets([tested].into()))).await;
        let pipelines: Vec<i64> = view(&server, event).await.pipelines.iter().map(|pipeline| pipeline.id).collect();
        assert_eq!(status(&server, pipelines[1]).await, "waiting");
        store::workflows::change(&server.db, event, at(30), |workflow| {
            workflow.observe(Seen::new(done.created[&tested], TargetStatus::Succeeded), at(30));
        })
        .await
        .unwrap();
        assert_eq!(status(&server, pipelines[1]).await, "succeeded");
        assert_eq!(status(&server, pipelines[0]).await, "failed", "the first one has all of its jobs' targets");
    }

    /// Their words are shown as they are, and are never markup.
    async fn a_rerun_tells_its_variables_and_the_builds_of_others_that_it_was_asked_for_with(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = failed(&server).await;
        let db = &server.db;
        let mut with_builds = BTreeSet::new();
        for (project, visibility) in [("github.com/packit/other", Visibility::Public), ("github.com/packit/secret", Visibility::Private)] {
            let other = record(db, project, visibility, Reference::new(ReferenceKind::Branch, "main"), &plan(&["f42"]), 0).await;
            for kind in [JobKind::SrpmBuild, JobKind::CoprBuild] {
                let name = if kind == JobKind::SrpmBuild { "srpm" } else { "f42" };
                tell(db, other, (kind, name), 5, |_| {}, TargetStatus::Succeeded).await;
            }
            with_builds.insert(newest(&server, other, JobKind::CoprBuild, "f42").await);
        }
        let tested = newest(&server, event, JobKind::TestRun, "f42").await;
        let selection = Selection {
            variables: [("FOO", "<b>bad</b>"), ("GONE", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            with_builds: with_builds.clone(),
            ..Selection::of(Asked::Targets([tested].into()))
        };
        let done = again(&server, event, &selection).await;
        for path in [format!("/reruns/{}", done.id), format!("/events/{event}/reruns")] {
            let page = server.get(&path).await.body;
            for told in ["FOO=&#60;b&#62;bad&#60;/b&#62; GONE=", "with 2 builds of other events"] {
                assert!(page.contains(told), "{told}: {page}");
            }
        }
        let page = server.get(&format!("/reruns/{}", done.id)).await.body;
        let shown: Vec<bool> = with_builds.iter().map(|build| page.contains(&format!("<dd><a href=\"/targets/{build}\">f42</a></dd>"))).collect();
        assert_eq!(shown, [true, false], "those of hidden projects are told to nobody else: {page}");
    }
}
