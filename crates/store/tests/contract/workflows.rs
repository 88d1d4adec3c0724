use std::sync::Arc;

use domain::ids::{EventId, TargetId};
use domain::words::{EventStatus, TargetStatus};
use domain::workflow::{Seen, Workflow};
use store::verify::verify;
use store::{Db, Error, workflows};
use test_support::{TestDatabase, on_both_databases};
use tokio::sync::Barrier;

use crate::plans::{build_and_test, two_builds_one_update};
use crate::support::{at, end, load, migrated, open, recorded, submit_all, target_named};

/// Tells of a result once all others at the barrier do.
async fn end_at_once(db: Db, barrier: Arc<Barrier>, event: EventId, target: TargetId) {
    barrier.wait().await;
    end(&db, event, target, TargetStatus::Succeeded, at(20)).await;
}

on_both_databases! {
    /// Two inputs of one target end at the same moment, told to two servers. Without one writer per event each of them
    /// would still see the other's input running, and the update would wait for ever.
    async fn two_results_at_once_leave_nothing_waiting(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        for round in 0..50 {
            let event = recorded(&one, &two_builds_one_update()).await;
            submit_all(&one, event, at(10)).await;
            let workflow = load(&one, event).await;
            let barrier = Arc::new(Barrier::new(2));
            let results = [(&one, "f42"), (&other, "f43")].map(|(db, name)| {
                let build = target_named(&workflow, "koji_build", name);
                tokio::spawn(end_at_once(db.clone(), Arc::clone(&barrier), event, build))
            });
            for result in results {
                result.await.unwrap();
            }
            let workflow = load(&one, event).await;
            let update = &workflow.targets[&target_named(&workflow, "bodhi_update", "sidetag")];
            assert_eq!(update.status, TargetStatus::Ready, "round {round}");
            assert!(update.submission.is_some(), "round {round}");
        }
        assert_eq!(verify(&one).await.unwrap(), []);
    }

    /// The same result told by a message, a callback and a poll at once is one result.
    async fn one_result_told_many_times_at_once_is_one(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        let event = recorded(&one, &two_builds_one_update()).await;
        submit_all(&one, event, at(10)).await;
        let build = target_named(&load(&one, event).await, "koji_build", "f42");
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..12 {
            let db = if index % 2 == 0 { one.clone() } else { other.clone() };
            let status = if index % 3 == 0 { TargetStatus::Failed } else { TargetStatus::Succeeded };
            tasks.spawn(async move { end(&db, event, build, status, at(20 + index)).await });
        }
        tasks.join_all().await;
        assert_eq!(verify(&one).await.unwrap(), []);
        let settled = load(&one, event).await.targets[&build].clone();
        end(&one, event, build, TargetStatus::Canceled, at(99)).await;
        assert_eq!(load(&one, event).await.targets[&build], settled, "rule 6");
    }

    /// Everything that a target can tell comes back as it was written.
    async fn a_target_is_kept_as_it_was_written(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        submit_all(&db, event, at(10)).await;
        let build = target_named(&load(&db, event).await, "copr_build", "f42");
        let seen = Seen {
            reason: Some("exit code 1".to_owned()),
            url: Some("https://copr/8001".to_owned()),
            logs_url: Some("https://copr/8001/log".to_owned()),
            peer_started_at: Some(at(11)),
            peer_finished_at: Some(at(19)),
            made: Some(domain::details::TargetDetails {
                packages: vec!["ogr-1-1.noarch".to_owned()],
                artifact_url: Some("https://copr/ogr.src.rpm".to_owned()),
                ..Default::default()
            }),
            ..Seen::new(build, TargetStatus::Failed)
        };
        // Its input is not known yet, so its result is held.
        let written = workflows::change(&db, event, at(20), |workflow| {
            workflow.observe(seen, at(20));
            workflow.clone()
        })
        .await
        .unwrap();
        let stored = load(&db, event).await;
        assert_eq!(stored, Workflow { changed: Default::default(), ..written });
        assert!(stored.targets[&build].held.is_some());
        end(&db, event, target_named(&stored, "srpm_build", "srpm"), TargetStatus::Succeeded, at(30)).await;
        let told = load(&db, event).await;
        assert_eq!(
            (told.targets[&build].status, told.targets[&build].reason.as_deref()),
            (TargetStatus::Failed, Some("exit code 1"))
        );
        assert_eq!(told.status(), EventStatus::Failed);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn a_change_that_is_refused_changes_nothing(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &build_and_test(&["f42"])).await;
        let before = store::reads::workflow(&db, event).await.unwrap();
        let error = workflows::change(&db, event, at(5), |workflow| {
            let ids: Vec<TargetId> = workflow.targets.keys().copied().collect();
            workflow.targets.get_mut(&ids[0]).unwrap().reason = Some("written".to_owned());
            workflow.targets.get_mut(&ids[1]).unwrap().finished_at = Some(at(5));
            workflow.changed.extend(ids);
        })
        .await
        .unwrap_err();
        assert!(!error.is_passing(), "{error:?}");
        assert_eq!(store::reads::workflow(&db, event).await.unwrap(), before);
    }

    async fn there_is_nothing_to_change_in_an_event_that_is_not_there(database: TestDatabase) {
        let db = migrated(&database).await;
        let error = workflows::change(&db, EventId(987), at(0), |_| ()).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    }
}
