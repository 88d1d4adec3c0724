//! The eleven questions of `docs/design.md` section 5, asked.

mod lists;

use chrono::TimeDelta;
use domain::event::ProjectFacts;
use domain::ids::{EventId, PipelineId, ProjectId, ReferenceId, StepId, TargetId};
use domain::plan::Plan;
use domain::words::{EventKind, EventStatus, Reference, ReferenceKind, TargetStatus, Visibility};
use domain::workflow::Seen;
use store::events::{NewEvent, record};
use store::reads::Told as History;
use store::reads::{
    Bounds, EventFilter, LinkKind, NodeKind, Provenance, SearchFor, UNKNOWN, Viewer, event, events,
    flakiness, history, pipeline, project, projects, provenance, references, search, step, target, workflow,
    workflow_seen_by, workflows,
};
use store::{Db, workflows as stored};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::{build_and_test, of_size, two_builds_one_update};
use crate::raw::Raw;
use crate::support::{
    HASH, at, end, load, migrated, new_event, project as facts_of, record_at, recorded, submit_all,
    target_named,
};

const DEEP: Bounds = Bounds { depth: 8, links: 500 };

/// What a test records, where the usual pull request will not do.
struct Told<'a> {
    facts: ProjectFacts,
    reference: Reference,
    kind: EventKind,
    actor: &'a str,
    hash: &'a str,
    second: i64,
}

impl Default for Told<'_> {
    fn default() -> Self {
        Self {
            facts: facts_of("ogr"),
            reference: Reference::new(ReferenceKind::PullRequest, 7),
            kind: EventKind::PullRequest,
            actor: "alice",
            hash: HASH,
            second: 0,
        }
    }
}

