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

fn request(event: EventId, selection: &Selection) -> Request<'_> {
    Request {
        event,
        selection,
        requested_by: "alice",
        via: RerunVia::Comment,
        reason: None,
        idempotency_key: None,
        plan_hash: None,
    }
}

async fn again(server: &Server, event: EventId, selection: &Selection) -> Rerun {
    carried_out(server, &request(event, selection)).await
}

async fn carried_out(server: &Server, request: &Request<'_>) -> Rerun {
    match reruns::carry_out(&server.db, request, &ArtifactLife::usual(), at(20)).await.unwrap() {
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

/// Asked for by alice through a comment, for this reason.
async fn again_since(server: &Server, event: EventId, selection: &Selection, reason: &str) -> Rerun {
    let request = Request { reason: Some(reason), ..request(event, selection) };
    carried_out(server, &request).await
}

/// The table of a step.
fn step(page: &str, id: i64) -> &str {
    let step = page.split(&format!("<li class=\"step\" id=\"step-{id}\">")).nth(1).unwrap();
    step.split("</table>").next().unwrap()
}

/// The targets that a part of a page has rows for.
fn rows(part: &str) -> Vec<i64> {
    let ids =
        part.split("data-target=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap());
    ids.collect()
}

/// Links into the page that have no anchor there.
fn dead_links(page: &str) -> Vec<String> {
    let main = page.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
    let tags = main.split("<a ").skip(1).map(|link| link.split('>').next().unwrap());
    let links = tags.filter_map(|tag| tag.split("href=\"#").nth(1));
    let wanted = links.map(|rest| rest.split('"').next().unwrap().to_owned());
    wanted.filter(|id| !main.contains(&format!(" id=\"{id}\""))).collect()
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

    /// A build failed and took its test along, and another test failed: one build's job is shared, one is new.
    async fn r4_the_page_of_a_pipeline_has_each_attempt_in_the_step_that_made_it(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = failed(&server).await;
        again(&server, event, &Selection::of(Asked::Failed)).await;
        let run = view(&server, event).await.pipelines[1].id;
        let told = server.get(&format!("/api/v1/pipelines/{run}")).await.json();
        let page = server.get(&format!("/pipelines/{run}")).await.body;
        let steps = told["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 5, "{told}");
        for one in steps {
            let targets = told["targets"].as_array().unwrap().iter().filter(|target| target["job_id"] == one["job_id"]);
            let ids: Vec<i64> = targets.map(|target| target["id"].as_i64().unwrap()).collect();
            assert_eq!(rows(step(&page, one["id"].as_i64().unwrap())), ids, "{one}");
        }
        assert!(!page.contains("This step has no targets") && !page.contains("older attempt"), "{page}");
        // Counted as they stand: the SRPM and the build of f42, the failed build of f43 that is shared with its job, three new ones.
        let tally = page.split("aria-label=\"Targets by state\"").nth(1).unwrap().split("</ul>").next().unwrap();
        let counts: Vec<&str> = tally.split("</svg>").skip(1).map(|count| count.split('<').next().unwrap()).collect();
        assert_eq!(counts, ["2 succeeded", "1 failed", "2 ready", "1 waiting"], "{tally}");
    }

    async fn links_into_a_page_have_their_anchors_there(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = failed(&server).await;
        let done = again(&server, event, &Selection::of(Asked::Failed)).await;
        let pipelines = view(&server, event).await.pipelines;
        let (first, second) = (pipelines[0].id, pipelines[1].id);
        for path in [
            format!("/reruns/{}", done.id),
            format!("/events/{event}"),
            format!("/events/{event}/reruns"),
            format!("/pipelines/{first}"),
            format!("/pipelines/{second}"),
        ] {
            let page = server.get(&path).await.body;
            assert_eq!(dead_links(&page), [""; 0], "{path}");
        }
        let page = server.get(&format!("/reruns/{}", done.id)).await.body;
        for (old, new) in &done.created {
            assert!(page.contains(&format!("<a class=\"target\" href=\"/targets/{new}\"")), "{old}: {page}");
        }
        let box_of_job = page.split("<a class=\"head\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let (at, anchor) = box_of_job.split_once('#').unwrap();
        assert_eq!(at, format!("/events/{event}"));
        assert!(server.get(at).await.body.contains(&format!("id=\"{anchor}\"")));
    }

    async fn who_had_what_run_again_and_why_stands_beside_every_rerun(database: TestDatabase) {
        let server = Server::new(&database).await;
        let event = failed(&server).await;
        let tested = newest(&server, event, JobKind::TestRun, "f42").await;
        let done = again_since(&server, event, &Selection::of(Asked::Targets([tested].into())), "a <flaky> mirror").await;
        let run = view(&server, event).await.pipelines[1].id;
        let link = format!("href=\"/reruns/{}\"", done.id);
        for path in [format!("/events/{event}"), format!("/events/{event}/reruns"), format!("/pipelines/{run}"), format!("/reruns/{}", done.id)] {
            let page = server.get(&path).await.body;
            for told in ["alice", "Tests f42", "a &#60;flaky&#62; mirror"] {
                assert!(page.contains(told), "{path}: {told}: {page}");
            }
            assert!(page.contains(&link) || path.starts_with("/reruns/"), "{path}: {page}");
        }
        let of_event = server.get(&format!("/events/{event}")).await.body;
        let so_far = of_event.split("<section class=\"reruns\"").nth(1).unwrap().split("</section>").next().unwrap();
        for told in [&*format!("href=\"/events/{event}/reruns\""), &link, "Tests f42", "by alice", "mirror"] {
            assert!(so_far.contains(told), "{told}: {so_far}");
        }
        // An older moment tells only of what there was.
        let before = server.get(&format!("/events/{event}?at=2026-11-01T10:15")).await.body;
        assert!(!before.contains("flaky"), "{before}");
    }
}
