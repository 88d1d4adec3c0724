//! `packflow rerun` and `packflow comment`, as they are typed.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use std::process::Output;

use chrono::{DateTime, Utc};
use domain::details::{Configured, CoprBuild, JobDetails, SrpmBuild, TargetDetails, TestRun};
use domain::event::ProjectFacts;
use domain::ids::{EventId, TargetId};
use domain::plan::{Plan, PlannedInput, PlannedJob, PlannedPipeline, PlannedStep, PlannedTarget};
use domain::words::{
    EventKind, JobKind, Needs, ProjectKey, Reference, ReferenceKind, TargetStatus, Visibility,
};
use domain::workflow::Seen;
use serde_json::{Value, json};
use store::events::{NewEvent, record};
use store::{Db, Migrations, workflows};
use test_support::TestDatabase;

/// A database with one event: SRPM, Copr in f42 and f43, a test of each; f43 failed to build.
struct Story {
    database: TestDatabase,
    db: Db,
    event: EventId,
}

const KEYS: [&str; 10] =
    ["hash", "redo", "share", "wait", "cancel", "cannot", "not_needed", "outside", "pipelines", "cost"];

fn step(
    previous: Option<usize>,
    kind: JobKind,
    details: JobDetails,
    targets: &[(&str, &[usize])],
) -> PlannedStep {
    let target = |(name, inputs): &(&str, &[usize])| PlannedTarget {
        name: (*name).to_owned(),
        details: TargetDetails::default(),
        inputs: inputs.iter().map(|target| PlannedInput { target: *target, needs: Needs::Success }).collect(),
    };
    let targets = targets.iter().map(target).collect();
    PlannedStep { previous, job: PlannedJob { kind, identifier: None, details, targets } }
}

fn plan() -> Plan {
    let configured = Configured {
        package: "ogr".to_owned(),
        index: Some(0),
        labels: vec!["full".to_owned()],
        ..Configured::default()
    };
    let srpm = JobDetails::SrpmBuild(SrpmBuild { configured: configured.clone(), ..SrpmBuild::default() });
    let copr = JobDetails::CoprBuild(CoprBuild { configured: configured.clone(), ..CoprBuild::default() });
    let tests = JobDetails::TestRun(Box::new(TestRun { configured, ..TestRun::default() }));
    let steps = vec![
        step(None, JobKind::SrpmBuild, srpm, &[("srpm", &[])]),
        step(Some(0), JobKind::CoprBuild, copr, &[("f42", &[0]), ("f43", &[0])]),
        step(Some(1), JobKind::TestRun, tests, &[("f42", &[0]), ("f43", &[1])]),
    ];
    Plan { pipelines: vec![PlannedPipeline { package: None, steps }], omissions: Vec::new() }
}

impl Story {
    async fn new() -> Self {
        let database = TestDatabase::sqlite();
        let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
        Migrations(&db).run().await.unwrap();
        let now = Utc::now();
        let project = ProjectFacts {
            key: ProjectKey::new("github.com", "packit", "ogr"),
            forge_id: None,
            visibility: Visibility::Public,
            default_branch: None,
        };
        let reference = Reference::new(ReferenceKind::PullRequest, 7);
        let new = NewEvent {
            project: &project,
            reference: &reference,
            hash: Some("0123456789abcdef0123456789abcdef01234567"),
            kind: EventKind::PullRequest,
            actor: Some("alice"),
            occurred_at: now,
            received_at: now,
            before: None,
            after: None,
            config: None,
            inbox: None,
        };
        let mut tx = db.write().await.unwrap();
        let event = record(&mut tx, &new, &plan(), None, now).await.unwrap();
        tx.commit().await.unwrap();
        let story = Self { database, db, event };
        for (kind, name, status) in [
            ("srpm_build", "srpm", TargetStatus::Succeeded),
            ("copr_build", "f42", TargetStatus::Succeeded),
            ("copr_build", "f43", TargetStatus::Failed),
            ("test_run", "f42", TargetStatus::Succeeded),
        ] {
            story.end(story.target(kind, name).await, status, now).await;
        }
        story
    }

    async fn end(&self, target: TargetId, status: TargetStatus, now: DateTime<Utc>) {
        workflows::change(&self.db, self.event, now, |workflow| {
            if let Some(submission) = workflow.targets[&target].submission {
                workflow.submitted(submission, &submission.to_string(), now);
            }
            workflow.observe(Seen::new(target, status), now);
        })
        .await
        .unwrap();
    }

    /// The newest attempt.
    async fn target(&self, kind: &str, name: &str) -> TargetId {
        let found = workflows::change(&self.db, self.event, Utc::now(), |workflow| {
            let mut newest = workflow.newest();
            newest.find(|(_, target)| target.kind.as_str() == kind && target.name == name).map(|(id, _)| id)
        });
        found.await.unwrap().unwrap()
    }

