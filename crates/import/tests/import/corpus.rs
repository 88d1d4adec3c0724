//! Dumps of both schemas, and the answers that are known of them.

use std::collections::BTreeSet;

use domain::ids::ProjectId;
use domain::words::TargetStatus;
use serde_json::Value;
use store::Db;
use store::reads::{self, EventFilter, Viewer, WorkflowView};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{
    answers, assert_clean, became, dump, import_all, number, old_id, one, open, tables, workflow_of,
};
use crate::{reruns, steps};

const TODAY: &str = "packit_small.sql.gz";
const BEFORE_GROUPS: &str = "packit_legacy_small.sql.gz";

fn numbers(value: &Value) -> BTreeSet<i64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

/// The targets of a job, by old id.
fn members(workflow: &WorkflowView, job: i64) -> BTreeSet<i64> {
    let targets = workflow.targets.iter().filter(|target| target.job_id == job);
    targets.map(|target| old_id(workflow, target.id)).collect()
}

on_both_databases! {
    /// Use cases 1-11: what is known of the dump of today's schema comes out of our own reads.
    async fn todays_dump_answers_as_it_is_known_to(database: TestDatabase) {
        let Some(source) = dump(module_path!(), TODAY) else { return };
        let Some(answers) = answers(module_path!(), "answers.json") else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.tables["copr_build_targets"].imported, 10089);
        assert_eq!(report.tables["project_events"].imported, 2000);
        let set_aside: BTreeSet<&str> = report.set_aside.iter().map(|row| row.table.as_str()).collect();
        assert_eq!(
            set_aside,
            BTreeSet::from([
                "allowlist",
                "github_installations",
                "project_authentication_issue",
                "sidetag_groups",
                "sidetags",
                "source_git_pr_dist_git_pr",
            ])
        );
        for (name, answer) in answers["pipelines"].as_object().unwrap() {
            eprintln!("{name}");
            workflow_matches(&db, answer).await;
            targets_match(&db, answer).await;
            events_match(&db, answer).await;
            steps::match_answers(&db, answer).await;
            if answer["uc6_uc7"].is_object() {
                project_matches(&db, &answer["uc6_uc7"]).await;
            }
            reruns::match_answers(&db, answer).await;
        }
        for (name, answer) in answers["projects"].as_object().unwrap() {
            eprintln!("{name}");
            project_matches(&db, answer).await;
        }
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        let again = import_all(&source, &db).await;
        assert_eq!(again.imported_total, 0, "{:?}", again.tables);
        assert_eq!(again.already_total, report.imported_total);
        assert_eq!(again.set_aside, report.set_aside);
    }

    /// What belongs together in the dump of the old schema is together here.
    async fn the_old_dump_is_grouped_as_it_was_made(database: TestDatabase) {
        let Some(source) = dump(module_path!(), BEFORE_GROUPS) else { return };
        let Some(answers) = answers(module_path!(), "legacy_answers.json") else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        // Nothing but triggers for which nothing ran.
        assert!(report.set_aside.iter().all(|row| row.table == "job_triggers"), "{:?}", report.set_aside);
        assert_eq!(report.groups_by_time, number(&answers["totals"]["tf_groups"]));
        for (groups, table) in [
            ("all_copr_groups", "copr_build_targets"),
            ("all_koji_groups", "koji_build_targets"),
            ("all_tf_groups", "tft_test_run_targets"),
        ] {
            for group in answers[groups].as_array().unwrap() {
                let group = numbers(group);
                let first = *group.first().unwrap();
                let workflow = workflow_of(&db, table, first).await;
                let target = became(&db, table, first, "targets").await[0].our_id;
                let job = workflow.targets.iter().find(|known| known.id == target).unwrap().job_id;
                assert_eq!(members(&workflow, job), group, "{groups}");
            }
        }
        for (name, answer) in answers["named"].as_object().unwrap() {
            eprintln!("{name}");
            old_workflow_matches(&db, answer).await;
        }
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        let again = import_all(&source, &db).await;
        assert_eq!(again.imported_total, 0, "{:?}", again.tables);
    }
}

