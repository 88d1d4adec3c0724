//! What a pull request is told in words: once, whoever would write it again.

use domain::details::JobDetails;
use domain::ids::{EventId, TargetId};
use domain::plan::Plan;
use domain::words::{Reference, ReferenceKind, TargetStatus};
use domain::workflow::NewsKind;
use store::events::record;
use store::inbox::{self, NewDelivery};
use store::replies::{self, Reply, Says};
use store::{Db, workflows};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::build_and_test;
use crate::raw::{By, Raw};
use crate::support::{at, end, load, migrated, new_event, project, submit_all, target_named};

/// Builds that have something to say, good or bad.
fn telling() -> Plan {
    let mut plan = build_and_test(&["f42", "f43"]);
    for step in &mut plan.pipelines[0].steps {
        if let JobDetails::CoprBuild(build) = &mut step.job.details {
            build.configured.failure_message = Some("it failed".to_owned());
            build.tells_success = true;
        }
    }
    plan
}

/// A delivery's event at this reference, with its SRPM made.
async fn built(db: &Db, id: &str, reference: &Reference) -> EventId {
    let delivery = NewDelivery {
        source: "github.com",
        delivery_id: id,
        kind: "pull_request",
        received_at: at(0),
        body: b"{}",
        settled: None,
    };
    inbox::receive(db, &delivery).await.unwrap();
    let inbox = inbox::find(db, "github.com", id).await.unwrap().unwrap().id;
    let project = project("ogr");
    let mut event = new_event(&project, reference, at(0));
    event.inbox = Some(inbox);
    let mut tx = db.write().await.unwrap();
    let event = record(&mut tx, &event, &telling(), None, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    submit_all(db, event, at(1)).await;
    let srpm = target_named(&load(db, event).await, "srpm_build", "srpm");
    end(db, event, srpm, TargetStatus::Succeeded, at(2)).await;
    event
}

async fn build(db: &Db, event: EventId, name: &str) -> TargetId {
    target_named(&load(db, event).await, "copr_build", name)
}

async fn due(db: &Db) -> Vec<Reply> {
    replies::claim(db, at(100), at(200), "w", 10).await.unwrap()
}

fn pull_request() -> Reference {
    Reference::new(ReferenceKind::PullRequest, 7)
}

on_both_databases! {
    async fn a_failure_is_planned_once_for_its_job_by_the_transaction_of_its_end(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = built(&db, "1", &pull_request()).await;
        let (first, second) = (build(&db, event, "f42").await, build(&db, event, "f43").await);
        end(&db, event, first, TargetStatus::Failed, at(3)).await;
        end(&db, event, second, TargetStatus::Failed, at(4)).await;
        let due = due(&db).await;
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].says().unwrap(), Says::News(NewsKind::Failure, first));
        assert_eq!((due[0].thread.as_str(), due[0].created_at), ("pull-request/7", at(3)));
        let subject = replies::subject(&db, first).await.unwrap().unwrap();
        assert_eq!(subject.job.configured().failure_message.as_deref(), Some("it failed"));
        let raw = Raw::open(&database).await;
        let again = "INSERT INTO replies (inbox_id, project_id, kind, thread, comment_id, job_id, target_id, created_at)
            SELECT inbox_id, project_id, kind, thread, comment_id, job_id, target_id, created_at FROM replies";
        raw.refuses(again, By::Unique).await;
        raw.refuses("UPDATE replies SET target_id = NULL", By::Check).await;
    }

    async fn good_builds_are_planned_once_in_a_pull_request(database: TestDatabase) {
        let db = migrated(&database).await;
        for id in ["1", "2"] {
            let event = built(&db, id, &pull_request()).await;
            for name in ["f42", "f43"] {
                end(&db, event, build(&db, event, name).await, TargetStatus::Succeeded, at(3)).await;
            }
        }
        assert_eq!(due(&db).await.len(), 1);
        let raw = Raw::open(&database).await;
        let again = "INSERT INTO replies (inbox_id, project_id, kind, thread, comment_id, job_id, target_id, created_at)
            SELECT inbox_id, project_id, kind, thread, comment_id, job_id, target_id, created_at FROM replies";
        raw.refuses(again, By::Unique).await;
    }

    async fn a_branch_is_told_nothing(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = built(&db, "1", &Reference::new(ReferenceKind::Branch, "main")).await;
        end(&db, event, build(&db, event, "f42").await, TargetStatus::Failed, at(3)).await;
        assert_eq!(due(&db).await, []);
    }

    /// The end of a target and what is said of it are one.
    async fn what_is_not_written_is_not_told(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = built(&db, "1", &pull_request()).await;
        let first = build(&db, event, "f42").await;
        let mut tx = db.write().await.unwrap();
        tx.lock_event(event).await.unwrap();
        let mut workflow = workflows::load(&mut tx, event).await.unwrap();
        workflow.observe(domain::workflow::Seen::new(first, TargetStatus::Failed), at(3));
        workflows::save(&mut tx, workflow, at(3)).await.unwrap();
        drop(tx);
        assert_eq!(due(&db).await, []);
    }
}