async fn tell(db: &Db, plan: &Plan, told: Told<'_>) -> EventId {
    let mut tx = db.write().await.unwrap();
    let event = NewEvent {
        kind: told.kind,
        actor: Some(told.actor),
        hash: Some(told.hash),
        ..new_event(&told.facts, &told.reference, at(told.second))
    };
    let id = record(&mut tx, &event, plan, None, at(told.second)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn private(name: &str) -> ProjectFacts {
    ProjectFacts { visibility: Visibility::Private, ..facts_of(name) }
}

async fn ids(db: &Db, viewer: &Viewer, filter: EventFilter) -> Vec<i64> {
    let listed = events(db, viewer, &filter, None, 100).await.unwrap();
    let with_targets = workflows(db, viewer, &filter, None, 100).await.unwrap();
    let ids: Vec<i64> = listed.rows.iter().map(|row| row.id).collect();
    let started = listed.rows.iter().filter(|row| row.status != EventStatus::Nothing).map(|row| row.id);
    // A list of workflows is the same list without what started nothing.
    assert_eq!(
        with_targets.rows.iter().map(|row| row.event.id).collect::<Vec<_>>(),
        started.collect::<Vec<_>>()
    );
    ids
}

/// Every read of one event's neighbourhood, each with exactly one statement.
async fn every_read(db: &Db, id: EventId) {
    let everything = &Viewer::Everything;
    let view = workflow(db, id).await.unwrap().unwrap();
    let project_id = ProjectId(view.event.project_id);
    let last = TargetId(view.targets.last().unwrap().id);
    let wanted = SearchFor { hash: Some(HASH[..9].to_owned()), ..SearchFor::default() };
    macro_rules! one_statement {
        ($($read:expr),+ $(,)?) => {$(
            let before = db.statements();
            $read.await.unwrap();
            assert_eq!(db.statements() - before, 1, "{}", stringify!($read));
        )+};
    }
    one_statement!(
        workflow_seen_by(db, everything, id),
        event(db, everything, id),
        pipeline(db, everything, PipelineId(view.pipelines[0].id)),
        step(db, everything, StepId(view.steps[0].id)),
        target(db, everything, last),
        provenance(db, everything, last, DEEP),
        events(db, everything, &EventFilter::of_project(project_id), None, 50),
        workflows(db, everything, &EventFilter::of_project(project_id), None, 50),
        history(db, everything, &EventFilter::of_project(project_id), History::Events, None, 50),
        history(db, everything, &EventFilter::default(), History::Events, None, 50),
        events(
            db,
            everything,
            &EventFilter { commit: Some(HASH.to_owned()), ..EventFilter::default() },
            None,
            50
        ),
        projects(db, everything, None, 50),
        project(db, everything, project_id),
        references(db, everything, project_id, None, 50),
        flakiness(db, everything, project_id, at(-1000)),
        search(db, everything, &wanted),
    );
}

fn names(told: &Provenance, direction: &str) -> Vec<(i64, String)> {
    let mut names: Vec<(i64, String)> = told
        .links
        .iter()
        .filter(|link| serde_json::to_value(link.direction).unwrap() == direction)
        .map(|link| {
            let id =
                if direction == "back" { (link.from_node, link.from_id) } else { (link.to_node, link.to_id) };
            let node = told.nodes.iter().find(|node| (node.node, node.id) == id).unwrap();
            let name = node
                .target
                .as_ref()
                .map_or("event".to_owned(), |target| format!("{} {}", target.kind, target.name));
            (link.depth, name)
        })
        .collect();
    names.sort();
    names
}

on_both_databases! {
    async fn each_question_is_one_statement_whatever_the_number_of_targets(database: TestDatabase) {
        let db = migrated(&database).await;
        for chroots in [1, 200] {
            let id = recorded(&db, &of_size(chroots)).await;
            every_read(&db, id).await;
        }
    }

    async fn an_event_tells_its_pipelines_and_what_it_did_not_start(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = recorded(&db, &build_and_test(&["f42"])).await;
        let told = event(&db, &Viewer::Public, id).await.unwrap().unwrap();
        assert_eq!((told.project.as_str(), told.commit.as_deref()), ("github.com/packit/ogr", Some(HASH)));
        assert_eq!((told.pipelines.len(), told.omissions.len()), (1, 1));
        assert_eq!(told.omissions[0].reason, "no build of epel-9-x86_64 is planned");
        assert_eq!(event(&db, &Viewer::Public, EventId(987)).await.unwrap(), None);
    }

    /// Use cases 2, 10 and 11.
    async fn a_step_knows_what_is_before_behind_and_beside_it(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let view = workflow(&db, id).await.unwrap().unwrap();
        let steps: Vec<i64> = view.steps.iter().map(|step| step.id).collect();
        let told = step(&db, &Viewer::Public, StepId(steps[1])).await.unwrap().unwrap();
        assert_eq!((told.previous, told.next, told.others), (Some(steps[0]), vec![steps[2]], vec![steps[0], steps[2]]));
        assert_eq!((told.run.event.id, told.run.project.as_str()), (id.0, "github.com/packit/ogr"));
        assert_eq!(told.run.targets, view.targets);
        let run = pipeline(&db, &Viewer::Public, PipelineId(view.pipelines[0].id)).await.unwrap().unwrap();
        assert_eq!(run, told.run);
        assert_eq!(run.submissions, view.submissions);
        assert_eq!(step(&db, &Viewer::Public, StepId(987)).await.unwrap(), None);
    }

    async fn a_target_knows_its_inputs_and_who_consumes_it(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        let planned = load(&db, id).await;
        let [srpm, build, test] = [("srpm_build", "srpm"), ("copr_build", "f42"), ("test_run", "f42")]
            .map(|(kind, name)| target_named(&planned, kind, name));
        let told = target(&db, &Viewer::Public, build).await.unwrap().unwrap();
        let inputs: Vec<_> =
            told.target.inputs.iter().map(|input| (input.target_id, input.identifier.as_deref())).collect();
        assert_eq!(inputs, [(srpm.0, Some("full"))]);
        let consumers: Vec<_> =
            told.consumers.iter().map(|consumer| (consumer.target_id, consumer.identifier.as_deref())).collect();
        assert_eq!(consumers, [(test.0, Some("full"))]);
        assert_eq!((told.attempts.len(), told.jobs.len(), told.steps.len(), told.pipelines.len()), (1, 1, 1, 1));
        assert_eq!(told.submissions.len(), 1);
    }

    /// From an update back to the release that began it all, across events and projects; and forth again.
    async fn provenance_crosses_events_and_projects(database: TestDatabase) {
        let db = migrated(&database).await;
        let release = tell(&db, &build_and_test(&["rawhide"]), Told { kind: EventKind::Release, ..Told::default() }).await;
        let sync = target_named(&load(&db, release).await, "test_run", "rawhide");
        // Its pull request in dist-git is an event there, and the merge of the same commit another one.
        let other_hash = "c".repeat(40);
        let raw = Raw::open(&database).await;
        let dist_git = || facts_of("dist-git");
        let opened = tell(&db, &Plan::nothing("no"), Told { facts: dist_git(), hash: &other_hash, second: 10, ..Told::default() }).await;
        raw.run(&format!("UPDATE events SET caused_by_target_id = {sync} WHERE id = {opened}")).await;
        let merged = tell(&db, &two_builds_one_update(), Told {
            facts: dist_git(), hash: &other_hash, second: 20, kind: EventKind::Push,
            reference: Reference::new(ReferenceKind::Branch, "rawhide"), ..Told::default()
        }).await;
        let update = target_named(&load(&db, merged).await, "bodhi_update", "sidetag");
        let told = provenance(&db, &Viewer::Public, update, DEEP).await.unwrap().unwrap();
        assert!(!told.cut);
        let back: Vec<(i64, String)> = [
            (1, "koji_build f42"), (1, "koji_build f43"), (2, "event"), (2, "event"), (3, "event"), (4, "test_run rawhide"),
            (5, "copr_build rawhide"), (6, "srpm_build srpm"), (7, "event"),
        ].map(|(depth, name)| (depth, name.to_owned())).to_vec();
        assert_eq!(names(&told, "back"), back);
        let mut targets = told.nodes.iter().filter_map(|node| node.target.as_ref());
        assert!(targets.all(|target| target.identifier.as_deref() == Some("full")));
        assert!(told.nodes.iter().any(|node| node.node == NodeKind::Event && node.id == release.0));
        let srpm = target_named(&load(&db, release).await, "srpm_build", "srpm");
        let told = provenance(&db, &Viewer::Public, srpm, DEEP).await.unwrap().unwrap();
        assert!(names(&told, "forth").contains(&(6, "bodhi_update sidetag".to_owned())), "{:?}", names(&told, "forth"));
        assert!(told.links.iter().any(|link| link.link == LinkKind::SameCommit && link.from_id == opened.0 && link.to_id == merged.0));
    }

    /// Rows that lead in a circle, which rules forbid but no walk may depend on.
    async fn provenance_ends_in_a_circle_and_says_when_it_was_cut(database: TestDatabase) {
        let db = migrated(&database).await;
        let one = recorded(&db, &of_size(1)).await;
        let other = record_at(&db, "packit", &of_size(1), 1).await;
        let raw = Raw::open(&database).await;
        let test = |name: &'static str| target_named_in(&db, name);
        let (first, second) = (test("ogr").await, test("packit").await);
        let srpms = [srpm_of(&db, one).await, srpm_of(&db, other).await];
        raw.run(&format!("INSERT INTO inputs (target_id, input_target_id, needs) VALUES ({}, {first}, 'success'), ({}, {second}, 'success')", srpms[1], srpms[0])).await;
        let told = provenance(&db, &Viewer::Public, first, Bounds { depth: 50, links: 1000 }).await.unwrap().unwrap();
        assert!(!told.cut || told.nodes.len() == 6, "{told:?}");
        assert_eq!(told.nodes.len(), 6);
        for bounds in [Bounds { depth: 1, links: 500 }, Bounds { depth: 8, links: 1 }] {
            let told = provenance(&db, &Viewer::Public, first, bounds).await.unwrap().unwrap();
            assert!(told.cut, "{bounds:?}");
        }
        let alone = record_at(&db, "alone", &of_size(1), 2).await;
        let srpm = srpm_of(&db, alone).await;
        let whole = provenance(&db, &Viewer::Public, srpm, Bounds { depth: 2, links: 500 }).await.unwrap().unwrap();
        assert!(!whole.cut, "two links forth and one back are all there is");
        assert_eq!(provenance(&db, &Viewer::Public, TargetId(987), DEEP).await.unwrap(), None);
    }

    async fn what_is_pasted_is_found(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = recorded(&db, &of_size(1)).await;
        submit_all(&db, id, at(1)).await;
        let found = async |wanted: SearchFor| {
            let hits = search(&db, &Viewer::Public, &wanted).await.unwrap();
            hits.into_iter().map(|hit| hit.found).collect::<Vec<_>>()
        };
        let nothing = SearchFor::default;
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(found(nothing()).await, [] as [&str; 0]);
        assert_eq!(found(SearchFor { project: text("OGR"), ..nothing() }).await, ["project"]);
        assert_eq!(found(SearchFor { project: text("ogr"), namespace: text("Packit"), forge: text("github.com"), ..nothing() }).await, ["project"]);
        assert_eq!(found(SearchFor { project: text("ogr"), forge: text("gitlab.com"), ..nothing() }).await, [] as [&str; 0]);
        let pull_request = |number: &str| Some((ReferenceKind::PullRequest, number.to_owned()));
        assert_eq!(found(SearchFor { project: text("ogr"), reference: pull_request("7"), ..nothing() }).await, ["reference"]);
        assert_eq!(found(SearchFor { project: text("ogr"), reference: pull_request("8"), ..nothing() }).await, [] as [&str; 0]);
        assert_eq!(found(SearchFor { hash: text(HASH), ..nothing() }).await, ["commit"]);
        assert_eq!(found(SearchFor { hash: text(&HASH[..7]), ..nothing() }).await, ["commit"]);
        assert_eq!(found(SearchFor { hash: text("fffffff"), ..nothing() }).await, [] as [&str; 0]);
        // What a build system calls it, of a call and of a target alike.
        let raw = Raw::open(&database).await;
        raw.run("UPDATE submissions SET external_id = '4711'").await;
        raw.run("UPDATE targets SET external_id = '4711' WHERE kind = 'srpm_build'").await;
        assert_eq!(found(SearchFor { external_id: text("4711"), ..nothing() }).await, ["submission", "target"]);
        assert_eq!(found(SearchFor { external_id: text("471"), ..nothing() }).await, [] as [&str; 0]);
    }

    /// A target that failed and then, of the very same, succeeded.
    async fn flakiness_counts_outcomes_that_changed_without_a_change_of_input(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = recorded(&db, &build_and_test(&["f42", "f43"])).await;
        submit_all(&db, id, at(0)).await;
        let planned = load(&db, id).await;
        let [srpm, build, other] = [("srpm_build", "srpm"), ("copr_build", "f42"), ("copr_build", "f43")]
            .map(|(kind, name)| target_named(&planned, kind, name));
        end(&db, id, srpm, TargetStatus::Succeeded, at(10)).await;
        stored::change(&db, id, at(20), |workflow| workflow.observe(Seen::new(build, TargetStatus::Running), at(20))).await.unwrap();
        end(&db, id, build, TargetStatus::Failed, at(80)).await;
        end(&db, id, other, TargetStatus::Failed, at(80)).await;
        // Attempts of a rerun: f42 of the same SRPM, f43 of another one.
        let raw = Raw::open(&database).await;
        for (old, input) in [(build, Some(srpm)), (other, None)] {
            raw.run(&format!("INSERT INTO jobs (event_id, kind, identifier, previous_job_id, created_at, details)
                SELECT event_id, kind, identifier, previous_job_id, created_at, details FROM jobs WHERE id = (SELECT job_id FROM targets WHERE id = {old})")).await;
            raw.run(&format!("INSERT INTO targets (job_id, event_id, kind, name, chain_id, attempt, status, created_at, started_at, finished_at, details)
                SELECT (SELECT max(id) FROM jobs), event_id, kind, name, chain_id, 2, 'succeeded', created_at, submitted_at, submitted_at, details
                FROM targets WHERE id = {old}")).await;
            if let Some(input) = input {
                raw.run(&format!("INSERT INTO inputs (target_id, input_target_id, needs) SELECT max(id), {input}, 'success' FROM targets")).await;
            }
        }
        let project = ProjectId(workflow(&db, id).await.unwrap().unwrap().event.project_id);
        let (_, rows) = flakiness(&db, &Viewer::Public, project, at(-1)).await.unwrap().unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.kind.as_str(), row.name.as_str(), row.attempts, row.succeeded, row.failed, row.changed)).collect();
        assert_eq!(told[0], ("copr_build", "f42", 2, 1, 1, 1));
        assert!(told.contains(&("copr_build", "f43", 2, 1, 1, 0)), "{told:?}");
        // 60 seconds and none: the mean of the two in the middle.
        assert!((rows[0].median_seconds.unwrap() - 30.0).abs() < 0.01, "{rows:?}");
        assert_eq!(flakiness(&db, &Viewer::Public, project, at(1)).await.unwrap().unwrap().1, []);
    }

    async fn a_workflow_is_told_as_it_was(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = recorded(&db, &build_and_test(&["f42"])).await;
        submit_all(&db, id, at(10)).await;
        let planned = load(&db, id).await;
        let [srpm, build] = [("srpm_build", "srpm"), ("copr_build", "f42")].map(|(kind, name)| target_named(&planned, kind, name));
        for (target, started, ended) in [(srpm, 20, 30), (build, 40, 50)] {
            stored::change(&db, id, at(started), |workflow| workflow.observe(Seen::new(target, TargetStatus::Running), at(started))).await.unwrap();
            end(&db, id, target, TargetStatus::Succeeded, at(ended)).await;
        }
        let view = workflow(&db, id).await.unwrap().unwrap();
        let stood = |second: i64| {
            let past = view.at(at(second)).unwrap();
            let statuses: Vec<String> = past.targets.iter().map(|target| target.status.map_or(UNKNOWN.to_owned(), |status| status.to_string())).collect();
            (statuses.join(" "), past.status.unwrap())
        };
        assert_eq!(stood(5), ("ready waiting waiting".to_owned(), EventStatus::Waiting));
        assert_eq!(stood(15), ("submitted submitted waiting".to_owned(), EventStatus::Running));
        assert_eq!(stood(25), ("running submitted waiting".to_owned(), EventStatus::Running));
        assert_eq!(stood(45), ("succeeded running waiting".to_owned(), EventStatus::Running));
        assert_eq!(stood(60), ("succeeded succeeded ready".to_owned(), EventStatus::Waiting));
        assert_eq!(view.at(at(-1)), None);
        let past = view.at(at(25)).unwrap();
        assert_eq!((past.targets[0].started_at, past.targets[0].finished_at), (Some(at(20)), None));
        assert_eq!(serde_json::to_value(&past).unwrap()["targets"][1]["inputs"][0]["status"], "running");
        assert_eq!(past.at, at(25));
        assert!(view.at(at(60) + TimeDelta::days(1)).is_some());
    }
}

async fn recorded_at(db: &Db, second: i64) -> i64 {
    tell(db, &build_and_test(&["f42"]), Told { second, ..Told::default() }).await.0
}

async fn srpm_of(db: &Db, event: EventId) -> TargetId {
    target_named(&load(db, event).await, "srpm_build", "srpm")
}

/// The only test of the newest event in this project.
async fn target_named_in(db: &Db, project: &str) -> TargetId {
    let listed = events(db, &Viewer::Everything, &EventFilter::default(), None, 10).await.unwrap();
    let row = listed.rows.iter().find(|row| row.project_name == project).unwrap();
    target_named(&load(db, EventId(row.id)).await, "test_run", "fedora-0-x86_64")
}
