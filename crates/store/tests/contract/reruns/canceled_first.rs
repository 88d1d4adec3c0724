//! Cancel and redo, where both attempts would be the same thing at their build system (R10).

use domain::rerun::{Asked, Selection};
use domain::words::TargetStatus;
use store::reads;
use store::verify::verify;
use test_support::{TestDatabase, on_both_databases};

use super::{done, newest, request};
use crate::plans::two_builds_one_update;
use crate::support::{at, end, load, migrated, open, record_at, submit_all};

on_both_databases! {
    /// Whoever sees that the first attempt has ended, be it another process, queues the second.
    async fn r10_a_second_attempt_at_koji_is_queued_when_the_first_has_ended_there(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = record_at(&db, "ogr", &two_builds_one_update(), 0).await;
        submit_all(&db, event, at(10)).await;
        let build = newest(&db, event, "koji_build", "f42").await;
        let selection = Selection { cancel_running: true, ..Selection::of(Asked::Targets([build].into())) };
        let new = done(&db, &request(event, &selection)).await.created[&build];
        let other = open(&database).await;
        let waits = load(&other, event).await.targets[&new].clone();
        assert_eq!((waits.status, waits.submission), (TargetStatus::Ready, None));
        assert_eq!(
            waits.reason.as_deref(),
            Some("it is submitted when attempt 1, which is being canceled, has ended")
        );
        let submissions = reads::workflow(&other, event).await.unwrap().unwrap().submissions;
        assert_eq!(submissions.len(), 2, "none for the new attempt");
        assert_eq!(verify(&other).await.unwrap(), []);
        end(&other, event, build, TargetStatus::Canceled, at(120)).await;
        let queued = load(&other, event).await.targets[&new].clone();
        assert_eq!((queued.status, queued.reason), (TargetStatus::Ready, None));
        let submissions = reads::workflow(&other, event).await.unwrap().unwrap().submissions;
        let own = submissions.iter().find(|one| Some(one.id) == queued.submission.map(|id| id.0)).unwrap();
        assert_eq!(own.due_at, Some(at(120)), "at once");
        assert_eq!(verify(&other).await.unwrap(), []);
    }
}