/// A workflow of the old schema: where it happened, that its rows are all in it, and which of them stand together.
async fn old_workflow_matches(db: &Db, answer: &Value) {
    let rows = numbers(&answer["pipelines_rows"]);
    let workflow = workflow_of(db, "pipelines", *rows.first().unwrap()).await;
    for row in rows {
        assert_eq!(workflow_of(db, "pipelines", row).await.event.id, workflow.event.id, "{row}");
    }
    assert_eq!(workflow.commit.as_deref(), answer["commit_sha"].as_str());
    assert_eq!(
        one(db, "git_projects", &answer["project"]["id"], "projects").await,
        workflow.event.project_id
    );
    let place = format!("{}s", answer["trigger"]["type"].as_str().unwrap());
    assert_eq!(one(db, &place, &answer["trigger"]["id"], "references").await, workflow.event.reference_id);
    let events = became(db, "job_triggers", number(&answer["job_trigger_id"]), "events").await;
    assert!(events.iter().any(|event| event.our_id == workflow.event.id));
    if answer["srpm_build_id"].is_i64() {
        let srpm = one(db, "srpm_builds", &answer["srpm_build_id"], "targets").await;
        assert!(workflow.targets.iter().any(|target| target.id == srpm));
    }
    for (kind, table) in [
        ("copr_groups", "copr_build_targets"),
        ("koji_groups", "koji_build_targets"),
        ("tf_groups", "tft_test_run_targets"),
    ] {
        let expected: BTreeSet<BTreeSet<i64>> =
            answer[kind].as_array().unwrap().iter().map(numbers).collect();
        let of_table = |job: &&reads::JobView| {
            let mut targets = workflow.targets.iter().filter(|target| target.job_id == job.id);
            targets.any(|target| target.details.imported.as_ref().unwrap().table == table)
        };
        let found = workflow.jobs.iter().filter(of_table).map(|job| members(&workflow, job.id));
        assert_eq!(found.collect::<BTreeSet<_>>(), expected, "{kind}");
    }
}

/// Use case 1: every step with its targets, and which build each test used.
async fn workflow_matches(db: &Db, answer: &Value) {
    let expected = &answer["uc1_workflow"];
    let workflow = workflow_of(db, "pipelines", number(&expected["pipeline_id"])).await;
    let pipeline = one(db, "pipelines", &expected["pipeline_id"], "pipelines").await;
    assert_eq!(workflow.commit.as_deref(), expected["event"]["commit_sha"].as_str());
    let project = &expected["event"]["project"];
    if project["kind"] == "git_project" {
        let text = |key: &str| project[key].as_str().unwrap().to_owned();
        let name = format!("{}/{}/{}", text("instance_url"), text("namespace"), text("repo_name"));
        assert_eq!(workflow.project, name);
        assert_eq!(workflow.reference.name, expected["event"]["object"]["label"].as_str().unwrap());
    }
    let mut jobs = BTreeSet::new();
    for step in expected["steps"].as_array().unwrap() {
        let (targets_table, groups_table) = tables(step["kind"].as_str().unwrap());
        let job = one(db, groups_table, &step["id"], "jobs").await;
        jobs.insert(job);
        assert!(workflow.steps.iter().any(|known| known.pipeline_id == pipeline && known.job_id == job));
        let targets = step["targets"].as_array().unwrap();
        if targets_table != groups_table {
            assert_eq!(members(&workflow, job), targets.iter().map(|target| number(&target["id"])).collect());
        }
        for target in targets {
            let id = one(db, targets_table, &target["id"], "targets").await;
            let found = workflow.targets.iter().find(|known| known.id == id).unwrap();
            assert_eq!(found.name, target["target"].as_str().unwrap());
            let job = workflow.jobs.iter().find(|job| job.id == found.job_id).unwrap();
            assert_eq!(job.identifier.as_deref(), target["identifier"].as_str());
            assert!(says(target["status"].as_str().unwrap(), found.status), "{target}: {}", found.status);
        }
    }
    let here: BTreeSet<i64> =
        workflow.steps.iter().filter(|step| step.pipeline_id == pipeline).map(|step| step.job_id).collect();
    let scans = |job: &&i64| {
        let kind = workflow.jobs.iter().find(|known| known.id == **job).unwrap().kind;
        kind != domain::words::JobKind::OpenscanhubScan
    };
    assert_eq!(here.iter().filter(scans).copied().collect::<BTreeSet<_>>(), jobs);
    for (used, table) in [("test_to_copr", "copr_build_targets"), ("test_to_koji", "koji_build_targets")] {
        for pair in expected[used].as_array().unwrap() {
            let test = one(db, "tft_test_run_targets", &pair["test"], "targets").await;
            let build = one(db, table, &pair["build"], "targets").await;
            let found = workflow.targets.iter().find(|target| target.id == test).unwrap();
            assert_eq!(found.inputs.iter().map(|input| input.target_id).collect::<Vec<_>>(), [build]);
        }
    }
    let mut sharing = BTreeSet::new();
    for id in numbers(&expected["pipelines_on_same_srpm"]) {
        sharing.insert(became(db, "pipelines", id, "pipelines").await[0].our_id);
    }
    let srpm = workflow
        .jobs
        .iter()
        .find(|job| job.kind == domain::words::JobKind::SrpmBuild && here.contains(&job.id));
    let holding = workflow.steps.iter().filter(|step| Some(step.job_id) == srpm.map(|job| job.id));
    assert_eq!(holding.map(|step| step.pipeline_id).collect::<BTreeSet<_>>(), sharing);
}

