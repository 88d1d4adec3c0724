//! Events to be shown: planned, recorded, and moved as a worker would.

use chrono::{DateTime, TimeDelta, Utc};
use domain::details::{Configured, CoprBuild, JobDetails, SrpmBuild, TargetDetails, TestRun};
use domain::event::ProjectFacts;
use domain::ids::EventId;
use domain::plan::{Omission, Plan, PlannedInput, PlannedJob, PlannedPipeline, PlannedStep, PlannedTarget};
use domain::words::{
    EventKind, JobKind, Needs, ProjectKey, Reference, ReferenceKind, TargetStatus, Visibility,
};
use domain::workflow::Seen;
use store::Db;
use store::events::{self, NewEvent};
use store::workflows;

pub(crate) const HASH: &str = "4f2c8e1d9b7a6053c1e2d3f4a5b6c7d8e9f00112";

/// A moment of the story, in minutes after its beginning.
pub(crate) fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_527_200, 0).unwrap() + TimeDelta::minutes(minutes)
}

/// Records what happened in a project at a minute, with this plan.
pub(crate) async fn record(
    db: &Db,
    project: &str,
    visibility: Visibility,
    reference: Reference,
    plan: &Plan,
    minute: i64,
) -> EventId {
    let key: ProjectKey = project.parse().unwrap();
    let facts = ProjectFacts { key, forge_id: None, visibility, default_branch: None };
    let event = NewEvent {
        project: &facts,
        reference: &reference,
        hash: Some(HASH),
        kind: EventKind::PullRequest,
        actor: Some("lbarcziova"),
        occurred_at: at(minute),
        received_at: at(minute) + TimeDelta::seconds(2),
        before: None,
        after: None,
        config: None,
        inbox: None,
    };
    let mut tx = db.write().await.unwrap();
    let id = events::record(&mut tx, &event, plan, None, at(minute)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// The same in a public project, on pull request 42.
pub(crate) async fn record_public(db: &Db, plan: &Plan, minute: i64) -> EventId {
    let reference = Reference::new(ReferenceKind::PullRequest, 42);
    record(db, "github.com/packit/ogr", Visibility::Public, reference, plan, minute).await
}

/// An SRPM, builds for these chroots, and tests of the builds.
pub(crate) fn plan(chroots: &[&str]) -> Plan {
    let configured = Configured { package: "python-ogr".to_owned(), ..Configured::default() };
    let target = |name: &str, inputs: &[usize]| PlannedTarget {
        name: name.to_owned(),
        details: TargetDetails::default(),
        inputs: inputs.iter().map(|target| PlannedInput { target: *target, needs: Needs::Success }).collect(),
    };
    let each = |inputs: fn(usize) -> usize| {
        chroots.iter().enumerate().map(|(place, name)| target(name, &[inputs(place)])).collect()
    };
    let step = |previous, kind, details, targets| PlannedStep {
        previous,
        job: PlannedJob { kind, identifier: None, details, targets },
    };
    let srpm = SrpmBuild { configured: configured.clone(), ..SrpmBuild::default() };
    let copr = CoprBuild { configured: configured.clone(), ..CoprBuild::default() };
    let tests = Box::new(TestRun { configured, ..TestRun::default() });
    let steps = vec![
        step(None, JobKind::SrpmBuild, JobDetails::SrpmBuild(srpm), vec![target("srpm", &[])]),
        step(Some(0), JobKind::CoprBuild, JobDetails::CoprBuild(copr), each(|_| 0)),
        step(Some(1), JobKind::TestRun, JobDetails::TestRun(tests), each(|place| place)),
    ];
    Plan {
        pipelines: vec![PlannedPipeline { package: Some("python-ogr".to_owned()), steps }],
        omissions: vec![Omission {
            kind: "tests".to_owned(),
            identifier: Some("full".to_owned()),
            name: Some("fedora-rawhide-x86_64".to_owned()),
            reason: "no build feeds it".to_owned(),
        }],
    }
}

/// Tells what a build system says of one target, by its job's kind and its name.
pub(crate) async fn tell(
    db: &Db,
    event: EventId,
    target: (JobKind, &str),
    minute: i64,
    told: impl FnOnce(&mut Seen),
    status: TargetStatus,
) {
    workflows::change(db, event, at(minute), |workflow| {
        let id = workflow
            .targets
            .iter()
            .find(|(_, found)| (found.kind, found.name.as_str()) == target)
            .map(|(id, _)| *id)
            .unwrap();
        let mut seen = Seen::new(id, status);
        told(&mut seen);
        workflow.observe(seen, at(minute));
    })
    .await
    .unwrap();
}
