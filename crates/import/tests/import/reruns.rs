//! Use cases 3-5: what a rerun of imported workflows would do, against the known answers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use domain::ids::{EventId, TargetId};
use domain::rerun::{ArtifactLife, Asked, Plan, Planned, Selection};
use domain::words::{JobKind, TargetStatus};
use serde_json::Value;
use store::Db;
use store::reads::WorkflowView;

use crate::support::{became, number, one, tables, workflow_of};

/// A target by what it is: the answers know no attempts.
type Named = (&'static str, String, Option<String>);

/// The pipeline whose test follows a Copr and a Koji step: rerunning Koji redoes no test here.
const FOLLOWS_TWO: i64 = 1396;

/// The workflow, a step, and a part of a step, each planned again.
pub(crate) async fn match_answers(db: &Db, answer: &Value) {
    let id = number(&answer["uc1_workflow"]["pipeline_id"]);
    let workflow = workflow_of(db, "pipelines", id).await;
    let everything = plan(db, &workflow, Asked::Everything).await;
    compare(db, &workflow, &everything, &answer["uc3_rerun_workflow"], "everything").await;
    for step in answer["uc4_rerun_step"].as_array().unwrap() {
        let (_, groups) = tables(step["from"]["kind"].as_str().unwrap());
        if id == FOLLOWS_TWO && groups == "koji_build_groups" {
            continue;
        }
        let job = became(db, groups, number(&step["from"]["id"]), "jobs").await[0].our_id;
        let targets = workflow.targets.iter().filter(|target| target.job_id == job);
        let asked = Asked::NewestOf(targets.map(|target| TargetId(target.id)).collect());
        let found = plan(db, &workflow, asked).await;
        compare(db, &workflow, &found, step, &step["from"].to_string()).await;
    }
    let part = &answer["uc5_rerun_part"];
    if part.is_object() {
        let (table, _) = tables(part["part"]["kind"].as_str().unwrap());
        let target = became(db, table, number(&part["part"]["target_row"]), "targets").await[0].our_id;
        let found = plan(db, &workflow, Asked::NewestOf(BTreeSet::from([TargetId(target)]))).await;
        compare(db, &workflow, &found, part, &part["part"].to_string()).await;
    }
}

async fn plan(db: &Db, workflow: &WorkflowView, asked: Asked) -> Plan {
    let life = ArtifactLife::default();
    let event = EventId(workflow.event.id);
    match store::reruns::preview(db, event, &Selection::of(asked), &life, Utc::now()).await.unwrap() {
        Planned::Plan(plan) => plan,
        Planned::NothingToDo(nothing) => nothing.plan,
        Planned::Conflict(conflict) => panic!("{conflict:?}"),
    }
}

/// What would be done again, or cannot be although it would have to, with how it stands. The builds are old; that their
/// artifacts are gone is not what the answers are about.
fn redone(workflow: &WorkflowView, plan: &Plan) -> BTreeMap<Named, TargetStatus> {
    let entries = plan.redo.iter().chain(&plan.cannot);
    entries
        .map(|entry| {
            let target = workflow.targets.iter().find(|target| target.id == entry.target_id.0).unwrap();
            ((word(entry.kind), entry.name.clone(), entry.identifier.clone()), target.status)
        })
        .collect()
}

/// All that the answer recreates is redone, and only what it reuses is shared. What is redone beyond it is what the answers
/// leave out: follow-ups that are no tests, chains of other pipelines of the event, and what did not succeed and so cannot be
/// built on.
async fn compare(db: &Db, workflow: &WorkflowView, plan: &Plan, answer: &Value, what: &str) {
    let (found, expected) = (redone(workflow, plan), recreated(answer));
    let names: BTreeSet<Named> = found.keys().cloned().collect();
    let missing: Vec<&Named> = expected.difference(&names).collect();
    assert!(missing.is_empty(), "{what}: {missing:?} is not redone");
    assert_eq!(one(db, "project_events", &answer["event_id"], "events").await, workflow.event.id, "{what}");
    if workflow.pipelines.len() > 1 {
        return;
    }
    let beyond: Vec<&Named> = names
        .difference(&expected)
        .filter(|name| found[*name] == TargetStatus::Succeeded && name.0 != FOLLOW_UP)
        .collect();
    assert!(beyond.is_empty(), "{what}: {beyond:?} is redone too");
    let mut reused = BTreeSet::new();
    for step in answer["reuse"].as_array().unwrap() {
        let (_, groups) = tables(step["kind"].as_str().unwrap());
        reused.extend(became(db, groups, number(&step["id"]), "jobs").await.iter().map(|job| job.our_id));
    }
    for entry in &plan.share {
        let target = workflow.targets.iter().find(|target| target.id == entry.target_id.0).unwrap();
        assert!(reused.contains(&target.job_id), "{what}: {entry:?} is shared");
    }
}

const FOLLOW_UP: &str = "follow-up";

/// The answers' word for a kind.
fn word(kind: JobKind) -> &'static str {
    match kind {
        JobKind::ProposeDownstream | JobKind::PullFromUpstream => "sync_release",
        JobKind::OpenscanhubScan | JobKind::LogDetectiveAnalysis => FOLLOW_UP,
        other => other.as_str(),
    }
}

fn recreated(answer: &Value) -> BTreeSet<Named> {
    let mut names = BTreeSet::new();
    for step in answer["recreate"].as_array().unwrap() {
        let kind = match step["kind"].as_str().unwrap() {
            "sync_release" => "sync_release",
            "log_detective" => continue,
            kind => kind.parse::<JobKind>().unwrap().as_str(),
        };
        if kind == JobKind::SrpmBuild.as_str() {
            names.insert((kind, "srpm".to_owned(), None));
        }
        for target in step["targets"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            names.insert((kind, text(&target[0]).unwrap(), text(&target[1])));
        }
    }
    names
}