/// How an old word reads here; what never ended is an error.
fn says(word: &str, status: TargetStatus) -> bool {
    let expected = match word {
        "success" | "passed" | "submitted" | "complete" => TargetStatus::Succeeded,
        "failure" | "failed" => TargetStatus::Failed,
        "canceled" => TargetStatus::Canceled,
        "skipped" => TargetStatus::Skipped,
        _ => TargetStatus::Errored,
    };
    status == expected
}

/// Use case 2 of targets: what is before, what is behind, and what is beside.
async fn targets_match(db: &Db, answer: &Value) {
    for target in answer["uc2_targets"].as_array().unwrap() {
        let kind = target["kind"].as_str().unwrap();
        let (table, _) = tables(kind);
        let workflow = workflow_of(db, table, number(&target["id"])).await;
        let id = one(db, table, &target["id"], "targets").await;
        let found = workflow.targets.iter().find(|known| known.id == id).unwrap();
        let mut siblings = members(&workflow, found.job_id);
        siblings.remove(&number(&target["id"]));
        assert_eq!(siblings, numbers(&target["siblings"]), "{kind} {}", target["id"]);
        for (key, table) in [
            ("previous_srpm_builds", "srpm_builds"),
            ("previous_copr", "copr_build_targets"),
            ("previous_koji", "koji_build_targets"),
        ] {
            if target.get(key).is_some() {
                let inputs = found.inputs.iter().map(|input| input.target_id);
                let inputs = inputs.filter(|input| {
                    let target = workflow.targets.iter().find(|known| known.id == *input).unwrap();
                    target.details.imported.as_ref().unwrap().table == table
                });
                let inputs: BTreeSet<i64> = inputs.map(|input| old_id(&workflow, input)).collect();
                assert_eq!(inputs, numbers(&target[key]), "{kind} {} {key}", target["id"]);
            }
        }
        if target.get("next_tests").is_some() {
            let next = workflow.targets.iter().filter(|known| {
                known.kind == domain::words::JobKind::TestRun
                    && known.inputs.iter().any(|input| input.target_id == id)
            });
            let next: BTreeSet<i64> = next.map(|known| old_id(&workflow, known.id)).collect();
            assert_eq!(next, numbers(&target["next_tests"]), "{kind} {}", target["id"]);
        }
    }
}

/// Use cases 8 and 9: events and pipelines lead to each other and to their project.
async fn events_match(db: &Db, answer: &Value) {
    let expected = &answer["uc8_event_workflows"];
    let event = one(db, "project_events", &expected["event_id"], "events").await;
    let workflow = workflow_of(db, "project_events", number(&expected["event_id"])).await;
    assert_eq!(workflow.event.id, event);
    let mut pipelines = BTreeSet::new();
    for id in numbers(&expected["pipeline_ids"]) {
        pipelines.insert(became(db, "pipelines", id, "pipelines").await[0].our_id);
    }
    assert_eq!(workflow.pipelines.iter().map(|row| row.id).collect::<BTreeSet<_>>(), pipelines);
    let mut references = BTreeSet::new();
    for id in numbers(&expected["same_object_pipeline_ids"]) {
        references.insert(workflow_of(db, "pipelines", id).await.event.reference_id);
    }
    assert_eq!(references, BTreeSet::from([workflow.event.reference_id]));
    let project = &answer["uc9_event_project"]["project"];
    if let Some(kind) = project["kind"].as_str() {
        assert_eq!(one(db, &format!("{kind}s"), &project["id"], "projects").await, workflow.event.project_id);
    }
}

/// Use cases 6 and 7: the workflows and events of a project.
async fn project_matches(db: &Db, answer: &Value) {
    let kind = answer["project"]["kind"].as_str().unwrap();
    let project = one(db, &format!("{kind}s"), &answer["project"]["id"], "projects").await;
    let mut events = BTreeSet::new();
    for id in numbers(&answer["uc7_events"]) {
        events.insert(became(db, "project_events", id, "events").await[0].our_id);
    }
    let mut pipelines = BTreeSet::new();
    for id in numbers(&answer["uc6_workflows"]) {
        pipelines.insert(became(db, "pipelines", id, "pipelines").await[0].our_id);
    }
    let filter = EventFilter::of_project(ProjectId(project));
    let (mut found_events, mut cursor) = (BTreeSet::new(), None);
    loop {
        let page = reads::events(db, &Viewer::Public, &filter, cursor, 100).await.unwrap();
        found_events.extend(page.rows.iter().map(|row| row.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found_events, events);
    let mut found_pipelines = BTreeSet::new();
    loop {
        let page = reads::workflows(db, &Viewer::Public, &filter, cursor, 100).await.unwrap();
        let of_row = page.rows.iter().flat_map(|row| &row.parts.pipelines);
        found_pipelines.extend(of_row.map(|pipeline| pipeline.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found_pipelines, pipelines);
}