    fn rerun(&self, arguments: &[&str]) -> Output {
        let event = self.event.to_string();
        let mut all = vec!["rerun", &event, "--database", self.database.url()];
        all.extend(arguments);
        packflow(&all)
    }

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.rerun(&[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn packflow(arguments: &[&str]) -> Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_packflow"))
        .args(arguments)
        .env("USER", "alice")
        .env_remove("SUDO_USER")
        .output()
        .unwrap()
}

fn names(list: &Value) -> Vec<String> {
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|entry| format!("{} {}", entry["kind"].as_str().unwrap(), entry["name"].as_str().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_and_carried_out_as_shown() {
    let story = Story::new().await;
    let shown = story.json(&["--failed", "--dry-run"], 0);
    assert!(KEYS.iter().all(|key| shown.get(key).is_some()), "{shown}");
    assert_eq!(names(&shown["redo"]), ["copr_build f43", "test_run f43"]);
    assert_eq!(names(&shown["share"]), ["srpm_build srpm"]);
    let hash = shown["hash"].as_str().unwrap();
    let done = story.json(&["--failed", "--plan", hash, "--idempotency-key", "k"], 0);
    assert_eq!(done["hash"], shown["hash"]);
    let old = shown["redo"][0]["target_id"].to_string();
    assert_eq!(done["created"][&old], json!(story.target("copr_build", "f43").await.0));
    assert_eq!(
        story.json(&["--failed", "--plan", hash, "--idempotency-key", "k"], 0),
        done,
        "the first answer"
    );
    assert_eq!(store::verify::verify(&story.db).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_says_why_and_has_all_keys() {
    let story = Story::new().await;
    let build = story.target("copr_build", "f43").await.to_string();
    let hash = story.json(&["--target", &build, "--dry-run"], 0)["hash"].as_str().unwrap().to_owned();
    story.json(&["--target", &build, "--idempotency-key", "k"], 0);
    let newest = story.target("copr_build", "f43").await;
    let replaced = story.json(&["--target", &build], 1);
    assert!(KEYS.iter().all(|key| replaced.get(key).is_some()), "{replaced}");
    assert_eq!(replaced["conflict"], "replaced");
    assert_eq!(replaced["what"][0]["newest_id"], json!(newest.0));
    let unfinished = story.json(&["--target", &newest.to_string()], 1);
    assert_eq!(unfinished["conflict"], "unfinished");
    let changed = story.json(&["--target", &newest.to_string(), "--cancel-running", "--plan", &hash], 1);
    assert_eq!(changed["conflict"], "changed");
    assert_eq!(names(&changed["cancel"]), ["copr_build f43", "test_run f43"]);
    let other = story.json(&["--all", "--idempotency-key", "k"], 1);
    assert_eq!(other["conflict"], "key_of_another");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_do_is_an_answer_and_nothing_asked_for_is_not_everything() {
    let story = Story::new().await;
    let nothing = story.json(&["--failed-tests"], 0);
    assert!(nothing["reason"].as_str().unwrap().starts_with("no test failed; failed builds: copr_build f43"));
    assert!(nothing["rerun_id"].is_null() && names(&nothing["redo"]).is_empty());
    let output = story.rerun(&["--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("say what to do again"));
    let by_label = story.json(&["--label", "full", "--kind", "test_run", "--dry-run"], 0);
    assert_eq!(names(&by_label["redo"]), ["copr_build f43", "test_run f42", "test_run f43"]);
    let alone = story.json(&["--kind", "srpm_build", "--no-follow-ups", "--dry-run"], 0);
    assert_eq!(names(&alone["redo"]), ["srpm_build srpm"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_reads_well() {
    let story = Story::new().await;
    let output = story.rerun(&["--failed-builds", "--dry-run"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "redo     copr_build f43, target 3: asked for; it failed");
    assert_eq!(lines[1], "redo     test_run f43, target 5: it consumes copr_build f43, which is redone");
    assert_eq!(lines[3], "1 builds, 1 tests, 0 others; unknown; 2 targets are not touched");
    assert!(lines[4].starts_with("to carry out exactly this: --plan "), "{text}");
}

/// It is the operator's, whose rules they are.
#[tokio::test(flavor = "multi_thread")]
async fn where_work_may_not_start_it_is_done_all_the_same_and_said() {
    let story = Story::new().await;
    let told = |deny: &str, arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_packflow"));
        let event = story.event.to_string();
        command.args(["rerun", &event, "--database", story.database.url(), "--json"]).args(arguments);
        let command =
            command.env("PACKFLOW_ACCESS__ALLOW", "[github.com]").env("PACKFLOW_ACCESS__DENY", deny);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        (told["rerun_id"].is_number(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(told("[]", &["--failed", "--dry-run"]), (false, String::new()));
    let warning = "packflow: the access rules let no work start there: access.deny covers github.com/packit/ogr; \
                   the command line may all the same\n";
    assert_eq!(told("[github.com/packit/ogr]", &["--failed", "--dry-run"]), (false, warning.to_owned()));
    assert_eq!(told("[github.com/packit/ogr]", &["--failed"]), (true, warning.to_owned()));
}

#[test]
fn a_comment_is_read() {
    let parse = |text: &str, code| {
        let output = packflow(&["comment", "parse", "--prefix", "/packit", text, "--json"]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let test = parse("/packit test --identifier x", 0);
    assert_eq!(test["args"], json!({"command": "test", "targets": [], "identifier": "x"}));
    assert_eq!((&test["result"], &test["words"]), (&json!("ok"), &json!(["test", "--identifier", "x"])));
    assert_eq!(parse("looks good", 0)["result"], "no-command");
    assert_eq!(parse("/packit buil", 1)["result"], "syntax-error");
}
