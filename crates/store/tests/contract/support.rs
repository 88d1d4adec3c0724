//! Opened databases, fixed times, recorded events, and a build system that says what a test wants.

use chrono::{DateTime, Duration, Utc};
use domain::event::ProjectFacts;
use domain::ids::{EventId, SubmissionId, TargetId};
use domain::plan::Plan;
use domain::words::{EventKind, ProjectKey, Reference, ReferenceKind, TargetStatus, Visibility};
use domain::workflow::{Seen, Workflow};
use store::events::{NewEvent, Tell, record};
use store::{Db, Migrations, workflows};
use test_support::TestDatabase;

/// A commit hash.
pub(crate) const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

/// The database, migrated.
pub(crate) async fn migrated(database: &TestDatabase) -> Db {
    let db = open(database).await;
    Migrations(&db).run().await.unwrap();
    db
}

/// The database as another process would open it.
pub(crate) async fn open(database: &TestDatabase) -> Db {
    Db::open(&database.url().parse().unwrap()).await.unwrap()
}

/// So many seconds into the year.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600 + seconds)
}

/// `github.com/packit/NAME`, with no id of the forge.
pub(crate) fn project(name: &str) -> ProjectFacts {
    ProjectFacts {
        key: ProjectKey::new("github.com", "packit", name),
        forge_id: None,
        visibility: Visibility::Public,
        default_branch: None,
    }
}

/// Records a pull request's event in this project at this second.
pub(crate) async fn record_at(db: &Db, name: &str, plan: &Plan, second: i64) -> EventId {
    let mut tx = db.write().await.unwrap();
    let project = project(name);
    let reference = Reference::new(ReferenceKind::PullRequest, 7);
    let event = new_event(&project, &reference, at(second));
    let id = record(&mut tx, &event, plan, Some(Tell::Event("packflow")), at(second)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Records an event in `packit/ogr` at second 0.
pub(crate) async fn recorded(db: &Db, plan: &Plan) -> EventId {
    record_at(db, "ogr", plan, 0).await
}

/// A pull request's event, without a delivery.
pub(crate) fn new_event<'a>(
    project: &'a ProjectFacts,
    reference: &'a Reference,
    at: DateTime<Utc>,
) -> NewEvent<'a> {
    NewEvent {
        project,
        reference,
        hash: Some(HASH),
        kind: EventKind::PullRequest,
        actor: Some("alice"),
        occurred_at: at,
        received_at: at,
        before: None,
        after: None,
        config: None,
        inbox: None,
    }
}

/// The workflow as it is stored.
pub(crate) async fn load(db: &Db, event: EventId) -> Workflow {
    workflows::change(db, event, at(0), |workflow| workflow.clone()).await.unwrap()
}

/// The target of this kind and name in its newest attempt.
pub(crate) fn target_named(workflow: &Workflow, kind: &str, name: &str) -> TargetId {
    let found = workflow.newest().find(|(_, target)| target.kind.as_str() == kind && target.name == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}")).0
}

/// The build system takes every submission that has not gone out, under its own id as external id.
pub(crate) async fn submit_all(db: &Db, event: EventId, now: DateTime<Utc>) {
    workflows::change(db, event, now, |workflow| {
        let waiting = |target: &domain::workflow::Target| target.status == TargetStatus::Ready;
        let ready: Vec<SubmissionId> =
            workflow.targets.values().filter(|target| waiting(target)).filter_map(|t| t.submission).collect();
        for submission in ready {
            workflow.submitting(submission);
            workflow.submitted(submission, &submission.to_string(), now);
        }
    })
    .await
    .unwrap();
}

/// The build system says how a target ended.
pub(crate) async fn end(db: &Db, event: EventId, target: TargetId, status: TargetStatus, now: DateTime<Utc>) {
    workflows::change(db, event, now, |workflow| workflow.observe(Seen::new(target, status), now))
        .await
        .unwrap();
}
